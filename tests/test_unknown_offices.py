"""An office that there is not is an error, which names those that there are, and no others."""

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.normalisation import normalise
from kb.query.refusals import MOST_REFUSALS
from tests.support.curated import CITATION, Answer, as_bearer, curator, expect_payload, token
from tests.support.databases import Database

pytestmark = pytest.mark.sweep

UNKNOWN = (
    "`csto` has no office `Chair`; it has `Secretary-General`; `office(name:)` is null instead"
)


def test_an_unknown_office_is_an_error(csto: Database) -> None:
    query = '{ a: organisation(slug: "csto") { b: holders(office: "Chair", asOf: "2016-01-01") {'
    query += " certainty } } }"
    assert csto.refused(query) == [(UNKNOWN, ["a", "b"], "UNKNOWN_OFFICE")]


def test_it_is_told_of_each_place(csto: Database) -> None:
    query = """{ organisations(filter: {slug: {in: ["cst", "csto"]}}) { nodes {
      holders(office: "Chair", asOf: "2016-01-01") { certainty }
    } } }"""
    none = "`cst` has no office `Chair`; it has none at all; `office(name:)` is null instead"
    assert csto.refused(query) == [
        (none, ["organisations", "nodes", 0, "holders"], "UNKNOWN_OFFICE"),
        (UNKNOWN, ["organisations", "nodes", 1, "holders"], "UNKNOWN_OFFICE"),
    ]


def test_so_many_are_told_and_no_more(csto: Database) -> None:
    fields = " ".join(
        f'f{number}: holders(office: "no", asOf: "2016-01-01") {{ certainty }}'
        for number in range(MOST_REFUSALS + 5)
    )
    told = csto.refused(f'{{ organisation(slug: "csto") {{ {fields} }} }}')
    assert [path for _, path, _ in told] == [
        ["organisation", f"f{number}"] for number in range(MOST_REFUSALS)
    ]


def test_of_nobody_none_is_unknown(csto: Database) -> None:
    query = '{ organisation(slug: "no") { holders(office: "no", asOf: "2016-01-01") { certainty } }'
    assert csto.ask(query + " }") == {"organisation": None}


@pytest.mark.parametrize("office", ["", "\x01", 'say "hi"', "a\\b", "x" * 2000, "{}", "null"])
def test_what_is_asked_for_is_told_as_it_is(csto: Database, office: str) -> None:
    query = """query ($office: String!) { organisation(slug: "csto") {
      holders(office: $office, asOf: "2016-01-01") { certainty }
    } }"""
    ((message, path, code),) = csto.refused(query, office=office)
    assert (path, code) == (["organisation", "holders"], "UNKNOWN_OFFICE")
    assert normalise(office)[:100] in message
    assert len(message) < 300


def test_an_error_tells_nothing_of_what_is_known_later(filled: Database) -> None:
    later = CITATION | {"article": "bulletin-433-new-head-of-csto-appointed"}
    vacancy: Answer = {"slug": "e", "kind": "VACANCY", "title": "E", "occurred": "2016"}
    recorded = {"office": "Envoy", "states": ["AM"], "citations": [later]}
    expect_payload(curator(filled).record("Event", **vacancy, **recorded))
    query = """query ($day: Date!) { view(knownAt: $day) { state(code: "AM") {
      holders(office: "Chair", asOf: "2016-01-01") { certainty }
    } } }"""
    for day, there in (("2016-12-01", "it has none at all"), ("2020-02-01", "it has `Envoy`")):
        message = f"`AM` has no office `Chair`; {there}; `office(name:)` is null instead"
        path = ["view", "state", "holders"]
        assert filled.refused(query, day=day) == [(message, path, "UNKNOWN_OFFICE")]


def test_a_mutation_that_asks_for_an_unknown_office_writes_nothing(filled: Database) -> None:
    text = """mutation ($input: RecordOrganisationInput!) {
      recordOrganisation(input: $input) { ... on RecordOrganisationPayload {
        organisation { holders(office: "Chair", asOf: "2016-01-01") { certainty } }
      } }
    }"""
    before = filled.rows("select revision, chain from head")
    bearer = as_bearer(filled, token(filled))
    result = bearer._run(text, {"input": {"slug": "csto", "name": "Another"}})
    assert result.data == {"recordOrganisation": None}
    (error,) = result.errors or [pytest.fail("it was done")]
    assert (error.message, error.extensions) == (UNKNOWN, {"code": "UNKNOWN_OFFICE"})
    assert error.path == ["recordOrganisation", "organisation", "holders"]
    assert filled.rows("select revision, chain from head") == before


def test_it_is_refused_the_same_every_time(csto: Database) -> None:
    """By the fast path, which has the plan by then, too."""
    query = '{ organisation(slug: "csto") { holders(office: "Chair", asOf: "2016-01-01") {'
    query += " certainty } } }"
    with TestClient(create_app(csto.settings)) as client:
        answers = [client.get("/graphql", params={"query": query}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].json()["errors"][0]["extensions"] == {"code": "UNKNOWN_OFFICE"}
