"""No door makes worse what is there: texts that lose verified citations, and likely copies.

Pages are in `tests.test_ingest`; here are mutations and loads.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.citations.anchors import hash_words
from kb.config import Settings
from kb.errors import SeedError
from kb.files.load import Manner, load
from tests.support.curated import Curator, curator, expect_payload, problems
from tests.support.databases import SHIPPED_SET, Database, Place, open_database
from tests.support.feeds import counts
from tests.support.snapshots import write_snapshot

pytestmark = pytest.mark.sweep

ARTICLE = "gazette-12-moon-union-formed"
TEXT = ["JAN. 5 2011 (The Gazette) — The Moon Union met.", "Its head is Ada Byron of Marsland."]
WORSE = [TEXT[0], "The one head is Ada Byron of Marsland."]
WORDS = {"ma-named": "Marsland", "ada-head": "Ada Byron"}
GIVEN: dict[str, object] = {
    "headline": "Moon union formed by all",
    "publication": "gazette",
    "issueNumber": 12,
    "datedOn": "2011-01-05",
}
LOST = "the words of 2 verified citations are not in this text: ada-head, ma-named"


def citation_of(words: str, paragraphs: list[str]) -> dict[str, object]:
    [(number, start)] = [
        (number, text.index(words)) for number, text in enumerate(paragraphs, 1) if words in text
    ]
    end = start + len(words)
    anchor = {"paragraph": number, "start": start, "end": end, "sha256": hash_words(words)}
    return {"article": ARTICLE, "anchor": anchor, "claim": "Names it."}


@pytest.fixture(scope="module")
def moon(place: Place, migrated: Settings) -> Settings:
    """An article with a text, and two citations that are verified."""
    settings = place.create(migrated)
    with open_database(settings) as database:
        by = curator(database)
        expect_payload(by.record("Publication", slug="gazette", name="The Gazette"))
        expect_payload(by.record("Article", slug=ARTICLE, paragraphs=TEXT, **GIVEN))
        cites = {"key": "ma-named", **citation_of("Marsland", TEXT)}
        expect_payload(by.record("State", code="MA", name="Marsland", citations=[cites]))
        cites = {"key": "ada-head", **citation_of("Ada Byron", TEXT)}
        expect_payload(by.record("Official", slug="ada", name="Ada Byron", citations=[cites]))
        assert verified_keys(database) == ["ada-head", "ma-named"]
    return settings


@pytest.fixture
def editor(place: Place, moon: Settings) -> Iterator[Curator]:
    """Whoever changes that article."""
    with open_database(place.create(moon)) as database:
        yield curator(database)


def verified_keys(database: Database) -> list[object]:
    return [key for (key,) in database.rows("select key from citation where verified order by key")]


def test_a_mutation_loses_no_citation(editor: Curator) -> None:
    before = editor.database.ask("{ revision }")
    answer = editor.record("Article", slug=ARTICLE, paragraphs=WORSE)
    assert problems(answer) == [
        ("input.paragraphs", f"{LOST}; correct it, or give `replace: true`")
    ]
    assert editor.database.ask("{ revision }") == before
    better = [TEXT[0].replace("met", "sat"), TEXT[1]]
    expect_payload(editor.record("Article", slug=ARTICLE, paragraphs=better))
    assert verified_keys(editor.database) == ["ada-head", "ma-named"]
    expect_payload(editor.record("Article", slug=ARTICLE, paragraphs=WORSE, replace=True))
    assert verified_keys(editor.database) == []
    # Nothing is lost any more by another that is as bad.
    expect_payload(editor.record("Article", slug=ARTICLE, paragraphs=[*WORSE, "So it is."]))


def test_a_text_can_be_taken_away(editor: Curator) -> None:
    away: list[list[str] | None] = [None, []]
    for paragraphs in away:
        expect_payload(editor.record("Article", slug=ARTICLE, paragraphs=paragraphs))
        assert verified_keys(editor.database) == []
        expect_payload(editor.record("Article", slug=ARTICLE, paragraphs=TEXT))
        assert verified_keys(editor.database) == ["ada-head", "ma-named"]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"headline": "## Moon union formed by all"},
        {"headline": "Moon union was formed by all"},
        {"headline": "Lunar league founded", "paragraphs": TEXT},
    ],
)
def test_a_mutation_adds_no_likely_copy(editor: Curator, changed: dict[str, object]) -> None:
    given = {"slug": "gazette-12-other", **GIVEN, **changed}
    assert problems(editor.record("Article", **given)) == [
        (
            "input.headline",
            f"`gazette-12-other` is likely a copy of `{ARTICLE}`, of the same issue and day;"
            " change that one, or give `new: true`",
        )
    ]
    expect_payload(editor.record("Article", **given, new=True))
    # It is there now, and is changed like any other.
    expect_payload(editor.record("Article", **given, summary="A copy."))


@pytest.mark.parametrize(
    "changed",
    [
        {"headline": "Goats win in Zenda again"},
        {"issueNumber": 13},
        {"issueNumber": None},
        {"datedOn": "2011-01-06"},
    ],
)
def test_other_articles_are_added(editor: Curator, changed: dict[str, object]) -> None:
    expect_payload(editor.record("Article", **{"slug": "gazette-12-other", **GIVEN, **changed}))


def edited_snapshot(
    database: Database, folder: Path, *texts: list[str], moved: bool = False
) -> Path:
    """An export with other texts of the article, and perhaps with anchors for them."""
    first, *documents, _ = write_snapshot(database, folder).read_text(encoding="utf-8").splitlines()
    copy: dict[object, object] = {}
    for document in map(json.loads, documents):
        if document["id"] == f"Article:{ARTICLE}":
            [document["paragraphs"]] = texts
        elif moved and document["id"].startswith("Citation:"):
            document["anchor"] = citation_of(WORDS[document["key"]], *texts)["anchor"]
        copy[document["id"]] = json.dumps(document)
    path = folder / "changed.ndjson"
    last = json.dumps({"end": True, "counts": counts(copy)})
    path.write_text("\n".join([first, *map(str, copy.values()), last]) + "\n", encoding="utf-8")
    return path


def test_a_load_loses_no_citation(editor: Curator, tmp_path: Path) -> None:
    database = editor.database
    worse = edited_snapshot(database, tmp_path, WORSE)
    before = database.ask("{ revision }")
    rows = worse.read_text(encoding="utf-8").splitlines()
    line = 1 + next(at for at, row in enumerate(rows) if f'"Article:{ARTICLE}"' in row)
    for dry_run in (True, False):
        with pytest.raises(SeedError) as raised:
            load(database.engine, [worse], terms=SHIPPED_SET, manner=Manner(dry_run=dry_run))
        [fault] = raised.value.faults
        remedy = "correct it, or take it by the command with `--replace`"
        assert (fault.file, fault.line, fault.place) == (str(worse), line, ("paragraphs",))
        assert str(fault).endswith(f": {ARTICLE}: {LOST}, {remedy}")
    assert (database.ask("{ revision }"), verified_keys(database)) == (
        before,
        ["ada-head", "ma-named"],
    )
    load(database.engine, [worse], terms=SHIPPED_SET, manner=Manner(replace=True))
    assert verified_keys(database) == []


def test_a_load_may_move_citations_with_their_words(editor: Curator, tmp_path: Path) -> None:
    """Its text and its anchors are of one piece."""
    editor.database.load(edited_snapshot(editor.database, tmp_path, WORSE, moved=True))
    assert verified_keys(editor.database) == ["ada-head", "ma-named"]


def test_a_load_may_take_a_text_away(editor: Curator, tmp_path: Path) -> None:
    editor.database.load(edited_snapshot(editor.database, tmp_path, []))
    assert verified_keys(editor.database) == []
