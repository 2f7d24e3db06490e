"""States that are gone or never had a code, and organisations that grew out of others and ended."""

from pathlib import Path

import pytest

from kb import database
from kb.check.inspect import inspect
from tests.support.databases import Database
from tests.support.seed_texts import MEMBERSHIPS, citation_text, load_faults, write_seed_texts

pytestmark = pytest.mark.sweep

LATER = "gazette-9-union-grows"


def cited(key: str, field: str, value: str, article: str = "gazette-1-union-formed") -> str:
    return citation_text(key, f'      field: {field}\n      value: "{value}"\n', article)


STATES = (
    'SUHH:\n  name: Soviet Union\n  existence: "1922/1991"\n  citations:\n'
    + citation_text("suhh-named")
    + "X-LND-9:\n  name: The Land\n  citations:\n"
    + citation_text("land-named")
    + 'FR:\n  name: France\n  existence: "1940-05-01/.."\n  predecessors: [SUHH, X-LND-9]\n'
    + "  citations:\n"
    + citation_text("fr-named")
    + cited("fr-begun", "existence.start", "1940-05-01")
    + cited("fr-runs", "existence.end", "..")
    + cited("fr-from-land", "predecessors", "x-lnd-9", LATER)
    + cited("fr-from-suhh", "predecessors", "SUHH")
)
ORGANISATIONS = "".join(
    f"{key}:\n  name: {key.title()}\n{more}  citations:\n{citations}"
    for key, more, citations in (
        ("pact", '  dissolved: "1955"\n  url: https://example.org/pact\n', citation_text("pact-n")),
        ("bloc", "", citation_text("bloc-n")),
        (
            "union",
            "  predecessor: pact\n  predecessors: [bloc]\n  parent: bloc\n",
            citation_text("union-n")
            + cited("union-pact", "predecessor", "pact", LATER)
            + cited("union-bloc", "predecessors", "bloc"),
        ),
    )
)


def load_world(into: Database, folder: Path, **texts: str) -> None:
    texts = {"states": STATES, "organisations": ORGANISATIONS, **texts}
    into.load(write_seed_texts(folder, **texts))
    with database.read_transaction(into.engine) as connection:
        assert [str(finding) for finding in inspect(connection).findings] == []


def test_states_of_every_kind_of_code(empty: Database, tmp_path: Path) -> None:
    load_world(empty, tmp_path)
    query = """{ state(code: "x-lnd-9") { code existence { text } successors { code } }
      states { nodes { code existence { text possibleFrom certainTo } predecessors { code } } } }"""
    answer = empty.ask(query)
    assert answer["state"] == {"code": "X-LND-9", "existence": None, "successors": [{"code": "FR"}]}
    france = {"text": "since 1 May 1940", "possibleFrom": "1940-05-01", "certainTo": "1950-05-09"}
    former = {"text": "1922 to 1991", "possibleFrom": "1922-01-01", "certainTo": "1991-01-01"}
    assert answer["states"] == {
        "nodes": [
            {
                "code": "FR",
                "existence": france,
                "predecessors": [{"code": "SUHH"}, {"code": "X-LND-9"}],
            },
            {"code": "SUHH", "existence": former, "predecessors": []},
            {"code": "X-LND-9", "existence": None, "predecessors": []},
        ]
    }


@pytest.mark.parametrize(
    "code", ["F", "FRA", "FRANC", "X-", "X--A", "X-a", "X", "F1", "1F", "SU-HH"]
)
def test_no_other_codes(empty: Database, tmp_path: Path, code: str) -> None:
    states = f'"{code}":\n  name: Nowhere\n  citations:\n{citation_text("nowhere-named")}'
    (fault,) = load_faults(empty, tmp_path, states=states, memberships="")
    assert "code" in fault


def test_what_organisations_grew_out_of(empty: Database, tmp_path: Path) -> None:
    load_world(empty, tmp_path)
    query = """{ organisations { nodes { slug predecessor { slug } predecessors { slug }
      successors { slug } parent { slug } dissolved { text } url } } }"""
    union, pact, bloc = {"slug": "union"}, {"slug": "pact"}, {"slug": "bloc"}
    nothing: dict[str, object] = {
        "predecessor": None,
        "predecessors": [],
        "parent": None,
        "dissolved": None,
    }
    assert empty.ask(query) == {
        "organisations": {
            "nodes": [
                {**bloc, **nothing, "successors": [union], "url": None},
                {
                    **pact,
                    **nothing,
                    "dissolved": {"text": "1955"},
                    "successors": [union],
                    "url": "https://example.org/pact",
                },
                {
                    **union,
                    "predecessor": pact,
                    "predecessors": [pact, bloc],
                    "successors": [],
                    "parent": bloc,
                    "dissolved": None,
                    "url": None,
                },
            ]
        }
    }


def test_members_of_these_lists_are_known_one_by_one(empty: Database, tmp_path: Path) -> None:
    load_world(empty, tmp_path)
    query = """query ($day: Date!) { view(knownAt: $day) {
      state(code: "FR") { predecessors { code } }
      land: state(code: "X-LND-9") { successors { code } }
      organisation(slug: "union") { predecessor { slug } predecessors { slug } }
      pact: organisation(slug: "pact") { successors { slug } } } }"""
    assert empty.ask(query, day="1950-05-09") == {
        "view": {
            "state": {"predecessors": [{"code": "SUHH"}]},
            "land": {"successors": []},
            "organisation": {"predecessor": None, "predecessors": [{"slug": "bloc"}]},
            "pact": {"successors": []},
        }
    }
    later = empty.ask(query, day="1957-03-25")["view"]
    assert later == {
        "state": {"predecessors": [{"code": "SUHH"}, {"code": "X-LND-9"}]},
        "land": {"successors": [{"code": "FR"}]},
        "organisation": {
            "predecessor": {"slug": "pact"},
            "predecessors": [{"slug": "pact"}, {"slug": "bloc"}],
        },
        "pact": {"successors": [{"slug": "union"}]},
    }


def test_a_list_without_a_first(empty: Database, tmp_path: Path) -> None:
    first_left_out = ORGANISATIONS.replace("  predecessor: pact\n", "")
    faults = load_faults(empty, tmp_path, organisations=first_left_out)
    assert len(faults) == 1
    assert "further predecessors, and no first one" in faults[0]
    twice = ORGANISATIONS.replace("[bloc]", "[bloc, pact]")
    (fault,) = load_faults(empty, tmp_path, organisations=twice)
    assert "`pact` is its `predecessor` too" in fault


def test_nothing_is_of_a_state_before_it_exists(empty: Database, tmp_path: Path) -> None:
    """By the earliest day that a citation known by then gives; without one, on any day."""
    spans = MEMBERSHIPS.replace('"1949/.."', '"[1930..1949]/.."')
    load_world(empty, tmp_path, memberships=spans)
    query = """query ($day: Date!) { view(knownAt: $day) { memberships { nodes {
      before: certainty(on: "1940-04-30") after: certainty(on: "1940-05-01")
      period { possibleFrom } } } } }"""
    floor = {"before": "RULED_OUT", "after": "POSSIBLE", "period": {"possibleFrom": "1940-05-01"}}
    assert empty.ask(query, day="1957-03-25") == {"view": {"memberships": {"nodes": [floor]}}}
    later = STATES.replace(
        cited("fr-begun", "existence.start", "1940-05-01"),
        cited("fr-begun", "existence.start", "1940-05-01", LATER),
    )
    load_world(empty, tmp_path, memberships=spans, states=later)
    none = {"before": "POSSIBLE", "after": "POSSIBLE", "period": {"possibleFrom": "1930-01-01"}}
    assert empty.ask(query, day="1950-05-09") == {"view": {"memberships": {"nodes": [none]}}}
    assert empty.ask(query, day="1957-03-25") == {"view": {"memberships": {"nodes": [floor]}}}


def test_finer_words_of_statuses_and_terms(empty: Database, tmp_path: Path) -> None:
    associate = MEMBERSHIPS.replace("MEMBER", "ASSOCIATE\n  statusNote: candidate")
    officials = "ada:\n  name: Ada\n  citations:\n" + citation_text("ada-named")
    terms = (
        "ada-chair:\n  official: ada\n  office: Chair\n  organisation: union\n"
        '  capacity: acting\n  period: "1950/1951"\n  citations:\n'
        + citation_text("ada-chair-told")
    )
    load_world(empty, tmp_path, memberships=associate, officials=officials, terms=terms)
    query = """{ memberships(filter: { status: [ASSOCIATE] }) { nodes { status statusNote } }
      terms { nodes { capacity } } }"""
    assert empty.ask(query) == {
        "memberships": {"nodes": [{"status": "ASSOCIATE", "statusNote": "candidate"}]},
        "terms": {"nodes": [{"capacity": "acting"}]},
    }
