"""How pages look with data of other kinds: two centuries of unions, and offices without members.

Nothing scrolls sideways on a phone, and axe finds nothing serious in either theme. The shipped
records are looked at in `test_browser.py`.
"""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browsers import WatchedPage, accessibility_violations, chromium
from tests.support.command import serving
from tests.support.sampling import one_in
from tests.support.service import free_port
from tests.worlds import leagues
from tests.worlds.centuries import centuries

pytestmark = pytest.mark.slow

WORLDS = {"centuries": centuries, "club": leagues.club}
PATHS = {
    "centuries": (
        "/",
        "/?from=1850&to=1851-06",
        "/organisations/union-000",
        "/states/AA",
        "/officials/holder-3",
        "/memberships/union-000-aa",
        "/terms/held-3",
        "/events/event-3",
        "/memberships?state.eq=AA",
        "/events",
        "/organisations",
        "/states",
        "/officials",
        "/terms",
        "/summits",
        "/articles",
        "/citations",
        "/how-to-read",
        "/search?q=schleswig",
        "/disagreements",
        "/figures",
    ),
    "club": (
        "/",
        "/?from=1851",
        "/organisations/club",
        "/officials/chair-0",
        "/terms",
        "/states",
        "/citations",
        "/how-to-read",
        "/figures",
    ),
}
FIRST_LOOKS = [
    ("centuries", "/"),
    ("centuries", "/organisations/union-000"),
    ("centuries", "/figures"),
    ("club", "/"),
]
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder, served = tmp_path_factory.mktemp("looks"), []
    for name, make in WORLDS.items():
        seeds = make(folder / f"{name}-seeds")
        (folder / name).mkdir()
        served.append(serving(folder / name, free_port(), KB_SEEDS=str(seeds)))
    with served[0] as (first, _), served[1] as (second, _):
        yield dict(zip(WORLDS, (first, second), strict=True))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("world", "path"), one_in(2, FIRST_LOOKS))
def test_a_phone_in_the_dark(
    browser: Browser, addresses: dict[str, str], world: str, path: str
) -> None:
    look(browser, addresses[world], path, [(360, "dark")])


def test_a_number_leads_to_its_list_by_keyboard(
    browser: Browser, addresses: dict[str, str]
) -> None:
    """Without a script, too: what is closed opens for whoever is led into it."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(addresses["centuries"])
    number = page.locator(".mark.more").first
    place = str(number.get_attribute("href"))
    expect(page.locator(place)).to_be_hidden()
    number.focus()
    page.keyboard.press("Enter")
    expect(page.locator(place)).to_be_visible()
    count = int(str(number.locator("text").text_content()).removeprefix("+"))
    expect(page.locator(f"{place} a")).to_have_count(count)
    context.close()


@pytest.mark.parametrize("path", ["/events", "/memberships"])
def test_a_long_name_leaves_room_for_other_columns(
    browser: Browser, addresses: dict[str, str], path: str
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(addresses["centuries"] + path)
    columns = [heading.bounding_box() for heading in page.locator("th:visible").all()[:2]]
    assert [box is not None and box["x"] + box["width"] <= 360 for box in columns] == [True, True]
    page.close()


def test_no_year_is_cut_off_on_a_phone(browser: Browser, addresses: dict[str, str]) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(addresses["club"] + "/figures")
    boxes = [year.bounding_box() for year in page.locator(".axis text").all()]
    assert len(boxes) > 2
    assert all(box is not None and box["x"] + box["width"] <= 360 for box in boxes)
    page.close()


def test_a_bar_begins_beside_its_name(browser: Browser, addresses: dict[str, str]) -> None:
    """However many lines the name has, and the next name is told from it."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(addresses["centuries"])
    tops = page.evaluate(
        """() => [...document.querySelectorAll(".members li")].map((row) =>
          [...row.children].map((part) => part.getBoundingClientRect().top))"""
    )
    assert len(tops) > 10
    assert {len({*row}) for row in tops} == {1}
    page.close()


@pytest.mark.long
@pytest.mark.parametrize(
    ("world", "path"), [(world, path) for world, paths in PATHS.items() for path in paths]
)
def test_every_width_in_both_themes(
    browser: Browser, addresses: dict[str, str], world: str, path: str
) -> None:
    schemes: tuple[Scheme, Scheme] = ("light", "dark")
    looks = [(width, scheme) for width in (1280, 800, 360) for scheme in schemes]
    look(browser, addresses[world], path, looks)


def look(browser: Browser, address: str, path: str, looks: list[tuple[int, Scheme]]) -> None:
    context = browser.new_context()
    watched = WatchedPage(context.new_page(), address)
    page = watched.open(path)
    for width, scheme in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, (width, scheme)
        assert accessibility_violations(page) == [], (width, scheme)
    assert page.evaluate(SMALL_TARGETS) == []
    context.close()
    assert watched.wrong == []


SMALL_TARGETS = """() => {
  const middle = (at) => {
    const { left, top, width, height } = at.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const marks = [...document.querySelectorAll(".mark .reach")];
  return marks.filter((mark, number) => {
    const [x, y] = middle(mark);
    return marks.slice(0, number).some((other) => {
      const [left, top] = middle(other);
      return Math.abs(left - x) < 23.9 && Math.abs(top - y) < 23.9;
    });
  }).map((mark) => mark.closest("a").getAttribute("aria-label"));
}"""
"""Marks that are nearer to one another than what a finger hits."""
