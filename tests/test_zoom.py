"""A picture of a part of the time: at addresses of its own, with what it draws and leaves out."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import lxml.etree
import pytest
from graphql import GraphQLError
from hypothesis import assume, example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.web.marks import happenings, place_marks
from kb.web.presentation import JsonObject
from kb.web.scale import Reach, Scale
from kb.web.zoom import Zoom, zoom_of, zoom_steps
from tests.support.pages import Element, text_of, tree

days = st.dates(date(1, 1, 1), date(9999, 12, 31))
scales = st.lists(days, min_size=2, max_size=2, unique=True).map(lambda two: Scale(*sorted(two)))


@example(None, date.min, Scale(date(2000, 1, 1), date(2000, 1, 2)))
@example(date.max, None, Scale(date(2000, 1, 1), date(2000, 1, 2)))
@given(st.none() | days, st.none() | days, scales)
def test_a_zoomed_picture_has_the_days_that_were_asked(
    first: date | None, last: date | None, whole: Scale
) -> None:
    assume(first is None or last is None or first <= last)
    scale = Zoom(first, last).within(whole)
    assert scale.first < scale.last
    assert first is None or scale.first == first or first == date.max
    assert last is None or scale.last == last or first == last or last == date.min
    if first is None and last is None:
        assert scale == whole


@given(scales)
def test_names_along_a_picture_are_few_and_in_order(scale: Scale) -> None:
    ticks = scale.ticks()
    assert len(ticks) <= 10
    assert ticks
    for (name, left), (other, right) in pairwise(ticks):
        assert left < right
        assert name != other


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("1990-01-01", "2000-12-31", ["1990", "1992", "1994", "1996", "1998", "2000"]),
        ("2016-01-01", "2017-06-30", ["Jul 2016", "Jan 2017"]),
        ("2016-03-01", "2016-03-31", ["4 Mar 2016", "12 Mar 2016", "19 Mar 2016", "27 Mar 2016"]),
    ],
)
def test_names_are_of_years_months_or_days(first: str, last: str, names: list[str]) -> None:
    scale = Scale(date.fromisoformat(first), date.fromisoformat(last))
    assert [name for name, _ in scale.ticks()] == names


@given(scales, scales)
def test_ways_to_other_parts_are_parts(whole: Scale, shown: Scale) -> None:
    for step in zoom_steps(shown, whole):
        scale = zoom_of(step.params).within(whole)
        assert scale.first < scale.last
        if step.words == "closer" and (shown.last - shown.first).days > 40_000:
            assert scale.last - scale.first < shown.last - shown.first
    if shown == whole:
        assert {step.words for step in zoom_steps(shown, whole)} <= {"closer"}


@given(scales, st.lists(days, max_size=3).map(sorted), st.booleans(), st.booleans())
def test_what_is_shown_has_a_day_in_the_picture(
    scale: Scale, told: list[date], before: bool, after: bool
) -> None:
    first = date.min if before or not told else told[0]
    last = date.max if after or not told else told[-1]
    reach = Reach([day.isoformat() for day in told], before, after)
    assert scale.shows(reach) == (first <= scale.last and last >= scale.first)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"from": "soon"}, "`from` is `soon`, which is no year, month or day"),
        ({"to": "2016-13"}, "`to` is `2016-13`, which is no year, month or day"),
        ({"from": "2016~"}, "write it as `2016`, `2016-10` or `2016-10-14`"),
        ({"from": "2017", "to": "2016"}, "2017 (`from`) is later than 2016 (`to`)"),
    ],
)
def test_what_is_no_part_of_the_time_is_told(params: dict[str, str], message: str) -> None:
    with pytest.raises(GraphQLError) as refused:
        zoom_of(params)
    assert message in refused.value.message
    assert (refused.value.extensions or {})["code"] == "BAD_ARGUMENT"


marks_of = st.lists(
    st.lists(st.dates(date(1990, 1, 1), date(2000, 1, 1)), min_size=2, max_size=2).map(sorted),
    max_size=60,
)


@given(marks_of)
def test_each_mark_is_drawn_or_stands_behind_a_number(spans: list[list[date]]) -> None:
    """None in more than four lanes, each a finger apart from the others in its lane."""
    nodes: list[JsonObject] = [
        {
            "id": f"Event:{number}",
            "title": f"{number}",
            "disputed": False,
            "occurred": {"text": "", "earliest": f"{first}", "latest": f"{last}"},
        }
        for number, (first, last) in enumerate(spans)
    ]
    marks = place_marks(
        [*happenings(nodes, "occurred", "event")], Scale(date(1990, 1, 1), date(2000, 1, 1))
    )
    assert sorted(each.link.text for each in marks.happened) == sorted(
        f"{number}" for number in range(len(spans))
    )
    assert marks.lanes <= 4
    stretches = [(mark.lane, mark.left, mark.right) for mark in marks.drawn]
    stretches += [(group.lane, group.left, group.left) for group in marks.groups]
    for (lane, _, right), (other, left, _) in pairwise(sorted(stretches)):
        assert lane != other or left - right >= 7.49


class TestPages:
    """Of the shipped records."""

    pytestmark = pytest.mark.sweep

    @pytest.mark.parametrize("path", ["/", "/organisations/csto", "/states/UZ"])
    def test_only_what_has_a_day_in_it_is_drawn(self, client: TestClient, path: str) -> None:
        whole, part = tree(client, path), tree(client, path, **{"from": "1992", "to": "1993"})
        drawn, left = bars_of(whole), bars_of(part)
        assert {*left} < {*drawn}
        for href, bar in drawn.items():
            begun = bar.get("data-possiblefrom", "")[:4] <= "1993"
            over = bar.get("data-possibleto", "9999") < "1992"
            assert (href in left) == (begun and not over), href
        assert "Beyond these days are" in text_of(part)

    def test_its_files_are_of_the_same_part(self, client: TestClient) -> None:
        page = tree(client, "/", **{"from": "1992", "to": "1993", "known": "2019-01-01"})
        links = page.xpath("//a[contains(@href, 'picture.')]/@href")
        assert [urlsplit(link).path for link in links] == [
            f"/picture.{form}" for form in ("svg", "csv", "json")
        ]
        svg, csv, json = (client.get(link) for link in links)
        picture = lxml.etree.fromstring(svg.content)
        title = picture.findtext("{*}title") or ""
        assert title == (
            "Who belonged when, 1 January 1992 to 31 December 1993, as known on 1 January 2019"
        )
        assert "from=1992&to=1993" in "".join(picture.itertext())
        rows = json.json()
        assert len(csv.text.splitlines()) == len(rows) + 1
        bars = [row for row in rows if row["part"] not in ("summit", "event")]
        assert len(bars) == len(bars_of(page))

    def test_days_of_zoomed_pictures_stay(self, client: TestClient) -> None:
        """Another day is asked of the same part, and another part of the same day."""
        page = tree(client, "/", **{"from": "1992", "to": "1993", "on": "1992-06-01"})
        for name, kept in (("day", {"from", "to", "on"}), ("zoom", {"on", "from", "to"})):
            (form,) = page.xpath(f"//form[@class='{name}']")
            assert {*dict(form.form_values())} == kept
        for link in page.xpath("//form[@class='zoom']/a/@href"):
            given = parse_qs(urlsplit(link).query)
            assert given["on"] == ["1992-06-01"]
            tree(client, link)
        words = [text_of(link) for link in page.xpath("//form[@class='zoom']/a")]
        assert words == ["closer", "wider", "earlier", "later", "all of the time"]

    def test_what_a_row_says_of_the_day_does_not_depend_on_the_part(
        self, client: TestClient
    ) -> None:
        whole = standings(tree(client, "/", on="2016-10-14"))
        part = standings(tree(client, "/", **{"on": "2016-10-14", "from": "1992", "to": "1993"}))
        assert part
        assert part.items() <= whole.items()

    def test_a_wrong_part_is_told(self, client: TestClient) -> None:
        for path in ("/", "/states/UZ", "/picture.svg", "/states/UZ/picture.csv"):
            answer = client.get(path, params={"from": "soon"})
            assert answer.status_code == 400
            assert "is no year, month or day" in answer.text

    def test_of_no_recorded_time_nothing_is_drawn(self, client: TestClient) -> None:
        page = tree(client, "/organisations/csto", **{"from": "1700", "to": "1710"})
        assert bars_of(page) == {}
        assert "all of the time" in text_of(page)


def bars_of(page: Element) -> dict[str, Element]:
    bars = page.xpath("//section[@class='timeline']//a[contains(@class, 'bar ')]")
    return {bar.get("href").partition("?")[0]: bar.attrib for bar in bars}


def standings(page: Element) -> dict[str, str]:
    """By organisation and name what the rows say."""
    return dict(_standings(page))


def _standings(page: Element) -> Iterator[tuple[str, str]]:
    for row in page.xpath("//ul[@class='rows members']/li"):
        group = text_of(row.xpath("ancestor::section/h2")[0])
        yield f"{group}: {text_of(row[0])}", text_of(row[-1])
