"""Articles taken down whole: no word of them is left, and all that was told is still proven."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kb import database, database_url
from kb.config import Settings
from kb.errors import SeedError
from kb.files.snapshot_writer import snapshot_lines
from tests.support.command import run
from tests.support.curated import Answer, Curator, curator, expect_payload, problems
from tests.support.databases import Database, Place, open_copy, open_database
from tests.support.feeds import feed
from tests.support.soundness import assert_whole
from tests.support.words_left import words_in_files, words_in_tables

ARTICLE, OTHER = "bulletin-zq", "bulletin-other"
WORDS = ("zqalpha", "zqbeta", "zqgamma", "zqdelta", "zqepsilon")
CITED = {"article": ARTICLE, "claim": "Zqdelta says it."}
ELSEWHERE = {"article": OTHER, "claim": "It says so."}
GONE = (f"Article:{ARTICLE}", "Official:ada", "Citation:ada", "Citation:armenia", "Citation:bob-1")
PAST = ("Term:ada-head", "Citation:ada-head", "Citation:moved")
"""Which the past alone has of the article."""
KNOWN = 'view(knownAt: "2016-12-31") { %s }'
"""Bob had another name then, which the article gave him."""


@pytest.fixture
def told(place: Place, told_made: Settings) -> Iterator[Curator]:
    with open_copy(place, told_made) as copied:
        yield curator(copied)


@pytest.fixture(scope="module")
def told_made(place: Place, loaded: Settings) -> Settings:
    def make(settings: Settings) -> None:
        with open_database(settings) as db:
            tell(curator(db))

    return place.keep("told", loaded, make)


def tell(made: Curator) -> None:
    ((publication,),) = made.database.rows("select key from publication order by key limit 1")
    article = {"publication": publication, "paragraphs": ["Zqalpha Armenia zqbeta."]}
    _record(made, "Article", slug=ARTICLE, datedOn="2016-10-21", headline="Zqgamma", **article)
    _record(made, "Article", slug=OTHER, datedOn="2017-05-05", headline="Another")
    for key in ("armenia", "moved"):
        _cite(made, key, subject="State:AM", **CITED, quote="Zqalpha Armenia")
    _record(made, "Official", "ada", slug="ada", name="Zqbeta", **CITED)
    _record(made, "Official", slug="ada", name="Zqgamma")
    term = {"official": "ada", "office": "Head", "state": "AM", "period": "2016/2017"}
    _record(made, "Term", "ada-head", key="ada-head", **term, **CITED)
    expect_payload(made.retract("Term", key="ada-head"))
    _record(made, "Official", "bob-2", slug="bob", name="Bob", **ELSEWHERE)
    named = {"field": "name", "value": "Zqepsilon"}
    _cite(made, "bob-1", subject="Official:bob", **CITED, **named)
    _cite(made, "bob-3", subject="Official:bob", **ELSEWHERE, **named | {"value": "Bob"})
    _record(made, "Term", "bob-head", key="bob-head", **term | {"official": "bob"}, **ELSEWHERE)


def _record(made: Curator, record_type: str, citation: str = "", /, **given: object) -> None:
    """Of this publication, or cited under this key as is given beside its fields."""
    if citation:
        cited = {name: given.pop(name) for name in ("article", "claim")}
        given["citations"] = [{"key": citation, **cited}]
    elif given.get("slug") == OTHER:
        ((publication,),) = made.database.rows("select key from publication order by key limit 1")
        given["publication"] = publication
    expect_payload(made.record(record_type, **given))


def _cite(made: Curator, key: str, **given: object) -> None:
    expect_payload(made.cite(key=key, **given))


def retract(made: Curator, **given: object) -> Answer:
    payload = "id revision erased { recordId op erases document }"
    return made.ask("retractArticle", payload, slug=ARTICLE, **given)


def head(made: Curator) -> str:
    return str(feed(made.database)["head"])


def move(made: Curator) -> None:
    """A citation that stood in the article is one of another's by now."""
    _cite(made, "moved", subject="State:AM", **ELSEWHERE)


def errors_at(db: Database, revision: str, asked: str) -> list[tuple[str, object]]:
    """Of what is asked as of a revision: the path of each error, and its code."""
    query = f"query ($revision: Revision!) {{ at(revision: $revision) {{ {asked} }} }}"
    _, errors = db.answer(query, revision=revision)
    return [(".".join(map(str, _list(path)[1:])), code) for _, path, code in errors]


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_no_word_is_left_in_any_table(told: Curator) -> None:
    db = told.database
    move(told)
    before = words_in_tables(db, WORDS)
    assert {"recorded_official", "recorded_official_version", "recorded_term"} <= before.keys()
    given = {"reason": "asked for", "idempotencyKey": "once"}
    tried = expect_payload(retract(replace(told, dry_run=True), **given))
    assert words_in_tables(db, WORDS) == before
    done = expect_payload(retract(told, **given))
    assert tried == done == retract(told, **given)
    database.scrub(db.engine)
    assert words_in_tables(db, WORDS) == {}
    assert_whole(db)
    there = db.ask('{ official(slug: "ada") { id } bob: official(slug: "bob") { name } }')
    assert there == {"official": None, "bob": {"name": "Bob"}}
    erased = {str(each["recordId"]): each for each in _records(done["erased"])}
    assert erased.keys() == {*GONE, *PAST}
    for record, change in erased.items():
        is_there = record == "Citation:moved"
        assert change["op"] == ("UPSERT" if is_there else "DELETE")
        assert change["erases"] is True
        assert (change["document"] is not None) is is_there


def _records(listed: object) -> list[dict[str, object]]:
    assert isinstance(listed, list)
    return listed


def test_the_feed_tells_it(told: Curator) -> None:
    move(told)
    expect_payload(retract(told))
    query = """query ($record: ID!) { changes(record: $record, first: 100) {
      nodes { op document documentHash erases erasedBy revision } } }"""
    for record in (*GONE, *PAST):
        answer = told.database.ask(query, record=record)["changes"]
        *earlier, newest = json.loads(json.dumps(answer))["nodes"]
        assert (newest["erases"], newest["documentHash"]) == (True, None)
        assert any(change["op"] == "UPSERT" for change in earlier)
        for change in (each for each in earlier if each["op"] == "UPSERT"):
            assert change["document"] is None
            assert len(change["documentHash"]) == 64
            assert change["erasedBy"] == newest["revision"]


def test_of_earlier_revisions_it_is_told_that_it_was_taken_down(told: Curator) -> None:
    db, then = told.database, head(told)
    move(told)
    known = KNOWN % 'official(slug: "bob") { name }'
    assert errors_at(db, then, known) == []
    expect_payload(retract(told))
    erased = "RECORD_ERASED"
    for asked, path in (
        (f'article(slug: "{ARTICLE}") {{ id }}', "article"),
        ('official(slug: "ada") { id }', "official"),
        ('node(id: "Citation:moved") { id }', "node"),
        ('nodes(ids: ["State:AM", "Official:ada"]) { id }', "nodes"),
        (known, "view.official"),
        (KNOWN % 'node(id: "Official:bob") { ... on Official { name } }', "view.node"),
    ):
        assert errors_at(db, then, asked) == [(path, erased)]
    fine = 'official(slug: "bob") { name } state(code: "ZZ") { id } nodes(ids: []) { id }'
    assert errors_at(db, then, fine) == []
    not_known = 'view(knownAt: "0001-01-01") { about { organisation { id } } }'
    assert errors_at(db, then, not_known) == []
    assert errors_at(db, head(told), 'official(slug: "ada") { id }') == []
    assert errors_at(db, head(told), 'node(id: "Citation:moved") { id }') == []


def test_references_to_it_do_not_lead_to_nothing(told: Curator) -> None:
    """Records that stay named it once, and do no more."""
    db = told.database
    event = {"slug": "zq-event", "title": "Met", "kind": "OTHER", "occurred": "2016-10"}
    _record(told, "Event", "zq-event", **event, officials=["ada"], **ELSEWHERE)
    term = {"key": "zq-term", "office": "Head", "state": "AM", "period": "2010/2011"}
    _record(told, "Term", "zq-term", **term, official="ada", **ELSEWHERE)
    then = head(told)
    _record(told, "Event", slug="zq-event", officials=[])
    _record(told, "Term", key="zq-term", official="bob")
    expect_payload(retract(told))
    asked = 'event(slug: "zq-event") { title officials { id } }'
    assert errors_at(db, then, asked) == [("event.officials", "RECORD_ERASED")]
    assert errors_at(db, then, 'event(slug: "zq-event") { title }') == []
    named = "terms(first: 100) { nodes { official { name } } }"
    ((path, code),) = errors_at(db, then, named)
    assert re.fullmatch(r"terms\.nodes\.[0-9]+\.official", path)
    assert code == "RECORD_ERASED"
    assert errors_at(db, then, "terms(first: 100) { nodes { office } }") == []


def test_a_difference_tells_it(told: Curator) -> None:
    then = head(told)
    move(told)
    expect_payload(retract(told))
    query = """query ($from: Moment!, $to: Moment!) { diff(from: $from, to: $to, first: 100) {
      nodes { recordId kind before { id } after { id } fields { field } } } }"""
    moments = [{"revision": then}, {"revision": head(told)}, {"knownAt": "2020-01-01"}]
    for since, until in ((0, 1), (1, 0), (0, 2)):
        answer = told.database.ask(query, **{"from": moments[since], "to": moments[until]})["diff"]
        assert isinstance(answer, dict)
        found = {each["recordId"]: each for each in answer["nodes"] if each["kind"] == "ERASED"}
        assert found.keys() == {*GONE, "Citation:moved"}
        assert all(each["fields"] == [] for each in found.values())
        there = {each["recordId"] for each in found.values() if each["before"] or each["after"]}
        assert there == {"Citation:moved"}


def test_a_history_tells_it(told: Curator) -> None:
    expect_payload(retract(told))
    _record(told, "Official", "ada-2", slug="ada", name="Ada", **ELSEWHERE)
    query = """{ official(slug: "ada") { history {
      nodes { comparedWith change { op } fields { field } } } } }"""
    answer = json.loads(json.dumps(told.database.ask(query)))["official"]["history"]["nodes"]
    told_of = [(each["change"]["op"], each["comparedWith"]) for each in answer]
    erased = [("DELETE", "ERASED"), ("UPSERT", "ERASED"), ("UPSERT", "ERASED")]
    assert told_of == [("UPSERT", "NOTHING"), *erased]
    assert [bool(each["fields"]) for each in answer] == [True, False, False, False]


def test_it_is_not_put_back(told: Curator, tmp_path: Path) -> None:
    then, snapshot = head(told), tmp_path / "kb.ndjson"
    with database.read_transaction(told.database.engine) as connection:
        snapshot.write_text("\n".join(snapshot_lines(connection)), encoding="utf-8")
    expect_payload(retract(told))
    back = told.ask("revertTo", "revision", id="Official:ada", revision=then)
    ((place, message),) = problems(back)
    assert place == "input.revision"
    assert message.startswith("what it was at this revision was taken down since")
    article = {"slug": ARTICLE, "headline": "Again", "datedOn": "2016-10-21"}
    ((publication,),) = told.database.rows("select key from publication order by key limit 1")
    again = told.record("Article", publication=publication, **article)
    message = "it was taken down; leave it out, or give `replace: true`"
    assert problems(again) == [("input.slug", message)]
    with pytest.raises(SeedError, match="it was taken down, leave it out, or take it by"):
        told.database.load(snapshot)
    _record(told, "Article", publication=publication, replace=True, **article)
    expect_payload(retract(told))
    assert_whole(told.database)


def test_what_others_need_is_named(told: Curator) -> None:
    term = {"official": "ada", "office": "Head", "state": "AM", "period": "2016/2017"}
    _record(told, "Term", "zq-term", key="zq-term", **term, **ELSEWHERE)
    assert problems(retract(told)) == [
        (
            "input.slug",
            "ada: others need it, such as term `zq-term`; cite another article for it first, or"
            " change or retract these",
        )
    ]
    _cite(told, "ada-2", subject="Official:ada", **ELSEWHERE)
    done = expect_payload(retract(told))
    assert "Official:ada" not in {each["recordId"] for each in _records(done["erased"])}
    assert_whole(told.database)


def test_a_publication_goes_with_all_its_articles(told: Curator) -> None:
    db, words = told.database, (*WORDS, "zqpaper")
    ((other,),) = db.rows("select key from publication order by key limit 1")
    _record(told, "Publication", slug="zq-paper", name="Zqpaper")
    for slug, headline in (("zq-1", "Zqgamma"), ("zq-2", "Zqgamma again"), ("zq-moved", "Moved")):
        article = {"slug": slug, "publication": "zq-paper", "headline": headline}
        _record(told, "Article", **article, datedOn="2016-10-21")
    _record(told, "Official", "carol-1", slug="carol", name="Carol", article="zq-1", claim="Zqbeta")
    _cite(told, "carol-2", subject="Official:carol", article="zq-2", claim="Zqdelta")
    then = head(told)
    _record(told, "Article", slug="zq-moved", publication=other)
    expect_payload(retract(told))
    erased = "erased { recordId }"
    done = expect_payload(told.ask("retractPublication", f"id {erased}", slug="zq-paper"))
    gone = {"Publication:zq-paper", "Article:zq-1", "Article:zq-2", "Official:carol"}
    gone |= {"Citation:carol-1", "Citation:carol-2"}
    assert {each["recordId"] for each in _records(done["erased"])} == gone
    database.scrub(db.engine)
    assert words_in_tables(db, words) == {}
    assert_whole(db)
    for asked, path in (
        ('publication(slug: "zq-paper") { id }', "publication"),
        ('article(slug: "zq-moved") { publication { id } }', "article.publication"),
    ):
        assert errors_at(db, then, asked) == [(path, "RECORD_ERASED")]


def test_the_file_has_no_word_after_the_command(told: Curator, tmp_path: Path) -> None:
    """Nor do unused pages have what was removed before."""
    if told.database.engine.dialect.name != "sqlite":
        pytest.skip("its files are the server's")
    move(told)
    url = told.database.settings.database_url
    path = database_url.path_of(url)
    told.database.engine.dispose()
    assert words_in_files(path, WORDS) == {*WORDS}
    options = (f"Article:{ARTICLE}", "--reason", "asked for", "--vacuum")
    done = run(tmp_path, "retract", *options, KB_DATABASE_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert {*done.stdout.splitlines()} == {f"{each}: taken down" for each in (*GONE, *PAST)}
    assert words_in_files(path, WORDS) == set()
    refused = run(tmp_path, "retract", "State:AM", KB_DATABASE_URL=url)
    assert refused.returncode == 1
    assert "`State:AM` is no id of what can be taken down" in refused.stderr
