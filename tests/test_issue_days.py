"""An article is known from the day of its issue, whichever article of the issue tells that day.

What is stored is held against a naive computation after each of many writes, by every door.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from kb import database
from kb.dates import PartialDate
from kb.files import staging
from kb.records import record_tables
from kb.upgrade.upgrade import upgrade
from tests.support.archive_pages import ingest_pages
from tests.support.curated import Curator, curator, expect_payload
from tests.support.databases import Database
from tests.support.noted import noted_statements
from tests.support.sampling import one_in
from tests.support.snapshots import write_snapshot
from tests.support.soundness import assert_whole, list_findings
from tests.worlds import issues
from tests.worlds.known_archives import Documents, write_seed_files

pytestmark = pytest.mark.sweep

Days = Mapping[str, str]


def stored_days(db: Database) -> Days:
    rows = db.rows("select key, cast(known_from as text) from article")
    return {str(key): str(day) for key, day in rows}


def naive_days(db: Database) -> Days:
    """By the rule: the issue's own date, or the newest dateline of the issue, or its own."""
    rows = db.rows("select key, publication_id, issue_number, issued_on, dated_on from article")
    datelines: dict[object, list[str]] = {}
    for _, publication, number, _, dated_on in rows:
        datelines.setdefault((publication, number), []).append(str(dated_on))
    return {
        str(key): latest(
            [str(issued_on)]
            if issued_on
            else ([str(dated_on)] if number is None else datelines[publication, number])
        )
        for key, publication, number, issued_on, dated_on in rows
    }


def latest(dates: list[str]) -> str:
    return max(day.isoformat() for edtf in dates if (day := PartialDate.parse(edtf).latest))


def assert_right(db: Database) -> None:
    days = naive_days(db)
    assert stored_days(db) == days
    assert list_findings(db) == []
    shown = db.rows("select key, known_from from record where type = 'Official'")
    for official, day in shown:
        supporting = db.rows(
            "select a.key from article a join citation c on c.article_id = a.id"
            " join record r on r.id = c.subject_id where r.key = :key",
            key=official,
        )
        assert day == min(days[str(article)] for (article,) in supporting), official


ISSUE_430 = """{ articles(filter: {issueNumber: 430}) { nodes { datedOn { edtf } knownFrom } } }"""


def test_articles_of_one_issue_are_known_from_one_day(filled: Database) -> None:
    assert filled.ask(ISSUE_430) == {
        "articles": {
            "nodes": [
                {"datedOn": {"edtf": "2019-11-29"}, "knownFrom": "2019-11-29"},
                {"datedOn": {"edtf": "2019-11-28"}, "knownFrom": "2019-11-29"},
            ]
        }
    }
    seen = '{ view(knownAt: "2019-11-28") { articles(filter: {issueNumber: 430}) { totalCount } } }'
    assert filled.ask(seen) == {"view": {"articles": {"totalCount": 0}}}


def given(dated: str, **fields: object) -> dict[str, object]:
    return {"headline": dated, "publication": "gazette", "datedOn": dated, **fields}


CITED = {"article": "early", "anchor": issues.ANCHOR, "claim": "It is said."}
FIRST: Documents = {
    "publications": issues.PUBLICATIONS,
    "articles": {
        "early": given("2016-01-01", issueNumber=1),
        "late": given("2016-01-05", issueNumber=1),
        "alone": given("2016-01-09"),
    },
    "officials": {"ann": {"name": "Ann", "citations": {"ann-named": CITED}}},
}
"""Two articles of an issue, one of which is cited, and one of no issue."""


@pytest.fixture
def issue(empty: Database, tmp_path: Path) -> Curator:
    """With a curator at work on it."""
    empty.load(write_seed_files(tmp_path / "first", FIRST))
    return curator(empty)


def days_of(issue: Curator) -> tuple[str, str, str]:
    """Of both articles of the issue, and of the official whom the early one names."""
    db = issue.database
    assert list_findings(db) == []
    ((ann,),) = db.rows("select known_from from record where key = 'ann'")
    days = stored_days(db)
    return days["early"], days.get("late", ""), str(ann)


def change(issue: Curator, **fields: object) -> None:
    expect_payload(issue.record("Article", slug="late", **fields))


def test_what_changes_of_an_issue_changes_its_articles(issue: Curator) -> None:
    assert days_of(issue) == ("2016-01-05", "2016-01-05", "2016-01-05")
    change(issue, datedOn="2016-01-07")
    assert days_of(issue) == ("2016-01-07", "2016-01-07", "2016-01-07")
    change(issue, issuedOn="2016-01-20")
    assert days_of(issue) == ("2016-01-07", "2016-01-20", "2016-01-07")
    change(issue, issueNumber=2)
    assert days_of(issue) == ("2016-01-01", "2016-01-20", "2016-01-01")
    change(issue, issueNumber=1, issuedOn=None)
    assert days_of(issue) == ("2016-01-07", "2016-01-07", "2016-01-07")
    change(issue, publication="herald")
    assert days_of(issue) == ("2016-01-01", "2016-01-07", "2016-01-01")


def test_what_is_added_and_removed_changes_the_rest(issue: Curator, tmp_path: Path) -> None:
    later = given("2016-01-11", issueNumber=1)
    expect_payload(issue.record("Article", slug="later", **later))
    assert days_of(issue) == ("2016-01-11", "2016-01-11", "2016-01-11")
    issue.database.load(write_seed_files(tmp_path / "issue", FIRST), prune=True)
    assert days_of(issue) == ("2016-01-11", "2016-01-11", "2016-01-11"), "it is no file's"
    more = FIRST | {"articles": {**FIRST["articles"], "later": later}}
    issue.database.load(write_seed_files(tmp_path / "more", more))
    issue.database.load(write_seed_files(tmp_path / "issue", FIRST), prune=True)
    assert days_of(issue) == ("2016-01-05", "2016-01-05", "2016-01-05")
    rest = FIRST | {"articles": {"early": FIRST["articles"]["early"]}}
    issue.database.load(write_seed_files(tmp_path / "rest", rest), prune=True)
    assert days_of(issue) == ("2016-01-01", "", "2016-01-01")


def test_an_article_that_is_dated_after_its_issue_shows_with_its_issue(issue: Curator) -> None:
    """Odd as it is: lists of a view pass over what is dated later than that, but not over it."""
    change(issue, datedOn="2016-02-10", issuedOn="2016-01-20")
    shown = {
        "2016-01-19": ["alone"],
        "2016-01-20": ["late", "alone"],
        "2016-02-09": ["late", "alone"],
        "2016-02-10": ["late", "alone", "early"],
    }
    for day, slugs in shown.items():
        articles = "articles(orderBy: {field: DATED_ON, direction: DESC}) { nodes { slug } }"
        answer = issue.database.ask(f'{{ view(knownAt: "{day}") {{ {articles} }} }}')
        assert answer["view"] == {"articles": {"nodes": [{"slug": slug} for slug in slugs]}}


def test_the_feed_tells_of_articles_that_are_known_later(issue: Curator) -> None:
    """What answers otherwise than before has a change, with the same document."""
    before = revisions(issue.database)
    change(issue, datedOn="2016-01-07")
    after = revisions(issue.database)
    assert {key for key in after if after[key] != before[key]} == {"early", "late"}
    change(issue, place="Town")
    then = revisions(issue.database)
    assert {key for key in then if then[key] != after[key]} == {"late"}
    assert_whole(issue.database)


def revisions(db: Database) -> Mapping[object, object]:
    return {row[0]: row[1] for row in db.rows("select key, revision from record")}


def test_an_older_database_is_brought_up(issue: Curator) -> None:
    """There each article had a day of its own."""
    db = issue.database
    database.revert_migrations(db.engine, "0015")
    db.run("update article set known_from = '2016-01-01' where key = 'early'")
    db.run("update record set known_from = '2016-01-01' where key in ('early', 'ann')")
    assert upgrade(db.engine)
    assert days_of(issue) == ("2016-01-05", "2016-01-05", "2016-01-05")
    assert_whole(db)


def test_a_load_mends_a_day(issue: Curator, tmp_path: Path) -> None:
    db = issue.database
    db.run("update article set known_from = '2016-01-01' where key = 'early'")
    assert [line.split(";")[0] for line in list_findings(db)] == [
        "Article early: `known_from` is `2016-01-01`, and should be `2016-01-05`"
    ]
    db.load(write_snapshot(db, tmp_path))
    assert days_of(issue) == ("2016-01-05", "2016-01-05", "2016-01-05")


def test_an_issue_takes_one_statement_however_many_articles(issue: Curator, tmp_path: Path) -> None:
    def count_statements(dated: str) -> int:
        with noted_statements(issue.database.context.writer.engine) as statements:
            change(issue, datedOn=dated)
        return len(statements)

    few = count_statements("2016-01-06")
    more = {f"more-{number}": given("2016-01-02", issueNumber=1) for number in range(40)}
    more |= {f"other-{number}": given("2016-01-02", issueNumber=number + 2) for number in range(40)}
    issue.database.load(write_seed_files(tmp_path / "more", {"articles": more}))
    assert count_statements("2016-01-07") <= few


def writes(random: Random, db: Database, folder: Path) -> Iterator[object]:
    """Writes by each door in turn, at random."""
    by = curator(db)
    for number in range(24):
        match random.choice(("load", "prune", "record", "record", "ingest", "snapshot")):
            case "load" | "prune" as how:
                path = write_seed_files(folder / f"{number}", _some(random, how == "prune"))
                yield db.load(path, prune=how == "prune")
            case "record":
                key = random.choice((*issues.CITED, *issues.UNCITED))
                there = key in stored_days(db)
                make = issues.moved if there else issues.article
                yield by.record("Article", slug=key, **make(random, key), new=True)
            case "ingest":
                path = folder / f"{number}.txt"
                path.write_text(issues.page(random, number), encoding="utf-8")
                summary = ingest_pages(db, path)
                assert summary.faults == []
                yield summary
            case _:
                yield db.load(write_snapshot(db, folder / f"{number}"))


def _some(random: Random, whole: bool) -> Documents:
    """All of an archive, or some of its articles alone that nobody cites."""
    made = issues.archive(random)
    if whole:
        return made
    return {"articles": {key: fields for key, fields in made["articles"].items() if "b" in key}}


@pytest.mark.sweep
@pytest.mark.parametrize("seed", one_in(3, range(3)))
def test_each_write_by_any_door_leaves_the_right_days(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(staging, "CHUNK", seed + 1)
    monkeypatch.setattr(record_tables, "BATCH", 2 * seed + 2)
    random = Random(seed)
    empty.load(write_seed_files(tmp_path / "first", issues.archive(random)))
    assert_right(empty)
    for number, _ in enumerate(writes(random, empty, tmp_path)):
        assert stored_days(empty) == naive_days(empty)
        if number % 8 == 0:
            assert_right(empty)
    assert_right(empty)
    assert_whole(empty)
