"""Records put back to what they were at a revision: with all checks, as new changes."""

from dataclasses import replace
from pathlib import Path

import pytest

from kb import database
from kb.check.inspect import inspect
from kb.commit.feed import Origin
from kb.commit.revert import revert
from kb.errors import RevisionExpired, SeedError
from tests.support.command import run
from tests.support.curated import (
    ADA,
    CITATION,
    Answer,
    Curator,
    as_bearer,
    curator,
    expect_payload,
    problems,
    written_rows,
)
from tests.support.databases import Database
from tests.support.feeds import feed

ADA_ID = "Official:ada"


@pytest.fixture
def ada(filled: Database) -> Curator:
    """Whoever recorded her."""
    made = curator(filled)
    expect_payload(made.record("Official", **ADA))
    return made


def head(of: Curator) -> str:
    return str(feed(of.database)["head"])


def put_back(of: Curator, revision: str, /, **given: object) -> Answer:
    payload = "revision record { id ... on Official { name aliases citations { totalCount } } }"
    return of.ask("revertTo", payload, id=ADA_ID, revision=revision, **given)


def named(answer: Answer) -> object:
    record = expect_payload(answer)["record"]
    assert isinstance(record, dict)
    return record["name"], record["aliases"], record["citations"]["totalCount"]


def assert_sound(of: Database) -> None:
    with database.read_transaction(of.engine) as connection:
        assert [str(finding) for finding in inspect(connection).findings] == []


def documents(of: Curator) -> list[object]:
    query = f"select document from change where type = 'Official' and key = '{ADA['slug']}'"
    return [text for (text,) in of.database.rows(f"{query} order by revision")]


def test_fields_are_as_they_were(ada: Curator) -> None:
    first = head(ada)
    expect_payload(ada.record("Official", slug="ada", name="Augusta", aliases=["Ada L."]))
    assert named(put_back(ada, first, reason="a slip")) == ("Ada", [], 1)
    assert documents(ada)[2] == documents(ada)[0]
    query = f"select reason from change where key = '{ADA['slug']}' order by revision"
    assert ada.database.rows(query) == [(None,), (None,), ("a slip",)]
    before = written_rows(ada.database)
    named(put_back(ada, first))
    assert written_rows(ada.database) == before
    assert_sound(ada.database)


def test_what_was_removed_comes_back_with_its_citations(ada: Curator) -> None:
    expect_payload(ada.cite(**{**CITATION, "key": "ada-again"}, subject=ADA_ID))
    then = head(ada)
    expect_payload(ada.retract("Official", slug="ada"))
    gone = head(ada)
    assert problems(put_back(ada, gone)) == [
        (
            "input.revision",
            "there was no such record at this revision; give one at which it was there, or retract"
            " the record",
        )
    ]
    assert named(put_back(ada, then)) == ("Ada", [], 2)
    assert_sound(ada.database)


def test_a_citation_is_put_back_by_its_own_id(ada: Curator) -> None:
    first = head(ada)
    changed = {**CITATION, "claim": "It calls her so."}
    expect_payload(ada.cite(**changed, subject=ADA_ID))
    payload = "record { ... on Citation { claim } }"
    answer = ada.ask("revertTo", payload, id="Citation:ada-named", revision=first)
    assert expect_payload(answer)["record"] == {"claim": CITATION["claim"]}
    assert_sound(ada.database)
    expect_payload(ada.retract("Official", slug="ada"))
    ((place, what),) = problems(
        ada.ask("revertTo", payload, id="Citation:ada-named", revision=first)
    )
    assert place == "input.revision"
    assert what == (
        f"what it bears on, `{ADA_ID}`, is not there any more; bring that back first, and it with"
        " that"
    )


def test_what_cannot_be(ada: Curator) -> None:
    later = str(int(head(ada)) + 1)
    assert [place for place, _ in problems(put_back(ada, later))] == ["input.revision"]
    nobody = ada.ask("revertTo", "revision", id="Nobody:x", revision="1")
    assert problems(nobody) == [
        ("input.id", "this is no id of a record; give one such as `State:UZ`")
    ]
    first = head(ada)
    assert put_back(ada, first, expectedRevision="1")["__typename"] == "Stale"
    stranger = replace(ada, database=as_bearer(ada.database, None))
    assert put_back(stranger, first)["__typename"] == "Forbidden"
    once = put_back(ada, first, idempotencyKey="k")
    expect_payload(ada.record("Official", slug="ada", name="Augusta"))
    again = put_back(ada, first, idempotencyKey="k")
    assert again["revision"] == once["revision"]


def test_rules_hold_for_what_was(ada: Curator) -> None:
    """What it needs may be gone since."""
    expect_payload(ada.record("Official", slug="ada", nationality="UZ"))
    then = head(ada)
    expect_payload(ada.record("Official", slug="ada", nationality=None))
    changed = "replace(document, '\"UZ\"', '\"QQ\"')"
    ada.database.run(f"update change set document = {changed} where key = '{ADA['slug']}'")
    ((place, what),) = problems(put_back(ada, then))
    assert place == "input.revision.nationality"
    assert "QQ" in what


def test_of_what_is_no_longer_kept_nobody_can_tell(ada: Curator) -> None:
    first = head(ada)
    ada.database.run(f"update head set dropped = {first}")
    ada.database.run(f"delete from change where revision <= {first}")
    revision = str(int(first) - 1)
    text = 'mutation { done: revertTo(input: {id: "%s", revision: "%s"}) { __typename } }'
    data, ((_, path, code),) = ada.database.answer(text % (ADA_ID, revision))
    assert data == {"done": None}
    assert (path, code) == (["done"], "REVISION_EXPIRED")


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "publications.yaml").write_text("gazette: {name: The Gazette}\n", encoding="utf-8")
    assert run(tmp_path, "load", "publications.yaml").returncode == 0
    (tmp_path / "publications.yaml").write_text("gazette: {name: A Gazette}\n", encoding="utf-8")
    assert run(tmp_path, "load", "publications.yaml").returncode == 0
    done = run(tmp_path, "revert", "Publication:gazette", "1", "--reason", "a slip")
    assert (done.returncode, done.stdout) == (0, "Publication:gazette: as at revision 1\n")
    again = run(tmp_path, "revert", "Publication:gazette", "1")
    assert (again.returncode, again.stdout) == (0, "Publication:gazette: nothing to do\n")
    refused = run(tmp_path, "revert", "Publication:gazette", "9")
    assert refused.returncode == 1
    assert "there is no such revision yet" in refused.stderr


def test_a_command_tells_the_record_and_the_revision(ada: Curator) -> None:
    given = {"id": ADA_ID, "revision": 0}
    with (
        pytest.raises(SeedError, match=r"^Official:ada:0: there was no such record"),
        database.write_transaction(ada.database.engine) as connection,
    ):
        revert(connection, given, Origin("test"))
    ada.database.run("update head set dropped = 1")
    with (
        pytest.raises(RevisionExpired),
        database.write_transaction(ada.database.engine) as connection,
    ):
        revert(connection, given, Origin("test"))
