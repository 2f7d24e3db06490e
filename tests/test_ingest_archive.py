"""The real archive page taken in: every citation verifies, and damage by copying is undone."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from kb.config import Settings
from kb.ingest.summary import Summary
from tests.support.archive_pages import WritePage, head, ingest_pages
from tests.support.databases import Database, Place, open_database

pytestmark = pytest.mark.sweep


@pytest.fixture(scope="module")
def ingested_archive(
    place: Place, loaded: Settings, tmp_path_factory: pytest.TempPathFactory, archive: str
) -> Iterator[Database]:
    """The shipped seeds with the real archive page ingested."""
    folder = tmp_path_factory.mktemp("read")
    page = folder / "csto.txt"
    page.write_text(archive, encoding="utf-8")
    with open_database(place.create(loaded)) as database:
        summary = ingest_pages(database, page)
        assert (summary.added, summary.texts, summary.faults) == (0, 10, [])
        yield database


def test_all_seed_citations_verify(ingested_archive: Database) -> None:
    assert ingested_archive.rows("select key from citation where not verified") == []
    assert (
        ingested_archive.rows("""
        select c.key from citation c join paragraph p
        on p.article_id = c.article_id and p.number = c.paragraph
        where substr(p.text, c.start_at + 1, c.end_at - c.start_at) = ''""")
        == []
    )


def test_quotes_appear(ingested_archive: Database) -> None:
    query = '{ node(id: "Citation:csto-2016-yerevan-city-in-crisis-centre-2016") { ... on Citation'
    answer = ingested_archive.ask(f"{query} {{ quote verified start end }} }} }}")
    match answer:
        case {"node": {"quote": str(quote), "verified": True, "start": int(low), "end": int(high)}}:
            assert len(quote) == high - low
            assert "Yerevan" in quote
        case _:
            pytest.fail(f"{answer}")


def test_a_second_ingest_writes_nothing(
    ingested_archive: Database, archive: str, tmp_path: Path
) -> None:
    page = tmp_path / "copy.txt"
    page.write_text(archive, encoding="utf-8")
    before = head(ingested_archive)
    assert ingest_pages(ingested_archive, page).left == 10
    assert head(ingested_archive) == before


def test_one_changed_letter_unverifies_what_quotes_it(
    filled: Database, page: WritePage, archive: str
) -> None:
    ingest_pages(filled, page(archive.replace("formed in 1992", "formed in 1993")))
    lost = [key for (key,) in filled.rows("select key from citation where not verified")]
    assert "csto-founded-1992-in-rejoin-2017" in lost
    ingest_pages(filled, page(archive))
    assert filled.rows("select key from citation where not verified") == []


def ingest_worse(database: Database, page: Path) -> tuple[Summary, set[object]]:
    """What a page that is worse leads to, and the citations that it would lose."""
    before = head(database)
    summary = ingest_pages(database, page)
    assert database.rows("select key from citation where not verified") == []
    assert head(database) == before
    return summary, {
        key for fault in summary.faults for key in fault.what.partition("text: ")[2].split(", ")
    }


def test_a_caption_in_a_text_is_told(
    ingested_archive: Database, page: WritePage, archive: str
) -> None:
    """Each article whose citations it moves."""
    captioned = re.sub(r"\n\n(.*Bulletin\) [—–])", r"\n\nA photograph of a summit\n\n\1", archive)
    summary, lost = ingest_worse(ingested_archive, page(captioned))
    assert (summary.texts, len(summary.faults)) == (0, 10)
    # One is refused before that: a line after its standfirst may be another headline.
    assert len(lost) > 200


def break_words(archive: str, sign: str) -> str:
    """Some long words of each paragraph, and each word of two."""
    paragraphs = archive.split("\n\n")
    for number, text in enumerate(paragraphs):
        if len(text) > 250:
            inner = re.sub(r"(?<= [a-z]{4})(?=[a-z]{5})", sign, text)
            paragraphs[number] = re.sub(r"(?<=[a-z]-)(?=[a-z])", "\n", inner)
    return "\n\n".join(paragraphs)


def test_damage_by_copying_is_undone(
    ingested_archive: Database, page: WritePage, archive: str
) -> None:
    straight = archive.translate(str.maketrans("“”‘’", "\"\"''"))
    broken, soft = break_words(archive, "-\n"), break_words(archive, "\u00ad\n")
    inner = archive.replace("military", "mili\u00adtary")
    for text in (straight, broken, soft, inner):
        summary = ingest_pages(ingested_archive, page(text))
        assert (summary.left, summary.texts, summary.faults) == (10, 0, [])
    assert ingested_archive.rows("select key from citation where not verified") == []


def test_damage_is_undone_in_a_first_copy_too(
    filled: Database, page: WritePage, archive: str
) -> None:
    broken = break_words(archive, "-\n")
    summary = ingest_pages(filled, page(broken.translate(str.maketrans("“”‘’", "\"\"''"))))
    assert (summary.texts, summary.faults) == (10, [])
    assert filled.rows("select key from citation where not verified") == []


def test_what_html_adds_to_the_archive_is_left_out(
    ingested_archive: Database, page: WritePage, archive: str
) -> None:
    extra = (
        "<div class='wp-caption'><img src=x><p class='wp-caption-text'>A summit</p></div>",
        "<p hidden>x</p>",
        "<p style='display:none'>x</p>",
        "<span aria-hidden=true>x</span>",
        "<figure><img><figcaption>A summit</figcaption></figure>",
        "<script>x</script>",
        "<div class='sharedaddy'><h3>Share this:</h3><ul><li>Click to share</ul></div>",
    )
    blocks = [f"<p>{escape(block)}</p>" for block in archive.split("\n\n")]
    for added in extra:
        summary = ingest_pages(ingested_archive, page(f"<html>{added.join(blocks)}", "page.html"))
        assert (summary.left, summary.texts, summary.faults) == (10, 0, [])
    within = re.sub(r"([a-z]) ([a-z])", r"\1 <i aria-hidden='true'>x</i>\2", "".join(blocks))
    assert ingest_pages(ingested_archive, page(f"<html>{within}", "page.html")).left == 10
