"""Files that are no pages are told as what they are; what may be a page is read."""

import gzip
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.archive.foreign_files import recognise_foreign_file
from kb.files.snapshot_writer import SNAPSHOT_FORM
from kb.imports.mapping_reader import shipped_mappings
from tests.support.sites import read_page

DATELINE = "JULY 3 2017 (The Gazette) — It fell."
ITEM = f"<item><title>Bridge falls</title><description><![CDATA[<p>{DATELINE}</p>]]></description>"
RSS = '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"'
WXR = "<!-- This is an export -->\n<!-- of a site -->\n"
REST = [{"id": 7, "title": {"rendered": "Bridge falls"}, "content": {"rendered": f"<p>{DATELINE}"}}]


def zip_archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, DATELINE)
    return packed.getvalue()


FOREIGN = {
    "RSS": (f"{RSS}><channel>{ITEM}", "an RSS feed"),
    "RSS without a declaration": (f"\ufeff \n<rss version='0.92'><channel>{ITEM}", "an RSS feed"),
    "RSS 1.0": ('<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/">', "an RSS feed"),
    "Atom": ('<?xml-stylesheet href="x"?><feed xmlns="http://www.w3.org/2005/Atom">', "an Atom"),
    "WXR": (
        f'<?xml version="1.0"?>{WXR}<rss xmlns:wp="http://wordpress.org/export/1.2/">{ITEM}',
        "an export of WordPress (WXR)",
    ),
    "a sitemap": ('<?xml version="1.0"?><urlset xmlns="x">', "a sitemap"),
    "XML": (f'<?xml version="1.0"?><archive><p>{DATELINE}</p></archive>', "an XML file"),
    "REST": (json.dumps(REST), "an answer of WordPress's REST API"),
    "one of REST, indented": (json.dumps(REST[0], indent=2), "an answer of WordPress's REST API"),
    "a JSON feed": (
        '{"version": "https://jsonfeed.org/version/1.1", "items": []}',
        "a JSON feed",
    ),
    "JSON": (json.dumps({"articles": [DATELINE]}), "a JSON file"),
    "JSON that is cut off": ('[{"text": "' + DATELINE * 3000, "a JSON file"),
    "a snapshot": (
        f'{{"cursor":"5b","form":"{SNAPSHOT_FORM}","revision":1}}\n',
        "a snapshot of this",
    ),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\0", "a PDF document"),
    "PDF after a blank line": (b"\r\n%PDF-1.4\n1 0 obj\0", "a PDF document"),
    "DOCX": (zip_archive("[Content_Types].xml", "word/document.xml"), "a Word document"),
    "XLSX": (zip_archive("[Content_Types].xml", "xl/workbook.xml"), "a spreadsheet"),
    "EPUB": (zip_archive("mimetype") + b"application/epub+zip", "an EPUB book"),
    "ZIP": (zip_archive("page.txt"), "a ZIP archive"),
    "gzip": (gzip.compress(DATELINE.encode()), "a file packed by gzip"),
    "DOC": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an old Word document"),
    "RTF": (rb"{\rtf1\ansi Goats}", "an RTF document"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
    "WebP": (b"RIFF\x10\0\0\0WEBPVP8 ", "a picture"),
    "mbox": (f"From a@b.c Mon Jul  3 10:00:00 2017\nSubject: x\n\n{DATELINE}", "mail"),
    "mail": (f"Subject: Goats\r\nMessage-ID: <1@b.c>\r\n\tx\r\n\r\n{DATELINE}", "mail"),
    "MHTML": (
        "MIME-Version: 1.0\nContent-Type: multipart/related;\n\ttype=x\n\nContent-Type: text/html",
        "a web archive (MHTML)",
    ),
    "SQLite": (b"SQLite format 3\0\x10\0", "a SQLite database"),
}
PAGES = (
    f"[Note] Goats\n\n{DATELINE}",
    f"{{sic}} Goats win\n\n{DATELINE}",
    f"From our own correspondent\n\n{DATELINE}",
    f"Subject: goats\nDate: July\n\n{DATELINE}",
    f"Comment: Goats\n\n{DATELINE}",
    f"<!-- feed --><p>{DATELINE}</p>",
    f'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x"><p>{DATELINE}</p></html>',
    f'<?xml version="1.0"?>\n<!-- x --><HTML><p>{DATELINE}</p>',
    f"<div><rss><p>{DATELINE}</p>",
    f"PDF of goats %PDF-1.4\n\n{DATELINE}",
)


@pytest.mark.parametrize(("content", "what"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_page_is_told_in_one_sentence(content: str | bytes, what: str) -> None:
    raw = content.encode() if isinstance(content, str) else content
    articles, [fault] = read_page("page", raw)
    assert articles == []
    assert fault.what.startswith(what)
    assert fault.what.endswith(" and no page")
    assert fault.remedy
    assert "\n" not in str(fault)


@pytest.mark.parametrize(
    ("name", "mapping"),
    [("RSS", "rss"), ("Atom", "rss"), ("WXR", "wordpress"), ("REST", "wordpress-rest")],
)
def test_what_an_import_takes_is_told(name: str, mapping: str) -> None:
    content, _ = FOREIGN[name]
    assert isinstance(content, str)
    _, [fault] = read_page("page", content.encode())
    assert f"`kb import --map {mapping}`" in fault.remedy
    assert mapping in shipped_mappings()


@pytest.mark.parametrize("content", PAGES)
def test_what_may_be_a_page_is_read(content: str) -> None:
    assert recognise_foreign_file(content.encode()) is None
    _, faults = read_page("page", content.encode())
    assert not any("and no page" in fault.what for fault in faults)


@given(st.sampled_from([*FOREIGN.values()]), st.integers(0, 400), st.binary(max_size=5))
def test_wherever_it_is_cut_it_is_read_without_harm(
    case: tuple[str | bytes, str], length: int, end: bytes
) -> None:
    content, _ = case
    raw = content.encode() if isinstance(content, str) else content
    articles, faults = read_page("page", raw[:length] + end)
    assert articles or faults
