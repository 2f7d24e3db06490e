"""Texts taken down: no word of them is left, and all that was told before is still proven."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kb import database, database_url
from kb.app import create_app
from kb.commit.commit import commit
from kb.commit.feed import Origin
from kb.commit.reading import RecordReading
from kb.commit.validate import Batch
from kb.errors import SeedError
from kb.files.snapshot_writer import snapshot_lines
from kb.records.rows import Ref
from tests.support.command import run
from tests.support.curated import Curator, curator, expect_payload, problems
from tests.support.databases import Database
from tests.support.feeds import feed
from tests.support.soundness import assert_whole
from tests.support.words_left import words_in_files, words_in_tables

WORDS = ("zqalpha", "zqbeta", "zqgamma", "zqdelta")
FIRST, SECOND = ("Zqalpha Armenia zqbeta.", "Zqgamma."), ("Zqalpha Armenia zqbeta.", "Zqdelta.")
ARTICLE = "bulletin-zq"
ID = f"Article:{ARTICLE}"
CITED = {"key": "zq", "subject": "State:AM", "article": ARTICLE, "claim": "It names it."}
AT = """query ($revision: Revision!) { at(revision: $revision) { article(slug: "%s") {
  headline %s } } }"""
CHANGES = """{ changes(record: "%s", first: 100) {
  nodes { revision document erasedBy erases } } }"""


@pytest.fixture
def told(filled: Database) -> Curator:
    """Whoever gave an article a text, had it cited, and corrected the text."""
    made = curator(filled)
    ((publication,),) = filled.rows("select key from publication order by key limit 1")
    article = {"slug": ARTICLE, "publication": publication, "datedOn": "2016-10-21"}
    expect_payload(made.record("Article", **article, headline="Some agree", paragraphs=[*FIRST]))
    expect_payload(made.cite(**CITED, quote="Zqalpha Armenia"))
    give(made, SECOND)
    return made


def give(made: Curator, text: tuple[str, ...], **given: object) -> None:
    expect_payload(made.record("Article", slug=ARTICLE, paragraphs=[*text], **given))


def erase(made: Curator, **given: object) -> dict[str, object]:
    return made.ask("eraseText", "revision article { slug headline }", slug=ARTICLE, **given)


def head(made: Curator) -> int:
    return int(str(feed(made.database)["head"]))


def assert_erased(db: Database) -> None:
    """SQLite's index of words keeps what was deleted before, until it is put together anew."""
    assert words_in_tables(db, WORDS).keys() <= {"search_index_data"}
    database.scrub(db.engine)
    assert words_in_tables(db, WORDS) == {}


def test_no_word_is_left_in_any_table(told: Curator) -> None:
    assert {"paragraph", "recorded_paragraph", "passage", "change"} <= words_in_tables(
        told.database, WORDS
    ).keys()
    done = expect_payload(erase(told, reason="the owner asked"))
    assert done["article"] is not None
    assert_erased(told.database)
    assert_whole(told.database)
    assert told.database.ask('{ search(query: "zqalpha") { totalCount } }') == {
        "search": {"totalCount": 0}
    }


def test_the_feed_tells_it(told: Curator) -> None:
    before = changes(told)
    done = erase(told)
    *earlier, newest = changes(told)
    with_text = [change["revision"] for change in before if "zqalpha" in document(change)]
    assert len(with_text) > 1
    assert newest["erases"] is True
    assert newest["erasedBy"] is None
    for change, then in zip(earlier, before, strict=True):
        assert change["erases"] is False
        was_there = change["revision"] in with_text
        assert change["erasedBy"] == (newest["revision"] if was_there else None)
        assert (document(change) == document(then)) is not was_there
    assert int(str(newest["revision"])) <= int(str(done["revision"]))


def changes(of: Curator) -> list[dict[str, object]]:
    answer = of.database.ask(CHANGES % ID)["changes"]
    assert isinstance(answer, dict)
    return list(answer["nodes"])


def test_lines_tell_it_too(told: Curator) -> None:
    erase(told)
    with TestClient(create_app(told.database.settings)) as client:
        lines = client.get(f"/changes.ndjson?record={ID}").text.splitlines()[:-1]
    as_told = [
        {name: each[name] for name in ("document", "erasedBy", "erases")}
        for each in map(json.loads, lines)
    ]
    assert as_told == [
        {
            "document": each["document"],
            "erasedBy": each["erasedBy"] and int(str(each["erasedBy"])),
            "erases": each["erases"],
        }
        for each in changes(told)
    ]


def document(change: dict[str, object]) -> str:
    return str(change["document"]).lower()


def test_of_earlier_revisions_it_is_told_that_it_was_taken_down(told: Curator) -> None:
    db, then = told.database, str(head(told))
    before = db.ask(AT % (ARTICLE, "mentions { count }"), revision=then)
    erase(told)
    _, errors = db.answer(AT % (ARTICLE, "paragraphs { text }"), revision=then)
    assert [(path, code) for _, path, code in errors] == [
        (["at", "article", "paragraphs"], "TEXT_ERASED")
    ]
    _, errors = db.answer(AT % (ARTICLE, 'find(words: "Zqalpha") { start }'), revision=then)
    assert [code for _, _, code in errors] == ["TEXT_ERASED"]
    asked = 'slug } citation: node(id: "Citation:zq") { ... on Citation { quote verification }'
    answer = db.ask(AT % (ARTICLE, asked), revision=then)["at"]
    assert isinstance(answer, dict)
    assert answer["citation"] == {"quote": None, "verification": "VERIFIED"}
    assert db.ask(AT % (ARTICLE, "mentions { count }"), revision=then) == before
    now = db.ask(f'{{ article(slug: "{ARTICLE}") {{ paragraphs {{ text }} }} }}')
    assert now == {"article": {"paragraphs": None}}
    assert db.rows("select verified from citation where key = 'zq'") in ([(0,)], [(False,)])


def test_it_is_given_again_on_purpose_alone(told: Curator, tmp_path: Path) -> None:
    snapshot = tmp_path / "kb.ndjson"
    with database.read_transaction(told.database.engine) as connection:
        snapshot.write_text("\n".join(snapshot_lines(connection)), encoding="utf-8")
    erase(told)
    text = [*FIRST]
    assert problems(told.record("Article", slug=ARTICLE, paragraphs=text)) == [
        (
            "input.paragraphs",
            "its text was taken down; leave it out, or give `replace: true`",
        )
    ]
    with pytest.raises(SeedError, match="its text was taken down, leave it out, or take it by"):
        told.database.load(snapshot)
    expect_payload(told.record("Article", slug=ARTICLE, place="Yerevan"))
    give(told, FIRST, replace=True)
    assert_whole(told.database)
    erase(told)
    assert_erased(told.database)
    assert_whole(told.database)


def test_what_was_removed_before_is_taken_down_too(told: Curator) -> None:
    """It has no text any more, and the past has it still."""
    expect_payload(told.record("Article", slug=ARTICLE, paragraphs=None, replace=True))
    assert words_in_tables(told.database, WORDS)
    erase(told)
    assert_erased(told.database)
    assert_whole(told.database)


def test_there_is_nothing_to_take_down_twice(told: Curator) -> None:
    """Nor of an article that never had a text."""
    erase(told)
    before = head(told)
    publication = told.database.rows("select key from publication order by key limit 1")[0][0]
    data = {"publication": publication, "datedOn": "2016-10-21", "headline": "Data"}
    expect_payload(told.record("Article", slug="data", **data))
    for slug in (ARTICLE, "data"):
        ((place, message),) = problems(told.ask("eraseText", "revision", slug=slug))
        assert place == "input.slug"
        assert "has no text, nor had any that is kept" in message
    assert head(told) == before + 1


def test_it_is_not_put_back_to_a_text_that_is_no_more(told: Curator) -> None:
    before = head(told)
    erase(told)
    after = head(told)
    ((place, message),) = problems(told.ask("revertTo", "revision", id=ID, revision=str(before)))
    assert place == "input.revision"
    assert "taken down since" in message
    assert head(told) == after
    expect_payload(told.record("Article", slug=ARTICLE, headline="Others"))
    payload = "record { ... on Article { headline } }"
    put_back = expect_payload(told.ask("revertTo", payload, id=ID, revision=str(after)))
    assert put_back["record"] == {"headline": "Some agree"}


def test_what_the_past_alone_has_is_taken_down(told: Curator) -> None:
    """The article was gone in between, and is there again without a text."""
    publication = told.database.rows("select key from publication order by key limit 1")[0][0]
    expect_payload(told.ask("removeCitation", "revision", key="zq"))
    with database.write_transaction(told.database.engine) as connection:
        batch = Batch(removed=[Ref("Article", ARTICLE)])
        commit(RecordReading(connection), batch, Origin("kb load --prune"))
    # Its number is given to another one.
    expect_payload(told.record("Publication", slug="next", name="The next"))
    data = {"publication": publication, "datedOn": "2016-10-21", "headline": "Some agree"}
    expect_payload(told.record("Article", slug=ARTICLE, **data))
    assert words_in_tables(told.database, WORDS)
    expect_payload(erase(told))
    assert_erased(told.database)
    assert_whole(told.database)


def test_of_an_article_that_is_not_there(told: Curator) -> None:
    assert [place for place, _ in problems(told.ask("eraseText", "revision", slug="nobody"))] == [
        "input.slug"
    ]


@pytest.mark.parametrize("options", [("--reason", "asked for"), ("--vacuum",)])
def test_the_file_has_no_word_after_the_command(
    told: Curator, tmp_path: Path, options: tuple[str, ...]
) -> None:
    if told.database.engine.dialect.name != "sqlite":
        pytest.skip("its files are the server's")
    url = told.database.settings.database_url
    path = database_url.path_of(url)
    told.database.engine.dispose()
    assert "zqalpha" in words_in_files(path, WORDS)
    done = run(tmp_path, "erase-text", ARTICLE, *options, KB_DATABASE_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{ARTICLE}: its text is taken down\n"
    assert words_in_files(path, WORDS) == set()
    nobody = run(tmp_path, "erase-text", "nobody", KB_DATABASE_URL=url)
    assert nobody.returncode == 1
    assert "nobody" in nobody.stderr
