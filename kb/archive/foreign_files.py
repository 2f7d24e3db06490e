"""Files that are no pages: feeds, exports, documents and pictures, recognised by their first bytes.

In: a file's bytes. Out: its format and how to get at its articles, or None where it may be a page.
Pure: no I/O.
"""

import json
import re
from typing import NamedTuple

_START = 65_536
"""Bytes at the start of a file that are looked at."""
_SAVE_TEXT = "save its text as a .txt file"
_UNPACK = "unpack it and name the pages"
_OPEN = "open the articles in a browser and save each page as HTML"
_LOAD = "load it with `kb load`"
_PACKED = "a packed file"
_PICTURE = "a picture"
_READ_PICTURE = "let its text be read, and save that as a .txt file"


def _import_by(mapping: str) -> str:
    return f"take it by `kb import --map {mapping}`, or save the pages of its articles as HTML"


class ForeignFile(NamedTuple):
    """What a file is, and what to do about it."""

    what: str
    remedy: str


_PDF = ForeignFile("a PDF document", f"{_SAVE_TEXT}, as `pdftotext` does")
_SIGNATURES = (
    (b"%PDF-", _PDF),
    (b"{\\rtf", ForeignFile("an RTF document", _SAVE_TEXT)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ForeignFile("an old Word document", _SAVE_TEXT)),
    (b"\x1f\x8b", ForeignFile("a file packed by gzip", _UNPACK)),
    (b"BZh", ForeignFile("a file packed by bzip2", _UNPACK)),
    (b"\xfd7zXZ\0", ForeignFile("a file packed by xz", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", ForeignFile("a file packed by zstd", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", ForeignFile(_PACKED, _UNPACK)),
    (b"Rar!\x1a\x07", ForeignFile(_PACKED, _UNPACK)),
    (b"\x89PNG\r\n", ForeignFile(_PICTURE, _READ_PICTURE)),
    (b"\xff\xd8\xff", ForeignFile(_PICTURE, _READ_PICTURE)),
    (b"GIF8", ForeignFile(_PICTURE, _READ_PICTURE)),
    (b"II*\0", ForeignFile(_PICTURE, _READ_PICTURE)),
    (b"MM\0*", ForeignFile(_PICTURE, _READ_PICTURE)),
    (b"SQLite format 3\0", ForeignFile("a SQLite database", "name it in KB_DATABASE_URL")),
    (b"bplist00", ForeignFile("a web archive of Safari", "save the page as HTML")),
)
# Files in a ZIP archive by which it is something else.
_ZIPPED = (
    (b"word/", ForeignFile("a Word document", _SAVE_TEXT)),
    (b"xl/", ForeignFile("a spreadsheet", _SAVE_TEXT)),
    (b"ppt/", ForeignFile("slides", _SAVE_TEXT)),
    (b"application/vnd.oasis.opendocument", ForeignFile("an OpenDocument file", _SAVE_TEXT)),
    (b"application/epub+zip", ForeignFile("an EPUB book", _SAVE_TEXT)),
)
_FEED = _import_by("rss")
_ZIP = ForeignFile("a ZIP archive", _UNPACK)
_WXR = ForeignFile("an export of WordPress (WXR)", _import_by("wordpress"))
# By the first element, whose prefix does not matter.
_XML = {
    b"rss": ForeignFile("an RSS feed", _FEED),
    b"RDF": ForeignFile("an RSS feed", _FEED),
    b"feed": ForeignFile("an Atom feed", _FEED),
    b"urlset": ForeignFile("a sitemap", _OPEN),
    b"sitemapindex": ForeignFile("a sitemap", _OPEN),
    b"opml": ForeignFile("a list of feeds (OPML)", _OPEN),
}
_OTHER_XML = ForeignFile("an XML file", _OPEN)
_FIRST_ELEMENT = re.compile(rb"<(?:[\w.-]{1,60}:)?([\w.-]{1,60})[\s/>]")
_MBOX = re.compile(rb"From \S{1,200} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
_MAIL_LINE = re.compile(rb"[A-Za-z][\w-]{0,60}:.*|[ \t].*")
_MAIL_SIGNS = re.compile(rb"^(?:Message-ID|MIME-Version|Received|Return-Path):", re.I | re.M)
_REST = re.compile(rb'"(?:content|title|guid|excerpt)"\s*:\s*\{\s*"rendered"')
_REST_REMEDY = _import_by("wordpress-rest")
_SNAPSHOT = re.compile(rb'\{"[^\n]{0,400}"form":"kb-snapshot-')
_CUT_JSON = re.compile(rb'[\[{]\s*(?:[\[{]\s*)?"[\w$@.-]{1,60}"\s*:')


def recognise_foreign_file(content: bytes) -> ForeignFile | None:
    """The format of a file that is no page, by its first bytes."""
    start = content[:_START].removeprefix(b"\xef\xbb\xbf")
    for signature, foreign_file in _SIGNATURES:
        if start.startswith(signature):
            return foreign_file
    if start.startswith(b"PK\x03\x04"):
        return next((foreign_file for name, foreign_file in _ZIPPED if name in start), _ZIP)
    if start[257:262] == b"ustar":
        return ForeignFile(_PACKED, _UNPACK)
    if start[:4] == b"RIFF" or start[4:8] == b"ftyp":
        return ForeignFile("a picture or a film", _READ_PICTURE)
    if b"%PDF-" in start[:1024] and b"\0" in content:
        return _PDF
    text = start.lstrip()
    return _recognise_xml(text) or _recognise_json(text) or _recognise_mail(text)


def _recognise_xml(text: bytes) -> ForeignFile | None:
    """XML by its first element; what calls itself XML and is HTML may be a page."""
    declared = text.startswith(b"<?xml")
    while text.startswith((b"<?", b"<!--", b"<!DOCTYPE")):
        end = b"-->" if text.startswith(b"<!--") else b">"
        *_, text = text.partition(end)
        text = text.lstrip()
    first = _FIRST_ELEMENT.match(text)
    if first is None:
        return None
    if first[1] == b"rss" and b"//wordpress.org/export/" in text:
        return _WXR
    other = _OTHER_XML if declared and first[1].lower() != b"html" else None
    return _XML.get(first[1], other)


def _recognise_json(text: bytes) -> ForeignFile | None:
    """JSON, whole or its beginning."""
    if not _CUT_JSON.match(text) and not _is_json(text):
        return None
    if b"https://jsonfeed.org/version" in text:
        return ForeignFile("a JSON feed", _OPEN)
    if _REST.search(text):
        return ForeignFile("an answer of WordPress's REST API", _REST_REMEDY)
    if _SNAPSHOT.match(text):
        return ForeignFile("a snapshot of this service", _LOAD)
    return ForeignFile("a JSON file", "save the articles that it holds as text or HTML")


def _is_json(text: bytes) -> bool:
    if not text.startswith((b"[", b"{")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _recognise_mail(text: bytes) -> ForeignFile | None:
    """By its headers, which end at a blank line."""
    headers, *_ = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = headers.split(b"\n")
    is_message = all(map(_MAIL_LINE.fullmatch, lines)) and _MAIL_SIGNS.search(headers)
    if not is_message and not _MBOX.match(headers):
        return None
    if b"multipart/related" in text and b"text/html" in text:
        return ForeignFile("a web archive (MHTML)", "save the page as HTML")
    return ForeignFile("mail", "save the text of each message as a .txt file")
