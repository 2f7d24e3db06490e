"""docs/operating.md: its configurations, by the programs that they are for."""

import json
import ssl
import subprocess
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from kb.config import Settings
from tests.support.browsers import WatchedPage, chromium
from tests.support.command import KB, serving
from tests.support.documentation import blocks_in
from tests.support.pages import PAGE
from tests.support.proxies import make_certificate, nginx_command, program, running
from tests.support.service import free_port

PAGE_NAME = "docs/operating.md"
FEED = "subscription { changes { revision } }"


def block(language: str, path: str) -> str:
    """The file of that path, as the page shows it."""
    (text,) = (text for text in blocks_in(PAGE_NAME, language) if text.startswith(f"# {path}\n"))
    return text


def environment_file() -> dict[str, str]:
    lines = block("ini", "/etc/kb.env").splitlines()[1:]
    return dict(line.split("=", 1) for line in lines)


def test_the_settings_are_settings() -> None:
    given = {name.removeprefix("KB_").lower(): value for name, value in environment_file().items()}
    settings = Settings.model_validate(given)
    assert settings.public_path == "/kb"
    assert not settings.shows_text


@pytest.mark.long
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "kb.service"
    text = block("ini", "/etc/systemd/system/kb.service").replace("/opt/kb/bin/kb", str(KB))
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [program("systemd-analyze"), "verify", unit], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def nginx_text(folder: Path, port: int, service: int) -> str:
    """With ports and certificates of the test."""
    text = block("nginx", "/etc/nginx/conf.d/kb.conf")
    return (
        text.replace("/etc/letsencrypt/live/example.org", str(folder))
        .replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        .replace("    listen [::]:443 ssl http2;\n", "")
        .replace("    listen [::]:80;\n", "")
        .replace("127.0.0.1:8000", f"127.0.0.1:{service}")
        .replace("server_name example.org", "server_name localhost")
    )


def caddy_text(port: int, service: int) -> str:
    """With a certificate of its own making, which is put into no store."""
    text = block("caddy", "/etc/caddy/Caddyfile")
    site = text.replace("example.org {", f"https://localhost:{port} {{\n\ttls internal")
    options = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"
    return options + site.replace("127.0.0.1:8000", f"127.0.0.1:{service}")


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The service at a path of a host, as a proxy shows it over TLS."""
    folder, port, service = tmp_path_factory.mktemp("proxy"), free_port(), free_port()
    if request.param == "nginx":
        make_certificate(folder)
        command = nginx_command(folder, nginx_text(folder, port, service))
        tested = [*command, "-t"]
    else:
        (folder / "Caddyfile").write_text(caddy_text(port, service), encoding="utf-8")
        options = ["--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        command, tested = ([program("caddy"), name, *options] for name in ("run", "validate"))
    subprocess.run(tested, check=True, capture_output=True, env={"HOME": str(folder)})
    public = f"https://localhost:{port}/kb"
    settings = environment_file() | {"KB_PUBLIC_URL": f"{public}/"}
    with (
        serving(tmp_path_factory.mktemp("served"), service, **settings),
        running(command, port, HOME=str(folder)),
    ):
        yield public


@pytest.fixture
def watched_page(address: str) -> Iterator[WatchedPage]:
    with chromium() as browser:
        context = browser.new_context(ignore_https_errors=True)
        context.set_default_timeout(20_000)
        watched = WatchedPage(context.new_page(), address)
        yield watched
        context.close()
        assert watched.wrong == []


@pytest.mark.long
def test_pages_lead_from_one_to_another(watched_page: WatchedPage) -> None:
    page = watched_page.open("/")
    page.locator("#q").fill("uzbek")
    page.locator("#found a").first.click()
    page.wait_for_url(f"{watched_page.address}/**")
    assert page.locator("h1").inner_text() == "Uzbekistan"
    canonical = page.locator("link[rel=canonical]").get_attribute("href")
    assert canonical == f"{watched_page.address}/states/UZ"
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    assert download.value.url.startswith(f"{watched_page.address}/states/UZ/")
    page.goto(f"{watched_page.address}/")
    page.locator("#slider").fill("3000")
    page.wait_for_url("**/kb/?on=*")


@pytest.mark.long
def test_the_explorer_asks_and_subscribes(watched_page: WatchedPage) -> None:
    page = watched_page.open("/graphql?" + urlencode({"query": FEED}))
    with page.expect_websocket() as socket:
        page.get_by_role("button", name="Execute query").click()
    assert socket.value.url == watched_page.address.replace("https", "wss") + "/graphql"
    expect(page.locator(".graphiql-response")).to_contain_text("revision")
    page.get_by_role("button", name="Stop query").click()
    page.goto(watched_page.address + "/graphql?" + urlencode({"query": "{ revision }"}))
    page.get_by_role("button", name="Execute query").click()
    expect(page.locator(".graphiql-response")).to_contain_text('"revision": "')


@pytest.mark.long
def test_events_come_as_they_happen(watched_page: WatchedPage) -> None:
    page = watched_page.open("/")
    told = page.evaluate(
        """(address) => new Promise((resolve, reject) => {
          const events = new EventSource(address);
          events.addEventListener("next", ({ data }) => { events.close(); resolve(data); });
          events.onerror = reject;
        })""",
        f"{watched_page.address}/graphql?{urlencode({'query': FEED})}",
    )
    assert json.loads(told)["data"]["changes"]["revision"] == "1"


@pytest.mark.long
def test_what_is_no_page_lives_there_too(address: str) -> None:
    host = address.removeprefix("https://").removesuffix("/kb")
    connection = HTTPSConnection(host, context=ssl._create_unverified_context(), timeout=20)

    def get(path: str) -> tuple[int, str | None, str]:
        connection.request("GET", path, headers=PAGE)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location"), answer.read().decode()

    assert get("/kb/export/states.csv")[2].count("\n") > 5
    assert get("/kb/states/uz")[:2] == (308, "/kb/states/UZ")
    status, location, _ = get("/kb")
    assert status in (301, 302)
    assert location in ("/kb/", f"{address}/")
    query = urlencode({"query": "{ revision } #" + "a" * 20_000})
    assert get(f"/kb/graphql?{query}")[0] == 200
    connection.close()
