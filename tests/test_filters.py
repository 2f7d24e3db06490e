"""Slugs, codes and offices are found in any case and with any dash, and by no other letters."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.folding import fold_code, fold_office, fold_slug
from tests.support.curated import ARTICLE, CITATION, curator
from tests.support.databases import Database, shipped_seeds


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("uz", "UZ"),
        ("Uz", "UZ"),
        ("\u212aZ", "KZ"),  # The sign for kelvin is a K.
        ("ıb", "ıb"),  # A capital of it would be the I of another code.
    ],
)
def test_codes(given: str, code: str) -> None:
    assert fold_code(given) == code


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ("CSTO", "csto"),
        ("cſto", "csto"),
        ("csto–2016—yerevan", "csto-2016-yerevan"),
        ("csto‑2016−yerevan", "csto-2016-yerevan"),
    ],
)
def test_slugs(given: str, slug: str) -> None:
    assert fold_slug(given) == slug


@pytest.mark.parametrize(
    "given",
    ["secretary-general", "SECRETARY GENERAL", "Secretary – General", "Secretary\u00a0‑ general"],
)
def test_offices(given: str) -> None:
    assert fold_office(given) == fold_office("Secretary-General")


ANY_CASE = """
query Ask($code: String!, $slug: String!, $summit: String!, $office: String!, $id: ID!) {
  state(code: $code) { code }
  organisation(slug: $slug) { holders(office: $office, asOf: "2016-10-14") { official { slug } } }
  summit(slug: $summit) { slug }
  node(id: $id) { id }
  nodes(ids: [$id]) { id }
  states(filter: {code: {eq: $code}}) { totalCount }
  some: states(filter: {code: {in: [$code]}}) { totalCount }
  parts: states(filter: {code: {contains: $code, startsWith: $code}}) { totalCount }
  organisations(filter: {slug: {eq: $slug}, hasMember: $code}) { totalCount }
  belonging: states(filter: {memberOf: {organisation: $slug}}) { totalCount }
  memberships(filter: {state: {eq: $code}, organisation: {in: [$slug]}}) { totalCount }
  terms(filter: {office: {eq: $office}}) { totalCount }
  holding: terms(filter: {office: {contains: $office}, organisation: {eq: $slug}}) { totalCount }
  articles(filter: {mentions: $slug}) { totalCount }
  citing: articles(filter: {cites: $id}) { totalCount }
}
"""
WRITTEN = {
    "code": "AM",
    "slug": "csto",
    "summit": "csto-2016-yerevan",
    "office": "Secretary-General",
    "id": "State:AM",
}
OTHERWISE = {
    "code": "am",
    "slug": "CSTO",
    "summit": "CSTO–2016-Yerevan",
    "office": "secretary – general",
    "id": "State:am",
}


def test_every_look_up_and_filter_takes_any_case(csto: Database) -> None:
    told = csto.ask(ANY_CASE, **WRITTEN)
    assert csto.ask(ANY_CASE, **OTHERWISE) == told
    assert "None" not in str(told)
    assert "0}" not in str({name: nodes for name, nodes in told.items() if name != "articles"})


def test_what_is_stored_stays_as_it_is_written(csto: Database) -> None:
    told = csto.ask('{ terms(filter: {office: {eq: "SECRETARY GENERAL"}}) { nodes { office } } }')
    assert "Secretary-General" in str(told)


NULLS = {
    "states(filter: {code: {eq: null}})": "filter.code.eq",
    "states(filter: {code: {in: null}})": "filter.code.in",
    "states(filter: {name: {contains: null}})": "filter.name.contains",
    "states(filter: {name: {startsWith: null}})": "filter.name.startsWith",
    "states(filter: {name: null})": "filter.name",
    'states(filter: {memberOf: {organisation: "csto", asOf: null}})': "filter.memberOf.asOf",
    "summits(filter: {heldOn: {on: null}})": "filter.heldOn.on",
    "events(filter: {role: null})": "filter.role",
    "summits(filter: {missedBy: null})": "filter.missedBy",
    "summits(filter: {attendedBy: null})": "filter.attendedBy",
    "articles(filter: {issueNumber: null})": "filter.issueNumber",
    "articles(filter: {cites: null})": "filter.cites",
    "memberships(filter: {disputed: null})": "filter.disputed",
    "memberships(filter: {asOf: null, status: null})": "filter.asOf`, `filter.status",
}


@pytest.mark.parametrize("field", NULLS)
def test_null_in_a_filter_is_refused(csto: Database, field: str) -> None:
    told = csto.refused(f"{{ a: {field} {{ totalCount }} }}")
    message = f"null stands at `{NULLS[field]}`; leave it out, or give a value"
    assert told == [(message, ["a"], "BAD_ARGUMENT")]


def test_null_in_a_variable_is_refused(csto: Database) -> None:
    query = "query($name: String) { states(filter: {name: {eq: $name}}) { totalCount } }"
    assert csto.ask(query, name="Armenia") == {"states": {"totalCount": 1}}
    ((message, path, code),) = csto.refused(query, name=None)
    assert (path, code) == (["states"], "BAD_ARGUMENT")
    assert "`filter.name.eq`" in message
    whole = "query($filter: StateFilter) { states(filter: $filter) { totalCount } }"
    assert csto.refused(whole, filter={"code": {"in": None}})[0][1:] == (["states"], code)
    assert csto.ask(whole, filter=None) == csto.ask("{ states { totalCount } }")


NO_DAYS = [
    "20161014",
    '"20161014"',
    '"2016-W41-5"',
    '"2016-10-14T00:00"',
    '"٢٠١٦-١٠-١٤"',
    '" 2016-10-14"',
]


@pytest.mark.parametrize("literal", NO_DAYS)
def test_a_day_is_written_in_one_way(csto: Database, literal: str) -> None:
    query = f"{{ memberships(filter: {{asOf: {literal}}}) {{ totalCount }} }}"
    ((message, _, code),) = csto.refused(query)
    assert "is no day; write it as `2016-10-14`" in message
    assert code == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("value", [20161014, "20161014", "2016-W41-5", True, 2016.5])
def test_a_day_in_a_variable_too(csto: Database, value: object) -> None:
    query = "query($day: Date!) { view(knownAt: $day) { states { totalCount } } }"
    ((message, _, code),) = csto.refused(query, day=value)
    assert "is no day" in message
    assert code == "BAD_VARIABLES"


def test_mutations_take_keys_in_any_case(filled: Database) -> None:
    by_hand = curator(filled)
    cited = {**CITATION, "key": "Ada–Named", "article": ARTICLE.upper()}
    ada = by_hand.record("Official", slug="ADA", name="Ada", nationality="am", citations=[cited])
    assert ada["__typename"] == "RecordOfficialPayload"
    again = by_hand.record("Official", id="Official:Ada", name="Ada", nationality="AM")
    assert again["__typename"] == "RecordOfficialPayload"
    told = filled.ask(
        '{ official(slug: "ada") { nationality { code } citations { nodes { id } } } }'
    )
    nodes = [{"id": "Citation:ada-named"}]
    assert told == {"official": {"nationality": {"code": "AM"}, "citations": {"nodes": nodes}}}
    gone = by_hand.retract("Official", slug="Ada")
    assert gone["__typename"] == "RetractOfficialPayload"


def test_keys_that_differ_by_their_case_alone_are_one(filled: Database) -> None:
    cited = [{**CITATION, "key": "ada-named"}, {**CITATION, "key": "ADA-named"}]
    told = curator(filled).record("Official", slug="ada", name="Ada", citations=cited)
    assert told["__typename"] == "Invalid"
    assert "`ada-named` is there twice" in str(told)


def test_files_refer_in_any_case(empty: Database, tmp_path: Path) -> None:
    with shipped_seeds() as folder:
        for path in folder.glob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            odd = re.sub(
                r"(organisation|article|state|official): (\S+)$", swap_case, text, flags=re.M
            )
            (tmp_path / path.name).write_text(odd, encoding="utf-8")
        assert (tmp_path / "terms.yaml").read_text() != (folder / "terms.yaml").read_text()
        empty.load(tmp_path)
        report = empty.load(folder)
    assert (len(report.added), len(report.changed), len(report.removed)) == (0, 0, 0)


def swap_case(match: re.Match[str]) -> str:
    return f"{match[1]}: {match[2].swapcase()}"


def test_pages_have_one_address(csto: Database) -> None:
    with TestClient(create_app(csto.settings), follow_redirects=False) as client:
        moved = client.get("/states/uz?known=2018-01-01")
        assert (moved.status_code, moved.headers["location"]) == (
            308,
            "/states/UZ?known=2018-01-01",
        )
        moved = client.get("/organisations/CSTO/members.csv")
        assert moved.headers["location"] == "/organisations/csto/members.csv"
        assert client.get("/states/UZ").status_code == 200
