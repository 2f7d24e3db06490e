"""The history of a record on its page: in words, newest first, and as data."""

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.web.difference_words import differences_in_words
from kb.web.presentation import day_words
from tests.support.curated import ADA, ARTICLE, curator, expect_payload, token
from tests.support.databases import Place, open_database
from tests.support.pages import PAGE, text_of, tree

pytestmark = pytest.mark.sweep

CHANGES = 23
ADA_PAGE = f"/officials/{ADA['slug']}"
LATER = {"name": "Ada", "aliases": ["Ada <B>", "A, B"], "nationality": "KZ"}


@pytest.fixture(scope="module")
def settings(place: Place, loaded: Settings) -> Settings:
    """As many changes of one official as do not stand on one page, and one of an article."""
    with open_database(place.create(loaded)) as database:
        writer = curator(database)
        expect_payload(writer.record("Official", **ADA | {"reason": "An article <names> her."}))
        for number in range(1, CHANGES - 1):
            expect_payload(writer.record("Official", slug="ada", name=f"Ada {number}"))
        expect_payload(writer.record("Official", slug="ada", **LATER))
        expect_payload(writer.record("Article", slug=ARTICLE, paragraphs=["A text.", "Another."]))
        return database.settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), headers=PAGE) as client:
        yield client


def changes_on(client: TestClient, path: str) -> list[str]:
    """Each change as it is told."""
    items = tree(client, path).cssselect("section.history ul.changes > li")
    return [" ".join(item.text_content().split()) for item in items]


def test_each_change_is_told_in_words(client: TestClient) -> None:
    told = changes_on(client, ADA_PAGE)
    assert len(told) == 20
    today = day_words(date.today().isoformat())
    assert told[0].startswith(f"{today}: changed (revision ")
    differences = told[0].partition(") ")[2]
    assert differences == ("Aliases: Ada <B>; A, B Name: Ada 21 → Ada Nationality: Kazakhstan")
    assert told[1].endswith("Name: Ada 20 → Ada 21")


def next_page(client: TestClient) -> str:
    (link,) = tree(client, ADA_PAGE).cssselect("section.history p.as a[href*='history=']")
    return str(link.get("href"))


def test_the_next_page_of_it_begins_with_what_follows(client: TestClient) -> None:
    told = changes_on(client, next_page(client))
    assert len(told) == CHANGES - 20
    assert ": recorded (revision " in told[-1]
    assert told[-1].endswith("Name: Ada")
    assert "An article" not in told[-1]
    assert tree(client, next_page(client)).cssselect("section.history details[open]")


def test_it_can_be_had_as_data(client: TestClient) -> None:
    rows = client.get(f"{ADA_PAGE}/history.json").json()
    table = [*csv.DictReader(StringIO(client.get(f"{ADA_PAGE}/history.csv").text))]
    assert [{name: value or "" for name, value in row.items()} for row in rows] == table
    revisions = [int(row["revision"]) for row in rows]
    assert revisions == sorted(revisions, reverse=True)
    assert len({*revisions}) == CHANGES
    aliases = [row for row in rows if row["field"] == "aliases"]
    assert [(row["before"], row["after"]) for row in aliases] == [
        ("[]", '["Ada <B>","A, B"]'),
        (None, "[]"),
    ]


def test_a_view_of_a_day_has_none(client: TestClient) -> None:
    page = tree(client, f"{ADA_PAGE}?known=2030-01-01")
    assert not page.cssselect("section.history")
    for form in ("csv", "json"):
        refused = client.get(f"{ADA_PAGE}/history.{form}?known=2030-01-01")
        assert refused.status_code == 400
        assert "a view has no history of records" in refused.text
    assert client.get("/publications/bulletin/history.csv").status_code == 404


def test_what_has_no_history_has_no_section(client: TestClient) -> None:
    assert not tree(client, "/publications/bulletin").cssselect("section.history")


def test_every_record_of_the_seeds_has_its_history_in_words(client: TestClient) -> None:
    """Without keys of records, EDTF, or names of the schema."""
    for path in (
        *("/organisations/csto", "/states/UZ", "/memberships/csto-uz-member"),
        *("/terms/csto-sg-khachaturov", "/summits/csto-2016-yerevan", "/events/yerevan-shootings"),
    ):
        (told,) = changes_on(client, path)
        assert ": recorded (revision " in told
        for code in ("csto-", "..", "null", "[", "{", "SECRETARY", "MEMBER", "yuri-", "heldOn"):
            assert code not in told, (path, told)


def test_of_a_text_it_tells_how_long_it_is(client: TestClient) -> None:
    assert changes_on(client, f"/articles/{ARTICLE}")[0].endswith("Text: 2 paragraphs")


def test_bearers_see_who_and_why(settings: Settings) -> None:
    with open_database(settings) as database:
        bearer = {"Authorization": f"Bearer {token(database)}"}
    with TestClient(create_app(settings), headers=PAGE | bearer) as client:
        told = changes_on(client, next_page(client))[-1]
    assert ": recorded by Ada: An article <names> her. (revision " in told


def test_it_says_that_older_changes_are_not_kept(
    client: TestClient, place: Place, loaded: Settings
) -> None:
    """Of a record of which none is kept, and of one of which the newest is."""
    assert "kept" not in history_on(client, ADA_PAGE)
    kept = place.create(loaded).model_copy(update={"kept_changes": 1})
    with open_database(kept) as database:
        expect_payload(curator(database).record("State", code="UZ", name="Another"))
        ((dropped,),) = database.rows("select dropped from head")
    older = f"Changes before revision {int(str(dropped)) + 1} are not kept."
    with TestClient(create_app(kept), headers=PAGE) as limited:
        none, newest = (history_on(limited, f"/{at}") for at in ("organisations/csto", "states/UZ"))
    assert "No change of what is recorded here is kept" in none
    assert "1 change of what is recorded here is kept, the latest shown on " in newest
    assert older in none
    assert older in newest


def history_on(client: TestClient, path: str) -> str:
    (section,) = tree(client, path).cssselect("section.history")
    return text_of(section)


def test_the_parts_of_an_item_stand_in_the_order_of_a_document() -> None:
    """Canonical JSON has them by their names: a note first, and then what it is on."""
    after = (
        '[{"note":"Ill.","official":"ada"},{"note":"So it is said.","role":"ACTOR","state":"XA"}]'
    )
    names = {"Official:ada": "Ada", "State:XA": "Aland"}
    field = {"before": None, "after": after}
    (told,) = differences_in_words("Event", [{"field": "parties", **field}], names)
    assert told.after == "Ada, Ill.; Aland, actor, So it is said."
