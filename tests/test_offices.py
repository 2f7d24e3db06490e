"""Offices: which there are, who held one on a day, and whether it stood empty."""

from typing import Any

import pytest

from tests.support.curated import CITATION, curator, expect_payload
from tests.support.databases import Database

pytestmark = pytest.mark.sweep

Answer = dict[str, Any]
TENURE = """query ($office: String!, $day: Date!) {
  organisation(slug: "csto") { office(name: $office) { tenure(asOf: $day) {
    verdict certainty because
    holders { official { name } certainty }
    vacancies { event { id } certainty doubt because disputed }
  } } }
}"""
BORDYUZHA, KHACHATUROV, ZAS = "Nikolai Bordyuzha", "Yuri Khachaturov", "Stanislav Zas"
CERTAIN, POSSIBLE, VACANCY = "CERTAIN", "POSSIBLE", "Event:csto-leadership-vacancy"


def tenure_on(database: Database, day: str, office: str = "Secretary-General") -> Answer:
    match database.ask(TENURE, office=office, day=day):
        case {"organisation": {"office": {"tenure": dict(tenure)}}}:
            return tenure
        case other:
            pytest.fail(f"{other}")


@pytest.mark.parametrize(
    ("day", "verdict", "holders", "vacant"),
    [
        ("1900-01-01", ("UNKNOWN", None), {}, None),
        ("2015-06-10", ("HELD", CERTAIN), {BORDYUZHA: CERTAIN}, None),
        ("2016-06-01", ("HELD", POSSIBLE), {BORDYUZHA: POSSIBLE, KHACHATUROV: POSSIBLE}, None),
        ("2017-12-31", ("HELD", CERTAIN), {KHACHATUROV: CERTAIN, BORDYUZHA: POSSIBLE}, None),
        ("2018-06-01", ("HELD", POSSIBLE), {KHACHATUROV: POSSIBLE}, POSSIBLE),
        ("2019-03-31", ("VACANT", CERTAIN), {KHACHATUROV: POSSIBLE}, CERTAIN),
        ("2019-06-15", ("VACANT", CERTAIN), {}, CERTAIN),
        ("2019-11-29", ("VACANT", CERTAIN), {}, CERTAIN),
        ("2019-12-15", ("HELD", POSSIBLE), {ZAS: POSSIBLE}, POSSIBLE),
        ("2020-01-03", ("HELD", CERTAIN), {ZAS: CERTAIN}, POSSIBLE),
        ("2030-01-01", ("HELD", POSSIBLE), {ZAS: POSSIBLE}, None),
    ],
)
def test_whether_it_was_held(
    csto: Database,
    day: str,
    verdict: tuple[str, str | None],
    holders: dict[str, str],
    vacant: str | None,
) -> None:
    tenure = tenure_on(csto, day)
    assert (tenure["verdict"], tenure["certainty"]) == verdict
    told = {holder["official"]["name"]: holder["certainty"] for holder in tenure["holders"]}
    assert [*told.items()] == [*holders.items()]
    vacancies = {vacancy["event"]["id"]: vacancy["certainty"] for vacancy in tenure["vacancies"]}
    assert vacancies == ({VACANCY: vacant} if vacant else {})


@pytest.mark.parametrize(
    ("day", "because"),
    [
        ("2015-06-10", "Nikolai Bordyuzha held it."),
        (
            "2017-12-31",
            "Yuri Khachaturov held it. Nikolai Bordyuzha may have held it: The sources give its end"
            " only as 10 June 2015 – 2017.",
        ),
        (
            "2018-06-01",
            "Yuri Khachaturov may have held it: The sources give its end only as 2018 – March 2019."
            " It may have stood empty (The CSTO has no Secretary-General): The sources give its"
            " start only as 2018 – March 2019.",
        ),
        (
            "2019-03-31",
            "Nobody held it (The CSTO has no Secretary-General). By the term’s dates alone Yuri"
            " Khachaturov may have held it: The sources give its end only as 2018 – March 2019.",
        ),
        ("2019-06-15", "Nobody held it (The CSTO has no Secretary-General)."),
        (
            "2020-01-03",
            "Stanislav Zas held it. By its dates alone it may have stood empty (The CSTO has no"
            " Secretary-General): The sources give its end only as 29 November 2019 – 3 January"
            " 2020.",
        ),
    ],
)
def test_why(csto: Database, day: str, because: str) -> None:
    assert tenure_on(csto, day)["because"] == because


def test_a_day_of_which_no_source_speaks(csto: Database) -> None:
    query = """{ state(code: "UZ") { office(name: "president") { tenure(asOf: "2016-08-31") {
      verdict certainty because holders { certainty } vacancies { certainty }
    } } } }"""
    assert csto.ask(query) == {
        "state": {
            "office": {
                "tenure": {
                    "verdict": "UNKNOWN",
                    "certainty": None,
                    "because": "No source speaks of that day.",
                    "holders": [],
                    "vacancies": [],
                }
            }
        }
    }


@pytest.mark.parametrize(
    "office",
    ["Secretary-General", "SECRETARY GENERAL", "secretary – general", "Secretary\u00a0‑ general"],
)
def test_names_are_folded(csto: Database, office: str) -> None:
    query = """query ($office: String!) { organisation(slug: "csto") {
      office(name: $office) { name organisation { slug } state { code } terms { totalCount } }
      holders(office: $office, asOf: "2020-01-03") { official { name } }
    } }"""
    assert csto.ask(query, office=office) == {
        "organisation": {
            "office": {
                "name": "Secretary-General",
                "organisation": {"slug": "csto"},
                "state": None,
                "terms": {"totalCount": 3},
            },
            "holders": [{"official": {"name": ZAS}}],
        }
    }


def test_offices_are_listed(csto: Database) -> None:
    query = """{
      organisations { nodes { slug offices { name } } }
      state(code: "UZ") { offices { name state { code } organisation { slug } } }
      other: state(code: "AM") { offices { name } office(name: "President") { name } }
    }"""
    answer = csto.ask(query)
    assert answer["state"] == {
        "offices": [
            {"name": name, "state": {"code": "UZ"}, "organisation": None}
            for name in ("Foreign Minister", "President")
        ]
    }
    assert answer["other"] == {"offices": [], "office": None}
    assert "{'slug': 'csto', 'offices': [{'name': 'Secretary-General'}]}" in str(answer)


def test_an_office_that_only_a_vacancy_names(filled: Database) -> None:
    """As the first by key spells it; terms come before vacancies."""
    by_hand = curator(filled)
    for key, office in (("b-empty", "envoy"), ("a-empty", "Envoy")):
        vacancy: Answer = {"slug": key, "kind": "VACANCY", "title": "No envoy", "occurred": "2016"}
        cited = [CITATION | {"key": f"{key}-told"}]
        expect_payload(
            by_hand.record("Event", **vacancy, office=office, states=["AM"], citations=cited)
        )
    query = """{ state(code: "AM") { offices { name } office(name: "ENVOY") {
      a: tenure(asOf: "2016-05-01") { verdict certainty because }
      b: tenure(asOf: "2017-05-01") { verdict }
      terms { totalCount }
    } } }"""
    why = "It may have stood empty (No envoy): The sources give its start only as 2016."
    assert filled.ask(query) == {
        "state": {
            "offices": [{"name": "Envoy"}],
            "office": {
                "a": {
                    "verdict": "VACANT",
                    "certainty": POSSIBLE,
                    "because": f"{why} {why}",
                },
                "b": {"verdict": "UNKNOWN"},
                "terms": {"totalCount": 0},
            },
        }
    }


def test_terms_of_an_office(csto: Database) -> None:
    query = """{ organisation(slug: "csto") { office(name: "Secretary-General") {
      terms(filter: {asOf: "2019-03-31", atLeast: RULED_OUT}, orderBy: {field: END}) {
        edges { certainty node { key } }
      }
      certain: holders(asOf: "2017-12-31", atLeast: CERTAIN) { official { name } }
    } } }"""
    assert csto.ask(query)["organisation"] == {
        "office": {
            "terms": {
                "edges": [
                    {"certainty": "RULED_OUT", "node": {"key": "csto-sg-bordyuzha"}},
                    {"certainty": "POSSIBLE", "node": {"key": "csto-sg-khachaturov"}},
                    {"certainty": "RULED_OUT", "node": {"key": "csto-sg-zas"}},
                ]
            },
            "certain": [{"official": {"name": KHACHATUROV}}],
        }
    }


def test_a_vacancy_is_known_from_its_article_on(csto: Database) -> None:
    query = """query ($day: Date!) { view(knownAt: $day) { organisation(slug: "csto") {
      office(name: "Secretary-General") { tenure(asOf: "2019-06-15") { verdict because } }
    } } }"""
    told = [csto.ask(query, day=day)["view"] for day in ("2018-01-01", "2019-12-01")]
    assert "vacant" not in str(told[0]).lower()
    assert "no Secretary-General" not in str(told[0])
    assert "'VACANT'" in str(told[1])


def test_it_is_one_statement(csto: Database) -> None:
    query = """{ organisations { nodes { offices {
      name tenure(asOf: "2019-06-15") { verdict because holders { official { name } }
        vacancies { event { title } } } terms { nodes { key } }
    } } } }"""
    csto.reader.statements.clear()
    csto.ask(query)
    assert len(csto.reader.statements) == 1
