"""Pages tell whether an office was held on a day as the schema does, and what says so."""

import re
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from kb.web import presentation
from tests.support.pages import Element, ask, text_of, tree

pytestmark = pytest.mark.sweep

DAYS = ("2015-06-10", "2018-06-01", "2019-06-15", "2019-12-15", "2030-01-01")
DISPUTE = " (founded 2002: disputed)"
TENURES = """offices { name tenure(asOf: $on) { verdict certainty because
  holders { term { id } } vacancies { event { id } } } }"""


def lines_of(page: Element) -> list[Element]:
    lines: list[Element] = page.xpath("//ul[@class='tenures']/li")
    return lines


def links_of(line: Element, folder: str) -> list[str]:
    """Without the days that they keep."""
    hrefs = [re.sub(r"\?[^#]*", "", str(link.get("href"))) for link in line.xpath(".//a")]
    return [href for href in hrefs if href.startswith(f"/{folder}/")]


def _with_sources(addresses: list[str]) -> list[str]:
    """Each with the place of its passages."""
    return [each for address in addresses for each in (address, f"{address}#citations")]


@pytest.mark.parametrize("known", ["", "2019-12-01"])
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(
    ("path", "record"),
    [("/organisations/csto", 'organisation(slug: "csto")'), ("/states/RU", 'state(code: "RU")')],
)
def test_a_page_tells_what_the_schema_answers(
    client: TestClient, path: str, record: str, day: str, known: str
) -> None:
    view = {"known": known} if known else {}
    page = tree(client, path, on=day, **view)
    fields = f"{record} {{ {TENURES} }}"
    declared = "$on: Date!"
    if known:
        declared, fields = f"{declared}, $known: Date!", f"view(knownAt: $known) {{ {fields} }}"
    data = ask(client, f"query ({declared}) {{ {fields} }}", {"on": day, **view})
    (answer,) = (data["view"] if known else data).values()
    assert len(lines_of(page)) == len(answer["offices"]) == 1
    for line, office in zip(lines_of(page), answer["offices"], strict=True):
        tenure = office["tenure"]
        told = f"{office['name']}{DISPUTE if 'csto' in path else ''}"
        words = f"{told}: {tenure['verdict']}, {tenure['certainty']}".lower()
        assert text_of(line).lower().startswith(f"{words} — {tenure['because']}".lower())
        terms = [presentation.address(holder["term"]["id"]) for holder in tenure["holders"]]
        assert links_of(line, "terms") == _with_sources(terms)
        events = [presentation.address(row["event"]["id"]) for row in tenure["vacancies"]]
        assert links_of(line, "events") == _with_sources(events)


@pytest.mark.parametrize("day", DAYS)
def test_the_home_page_tells_it_of_organisations(client: TestClient, day: str) -> None:
    query = """query ($on: Date!) { organisations { nodes { name offices {
      name tenure(asOf: $on) { verdict certainty because vacancies { event { id } } } } } } }"""
    nodes = ask(client, query, {"on": day})["organisations"]["nodes"]
    told = [(node["name"], office) for node in nodes for office in node["offices"]]
    lines = lines_of(tree(client, "/", on=day))
    assert len(lines) == len(told) > 0
    for line, (name, office) in zip(lines, told, strict=True):
        tenure = office["tenure"]
        verdict = f"{tenure['verdict']}, {tenure['certainty']}".lower()
        whole = f"{office['name']}, {name}{DISPUTE}: {verdict} — {tenure['because']}"
        assert text_of(line).startswith(whole)
        vacancies = [presentation.address(row["event"]["id"]) for row in tenure["vacancies"]]
        assert links_of(line, "events") == _with_sources(vacancies)


def test_a_vacancy_is_told_as_one(client: TestClient) -> None:
    page = tree(client, "/organisations/csto", on="2019-06-15")
    (line,) = lines_of(page)
    told = f"Secretary-General{DISPUTE}: vacant, certain — Nobody held it"
    assert told in text_of(line)
    assert "See The CSTO has no Secretary-General (its sources)" in text_of(line)
    assert text_of(page.get_element_by_id("offices")) == "Offices on 15 June 2019"


def test_of_a_day_that_no_source_speaks_of_it_is_unknown(client: TestClient) -> None:
    lines = [text_of(line) for line in lines_of(tree(client, "/states/UZ", on="2016-08-31"))]
    assert "President: unknown — No source speaks of that day." in lines


def test_who_has_no_office_has_no_such_part(client: TestClient) -> None:
    page = tree(client, "/states/AM")
    assert not lines_of(page)
    assert not page.xpath("//*[@id='offices']")


@pytest.mark.parametrize("known", ["", "2018-01-01"])
@pytest.mark.parametrize(
    ("path", "record"),
    [
        ("/organisations/csto", 'organisation(slug: "csto")'),
        ("/states/UZ", 'state(code: "UZ")'),
        ("/states/RU", 'state(code: "RU")'),
    ],
)
def test_a_page_begins_at_the_last_day_on_which_they_are_certain(
    client: TestClient, path: str, record: str, known: str
) -> None:
    """Holders of offices, or members where no holder ever is: each day after it is asked."""
    view = {"known": known} if known else {}
    page = tree(client, path, **view)
    (form,) = page.xpath("//form[@class='on']")
    told = date.fromisoformat(dict(form.form_values())["on"])
    last = "the last day on which {} are certain here"
    of_holders = last.format("holders of offices") in page.text_content()
    assert of_holders or last.format("members") in page.text_content()
    name = "terms" if of_holders else "memberships"
    assert certain_days(client, (record, name), known, told, 1) == {told}
    assert not certain_days(client, (record, name), known, told + timedelta(1), 180)


def certain_days(
    client: TestClient, spans: tuple[str, str], known: str, first: date, count: int
) -> set[date]:
    """Those of so many days on which one of the spans of a record is certain."""
    days = [first + timedelta(number) for number in range(count)]
    asked = " ".join(f'd{day:%Y%m%d}: certainty(on: "{day}")' for day in days)
    record, name = spans
    query = f"{record} {{ {name}(first: 100) {{ nodes {{ {asked} }} }} }}"
    within = f'view(knownAt: "{known}") {{ {query} }}' if known else query
    answer = ask(client, f"{{ {within} }}", {})
    (found,) = (answer["view"] if known else answer).values()
    return {
        day
        for day in days
        if any(node[f"d{day:%Y%m%d}"] == "CERTAIN" for node in found[name]["nodes"])
    }


def test_what_is_no_day_is_told(client: TestClient) -> None:
    answer = client.get("/organisations/csto", params={"on": "soon"})
    assert answer.status_code == 400
    assert "is no day" in answer.text


def test_both_days_stay(client: TestClient) -> None:
    page = tree(client, "/organisations/csto", on="2019-06-15", known="2019-12-01")
    (form,) = page.xpath("//form[@class='on']")
    assert [(field.get("name"), field.get("value")) for field in form.xpath("input")] == [
        ("known", "2019-12-01"),
        ("on", "2019-06-15"),
    ]
    (known,) = page.xpath("//form[@class='known']")
    assert ("on", "2019-06-15") in [
        (field.get("name"), field.get("value")) for field in known.xpath("input")
    ]
