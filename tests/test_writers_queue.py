"""Who may not write waits for no writer, and who may waits no longer than it is told."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kb import database
from kb.server import mutations
from kb.server.served_schema import served_schema
from tests.support.curated import ADA, as_bearer, curator, mutation_text, token
from tests.support.databases import Database

RECORD = mutation_text("recordOfficial", "revision")


@contextmanager
def writing(of: Database) -> Iterator[None]:
    """Another process writes, and goes on writing."""
    other = database.open_engine(of.settings)
    try:
        with database.write_transaction(other):
            yield
    finally:
        other.dispose()


def record_at_once(of: Database, times: int) -> tuple[list[object], float]:
    """The code of each answer's error, and how long all of them took."""

    async def record() -> object:
        result = await served_schema().execute(
            RECORD, variable_values={"input": ADA}, context_value=of.context
        )
        return [(error.extensions or {}).get("code") for error in result.errors or ()]

    async def record_all() -> list[object]:
        return await asyncio.gather(*(record() for _ in range(times)))

    begun = time.monotonic()
    return of.loop.run(record_all()), time.monotonic() - begun


@pytest.mark.parametrize("sent", [None, "kb_unknown_token"])
def test_without_a_token_it_is_forbidden_at_once(empty: Database, sent: str | None) -> None:
    with writing(empty):
        begun = time.monotonic()
        answer = as_bearer(empty, sent).ask(RECORD, input=ADA)["done"]
        assert time.monotonic() - begun < 2
    assert isinstance(answer, dict)
    assert answer["__typename"] == "Forbidden"


def test_all_wait_from_their_arrival(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not from when it is their turn."""
    monkeypatch.setattr(mutations, "PATIENCE", 0.5)
    bearer = as_bearer(empty, token(empty))
    with writing(empty):
        codes, seconds = record_at_once(bearer, 6)
    # Whoever had a turn waited for the other writer, and no longer.
    assert {str(code) for code in codes} == {"['OVERLOADED']", "['UNAVAILABLE']"}
    assert seconds < 3
    assert empty.rows("select count(*) from official") == [(0,)]


def test_only_so_many_wait(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "PATIENCE", 0.5)
    monkeypatch.setattr(mutations, "MOST_WAITING", 2)
    bearer = as_bearer(empty, token(empty))
    with writing(empty):
        codes, _ = record_at_once(bearer, 5)
    assert codes[2:] == [["OVERLOADED"]] * 3
    assert curator(empty).record("Official", **ADA)["__typename"] == "Invalid"
