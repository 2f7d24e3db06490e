"""The home page says what the schema says: who belonged, who held what, when, and of how many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.config import Settings
from kb.web import records
from kb.web.marks import happenings, place
from kb.web.scale import Reach, Scale, lanes, scale_of
from tests.support.databases import SqlitePlace, prepare
from tests.support.pages import PAGE, Element, ask, followed, text_of, tree
from tests.worlds import leagues, odd

ANSWERS = """
fragment Answer on Query {
  organisations(first: 100) {
    nodes {
      id name
      members(asOf: $on) { certainty because disputed state { name } membership { id } }
      all: members(asOf: $on, status: [MEMBER, SUSPENDED, OBSERVER]) {
        certainty status state { id }
      }
      terms(first: 100) { nodes { office } }
    }
  }
  states(first: 100) { nodes { id terms(first: 100) { nodes { office } } } }
}
"""
HOLDERS = """
fragment Answer on Query {
  node(id: $id) {
    ... on Organisation { holders(office: $office, asOf: $on) { ...Holder } }
    ... on State { holders(office: $office, asOf: $on) { ...Holder } }
  }
}
fragment Holder on HolderAsOf { certainty official { id } }
"""
TODAY = date(2026, 11, 30)


@contextmanager
def served(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), headers=PAGE) as client:
        yield client


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Settings]:
    """Databases by name, each made once; the engine plays no part here."""
    folder = tmp_path_factory.mktemp("homes")
    template = prepare(SqlitePlace(folder).create())
    known: dict[str, Settings] = {}

    def make(name: str) -> Settings:
        if name not in known:
            known[name] = SqlitePlace(folder).create(template)
            if name.isdigit():
                engine = database.open_engine(known[name])
                odd.fill(engine, int(name))
                engine.dispose()
            else:
                prepare(known[name], getattr(leagues, name)(folder / name))
        return known[name]

    return make


@pytest.fixture
def home(made: Callable[[str], Settings], request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """That of the world which a test names."""
    with served(made(request.param)) as client:
        yield client


def of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("home", names, indirect=True)


def days_of(client: TestClient) -> list[str]:
    """Those on which something begins or ends, and some beside them."""
    names = ("period_start_earliest", "period_start_latest", "certain_to", "possible_to")
    tables = [
        client.get(f"/export/{one}.csv").text.splitlines() for one in ("memberships", "terms")
    ]
    found = {"0001-01-01", "2002-01-05", "9999-12-31", TODAY.isoformat()}
    for heading, *rows in tables:
        places = [heading.split(",").index(name) for name in names]
        cells = {cell for row in rows for at, cell in enumerate(row.split(",")) if at in places}
        found |= {one for one in cells if len(one) == 10 and one[4] == one[7] == "-"}
    ordered = sorted(found)
    return [*ordered[:: max(1, len(ordered) // 8)], ordered[-1]]


@of("0", "club")
def test_a_day_is_answered_by_members_and_holders(home: TestClient) -> None:
    agree(home)


@pytest.mark.long
@of("1", "2", "3")
def test_more_days_are_answered_by_members_and_holders(home: TestClient) -> None:
    agree(home)
    agree(home, "2002-06-20")


def agree(home: TestClient, known: str = "") -> None:
    """On the days of its data, the home page says what the schema answers, now or as known then."""
    view = {"known": known} if known else {}
    told = dict.fromkeys(("certain", "ruled out"), 0)
    for day in days_of(home):
        page = tree(home, "/", on=day, **view)
        answers = answer(home, ANSWERS, {"on": day, **view})
        assert belonged(page) == members(answers)
        assert standings(page) == standing(answers)
        held, expected = holders(page), holding(home, answers, {"on": day, **view})
        assert {one: certainty for one, certainty in held.items() if certainty} == expected
        for row in page.xpath("//span[@class='held']"):
            for certainty in told:
                told[certainty] += certainty in text_of(row)
    assert min(told["certain"], told["ruled out"]) > 0


def answer(client: TestClient, fragment: str, variables: dict[str, str]) -> dict[str, Any]:
    types = {"on": "Date!", "known": "Date!", "id": "ID!", "office": "String!"}
    declared = ", ".join(f"${name}: {types[name]}" for name in variables)
    viewed = "known" in variables
    fields = "view(knownAt: $known) { ...Answer }" if viewed else "...Answer"
    data = ask(client, f"query ({declared}) {{ {fields} }} {fragment}", variables)
    found: dict[str, Any] = data["view"] if viewed else data
    return found


Members = dict[str, list[tuple[str, str, str, str]]]


def belonged(page: Element) -> Members:
    """For each certainty: organisation, membership, state, and whatever follows its name."""
    found: Members = {}
    for line in page.xpath("//div[@id='belonged']/p[strong]"):
        certainty, rest = str(line.findtext("strong")), text_of(line)
        found[certainty] = []
        for part in line.xpath("span[@class='told']"):
            organisation = text_of(part.xpath("span[@class='whose']")[0])
            because = " ".join(part.xpath("span[@class='because']/text()")).removeprefix("— ")
            for link in part.xpath("a"):
                after = "disputed" if (link.tail or "").startswith(" (disputed)") else ""
                href = link.get("href").partition("?")[0]
                found[certainty].append((organisation, href, link.text, because + after))
        assert bool(found[certainty]) != rest.endswith(" nobody")
    return found


def members(answers: dict[str, Any]) -> Members:
    found: Members = {"certain": [], "possible": []}
    for one in answers["organisations"]["nodes"]:
        for row in one["members"]:
            told = (row["because"] or "") + ("disputed" if row["disputed"] else "")
            link = records.address(row["membership"]["id"])
            member = (
                " ".join(one["name"].split()),
                link,
                row["state"]["name"],
                " ".join(told.split()),
            )
            found[row["certainty"].lower()].append(member)
    # Those of one reason stand together.
    return {certainty: _grouped(rows) for certainty, rows in found.items()}


def _grouped(rows: list[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    def reason(row: tuple[str, str, str, str]) -> tuple[str, str]:
        return row[0], row[3].removesuffix("disputed")

    seen = [*dict.fromkeys(map(reason, rows))]
    return sorted(rows, key=lambda row: seen.index(reason(row)))


def standings(page: Element) -> set[tuple[str, str, str]]:
    """Organisation, state, and what the row says, of all that have members."""
    return {
        (identity(group.xpath("h2/a")[0]), identity(row.xpath("span/a")[0]), text_of(row[-1]))
        for group in page.xpath("//div[@id='organisations']/section")
        for row in group.xpath("ul[contains(@class, 'members')]/li")
        if text_of(row[-1]) != "ruled out"
    }


def standing(answers: dict[str, Any]) -> set[tuple[str, str, str]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in answers["organisations"]["nodes"]:
        for row in one["all"]:
            rows = found.setdefault((one["id"], row["state"]["id"]), [])
            rows.append((row["status"], row["certainty"].lower()))
    return {(*ids, "; ".join(_named(*row) for row in sorted(rows))) for ids, rows in found.items()}


def _named(status: str, certainty: str) -> str:
    return certainty if status == "MEMBER" else f"{status.lower()}, {certainty}"


def identity(link: Element) -> str:
    """Of the record that a link leads to."""
    folder, key = str(link.get("href")).partition("?")[0].strip("/").split("/")
    return f"{records.KINDS[folder]}:{key}"


Holders = dict[tuple[str, str, str], str]
"""By body, office in lower case, and official: how surely."""


def holders(page: Element) -> Holders:
    found: Holders = {}
    for section in page.xpath("//section[@class='timeline']"):
        for row in section.xpath("ul[not(contains(@class, 'members'))]/li[span/a]"):
            office = str(row.getparent().getprevious().text)
            name, *state = row.xpath("span[@class='name']/a")
            body = identity(state[0] if state else section.xpath("h2/a")[0])
            _add(found, (body, office.casefold(), identity(name)), text_of(row[-1]))
    return found


def holding(client: TestClient, answers: dict[str, Any], days: dict[str, str]) -> Holders:
    found: Holders = {}
    for body in (*answers["organisations"]["nodes"], *answers["states"]["nodes"]):
        for office in {one["office"] for one in body["terms"]["nodes"]}:
            variables = {**days, "id": body["id"], "office": office}
            for row in answer(client, HOLDERS, variables)["node"]["holders"]:
                key = (body["id"], office.casefold(), row["official"]["id"])
                _add(found, key, row["certainty"].lower())
    return found


def _add(found: Holders, key: tuple[str, str, str], certainty: str) -> None:
    """The surest of the rows of one."""
    surest = min(found.get(key, "ruled out"), certainty)
    found[key] = surest if surest != "ruled out" else ""


@of("league")
def test_more_members_than_a_page_has_are_told_and_reached(home: TestClient) -> None:
    page = tree(home, "/", on="1980-01-01")
    assert len(page.xpath("//div[@id='belonged']//a")) == 110
    assert "State AA" not in text_of(tree(home, "/", on="1930-01-01").get_element_by_id("belonged"))
    assert "100 of 113 memberships · The next" in text_of(page)
    assert "100 of 103 events · The next" in text_of(page)
    for name, drawn, total in (("memberships", "bar", 113), ("events", "mark", 103)):
        pages = [*followed(home, "/?on=1980-01-01", name)]
        found = [
            link
            for one in pages
            for link in one.xpath(f"//a[contains(@class, '{drawn} ')]/@href")
            if one is pages[0] or drawn == "bar" or "/events/" in link
        ]
        assert len({*found}) == total
        assert len(pages[-1].xpath("//div[@id='belonged']//a")) == 110
        assert pages[1].get_element_by_id(name).tag in ("h3", "span")
        (first,) = pages[-1].xpath("//a[text()='From the first']/@href")
        assert first == f"/?on=1980-01-01&organisation=big#{name}"
        assert pages[-1].xpath("//a[text()='All organisations']/@href") == ["/?on=1980-01-01"]


@of("bodies")
def test_who_belonged_is_asked_of_all_organisations_or_it_is_said(home: TestClient) -> None:
    page = tree(home, "/", on="1955-05-05")
    told = text_of(page.get_element_by_id("belonged"))
    assert "10 of 12 organisations asked · The next" in told
    pages = [*followed(home, "/?on=1955-05-05", "organisations")]
    names = [name for one in pages for name in one.xpath("//span[@class='whose']/text()")]
    assert names == sorted({*names})
    assert len(names) == 12


@of("club")
def test_offices_without_members_are_drawn(home: TestClient) -> None:
    page = tree(home, "/", on="1855-05-05")
    assert [text_of(one) for one in page.xpath("//ul[@class='rows']/li/span[1]")] == [
        f"Chair {number}" for number in range(4)
    ]
    assert [text_of(one) for one in page.xpath("//span[@class='held']")] == [
        "certain",
        *["ruled out"] * 3,
    ]
    (form,) = page.xpath("//form[@class='day']")
    assert (form.get("data-first"), form.get("data-last")) == ("1850-01-01", "1889-12-31")


days = st.dates(date(1, 1, 1), date(9999, 12, 31))
reaches = st.builds(
    lambda found, before, after: Reach([day.isoformat() for day in found], before, after),
    st.lists(days, max_size=4),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(reaches, max_size=5), days)
def test_the_scale_has_all_days(found: list[Reach], today: date) -> None:
    scale = scale_of(found, today)
    told = [date.fromisoformat(day) for one in found for day in one.days]
    assert scale.first < scale.last
    assert all(scale.first <= day <= scale.last for day in told)
    if told and not any(one.before or one.after for one in found) and len({*told}) > 1:
        assert (scale.first, scale.last) == (min(told), max(told))
    if any(one.after and one.days for one in found):
        assert scale.last >= today
    years = scale.years()
    assert 1 <= len(years) <= 10
    assert years == sorted({*years})
    for year, left in years:
        begins = date(year, 1, 1)
        assert scale.first <= begins <= scale.last or years == [(scale.first.year, 0)]
        assert left == scale.at(begins, begins)


stretches = st.tuples(st.integers(0, 100), st.integers(0, 30)).map(lambda one: (one[0], sum(one)))


@given(st.lists(stretches, max_size=40))
def test_lanes_are_apart_and_few(found: list[tuple[float, float]]) -> None:
    placed = [*zip(found, lanes(found), strict=True)]
    for number, ((left, right), lane) in enumerate(placed):
        for (start, end), other in placed[:number]:
            assert lane != other or right <= start or end <= left
    # No more than ever stand over one point.
    ends = {left for left, _ in found}
    most = max(
        (sum(left <= at < right or left == at for left, right in found) for at in ends), default=0
    )
    assert len({lane for _, lane in placed}) <= most


known_days = st.none() | days.map(date.isoformat)


@given(known_days, known_days)
def test_a_mark_stands_on_days_that_are_known(one: str | None, other: str | None) -> None:
    """Never between them and the edge of the picture; an arrow says that a side is open."""
    first, last = sorted((one, other)) if one and other else (one, other)
    when: records.Node = {"text": "some time", "earliest": first, "latest": last}
    summit: records.Node = {"id": "Summit:it", "name": "It", "heldOn": when}
    scale = Scale(date(1, 1, 1), date(9999, 12, 31))
    (found,) = happenings([summit], "heldOn", "summit")
    marks = place([found], scale)
    if not first and not last:
        assert (marks.drawn, [link.text for link in marks.undated]) == ([], ["It"])
        return
    (mark,) = marks.drawn
    assert (mark.left, mark.right) == (
        scale.at(first or last, scale.first),
        scale.at(last or first, scale.last),
    )
    assert (found.before, found.after) == (first is None, last is None)
    assert found.words == "It: some time"


@of("league")
def test_open_sides_have_arrows(home: TestClient) -> None:
    page = tree(home, "/", on="1980-01-01")
    scale = Scale(*(date.fromisoformat(one) for one in _edges(page)))
    marks = page.xpath("//a[contains(@class, 'mark ')]")
    assert len(marks) == 100
    for mark in marks:
        words = mark.get("aria-label")
        arrows = [one.get("x") for one in mark.xpath("svg")]
        (dot,) = mark.xpath("line[@class='dot']")
        if words.endswith("by 2 February 1962"):
            at = f"{scale.at('1962-02-02', scale.first)}%"
            assert (dot.get("x1"), dot.get("x2"), arrows) == (at, at, [at])
        if words.endswith("1 January 1960"):
            assert arrows == []


def _edges(page: Element) -> tuple[str, str]:
    (form,) = page.xpath("//form[@class='day']")
    return form.get("data-first"), form.get("data-last")


PASSAGES = """
{ articles(first: 100) { nodes { id paragraphs { number }
  citations(first: 100) { nodes { key verified } } } } }
"""


@of("0")
def test_passages_say_whether_they_are_verified(home: TestClient) -> None:
    """What differs from the text is not told as a text that is missing, nor the other way round."""
    seen = set()
    for article in ask(home, PASSAGES, {})["articles"]["nodes"]:
        page = tree(home, records.address(article["id"]))
        for one in article["citations"]["nodes"]:
            (told,) = page.get_element_by_id(one["key"]).xpath(".//*[@class='source']/span")
            ingested = article["paragraphs"] is not None
            expected = {
                (True, True): "verified",
                (False, True): "not verified: the words of the text differ",
                (False, False): "the text has not been ingested",
            }[one["verified"], ingested]
            assert text_of(told) == f"— {expected}"
            seen.add(expected)
    assert len(seen) == 3
