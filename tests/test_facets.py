"""The groups beside a list: each is linked to just what it counts, and tells how much is doubt."""

import re
from collections.abc import Mapping
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from graphql import GraphQLEnumType, get_named_type, parse, validate
from starlette.testclient import TestClient

from kb.web import facets
from kb.web.facets import facet_keys, group_selections
from kb.web.list_params import list_variables
from kb.web.record_lists import record_lists
from schema.build import build_schema
from tests.support.pages import Element, ask, text_of, tree

pytestmark = pytest.mark.sweep

GROUPED = [name for name, each in record_lists().items() if each.groups]
LINKS = "//aside[@class='facets']//li/a"
COUNT = re.compile(r"(?:(\d+) to )?(\d+)")


def linked_counts(page: Element) -> dict[str, tuple[int, int]]:
    """What each link says that it leads to."""
    told = {}
    for link in page.xpath(LINKS):
        (count,) = link.xpath("span[@class='count']/text()")
        certain, possible = COUNT.fullmatch(count).groups()  # type: ignore[union-attr]  # It fits.
        told[link.get("href")] = (int(certain or possible), int(possible))
    return told


def listed_counts(client: TestClient, addresses: Mapping[str, Any]) -> dict[str, tuple[Any, int]]:
    """What the lists at some addresses have, as the schema counts them; not all tell the doubt."""
    declared, fields, variables = [], [], {}
    for number, address in enumerate(addresses):
        record_list = record_lists()[urlsplit(address).path.removeprefix("/")]
        given = list_variables(record_list, dict(parse_qsl(urlsplit(address).query)))
        declared.append(f"$f{number}: {record_list.arguments['filter'].type}")
        count = "count { certain possible }" if record_list.name in DATED else "totalCount"
        fields.append(f"x{number}: {record_list.name}(filter: $f{number}) {{ {count} }}")
        variables[f"f{number}"] = given.get("filter")
    counts: dict[str, tuple[Any, int]] = {}
    for start in range(0, len(fields), 50):
        part = slice(start, start + 50)
        query = f"query ({', '.join(declared[part])}) {{ {' '.join(fields[part])} }}"
        wanted = {name: variables[name] for name in re.findall(r"\$(f\d+):", query)}
        answer = ask(client, query, wanted)
        for address, told in zip([*addresses][part], answer.values(), strict=True):
            count = told.get("count", {"certain": None, "possible": told.get("totalCount")})
            counts[address] = (count["certain"], count["possible"])
    return counts


DATED = {"memberships", "terms", "summits", "events"}


def check_links(client: TestClient, addresses: list[str]) -> list[str]:
    """Of the groups on these pages; and where their links lead."""
    told: dict[str, tuple[int, int]] = {}
    for address in addresses:
        told |= linked_counts(tree(client, address))
    listed = listed_counts(client, told)
    for address, (certain, possible) in told.items():
        assert listed[address] in ((certain, possible), (None, possible)), address
    return [*told]


@pytest.mark.parametrize("name", GROUPED)
def test_a_link_leads_to_just_what_it_counts(client: TestClient, name: str) -> None:
    """On the whole list, and on what its links lead to."""
    links = check_links(client, [f"/{name}"])
    assert len(links) > 3
    check_links(client, Random(0).sample(links, min(len(links), 6)))


@pytest.mark.parametrize("name", GROUPED)
def test_of_odd_records_too(odd_client: TestClient, name: str) -> None:
    """Whose spans have floors, gaps and no bounds, and who are named in every sign."""
    links = check_links(odd_client, [f"/{name}"])
    assert len(links) > 3
    check_links(odd_client, Random(1).sample(links, min(len(links), 6)))


def test_the_page_behind_a_link_has_so_many_rows(client: TestClient) -> None:
    for address, (_, possible) in linked_counts(tree(client, "/events")).items():
        page = tree(client, address)
        assert f"{possible} found" in text_of(page)
        assert len(page.xpath("//tbody/tr")) == min(possible, 100)


def test_groups_are_those_of_the_schema(client: TestClient) -> None:
    """Every key of every list is there, whatever is added to it."""
    for name in GROUPED:
        groups = record_lists()[name].groups
        assert groups
        by = get_named_type(groups.args["by"].type)
        assert isinstance(by, GraphQLEnumType)
        assert [key.name for key in facet_keys(record_lists()[name])] == [*by.values]
        assert all(
            key.param for key in facet_keys(record_lists()[name]) if key.name != "VERIFICATION"
        )
    assert {"memberships", "terms", "summits", "events", "articles", "citations"} <= {*GROUPED}
    assert not tree(client, "/states").xpath("//aside")


@pytest.mark.parametrize("name", ["citations", "events"])
def test_no_two_groups_read_alike(client: TestClient, name: str) -> None:
    """Spans of several types have a start."""
    for section in tree(client, f"/{name}").xpath("//aside[@class='facets']//section"):
        told = section.xpath(".//span[@class='group']/text()")
        assert len({*told}) == len(told)


def test_doubt_is_told(client: TestClient) -> None:
    """A meeting was in one of two years."""
    page = tree(client, "/summits")
    (link,) = page.xpath("//aside//a[@href='/summits?year=2015#summits']")
    assert text_of(link) == "2015 1 to 2"
    (sure,) = page.xpath("//aside//a[@href='/summits?year=2019#summits']")
    assert text_of(sure) == "2019 1"


def test_the_group_in_force_is_marked_and_can_be_taken_off(client: TestClient) -> None:
    page = tree(client, "/memberships?state.eq=uz&order=-START&known=2019-01-01")
    (chosen,) = page.xpath("//aside//section[strong or p/strong]")
    (strong,) = chosen.xpath(".//strong")
    assert (strong.text_content(), strong.get("aria-current")) == ("Uzbekistan", "true")
    (off,) = chosen.xpath(".//a")
    assert text_of(off) == "any state"
    assert off.get("href") == "/memberships?order=-START&known=2019-01-01"
    links = page.xpath(f"{LINKS}/@href")
    assert links
    assert all("state.eq=uz" in link and "known=2019-01-01" in link for link in links)


def test_what_narrows_by_other_ways_is_told_as_it_is_given(client: TestClient) -> None:
    page = tree(client, "/articles?author.contains=a&year=2019")
    told = [text_of(each) for each in page.xpath("//aside//p[strong]")]
    assert [words.split()[0] for words in told] == ["a", "2019"]
    page = tree(client, "/summits?year=2015")
    (told,) = page.xpath("//aside//p[strong]")
    assert text_of(told) == "2015 1 to 2 any year"
    # The form sends along what it has no field for.
    narrowed = tree(client, "/summits?city.eq=Bishkek")
    assert narrowed.xpath("//details//input[@name='city.eq']/@value") == ["Bishkek"]
    assert "1 found" in text_of(narrowed)


def test_a_role_is_linked_where_nobody_is_chosen(client: TestClient) -> None:
    """Of a chosen state's events a role may be that of another."""
    page = tree(client, "/events?state.eq=RU")
    headings = {text_of(each.xpath("h3")[0]): each for each in page.xpath("//aside/section")}
    assert headings["Role"].xpath(".//li")
    assert not headings["Role"].xpath(".//li/a")
    assert headings["Kind"].xpath(".//li/a")


def facet_of(client: TestClient, path: str, title: str) -> Element:
    sections = tree(client, path).xpath("//aside/section")
    facet: Element
    (facet,) = [each for each in sections if text_of(each.xpath("h3")[0]) == title]
    return facet


def test_long_facets_unfold(client: TestClient) -> None:
    facet = facet_of(client, "/memberships", "Year")
    shown, rest = facet.xpath("ul/li"), facet.xpath("details/ul/li")
    assert (len(shown), text_of(facet.xpath("details/summary")[0])) == (10, f"{len(rest)} more")
    years = [int(text_of(each).split()[0]) for each in (*shown, *rest)]
    assert years == sorted(years, reverse=True)


def test_of_more_than_can_be_told_the_largest_are(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = len(facet_of(client, "/events", "State").xpath(".//li"))
    monkeypatch.setattr(facets, "PAGE_LENGTH", whole - 1)
    facet = facet_of(client, "/events", "State")
    assert text_of(facet.xpath("details/summary")[0]) == f"more than {whole - 11} more"
    assert len(facet.xpath(".//li")) == whole - 1


def test_a_long_list_is_not_counted_by_year(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MOST_BY_YEAR", 10)
    years = "//aside//a[contains(@href, 'year=')]"
    assert not tree(client, "/events").xpath(years)
    assert "narrow it first" in text_of(tree(client, "/events").xpath("//aside")[0])
    assert tree(client, "/events?state.eq=UZ").xpath(years)


@pytest.mark.parametrize(
    ("params", "is_counted"),
    [("", True), ("status=MEMBER", True), ("disputed=false", False), ("known=2012-12-31", False)],
)
def test_years_that_are_kept_stand_beside_a_list_of_any_length(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, params: str, is_counted: bool
) -> None:
    monkeypatch.setattr(facets, "MOST_BY_YEAR", 0)
    found = tree(client, f"/memberships?{params}").xpath("//aside//a[contains(@href, 'year=')]")
    assert bool(found) is is_counted


def test_a_search_has_no_groups(client: TestClient) -> None:
    assert not tree(client, "/events?q=tashkent").xpath("//aside")


def test_documents_with_groups_are_valid() -> None:
    schema = build_schema().core
    for name in GROUPED:
        document = record_lists()[name].query_with(group_selections(record_lists()[name]))
        assert validate(schema, parse(document)) == [], name
