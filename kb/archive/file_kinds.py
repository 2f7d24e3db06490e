"""Files that are no pages: feeds, exports, documents and pictures, known by how they begin.

In: a file's bytes. Out: what it is, and the way to its articles; or None where it may be a page.
Pure: no I/O.
"""

import json
import re
from typing import NamedTuple

_START = 65_536
"""So much of a file tells what it is."""
_SAVE_TEXT = "save its text as a .txt file"
_UNPACK = "unpack it and name the pages"
_OPEN = "open the articles in a browser and save each page as HTML"
_LOAD = "load it with `kb load`"
_PACKED = "a packed file"
_PICTURE = "a picture"
_READ_PICTURE = "let its text be read, and save that as a .txt file"


class Foreign(NamedTuple):
    """What a file is, and what to do about it."""

    what: str
    remedy: str


_PDF = Foreign("a PDF document", f"{_SAVE_TEXT}, as `pdftotext` does")
_SIGNATURES = (
    (b"%PDF-", _PDF),
    (b"{\\rtf", Foreign("an RTF document", _SAVE_TEXT)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Foreign("an old Word document", _SAVE_TEXT)),
    (b"\x1f\x8b", Foreign("a file packed by gzip", _UNPACK)),
    (b"BZh", Foreign("a file packed by bzip2", _UNPACK)),
    (b"\xfd7zXZ\0", Foreign("a file packed by xz", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", Foreign("a file packed by zstd", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Foreign(_PACKED, _UNPACK)),
    (b"Rar!\x1a\x07", Foreign(_PACKED, _UNPACK)),
    (b"\x89PNG\r\n", Foreign(_PICTURE, _READ_PICTURE)),
    (b"\xff\xd8\xff", Foreign(_PICTURE, _READ_PICTURE)),
    (b"GIF8", Foreign(_PICTURE, _READ_PICTURE)),
    (b"II*\0", Foreign(_PICTURE, _READ_PICTURE)),
    (b"MM\0*", Foreign(_PICTURE, _READ_PICTURE)),
    (b"SQLite format 3\0", Foreign("a SQLite database", "name it in KB_DATABASE_URL")),
    (b"bplist00", Foreign("a web archive of Safari", "save the page as HTML")),
)
# Files in a ZIP archive by which it is something else.
_ZIPPED = (
    (b"word/", Foreign("a Word document", _SAVE_TEXT)),
    (b"xl/", Foreign("a spreadsheet", _SAVE_TEXT)),
    (b"ppt/", Foreign("slides", _SAVE_TEXT)),
    (b"application/vnd.oasis.opendocument", Foreign("an OpenDocument file", _SAVE_TEXT)),
    (b"application/epub+zip", Foreign("an EPUB book", _SAVE_TEXT)),
)
_ZIP = Foreign("a ZIP archive", _UNPACK)
_WXR = Foreign("an export of WordPress (WXR)", _OPEN)
# By the first element, whose prefix does not matter.
_XML = {
    b"rss": Foreign("an RSS feed", _OPEN),
    b"RDF": Foreign("an RSS feed", _OPEN),
    b"feed": Foreign("an Atom feed", _OPEN),
    b"urlset": Foreign("a sitemap", _OPEN),
    b"sitemapindex": Foreign("a sitemap", _OPEN),
    b"opml": Foreign("a list of feeds (OPML)", _OPEN),
}
_OTHER_XML = Foreign("an XML file", _OPEN)
_FIRST_ELEMENT = re.compile(rb"<(?:[\w.-]{1,60}:)?([\w.-]{1,60})[\s/>]")
_MBOX = re.compile(rb"From \S{1,200} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
_MAIL_LINE = re.compile(rb"[A-Za-z][\w-]{0,60}:.*|[ \t].*")
_MAIL_SIGNS = re.compile(rb"^(?:Message-ID|MIME-Version|Received|Return-Path):", re.I | re.M)
_REST = re.compile(rb'"(?:content|title|guid|excerpt)"\s*:\s*\{\s*"rendered"')
_REST_REMEDY = "save each `content.rendered` with headline and footer as HTML, or its page"
_SNAPSHOT = re.compile(rb'\{"[^\n]{0,400}"form":"kb-snapshot-')
_CUT_JSON = re.compile(rb'[\[{]\s*(?:[\[{]\s*)?"[\w$@.-]{1,60}"\s*:')


def foreign(content: bytes) -> Foreign | None:
    """Decided by its first bytes."""
    start = content[:_START].removeprefix(b"\xef\xbb\xbf")
    for signature, told in _SIGNATURES:
        if start.startswith(signature):
            return told
    if start.startswith(b"PK\x03\x04"):
        return next((told for name, told in _ZIPPED if name in start), _ZIP)
    if start[257:262] == b"ustar":
        return Foreign(_PACKED, _UNPACK)
    if start[:4] == b"RIFF" or start[4:8] == b"ftyp":
        return Foreign("a picture or a film", _READ_PICTURE)
    if b"%PDF-" in start[:1024] and b"\0" in content:
        return _PDF
    text = start.lstrip()
    return _markup(text) or _object(text) or _mail(text)


def _markup(text: bytes) -> Foreign | None:
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


def _object(text: bytes) -> Foreign | None:
    """JSON, whole or its beginning."""
    if not _CUT_JSON.match(text) and not _is_json(text):
        return None
    if b"https://jsonfeed.org/version" in text:
        return Foreign("a JSON feed", _OPEN)
    if _REST.search(text):
        return Foreign("an answer of WordPress's REST API", _REST_REMEDY)
    if _SNAPSHOT.match(text):
        return Foreign("a snapshot of this service", _LOAD)
    return Foreign("a JSON file", "save the articles that it holds as text or HTML")


def _is_json(text: bytes) -> bool:
    if not text.startswith((b"[", b"{")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _mail(text: bytes) -> Foreign | None:
    """By its headers, which end at a blank line."""
    headers, *_ = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = headers.split(b"\n")
    is_message = all(map(_MAIL_LINE.fullmatch, lines)) and _MAIL_SIGNS.search(headers)
    if not is_message and not _MBOX.match(headers):
        return None
    if b"multipart/related" in text and b"text/html" in text:
        return Foreign("a web archive (MHTML)", "save the page as HTML")
    return Foreign("mail", "save the text of each message as a .txt file")
