"""A real browser without a screen, which reaches nothing but the service.

In: nothing. Out: headless Chromium, that of the machine, or a reason to skip.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium here; `make test` could not install Debian's")
    # Two cores that run all other tests beside it are slow now and then.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS])
        yield browser
        browser.close()


def accessibility_violations(page: Page) -> list[str]:
    """What axe-core finds that keeps people out: serious or worse.

    It describes nothing else, and makes no selectors, which takes as long as to look.
    """
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    violations: list[str] = page.evaluate(
        """async () => (await axe.run({ resultTypes: ["violations"], selectors: false })).violations
          .filter((one) => ["serious", "critical"].includes(one.impact))
          .map((one) => `${one.id}: ${one.nodes[0].html}`)"""
    )
    return violations


@dataclass
class WatchedPage:
    """A page, and all that went wrong on it: messages, failures, requests to other hosts."""

    page: Page
    address: str
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", lambda request: self._check(request.url))

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def _note(self, level: str, text: str) -> None:
        # What breaks the policy of a page is told as an error too.
        if level in ("error", "warning"):
            self.wrong.append(text)

    def _failed(self, request: Request) -> None:
        # Whoever leaves a page breaks off what it still loads.
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{request.url}: {request.failure}")

    def _check(self, url: str) -> None:
        parts, service = urlsplit(url), urlsplit(self.address)
        if parts.scheme not in ("data", "blob") and parts.netloc != service.netloc:
            self.wrong.append(f"asked {url}")
