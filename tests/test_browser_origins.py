"""Pages of other origins in a real browser, which has the last word on who may read what."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsers import chromium
from tests.support.command import serving
from tests.support.documentation import blocks_in
from tests.support.page_server import serving_pages
from tests.support.service import free_port

pytestmark = pytest.mark.long

WAYS = {
    "GET": "(await fetch(graphql + query)).json()",
    "POST": "(await fetch(graphql, { method: 'POST', headers: json, body })).json()",
    "with a token": """(await fetch(graphql, {
      method: 'POST', headers: { ...json, Authorization: 'Bearer none' }, body })).status > 0""",
    "headers": """(await fetch(graphql + query)).headers.get('ETag').length > 0
      && (await fetch(graphql + query)).headers.get('X-KB-Revision')""",
    "what was wrong": "(await fetch(graphql + '?query={nothing}')).json()",
    "what is not there": "(await fetch(address + '/nowhere')).status",
    "CSV": "(await fetch(address + '/export/states.csv')).text()",
    "page": "(await fetch(address + '/states/UZ')).text()",
    "SSE": """new Promise((resolve, reject) => {
      const events = new EventSource(graphql + feed);
      const ended = (settle) => (event) => { events.close(); settle(event.data); };
      events.addEventListener('next', ended(resolve));
      events.onerror = ended(reject);
    })""",
    "WebSocket": """new Promise((resolve, reject) => {
      const payload = { query: subscribe };
      const socket = new WebSocket(graphql.replace('http', 'ws'), 'graphql-transport-ws');
      socket.onopen = () => socket.send('{"type":"connection_init"}');
      socket.onmessage = ({ data }) => {
        if (JSON.parse(data).type === 'connection_ack')
          socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload }));
        else socket.close(resolve(data));
      };
      socket.onerror = reject;
    })""",
}
"""What a page tries, as expressions; each fails where the browser keeps the answer from it."""
PREPARED = """async (address) => {
  const graphql = `${address}/graphql`, json = { 'Content-Type': 'application/json' };
  const query = '?query={revision}', body = '{"query":"{ revision }"}';
  const subscribe = 'subscription { changes { revision } }';
  const feed = `?query=${encodeURIComponent(subscribe)}`;
  try { return await (%s); } catch { return null; }
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("served"), free_port()) as (address, _):
        yield address


@pytest.fixture(scope="module")
def pages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Page]]:
    """One of the same machine and one of another site, by what their origins say."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "index.html").write_text("<!doctype html><title>Elsewhere</title>", encoding="utf-8")
    with serving_pages(folder) as port, ExitStack() as stack:
        opened = {}
        for name, host in (("machine", "127.0.0.1"), ("stranger", "other.localhost")):
            page = stack.enter_context(browser.new_context()).new_page()
            page.goto(f"http://{host}:{port}/")
            opened[name] = page
        yield opened


def tried(page: Page, address: str, way: str) -> object:
    return page.evaluate(PREPARED % WAYS[way], address)


@pytest.mark.parametrize("way", WAYS)
def test_a_page_of_the_same_machine_may(pages: dict[str, Page], address: str, way: str) -> None:
    assert tried(pages["machine"], address, way) not in (None, False)


@pytest.mark.parametrize("way", WAYS)
def test_a_page_of_another_site_may_not(pages: dict[str, Page], address: str, way: str) -> None:
    assert tried(pages["stranger"], address, way) is None


def test_what_is_read_is_what_is_there(pages: dict[str, Page], address: str) -> None:
    page = pages["machine"]
    assert tried(page, address, "GET") == tried(page, address, "POST")
    assert "UZ" in str(tried(page, address, "CSV"))
    assert '"revision":"1"' in str(tried(page, address, "SSE")).replace(" ", "")


def test_the_example_of_the_readme(pages: dict[str, Page], address: str) -> None:
    (example,) = blocks_in("README.md", "js")
    with pages["machine"].expect_console_message() as told:
        pages["machine"].evaluate(
            f"async () => {{ {example.replace('http://127.0.0.1:8000', address)} }}"
        )
    assert told.value.text.startswith("Uzbekistan ")
    assert told.value.text.split()[1].isdigit()
