"""Twin databases: the same records, and texts of articles that have no word in common.

In: a place for databases, and settings of one that is loaded. Out: clients of both, each with texts
withheld from whoever has no token. What that one gets must be the same of either, byte for byte.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Audience, Settings
from tests.support.curated import ADA, curator, expect_payload, token
from tests.support.databases import Database, Place, open_database

QUOTED = "Quartzite words that both have"
"""A passage that a citation quotes: its place and hash are the curator's, the words are not."""
WORDS = re.compile(r"quartzite|zq(?:a+|b+)\d+", re.IGNORECASE)
_NAMED = ("Kazakhstan and the CSTO", "Nikolai Bordyuzha of Russia; Armenia, Armenia")


@dataclass(frozen=True)
class Twin:
    """One of the two, with the token of a reader."""

    database: Database
    client: TestClient
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def open_twins(place: Place, loaded: Settings, **more: object) -> Iterator[tuple[Twin, Twin]]:
    """The first has the shorter texts, and names others."""
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(_open_twin(place, loaded, number, more)) for number in (0, 1)
        )
        yield first, second


@contextmanager
def _open_twin(
    place: Place, loaded: Settings, number: int, more: dict[str, object]
) -> Iterator[Twin]:
    settings = place.create(loaded).model_copy(update={"text": Audience.TOKEN, **more})
    with open_database(settings) as database:
        _write_texts(database, number)
        made = token(database)
        # Moments differ, whatever is stored.
        database.run("update change set at = '2026-01-01T00:00:00.000000Z'")
        app, headers = create_app(settings), {"X-Request-Id": "the-same"}
        with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
            yield Twin(database, client, made)


def _write_texts(database: Database, number: int) -> None:
    writer = curator(database)
    keys = [str(key) for (key,) in database.rows("select key from article order by key")]
    for place, key in enumerate(keys):
        expect_payload(writer.record("Article", slug=key, paragraphs=_text(number, place)))
    quoting = {"key": "ada-quoted", "article": keys[0], "quote": QUOTED, "claim": "It names her."}
    expect_payload(writer.record("Official", **ADA | {"citations": [quoting]}))


def _text(number: int, place: int) -> list[str]:
    """Words of its own in each paragraph, as many as the number and the place make them."""
    sign, longer = "ab"[number], 1 + 3 * number
    own = [
        " ".join(
            f"zq{sign * (1 + word % 3)}{place * 1000 + line * 100 + word}" for word in range(n)
        )
        for line, n in enumerate([5 * longer, 30, 7][: 1 + longer])
    ]
    return [f"{QUOTED}.", f"{_NAMED[number]} {own[0]}.", *own[1:]]


def words_told(text: str) -> set[str]:
    """Words of texts, also of their beginnings."""
    return {word.lower() for word in WORDS.findall(text)}
