"""The first opening of the explorer, in a real browser: what it moves, and what stands first."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browsers import chromium
from tests.support.command import serving
from tests.support.cutting import CutConnection, cut_connection
from tests.support.service import free_port

pytestmark = pytest.mark.slow

MOST = 1_200_000
"""Bytes that the first opening may move."""
PAINTED = """new Promise((resolve) => new PerformanceObserver((list) => {
  if (list.getEntriesByName("first-contentful-paint").length) resolve();
}).observe({ type: "paint", buffered: true }))"""
"""Done once the page has painted something."""
ENOUGH = 10**9


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with serving(tmp_path_factory.mktemp("served"), port):
        yield port


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def open_explorer(page: Page, way: CutConnection) -> int:
    """Until its query is answered, its editor knows the schema, and all is still; bytes so far."""
    page.goto(f"{way.address}/graphql")
    page.get_by_role("button", name="Execute query").click()
    expect(page.locator(".graphiql-response")).to_contain_text("CERTAIN")
    expect(page.get_by_role("status")).to_have_count(0)
    left = 0
    while left != way.left:
        left = way.left
        page.wait_for_timeout(500)
    return ENOUGH - left


def test_the_first_opening_moves_little_and_the_next_hardly_anything(
    browser: Browser, port: int
) -> None:
    context = browser.new_context()
    with cut_connection(f"http://127.0.0.1:{port}", ENOUGH) as way:
        first = open_explorer(context.new_page(), way)
        assert 0 < first < MOST
        assert open_explorer(context.new_page(), way) - first < MOST / 20
    context.close()


def test_a_frame_stands_before_the_scripts_are_there(browser: Browser, port: int) -> None:
    """With the query that was asked: scripts and GraphiQL's styles are not there yet."""
    page = browser.new_page()
    held: list[Route] = []
    page.route("**/assets/graphiql*", lambda route: held.append(route))
    page.goto(f"http://127.0.0.1:{port}/graphql?query=query+Mine+{{revision}}", wait_until="commit")
    expect(page.get_by_role("textbox", name="Query")).to_have_value("query Mine {revision}")
    expect(page.get_by_role("status")).to_contain_text("Loading")
    # The page's policy lets no text be run as a script there, which `wait_for_function` would do.
    page.evaluate(PAINTED)
    assert len(held) == 2
    for route in held:
        route.continue_()
    expect(page.locator(".graphiql-query-editor")).to_contain_text("Mine")
    page.close()
