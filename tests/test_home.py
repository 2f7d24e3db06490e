"""The home page says what the schema says: who belonged, who held what, when, and of how many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.web import presentation
from kb.web.marks import happenings, place_marks
from kb.web.page_queries import query_text
from kb.web.scale import Reach, Scale, lanes, scale_of
from tests.support.databases import SqlitePlace, prepare
from tests.support.home_page import assert_agreement
from tests.support.pages import PAGE, Element, ask, follow_list, text_of, tree
from tests.worlds import leagues, odd

pytestmark = pytest.mark.sweep


@contextmanager
def serve(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), headers=PAGE) as client:
        yield client


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Settings]:
    """Databases by name, each made once; the engine plays no part here."""
    folder = tmp_path_factory.mktemp("homes")
    place = SqlitePlace(folder)
    known: dict[str, Settings] = {}

    def make(name: str) -> Settings:
        if name not in known:
            if name.isdigit():
                world = odd.keep_world(place, prepare(place.create()), int(name))
                known[name] = place.create(world)
            else:
                known[name] = prepare(place.create(), getattr(leagues, name)(folder / name))
        return known[name]

    return make


@pytest.fixture
def home(
    databases: Callable[[str], Settings], request: pytest.FixtureRequest
) -> Iterator[TestClient]:
    """That of the world which a test names."""
    with serve(databases(request.param)) as client:
        yield client


def in_worlds(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("home", names, indirect=True)


@in_worlds("0", "club")
def test_a_day_is_answered_by_members_and_holders(home: TestClient) -> None:
    assert_agreement(home)


@pytest.mark.long
@in_worlds("1", "2", "4")
def test_more_days_are_answered_by_members_and_holders(home: TestClient) -> None:
    assert_agreement(home)
    assert_agreement(home, "2002-06-20")


@in_worlds("league")
def test_more_members_than_a_page_has_are_told_and_reached(home: TestClient) -> None:
    page = tree(home, "/", on="1980-01-01")
    assert len(page.xpath("//div[@id='belonged']//a")) == 110
    assert "State AA" not in text_of(tree(home, "/", on="1930-01-01").get_element_by_id("belonged"))
    assert "100 of 113 memberships · The next" in text_of(page)
    assert "100 of 103 events · The next" in text_of(page)
    for name, drawn, total in (("memberships", "bar", 113), ("events", "mark", 103)):
        pages = [*follow_list(home, "/?on=1980-01-01", name)]
        links = [
            link
            for part in pages
            for link in part.xpath(f"//a[contains(@class, '{drawn} ')]/@href | {BEHIND_NUMBERS}")
            if link.startswith(f"/{name}/")
            if part is pages[0] or drawn == "bar" or "/events/" in link
        ]
        assert len({*links}) == total
        assert len(pages[-1].xpath("//div[@id='belonged']//a")) == 110
        assert pages[1].get_element_by_id(name).tag in ("h3", "span")
        (first,) = pages[-1].xpath("//a[text()='From the first']/@href")
        assert first == f"/?on=1980-01-01&organisation=big#{name}"
        assert pages[-1].xpath("//a[text()='All organisations']/@href") == ["/?on=1980-01-01"]


BEHIND_NUMBERS = "//details[@class='more']//a/@href"


@in_worlds("bodies")
def test_of_many_organisations_one_is_picked(home: TestClient) -> None:
    """Each can be picked; the picture and who belonged are those of the picked one."""
    page = tree(home, "/", on="1955-05-05")
    offered = page.xpath("//ul[@class='offered']/li/a")
    assert [text_of(link) for link in offered] == [f"body-{number:02}" for number in range(12)]
    assert page.xpath("//ul[@class='offered']//a[@aria-current]/text()") == ["body-00"]
    for link in offered:
        picked = tree(home, link.get("href"))
        assert picked.xpath("//span[@class='whose']/text()") == [link.text]
        assert [
            text_of(heading) for heading in picked.xpath("//section[@class='timeline']/h2")
        ] == [link.text]
        (form,) = picked.xpath("//form[@class='day']")
        assert dict(form.form_values())["on"] == "1955-05-05"
        assert picked.xpath("//ul[@class='offered']//a[@aria-current]/text()") == [link.text]


@in_worlds("picked")
def test_of_many_the_curators_pick_the_first(home: TestClient) -> None:
    """Until another is picked, and on each page of those that are offered."""
    for path, name in (("/", "body-07"), ("/?organisation=body-02", "body-02")):
        assert whose(tree(home, path)) == [name]


@in_worlds("clubs")
def test_it_begins_with_what_the_curators_put_first(home: TestClient) -> None:
    """The organisation, and in each body the offices in the order that they gave."""
    page = tree(home, "/", on="1955-05-05")
    headings = page.xpath("//section[@class='timeline']/h2")
    assert [text_of(each) for each in headings] == ["small-club", "big-club", "Offices of states"]
    offices = ["Treasurer", "Clerk", "Chair"]
    assert page.xpath("//section[@class='timeline']/h3/text()") == [
        *offices,
        "Members",
        *offices,
        *offices,
    ]
    told = [text_of(each) for each in page.xpath("//ul[@class='tenures']/li/span[@class='whose']")]
    bodies = ("small-club", "big-club")
    assert told == [f"{office}, {body}" for body in bodies for office in offices]


@in_worlds("clubs")
def test_a_view_puts_first_what_it_has(home: TestClient) -> None:
    """Names of offices are words of today: they are in no view, nor is what is not yet known."""
    page = tree(home, "/", on="1955-05-05", known="2000-01-01")
    headings = page.xpath("//section[@class='timeline']/h2")
    assert [text_of(each) for each in headings][:2] == ["small-club", "big-club"]
    offices = [text_of(each) for each in page.xpath("//ul[@class='tenures']/li/span[1]")]
    assert offices[:3] == [f"{each}, small-club" for each in ("Chair", "Clerk", "Treasurer")]
    before = tree(home, "/", on="1955-05-05", known="1980-01-01")
    assert "small-club" not in text_of(before)


def whose(page: Element) -> list[str]:
    return [text_of(each) for each in page.xpath("//p/span/span[@class='whose']")]


@in_worlds("bodies")
def test_more_organisations_than_a_page_has_can_be_picked(
    home: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "kb.web.page_queries.query_text", lambda name: query_text(name).replace("100", "5")
    )
    pages = [*follow_list(home, "/?on=1955-05-05", "organisations")]
    names = [name for page in pages for name in page.xpath("//ul[@class='offered']//a/text()")]
    assert names == [f"body-{number:02}" for number in range(12)]
    assert "5 of 12" in text_of(pages[0])


@in_worlds("bodies", "club", "0")
def test_it_tells_what_there_is(home: TestClient) -> None:
    (told,) = tree(home, "/").xpath("//p[@class='counts']")
    is_one = text_of(told.xpath("a")[0]).startswith("1 ")
    assert text_of(told).startswith("There is 1 " if is_one else "There are ")
    for link in told.xpath("a"):
        name = link.get("href").removeprefix("/")
        count = ask(home, f"{{ {name} {{ totalCount }} }}", {})[name]["totalCount"]
        assert text_of(link) == f"{count} {name.removesuffix('s') if count == 1 else name}"


@in_worlds("league")
def test_data_of_its_picture_are_whole(home: TestClient) -> None:
    """Of more memberships and events than are drawn."""
    asked = "{ memberships { totalCount } events { totalCount } }"
    total = sum(each["totalCount"] for each in ask(home, asked, {}).values())
    rows = home.get("/picture.json").json()
    assert len(rows) == len({(row["name id"], row["span"]) for row in rows}) == total
    assert len(home.get("/picture.csv").text.splitlines()) == total + 1


SPANS = "memberships(first: 100) { nodes { period { certainTo } } }"
ATTESTED = (
    f"""{{ organisations {{ nodes {{ {SPANS} {SPANS.replace("memberships", "terms")} }} }} }}"""
)


@in_worlds("club", "0", "1", "league")
def test_the_day_starts_at_the_last_attested_one(home: TestClient) -> None:
    """With its reason; a day that is given has none."""
    last = max(
        span["period"]["certainTo"] or ""
        for organisation in ask(home, ATTESTED, {})["organisations"]["nodes"]
        for spans in organisation.values()
        for span in spans["nodes"]
    )
    page = tree(home, "/")
    (form,) = page.xpath("//form[@class='day']")
    assert dict(form.form_values())["on"] == last
    told = "the last day on which members or holders are certain here."
    assert told in text_of(page.get_element_by_id("belonged"))
    assert any("certain" in text_of(row) for row in page.xpath("//span[@class='held']"))
    assert told not in text_of(tree(home, "/", on=last))


@in_worlds("club")
def test_offices_without_members_are_drawn(home: TestClient) -> None:
    page = tree(home, "/", on="1855-05-05")
    assert [text_of(heading) for heading in page.xpath("//ul[@class='rows']/li/span[1]")] == [
        f"Chair {number}" for number in range(4)
    ]
    assert [text_of(label) for label in page.xpath("//span[@class='held']")] == [
        "certain",
        *["ruled out"] * 3,
    ]
    (form,) = page.xpath("//form[@class='day']")
    assert (form.get("data-first"), form.get("data-last")) == ("1850-01-01", "1889-12-31")


days = st.dates(date(1, 1, 1), date(9999, 12, 31))
reaches = st.builds(
    lambda days, before, after: Reach([day.isoformat() for day in days], before, after),
    st.lists(days, max_size=4),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(reaches, max_size=5), days)
def test_the_scale_has_all_days(reaches: list[Reach], today: date) -> None:
    scale = scale_of(reaches, today)
    told = [date.fromisoformat(day) for reach in reaches for day in reach.days]
    assert scale.first < scale.last
    assert all(scale.first <= day <= scale.last for day in told)
    if told and not any(reach.before or reach.after for reach in reaches) and len({*told}) > 1:
        assert (scale.first, scale.last) == (min(told), max(told))
    if any(reach.after and reach.days for reach in reaches):
        latest = max(told)
        assert scale.last > latest or latest == date.max
    years = scale.years()
    assert 1 <= len(years) <= 10
    assert years == sorted({*years})
    for year, left in years:
        begins = date(year, 1, 1)
        assert scale.first <= begins <= scale.last or years == [(scale.first.year, 0)]
        assert left == scale.at(begins, begins)


stretches = st.tuples(st.integers(0, 100), st.integers(0, 30)).map(
    lambda pair: (pair[0], sum(pair))
)


@given(st.lists(stretches, max_size=40))
def test_lanes_are_apart_and_few(spans: list[tuple[float, float]]) -> None:
    placed = [*zip(spans, lanes(spans), strict=True)]
    for number, ((left, right), lane) in enumerate(placed):
        for (start, end), other in placed[:number]:
            assert lane != other or right <= start or end <= left
    # No more than ever stand over one point.
    ends = {left for left, _ in spans}
    most = max(
        (sum(left <= at < right or left == at for left, right in spans) for at in ends), default=0
    )
    assert len({lane for _, lane in placed}) <= most


known_days = st.none() | days.map(date.isoformat)


@given(known_days, known_days, st.booleans())
def test_a_mark_stands_on_days_that_are_known(
    since: str | None, until: str | None, disputed: bool
) -> None:
    """Never between them and the edge of the picture; an arrow says that a side is open."""
    first, last = sorted((since, until)) if since and until else (since, until)
    when: presentation.JsonObject = {"text": "some time", "earliest": first, "latest": last}
    summit: presentation.JsonObject = {"id": "Summit:it", "name": "It"}
    summit = {**summit, "disputed": disputed, "heldOn": when}
    scale = Scale(date(1, 1, 1), date(9999, 12, 31))
    (happening,) = happenings([summit], "heldOn", "summit")
    marks = place_marks([happening], scale)
    if not first and not last:
        assert (marks.drawn, [each.link.text for each in marks.undated]) == ([], ["It"])
        return
    (mark,) = marks.drawn
    assert (mark.left, mark.right) == (
        scale.at(first or last, scale.first),
        scale.at(last or first, scale.last),
    )
    assert (happening.before, happening.after) == (first is None, last is None)
    assert (happening.words, happening.disputed) == ("It: some time", disputed)


@in_worlds("league")
def test_open_sides_have_arrows(home: TestClient) -> None:
    page = tree(home, "/", on="1980-01-01")
    scale = Scale(*(date.fromisoformat(edge) for edge in scale_edges(page)))
    marks = page.xpath("//a[contains(@class, 'mark event')]")
    assert len(marks) + len(page.xpath(BEHIND_NUMBERS)) == 100
    for mark in marks:
        words = mark.get("aria-label")
        arrows = [arrow.get("x") for arrow in mark.xpath("svg")]
        (dot,) = mark.xpath("line[@class='dot']")
        if words.endswith("by 2 February 1962"):
            at = f"{scale.at('1962-02-02', scale.first)}%"
            assert (dot.get("x1"), dot.get("x2"), arrows) == (at, at, [at])
        if words.endswith("1 January 1960"):
            assert arrows == []


def scale_edges(page: Element) -> tuple[str, str]:
    (form,) = page.xpath("//form[@class='day']")
    return form.get("data-first"), form.get("data-last")


PASSAGES = """
{ articles(first: 100) { nodes { id paragraphs { number }
  citations(first: 100) { nodes { key verified paragraph } } } } }
"""


@in_worlds("0")
def test_passages_say_whether_they_are_verified(home: TestClient) -> None:
    """What differs from the text is not told as a text that is missing, nor the other way round."""
    seen = set()
    for article in ask(home, PASSAGES, {})["articles"]["nodes"]:
        page = tree(home, presentation.address(article["id"]))
        for citation in article["citations"]["nodes"]:
            (told,) = page.get_element_by_id(citation["key"]).xpath(".//*[@class='source']/span")
            ingested = article["paragraphs"] is not None
            expected = {
                (True, True): "verified",
                (False, True): "not verified: the words of the text differ",
                (False, False): "the text has not been ingested",
            }[citation["verified"], ingested]
            if citation["paragraph"] is None:
                expected = "it names no words that could be verified"
            assert text_of(told) == f"— {expected}"
            seen.add(expected)
    assert len(seen) == 4


@in_worlds("clubs")
def test_how_to_read_tells_whom_to_ask(home: TestClient) -> None:
    """And by which terms it may be used; both are in views, too."""
    for view in ("", "?known=2000-01-01"):
        told = text_of(tree(home, f"/how-to-read{view}"))
        assert "may ask the.clubs@example.org" in told
        assert "by these terms: CC0" in told


@in_worlds("clubs")
def test_where_nothing_is_disputed_the_page_says_so(home: TestClient) -> None:
    """Instead of a heading with nothing below it."""
    assert "What sources disagree on No disagreement is recorded." in text_of(tree(home, "/"))


@in_worlds("clubs")
@pytest.mark.parametrize("path", ["/", "/how-to-read", "/states", "/officials", "/none", "/nor/me"])
def test_every_page_is_headed_by_what_all_is_about(home: TestClient, path: str) -> None:
    """Also those that show no record, or that are not there."""
    page = lxml.html.document_fromstring(home.get(path).text)
    assert page.xpath("//header/a[@class='home']/text()") == ["All clubs"]
    assert page.xpath("//footer/p[@class='licence']/text()") == ["Licence: CC0"]
    assert page.xpath("//nav[@class='menu']/a/@href")[-1] == "/how-to-read"
