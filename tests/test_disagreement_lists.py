"""Disagreements as clients get them: of a record, as a list, in words, on pages."""

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.dates import PartialDate
from tests.support.curated import CITATION, curator, expect_payload
from tests.support.databases import Database
from tests.support.pages import PAGE, text_of, tree

pytestmark = pytest.mark.sweep


@pytest.fixture
def refined(filled: Database) -> Database:
    """The shipped seeds and a month, of which they have the day: they disagree in both ways."""
    cited = {"key": "bishkek-month", "field": "heldOn", "value": "2019-11"}
    expect_payload(curator(filled).cite(**CITATION | cited, subject="Summit:csto-2019-bishkek"))
    return filled


LIST = """
query ($kind: [DisagreementKind!], $first: Int, $after: String) {
  disagreements(kind: $kind, first: $first, after: $after) {
    totalCount
    edges {
      cursor
      node { subject { __typename id } field kind recorded values { value citations { key } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def list_disagreements(
    database: Database, **arguments: object
) -> tuple[int, list[str], str | None]:
    """How many there are, those of the page as `id#field`, and where the next one begins."""
    match database.ask(LIST, **arguments)["disagreements"]:
        case {
            "totalCount": int(total),
            "edges": list(edges),
            "pageInfo": {"hasNextPage": bool(more), "endCursor": end},
        }:
            nodes = [edge["node"] for edge in edges]
            told = [f"{node['subject']['id']}#{node['field'] or ''}" for node in nodes]
            assert all(
                node["subject"]["id"].startswith(node["subject"]["__typename"]) for node in nodes
            )
            return total, told, end if more else None
        case other:
            pytest.fail(f"{other}")


def test_the_founding_is_in_conflict(csto: Database) -> None:
    selection = "field kind recorded values { value citations { key article { knownFrom } } }"
    data = csto.ask(f'{{ organisation(slug: "csto") {{ disagreements {{ {selection} }} }} }}')
    match data:
        case {"organisation": {"disagreements": [disagreement]}}:
            values = [
                (value["value"], [each["key"] for each in value["citations"]])
                for value in disagreement.pop("values")
            ]
        case other:
            pytest.fail(f"{other}")
    assert disagreement == {"field": "founded", "kind": "CONFLICT", "recorded": "2002"}
    assert values == [
        ("1992", ["csto-founded-1992-in-rejoin-2017"]),
        ("2002", ["csto-founded-2002-in-comment-2019"]),
        ("[1991..1994]", ["csto-founded-after-1991-in-bishkek-2019"]),
    ]


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("Membership:csto-uz-first-member", [(None, "CONFLICT")]),
        ("Membership:csto-uz-suspended", [(None, "CONFLICT")]),
        ("Event:tashkent-pact-non-renewal", [(None, "CONFLICT")]),
        ("Summit:csto-2015-dushanbe", [("heldOn", "CONFLICT")]),
        ("Summit:csto-2019-bishkek", []),  # "by 28 November" and that day
        ("Term:csto-sg-khachaturov", []),  # not before 2018, and by March 2019
        ("Term:csto-sg-bordyuzha", []),  # it ran in June 2015, and ended by 2017
        ("Term:csto-sg-zas", []),  # after 29 November 2019, and by 3 January 2020
        ("State:UZ", []),
    ],
)
def test_of_any_record(csto: Database, identity: str, expected: list[tuple[object, str]]) -> None:
    data = csto.ask(
        "query ($id: ID!) { node(id: $id) { ... on Sourced { disagreements { field kind } } } }",
        id=identity,
    )
    wanted = [{"field": field, "kind": disagreement_kind} for field, disagreement_kind in expected]
    assert data == {"node": {"disagreements": wanted}}


def test_the_list_has_what_every_record_has(csto: Database) -> None:
    total, told, after = list_disagreements(csto, first=100)
    selection = "... on Sourced { id disagreements { field } }"
    ids = [f"{record_type}:{key}" for record_type, key in csto.rows("select type, key from record")]
    each: list[str] = []
    for start in range(0, len(ids), 100):
        data = csto.ask(
            f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {selection} }} }}",
            ids=ids[start : start + 100],
        )
        match data:
            case {"nodes": list(nodes)}:
                each += [
                    f"{node['id']}#{disagreement['field'] or ''}"
                    for node in nodes
                    for disagreement in node.get("disagreements", ())
                ]
            case other:
                pytest.fail(f"{other}")
    assert (total, told, after) == (len(each), sorted(each), None)


def test_conflicts_are_what_makes_a_record_disputed(csto: Database) -> None:
    _, told, _ = list_disagreements(csto, kind=["CONFLICT"], first=100)
    disputed = csto.rows("select type, key from record where disputed")
    assert {entry.partition("#")[0] for entry in told} == {
        f"{record_type}:{key}" for record_type, key in disputed
    }


def test_kinds_part_the_list(refined: Database) -> None:
    everything = list_disagreements(refined, first=100)[1]
    conflicts, refinements = (
        list_disagreements(refined, first=100, kind=[kind])[1]
        for kind in ("CONFLICT", "REFINEMENT")
    )
    assert sorted(conflicts + refinements) == everything
    assert conflicts == CONFLICTS
    assert refinements == ["Summit:csto-2019-bishkek#heldOn"]
    assert list_disagreements(refined, first=100, kind=["REFINEMENT", "CONFLICT"])[1] == everything
    assert list_disagreements(refined, first=100, kind=None)[1] == everything
    assert list_disagreements(refined, kind=[]) == (0, [], None)


def test_the_shipped_articles_exclude_each_other_in_these_alone(csto: Database) -> None:
    """What only narrows, as "by June 2017" does what still ran in 2015, is none."""
    assert list_disagreements(csto, first=100) == (len(CONFLICTS), CONFLICTS, None)


CONFLICTS = [
    "Event:tashkent-pact-non-renewal#",
    "Membership:csto-uz-first-member#",
    "Membership:csto-uz-suspended#",
    "Organisation:csto#founded",
    "Summit:csto-2015-dushanbe#heldOn",
]


def test_values_have_words(filled: Database) -> None:
    """Dates and what still runs; anything else as it is, a place named like a year too."""
    ended = {"key": "ended", "field": "period.end", "value": "2014~"}
    placed = {"key": "placed", "field": "place", "value": "2016"}
    by_hand = curator(filled)
    for subject, cited in (
        ("Term:csto-sg-bordyuzha", ended),
        ("Event:soviet-break-up", placed),
        ("Event:soviet-break-up", placed | {"key": "elsewhere", "value": "Minsk"}),
    ):
        expect_payload(by_hand.cite(**CITATION | cited, subject=subject))
    words = words_of(filled, "Term:csto-sg-bordyuzha")
    assert (words.pop(".."), words["2014~"]) == ("still running", "about 2014")
    assert words == {edtf: PartialDate.parse(str(edtf)).text for edtf in words}
    assert words_of(filled, "Event:soviet-break-up") == {"2016": "2016", "Minsk": "Minsk"}
    denied = words_of(filled, "Membership:csto-uz-suspended")
    assert [*denied] == [*denied.values()]


def words_of(database: Database, identity: str) -> dict[object, object]:
    """The words of each value that citations assert of a record."""
    selection = "... on Sourced { disagreements { values { value text } } }"
    data = database.ask(f"query ($id: ID!) {{ node(id: $id) {{ {selection} }} }}", id=identity)
    match data:
        case {"node": {"disagreements": [{"values": list(values)}]}}:
            return {value["value"]: value["text"] for value in values}
        case other:
            pytest.fail(f"{other}")


@pytest.mark.parametrize("kinds", [None, ["CONFLICT"]])
@pytest.mark.parametrize("size", [1, 5])
def test_pages_are_the_list(csto: Database, kinds: list[str] | None, size: int) -> None:
    total, everything, _ = list_disagreements(csto, first=100, kind=kinds)
    seen: list[str] = []
    after: str | None = None
    while after or not seen:
        count, told, after = list_disagreements(csto, first=size, after=after, kind=kinds)
        assert count == total
        assert len(told) == min(size, total - len(seen))
        seen += told
    assert seen == everything


def test_one_statement_for_a_page(csto: Database) -> None:
    csto.reader.statements.clear()
    list_disagreements(csto)
    assert len(csto.reader.statements) == 1


@pytest.mark.parametrize("cursor", ["", "nonsense", "5b5d"])
def test_refuses_a_cursor_of_its_own_making(csto: Database, cursor: str) -> None:
    ((_, path, code),) = csto.refused(LIST, after=cursor)
    assert (path, code) == (["disagreements"], "BAD_CURSOR")


def test_pages_tell_of_disagreements_in_words(refined: Database) -> None:
    """The home page of conflicts alone, a record's page of refinements too."""
    with TestClient(create_app(refined.settings), headers=PAGE) as client:
        home, bishkek, dushanbe = (
            [text_of(entry) for entry in tree(client, path).xpath(ENTRIES)]
            for path in ("/", "/summits/csto-2019-bishkek", "/summits/csto-2015-dushanbe")
        )
    assert len(home) == len(CONFLICTS)
    assert any("1992 or 2002 or 1991–1994" in entry for entry in home)
    (refinement,) = bishkek
    assert "recorded is 28 November 2019" in refinement
    assert " November 2019: " in refinement
    (conflict,) = dushanbe
    assert "15 September 2015: " in conflict
    assert "16 September 2015: " in conflict


ENTRIES = "//section[@aria-labelledby='disagreements']/ul/li"


def test_bars_are_marked_by_conflicts_alone(refined: Database) -> None:
    """Of two terms that sources speak of otherwise, one is refined."""
    by_hand = curator(refined)
    for term, ended in (
        ("csto-sg-khachaturov", "2018"),
        ("csto-sg-khachaturov", "2018-11"),
        ("csto-sg-bordyuzha", "2014"),
    ):
        named = {"key": f"{term}-{ended}", "field": "period.end", "value": ended}
        expect_payload(by_hand.cite(**CITATION | named, subject=f"Term:{term}"))
    with TestClient(create_app(refined.settings), headers=PAGE) as client:
        marked = {
            bar.get("href"): "disputed" in bar.get("class").split()
            for bar in tree(client, "/").xpath("//a[starts-with(@href, '/terms/')][@class]")
        }
    assert marked["/terms/csto-sg-bordyuzha"]
    assert not marked["/terms/csto-sg-khachaturov"]
