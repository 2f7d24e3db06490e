"""Clients that we did not write, in pages of other origins, in a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browsers import chromium
from tests.support.command import run, serving
from tests.support.node import BIN, run_node_program
from tests.support.page_server import serving_pages
from tests.support.service import free_port

ANSWERS = {
    "apollo": "Uzbekistan",
    "urql": "Uzbekistan",
    "urql by GET": "Uzbekistan",
    "graphql-ws": "{'data': {'changes': {'revision': '1'}}}",
    "graphql-sse": "{'data': {'changes': {'revision': '1'}}}",
}


@pytest.fixture(scope="module")
def bundled(compiled: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page and its script."""
    folder = tmp_path_factory.mktemp("elsewhere")
    script = folder / "elsewhere.js"
    run_node_program(
        compiled, BIN / "esbuild", "out/src/elsewhere.js", "--bundle", f"--outfile={script}"
    )
    page = "<!doctype html><title>Elsewhere</title><script src=elsewhere.js></script>"
    (folder / "index.html").write_text(page, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Elsewhere:
    """A service with a token, and pages of an origin that it lists and of one that may read."""

    address: str
    token: str
    pages: dict[str, Page]

    def ask(self, name: str, way: str) -> object:
        given = [way, self.address, self.token]
        return self.pages[name].evaluate("(given) => ask(...given)", given)


@pytest.fixture(scope="module")
def elsewhere(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    folder = tmp_path_factory.mktemp("served")
    with serving_pages(bundled) as port, chromium() as browser:
        listed = f"http://127.0.0.1:{port}"
        with serving(folder, free_port(), KB_CORS_ORIGINS=f"{listed} *") as (address, _):
            token = run(folder, "token", "create", "ada").stdout.strip()
            pages = {"listed": browser.new_page(), "reader": browser.new_page()}
            pages["listed"].goto(listed)
            pages["reader"].goto(f"http://other.localhost:{port}")
            yield Elsewhere(address, token, pages)


@pytest.mark.parametrize("name", ["listed", "reader"])
@pytest.mark.parametrize(("way", "answer"), ANSWERS.items())
def test_clients_have_their_answers(elsewhere: Elsewhere, name: str, way: str, answer: str) -> None:
    assert str(elsewhere.ask(name, way)) == answer


@pytest.mark.parametrize("name", ["listed", "reader"])
def test_a_table_is_read_as_csv(elsewhere: Elsewhere, name: str) -> None:
    assert "Uzbekistan" in str(elsewhere.ask(name, "csv"))


def test_a_token_goes_with_a_listed_origin_alone(elsewhere: Elsewhere) -> None:
    assert elsewhere.ask("listed", "with a token") == "Uzbekistan"
    assert elsewhere.ask("reader", "with a token") is None


def test_so_does_one_in_the_first_message_of_a_websocket(elsewhere: Elsewhere) -> None:
    way = "graphql-ws with a token"
    assert elsewhere.ask("listed", way) == {"data": {"textShown": True}}
    assert elsewhere.ask("reader", way) is None
