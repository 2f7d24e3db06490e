"""The picture of a record: all its spans, on its page, as a file that stands alone, and as data."""

import csv
from collections.abc import Iterator
from io import StringIO

import lxml.etree
import pytest
from starlette.testclient import TestClient

from kb.models import MembershipStatus
from kb.web import presentation
from kb.web.bars import Bar, TimelineRow
from kb.web.presentation import DisplayValue
from tests.support.pages import Element, ask, tree

pytestmark = pytest.mark.sweep

SVG = "{http://www.w3.org/2000/svg}"
SPANS = """
{ organisations(first: 100) { nodes { id name
    memberships(first: 100) { nodes { ...It } } terms(first: 100) { nodes { ...It } }
    summits(first: 100) { nodes { ...It } } events(first: 100) { nodes { ...It } } } }
  states(first: 100) { nodes { id name
    memberships(first: 100) { nodes { ...It } } terms(first: 100) { nodes { ...It } }
    hostedSummits(first: 100) { nodes { ...It } } events(first: 100) { nodes { ...It } } } }
  officials(first: 100) { nodes { id name terms(first: 100) { nodes { ...It } }
    summits(first: 100) { nodes { ...It } } events(first: 100) { nodes { ...It } } } } }
fragment It on Sourced { id disputed
  ... on Summit { heldOn { earliest latest } }
  ... on Event { occurred { possibleFrom possibleTo certainFrom certainTo } } }
"""


def spans_of(client: TestClient) -> Iterator[tuple[str, str, dict[str, bool], bool]]:
    """Page, name, and the addresses of what is to be drawn of each record, with whether it is
    disputed; at last whether any of it has a date.
    """
    for connection in ask(client, SPANS, {}).values():
        for node in connection["nodes"]:
            lists = [part["nodes"] for part in node.values() if isinstance(part, dict)]
            drawn = [each for part in lists for each in part]
            spans = {presentation.address(each["id"]): each["disputed"] for each in drawn}
            happened = [each.get("heldOn") or each.get("occurred") for each in drawn]
            is_dated = any(when is None or any(when.values()) for when in happened)
            yield presentation.address(node["id"]), node["name"], spans, is_dated


def check_pictures(client: TestClient) -> None:
    drawn = 0
    for path, name, spans, is_dated in spans_of(client):
        page = tree(client, path)
        (section,) = page.xpath("//section[@class='timeline']") or [None]
        response = client.get(f"{path}/picture.svg")
        if section is None:
            assert not is_dated
            assert response.status_code == 404
            continue
        drawn_here = section.xpath(DRAWN)
        disputes_here = {link.get("href"): is_told_disputed(link) for link in drawn_here}
        assert disputes_here == spans
        assert len(drawn_here) == len(spans)
        labelled = section.xpath(".//svg[@class='track']/a[@aria-label]")
        assert response.headers["content-type"] == "image/svg+xml"
        picture = lxml.etree.fromstring(response.content)
        assert title_of(picture) == f"{name}: when"
        groups = picture.findall(f".//{SVG}g")
        labels = [link.get("aria-label").removesuffix(": their list") for link in labelled]
        assert [title_of(group) for group in groups] == labels
        widths = [rect.get("width", "").strip("%") for rect in picture.iter(f"{SVG}rect")]
        assert all(float(width) > 0 for width in widths)
        assert path in "".join(picture.itertext())
        headings, *rows = csv.reader(StringIO(client.get(f"{path}/picture.csv").text))
        assert len(rows) == len(spans)
        assert headings[-1] == "disputed"
        disputes = ["yes" if disputed else "no" for disputed in spans.values()]
        assert sorted(row[-1] for row in rows) == sorted(disputes)
        assert len(client.get(f"{path}/picture.json").json()) == len(rows)
        drawn += len(rows)
    assert drawn > 10


@pytest.mark.parametrize("form", ["csv", "json", "svg"])
@pytest.mark.parametrize("path", ["/picture", "/figures/terms", "/figures/events"])
def test_where_nothing_is_drawn_there_is_a_file(
    empty_client: TestClient, path: str, form: str
) -> None:
    response = empty_client.get(f"{path}.{form}")
    assert response.status_code == 200
    if form == "json":
        assert response.json() == []
    if form == "csv":
        assert len(response.text.splitlines()) == 1


DRAWN = """.//a[contains(@class, 'bar ') or contains(@class, 'mark s') or
  contains(@class, 'mark e')] | .//details[@class='more']//a
  | .//p[starts-with(text(), 'Without a date')]/a"""


def is_told_disputed(link: Element) -> bool:
    """By its class, or in words behind it."""
    return "disputed" in (link.get("class") or "") or "(disputed)" in (link.tail or "")


def title_of(group: lxml.etree._Element) -> str:
    return group.findtext(f"{SVG}title") or ""


def test_all_spans_of_each_record_are_in_its_picture(client: TestClient) -> None:
    check_pictures(client)


def test_of_odd_records_too(odd_client: TestClient) -> None:
    """Their names have letters that mean something in XML."""
    check_pictures(odd_client)


def test_a_picture_asks_for_nothing_else(client: TestClient) -> None:
    response = client.get("/organisations/csto/picture.svg")
    assert response.headers["content-security-policy"] == "default-src 'none'"
    picture = lxml.etree.fromstring(response.content)
    for element in picture.iter():
        assert not {"href", "src", "style"} & {*element.attrib}
    links = tree(client, "/organisations/csto").xpath("//a[contains(@href, '/picture.')]/@href")
    assert links == [f"/organisations/csto/picture.{form}" for form in ("svg", "csv", "json")]


def test_a_picture_of_a_view_is_of_its_day(client: TestClient) -> None:
    early = client.get("/organisations/csto/picture.svg?known=2018-01-01").text
    assert "as known on 1 January 2018" in early
    assert "Zas" not in early
    assert "Zas" in client.get("/organisations/csto/picture.svg").text


def test_what_has_no_picture_says_so(client: TestClient) -> None:
    for path in (
        "states/XX/picture.svg",
        "states/UZ/picture.png",
        "publications/bulletin/picture.svg",
    ):
        assert client.get(f"/{path}").status_code == 404, path


def test_several_statuses_of_a_day_are_named_in_the_order_of_their_bars() -> None:
    for statuses, told in (
        ({"MEMBER": "CERTAIN"}, "certain"),
        ({"ASSOCIATE": "POSSIBLE"}, "associate, possible"),
        (
            {"OBSERVER": "POSSIBLE", "MEMBER": "CERTAIN"},
            "observer, possible; member, certain",
        ),
        ({"OBSERVER": "RULED_OUT", "MEMBER": "CERTAIN"}, "certain"),
        ({"MEMBER": "RULED_OUT"}, "ruled out"),
    ):
        bars = [
            (Bar("", "", status, disputed=False, parts=[], days={}, certainty=certainty), 0)
            for status, certainty in statuses.items()
        ]
        assert TimelineRow(DisplayValue("A"), None, bars).certainty_words == told


def test_an_associate_is_drawn_as_no_member() -> None:
    drawn = {
        str(status): Bar("", "", status, disputed=False, parts=[], days={}, certainty="").css_class
        for status in MembershipStatus
    }
    assert drawn["ASSOCIATE"] == drawn["OBSERVER"] != drawn["MEMBER"]
