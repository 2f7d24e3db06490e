"""Pages as known on a day leak nothing: no word of a later article stands in HTML, CSV or JSON.

Nor does what later articles say change them: of archives that begin alike they are the same.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from random import Random

import httpx2
import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.web import presentation
from kb.web.record_lists import record_lists
from kb.web.reference_files import REFERENCE_FORMS
from tests.support.canary_databases import open_archive
from tests.support.databases import Place
from tests.support.leaks import Leak, page_leaks
from tests.support.pages import PAGE
from tests.worlds.canaries import ARTICLES, CanaryArchive, make_canary_archive

pytestmark = [pytest.mark.slow, pytest.mark.sweep]

PAGES_OF_A_DAY, COMPARED_OF_A_DAY = 20, 10
SAME_UNTIL = 4
FORMS = ("csv", "json")
AXIS = re.compile(
    r'<text [^>]*>(?:\d+ )?(?:[A-Z][a-z]{2} )?\d+</text>|data-(?:first|last)="[^"]*"'
    r'|placeholder="\d+"|rel="nofollow" href="[^"]*"(?:><span class="group">\d+</span>)?'
)
"""What pictures say of their width: round years, days with a margin, and parts of these; and groups
by year, which are of all years between those that are known.
"""
YEAR = re.compile(r"\b\d{4}\b")
"""Figures have all years from the first to the last that is known."""


@pytest.fixture(scope="module")
def archives() -> list[CanaryArchive]:
    """The second differs from some article on."""
    later = ARTICLES - SAME_UNTIL
    return [make_canary_archive([0] * SAME_UNTIL + [seed] * later) for seed in (0, 1)]


@pytest.fixture(scope="module")
def clients(
    place: Place,
    migrated: Settings,
    archives: list[CanaryArchive],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[TestClient]]:
    folder = tmp_path_factory.mktemp("canaries")
    settings = []
    for number, archive in enumerate(archives):
        with open_archive(place, migrated, folder / f"{number}", archive) as reader:
            settings.append(reader.database.settings)
    with ExitStack() as stack:
        yield [stack.enter_context(TestClient(create_app(each), headers=PAGE)) for each in settings]


def addresses(archive: CanaryArchive, random: Random, count: int) -> list[str]:
    """The home page, searches and lists, and some records with some of their tables."""
    records = [f"/{file}/{key}" for file, of_file in archive.documents.items() for key in of_file]
    chosen = random.sample(records, count)
    tables = [
        f"{address}/{name}.{random.choice(FORMS)}"
        for address in chosen
        for name in random.sample([*presentation.TABLES], 2)
    ]
    tables += [
        f"{address}.{random.choice([*REFERENCE_FORMS])}"
        for address in chosen
        if address.startswith("/articles/")
    ]
    tables += [f"{address}.jsonld" for address in chosen]
    tables += [f"{address}/picture.{random.choice(('svg', *FORMS))}" for address in chosen]
    tables += [
        f"/citations/{key}{random.choice(('', '.jsonld', '.csl.json'))}"
        for key in random.sample(citation_keys(archive), count // 4)
    ]
    name = random.choice([*record_lists()])
    lists = [f"/{name}", f"/{name}.{random.choice(FORMS)}", "/events?q=says"]
    figure = random.choice(("summits", "events", "memberships", "terms"))
    figures = ["/figures", f"/figures/{figure}.{random.choice(('svg', *FORMS))}"]
    return ["/", "/search?q=says", "/search?q=the+zinc", *lists, *figures, *chosen, *tables]


def citation_keys(archive: CanaryArchive) -> list[str]:
    keys: list[str] = []
    for of_file in archive.documents.values():
        for document in of_file.values():
            cited = document.get("citations")
            keys += cited if isinstance(cited, dict) else ()
    return keys


def get_as_known(client: TestClient, address: str, day: date) -> httpx2.Response:
    mark = "&" if "?" in address else "?"
    response = client.get(f"{address}{mark}known={day}")
    assert response.status_code in (200, 404), (address, day, response.text)
    return response


def leaks_at(client: TestClient, archive: CanaryArchive, address: str, day: date) -> list[Leak]:
    """Of the page as known on a day; that of what is not there repeats its address."""
    response = get_as_known(client, address, day)
    repeated = address if response.status_code == 404 else ""
    told = AXIS.sub("", response.text)
    if address.startswith("/figures"):
        told = YEAR.sub("", told)
    return [*page_leaks(archive, told, day, repeated)]


def test_no_word_of_a_later_article_stands_on_a_page(
    clients: list[TestClient], archives: list[CanaryArchive]
) -> None:
    random = Random(0)
    for day in sorted({*archives[0].days}):
        for address in addresses(archives[0], random, PAGES_OF_A_DAY):
            assert leaks_at(clients[0], archives[0], address, day) == [], (address, day)


def test_later_articles_change_no_earlier_page(
    clients: list[TestClient], archives: list[CanaryArchive]
) -> None:
    random, days = Random(0), archives[0].days
    for day in (day for day in days if day < days[SAME_UNTIL]):
        for address in addresses(archives[0], random, COMPARED_OF_A_DAY):
            texts = [get_as_known(client, address, day).text for client in clients]
            assert texts[0] == texts[1], (address, day)


def test_pages_as_known_later_are_told_as_leaks(
    clients: list[TestClient], archives: list[CanaryArchive]
) -> None:
    """What finds leaks finds them on the home page and on those of articles."""
    first, last = archives[0].days[0], archives[0].days[-1]
    for address in ("/", *(f"/articles/{key}" for key in archives[0].documents["articles"])):
        text = get_as_known(clients[0], address, last).text
        assert [*page_leaks(archives[0], text, first)], address
