"""What people see and do, in a real browser: nothing fails, nothing is asked of other hosts."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers import WatchedPage, accessibility_violations, chromium
from tests.support.command import run, serving
from tests.support.sampling import one_in
from tests.support.service import free_port

pytestmark = pytest.mark.slow

PATHS = (
    "/",
    "/states/UZ",
    "/organisations/csto?known=2018-01-01",
    "/officials/stanislav-zas",
    "/memberships/csto-am-member",
    "/terms/csto-sg-zas",
    "/summits/csto-2016-yerevan",
    "/events/csto-crisis-centre",
    "/articles/bulletin-430-comment-the-csto-has-always-lacked-relevance",
    "/publications/bulletin",
    "/search?q=taj",
    "/states/XX",
    "/memberships?state.eq=UZ&order=-START",
    "/events?q=tashkent",
    "/disagreements",
    "/events?role=ACTOR",
    "/figures",
    "/how-to-read",
)
LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = tuple(
    product((1280, 800, 360), ("light", "dark"))
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with serving(folder, free_port(), KB_ANSWERS="public") as (address, _):
        yield address


@pytest.fixture
def token(address: str, folder: Path) -> str:
    del address  # By then its database is there.
    return run(folder, "token", "create", "ada", "--role", "reader").stdout.strip()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def watched_page(browser: Browser, address: str) -> Iterator[WatchedPage]:
    """Whatever a test does, nothing may go wrong on the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    watched = WatchedPage(context.new_page(), address)
    yield watched
    context.close()
    assert watched.wrong == []


def execute(page: Page) -> None:
    """Once the editor holds the query: until then there is nothing to be sent."""
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("{")
    page.get_by_role("button", name="Execute query").click()


@pytest.mark.parametrize("path", ["/", "/graphql"])
def test_a_page_looks_the_same_when_it_is_opened_again(
    watched_page: WatchedPage, path: str
) -> None:
    """What the browser has kept of it is told to be current, and is shown with its styles."""
    statuses: list[int] = []
    watched_page.page.on("response", lambda response: statuses.append(response.status))
    first = watched_page.open(path).locator("body").evaluate("body => getComputedStyle(body).font")
    again = watched_page.open(path).locator("body").evaluate("body => getComputedStyle(body).font")
    assert first == again
    assert len(statuses) > 1


def test_the_explorer_runs_a_query(watched_page: WatchedPage) -> None:
    page = watched_page.open("/graphql")
    tabs = page.locator(".graphiql-tab")
    expect(tabs).to_have_count(5)
    execute(page)
    expect(page.locator(".graphiql-response")).to_contain_text("CERTAIN")


def test_the_explorer_follows_the_feed(watched_page: WatchedPage) -> None:
    """To its end, on a slow machine too: to draw each change once stopped the page."""
    page = watched_page.open("/graphql")
    response = page.request.post(watched_page.address + "/graphql", data={"query": "{ revision }"})
    newest = f'"revision": "{response.json()["data"]["revision"]}"'
    page.get_by_role("tab", name="FollowTheFeed").click()
    expect(page.locator(".graphiql-query-editor")).to_contain_text("subscription")
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 10})
    execute(page)
    expect(page.locator(".graphiql-response")).to_contain_text(newest)
    page.get_by_role("button", name="Stop query").click()


def test_the_explorer_subscribes_by_the_headers_of_its_editor(
    watched_page: WatchedPage, token: str
) -> None:
    """In the first message of the WebSocket, as browsers send none with it."""
    page, sent = watched_page.open("/graphql"), list[str]()
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: sent.append(str(text))))
    page.get_by_role("tab", name="FollowTheFeed").click()
    expect(page.locator(".graphiql-query-editor")).to_contain_text("subscription")
    page.get_by_role("button", name="Headers").click()
    page.locator(".graphiql-editor-tool .graphiql-editor:visible").click()
    page.keyboard.insert_text(f'{{"Authorization": "Bearer {token}"}}')
    execute(page)
    expect(page.locator(".graphiql-response")).to_contain_text('"revision"')
    page.get_by_role("button", name="Stop query").click()
    assert f'"payload":{{"Authorization":"Bearer {token}"}}' in sent[0]


def test_a_query_in_the_address_is_opened_and_kept_there(watched_page: WatchedPage) -> None:
    query = "query Shared { revision }"
    page = watched_page.open("/graphql?" + urlencode({"query": query}))
    expect(page.locator(".graphiql-query-editor")).to_contain_text("Shared")
    execute(page)
    expect(page.locator(".graphiql-response")).to_contain_text("revision")
    page.get_by_role("tab", name="Disagreements").click()
    page.wait_for_url("**query=*Disagreements*")


def test_an_answer_in_the_explorer_is_cited(watched_page: WatchedPage) -> None:
    page = watched_page.open("/graphql?" + urlencode({"query": "query Cited { revision }"}))
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("Cited")
    cite = page.get_by_role("button", name="Cite this answer")
    cite.click()
    expect(page.get_by_text("Execute the query first")).to_be_visible()
    execute(page)
    response = page.locator(".graphiql-response")
    expect(response).to_contain_text('"revision"')
    revision = re.sub(r"\D", "", response.inner_text())
    cite.click()
    page.wait_for_url("**/answers/*")
    expect(page.locator("h1")).to_have_text("Answer to ‘Cited’")
    expect(page.locator("dl")).to_contain_text(f"revision {revision}")
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert accessibility_violations(page) == []


def test_the_explorer_documents_the_schema(watched_page: WatchedPage) -> None:
    page = watched_page.open("/graphql")
    page.get_by_role("button", name="Show Documentation Explorer").click()
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("Mutation")


def bar_edges(page: Page) -> dict[str, tuple[float, float]]:
    """Where the certain part of each bar, if it has one, begins and ends."""
    edges: dict[str, tuple[float, float]] = page.evaluate(
        """() => Object.fromEntries(
          [...document.querySelectorAll(".members .bar:has(.certain)")].map((bar) => {
            const track = bar.closest(".track").getBoundingClientRect();
            const box = bar.querySelector(".certain").getBoundingClientRect();
            return [bar.getAttribute("href"), [box.left, box.right].map(
              (at) => (at - track.left) / track.width)];
          }))"""
    )
    return {href: (left, right) for href, (left, right) in edges.items()}


def test_bars_stand_where_the_data_say(watched_page: WatchedPage) -> None:
    page = watched_page.open("/")
    placed = page.evaluate(
        """() => {
          const { first, last } = document.querySelector(".day").dataset;
          const [from, to] = [Date.parse(first), Date.parse(last)];
          const at = (day) => (Date.parse(day) - from) / (to - from);
          const bars = [...document.querySelectorAll(".members .bar")];
          return Object.fromEntries(bars.map((bar) => {
            const { certainfrom, certainto } = bar.dataset;
            return [bar.getAttribute("href"), [at(certainfrom), at(certainto)]];
          }));
        }"""
    )
    edges = bar_edges(page)
    assert len(edges) > 5
    for href, (left, right) in edges.items():
        assert placed[href] == pytest.approx((left, right), abs=0.004), href


def test_the_day_tells_who_belonged(watched_page: WatchedPage) -> None:
    page = watched_page.open("/")
    told = page.locator("#belonged")
    page.locator("#day").fill("2016-10-14")
    expect(told).to_contain_text(
        "certain Collective Security Treaty Organisation (founded 2002: disputed): Armenia,"
        " Belarus, Kazakhstan, Kyrgyzstan,"
    )
    expect(told).to_contain_text("possible nobody")
    page.locator("#day").fill("1995-06-01")
    expect(told).to_contain_text(" CIS military grouping: Armenia, Azerbaijan")
    # Who was suspended did not belong, as the schema has it; the row says what it was.
    page.locator("#day").fill("2003-06-01")
    expect(told).to_contain_text("certain Collective Security Treaty Organisation (founded 2002")
    expect(told).not_to_contain_text("Uzbekistan")
    expect(page.locator(".members .held", has_text="suspended, certain")).to_have_count(1)
    page.wait_for_url("**/?on=2003-06-01")
    slider = page.locator("#slider")
    slider.focus()
    page.keyboard.press("End")
    expect(told).to_contain_text("certain nobody")
    expect(told).to_contain_text("It was last attested on 29 November 2019")
    held = page.locator(".members .held").all_inner_texts()
    assert {"possible", "ruled out"} <= {*held}


def test_a_moving_slider_asks_once_it_rests(watched_page: WatchedPage) -> None:
    page = watched_page.open("/?known=2018-01-01")
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    slider = page.locator("#slider")
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    day = page.locator("#day").input_value()
    page.wait_for_url(f"**on={day}")
    assert len(urls) < 5
    assert all("known=2018-01-01" in url for url in urls)
    expect(page.locator("#picture .known input[type=hidden]")).to_have_value(day)


def test_without_scripts_a_form_asks_the_day(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/?known=2018-01-01")
    expect(page.locator("#slider")).to_be_hidden()
    page.locator("#day").fill("2016-10-14")
    page.locator(".day button").click()
    page.wait_for_url("**/?known=2018-01-01&on=2016-10-14")
    expect(page.locator("#belonged")).to_contain_text("certain Collective Security Treaty")
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_in_the_picture_is_covered(watched_page: WatchedPage, width: int) -> None:
    """Whoever points at a mark or a bar reaches it."""
    watched_page.page.set_viewport_size({"width": width, "height": 900})
    page = watched_page.open("/")
    covered = page.evaluate(
        """() => [...document.querySelectorAll(".mark .dot, .bar rect")].filter((one) => {
          one.scrollIntoView({ block: "center" });
          const { left, top, width, height } = one.getBoundingClientRect();
          const [x, y] = [Math.min(left + width / 2, innerWidth - 1), top + height / 2];
          const hit = document.elementFromPoint(x, y)?.closest("a");
          // A dot is a line without length; a part of a bar may be too narrow to be seen.
          return (width > 1 || one.matches(".dot")) && hit !== one.closest("a");
        }).map((one) => one.closest("a").getAttribute("aria-label"))"""
    )
    assert covered == []
    assert page.locator(".mark").count() > 20


def test_by_keyboard_alone(watched_page: WatchedPage) -> None:
    """From the top to a bar, whose words are told, and on to its record."""
    page = watched_page.open("/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('bar')"):
            break
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    expect(page.locator("#words")).to_have_text(label)
    page.keyboard.press("Enter")
    page.wait_for_url("**/memberships/*")
    reached = page.evaluate("document.querySelectorAll('a, button, input, [tabindex]').length")
    stops = set()
    for _ in range(reached + 5):
        page.keyboard.press("Tab")
        stops.add(page.evaluate("document.activeElement.outerHTML"))
    for element in page.locator("main a:visible, main button:visible, main input:visible").all():
        assert element.evaluate("one => one.outerHTML") in stops


def test_search_while_typing(watched_page: WatchedPage) -> None:
    page = watched_page.open("/")
    page.locator("#q").press_sequentially("zas")
    hit = page.locator("#found a").first
    expect(hit).to_contain_text("Stanislav Zas")
    hit.click()
    page.wait_for_url("**/officials/stanislav-zas")
    expect(page.locator("h1")).to_have_text("Stanislav Zas")


def test_suggestions_say_of_how_many_and_keep_the_day(watched_page: WatchedPage) -> None:
    page = watched_page.open("/states/KZ?known=2018-01-01")
    page.locator("#q").press_sequentially("csto")
    links = page.locator("#found a")
    expect(links).to_have_count(9)
    expect(links.last).to_contain_text(re.compile(r"^8 of \d+ hits"))
    assert all("known=2018-01-01" in str(link.get_attribute("href")) for link in links.all())
    links.last.click()
    page.wait_for_url("**/search?q=csto&known=2018-01-01")
    page.locator("#q").fill("zas")
    expect(links).to_have_count(0)
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search?q=zas&known=2018-01-01")
    expect(page.locator("main")).to_contain_text("0 hits")


def test_suggestions_by_keyboard_after_one_request(watched_page: WatchedPage) -> None:
    page = watched_page.open("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#q").press_sequentially("zas", delay=20)
    links = page.locator("#found a")
    expect(links.first).to_contain_text("Stanislav Zas")
    expect(links.first.locator("mark")).to_have_text("Zas")
    assert len([url for url in asked if url.endswith("/graphql")]) == 1
    page.keyboard.press("ArrowDown")
    expect(links.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(links.last).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#found")).to_be_hidden()
    page.locator("#q").fill("khatchaturov")
    expect(links).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=Khachaturov")


@pytest.mark.parametrize("path", one_in(5, PATHS))
def test_readable_for_all(browser: Browser, address: str, path: str) -> None:
    """At three widths nothing overflows, nor does axe find anything serious, in either theme."""
    context = browser.new_context()
    watched = WatchedPage(context.new_page(), address)
    watched.open(path)
    for width, scheme in LOOKS:
        watched.page.emulate_media(color_scheme=scheme)
        watched.page.set_viewport_size({"width": width, "height": 800})
        over = watched.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, width
        assert accessibility_violations(watched.page) == []
    context.close()
    # That a page is missing is told by its status, which browsers note as an error.
    assert [message for message in watched.wrong if "404" not in message] == []


def test_the_explorer_fits_a_phone(watched_page: WatchedPage) -> None:
    """What is asked stands above what is answered, each over the whole width."""
    watched_page.page.set_viewport_size({"width": 360, "height": 800})
    page = watched_page.open("/graphql")
    execute(page)
    expect(page.locator(".graphiql-response")).to_contain_text("CERTAIN")
    editor = page.locator(".graphiql-query-editor").bounding_box()
    answered = page.locator(".graphiql-response").bounding_box()
    assert editor is not None
    assert answered is not None
    assert editor["y"] + editor["height"] <= answered["y"]
    assert min(editor["width"], answered["width"]) > 250
    home = page.get_by_role("link", name="Home")
    place = home.bounding_box()
    assert place is not None
    assert place["y"] >= 0
    assert place["x"] + place["width"] <= 360
    assert place["height"] < 40
    home.click()
    expect(page.locator("h1")).to_have_text("Who belonged when")
