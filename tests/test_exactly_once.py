"""A subscription tells the later changes of the types that are asked for: all, once, in order.

For every place in the feed where it may begin, whatever is written before it begins and after; in
the process, on both engines, and by each real transport.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.http import GraphQLRequestData

from kb import database
from kb.commit.feed import begin_stream
from kb.query import subscription
from kb.server.served_schema import served_schema
from kb.server.subscriptions import Results, answers
from tests.support.curated import Curator, curator
from tests.support.databases import Database
from tests.support.seed_texts import write_seed_texts

SUBSCRIPTION = """subscription ($after: String, $types: [RecordType!]) {
  heard: changes(after: $after, types: $types) { revision type cursor }
}"""
_CURSORS = """query ($after: String) {
  changes(after: $after, first: 1000) { nodes { revision type cursor } }
}"""
WRITES = {
    "STATE": ("State", {"code": "UZ"}),
    "OFFICIAL": ("Official", {"slug": "nikolai-bordyuzha"}),
    "ORGANISATION": ("Organisation", {"slug": "csto"}),
}
_NUMBERS = count(1)
Told = dict[str, object]


def record_change(by: Curator, record_type: str) -> None:
    """One change, of one record of that type."""
    name, record = WRITES[record_type]
    answer = by.record(name, **record, aliases=[f"Alias {next(_NUMBERS)}"])
    assert answer["__typename"] == f"Record{name}Payload", answer


@dataclass
class Listener:
    """A subscription in the process; the loop runs while it is asked."""

    database: Database
    results: Results
    waiting: asyncio.Task[Told] | None = None

    def hear(self) -> Told:
        """The next event, or the errors that end it all."""
        waiting = self.waiting or self._next()
        self.waiting = None
        return self.database.loop.run(asyncio.wait_for(waiting, 10))

    def nothing(self) -> None:
        """Makes sure that it waits: what it read first is nothing."""
        self.waiting = self.database.loop.get_loop().create_task(self._next())
        self.database.loop.run(asyncio.sleep(0.05))
        assert not self.waiting.done()

    async def _next(self) -> Told:
        async for result in self.results:
            if result is not None:
                if result.errors:
                    return {"errors": [error.formatted for error in result.errors]}
                assert result.data is not None
                heard: Told = result.data["heard"]
                return heard
        return {"ended": True}


@contextmanager
def open_listener(to: Database, after: str | None, types: list[str] | None) -> Iterator[Listener]:
    request = GraphQLRequestData(SUBSCRIPTION, {"after": after, "types": types}, None, None)
    results = answers(served_schema(), request, to.context)
    stack = AsyncExitStack()
    to.loop.run(stack.enter_async_context(to.context.news.running()))
    try:
        yield Listener(to, results)
    finally:
        to.loop.run(results.aclose())
        to.loop.run(stack.aclose())


def test_who_has_left_has_no_place(csto: Database) -> None:
    with open_listener(csto, None, None) as listener:
        assert csto.context.seats.taken.total() == 0
        listener.hear()
        assert csto.context.seats.taken.total() == 1
    assert csto.context.seats.taken.total() == 0


def read_changes(of: Database) -> list[Told]:
    """All of them, with their cursors, in the feed's own order."""
    nodes: list[Told] = []
    after = None
    while True:
        page = of.ask(_CURSORS, after=after)["changes"]
        assert isinstance(page, dict)
        if not page["nodes"]:
            return nodes
        nodes += page["nodes"]
        after = page["nodes"][-1]["cursor"]


def head_cursor(of: Database) -> str:
    feed = of.ask("{ feed { headCursor } }")["feed"]
    assert isinstance(feed, dict)
    return str(feed["headCursor"])


@dataclass(frozen=True)
class Case:
    """Where in the feed it begins, of what types, and what is written meanwhile.

    `before` is written between the cursor and the beginning, `after` when a part has been heard.
    """

    place: float | None
    types: list[str] | None
    before: list[str]
    after: list[str]
    part: float = 1.0


def check_case(of: Database, by: Curator, case: Case) -> None:
    feed = read_changes(of)
    begin = 0 if case.place is None else round(case.place * len(feed))
    cursor = str(feed[begin - 1]["cursor"]) if begin else None
    if begin == len(feed):
        assert cursor == head_cursor(of)
    for record_type in case.before:
        record_change(by, record_type)
    wanted = {*WRITES, "SUMMIT"} if case.types is None else {*case.types}

    def expected() -> list[Told]:
        later = read_changes(of)[begin:]
        return [change for change in later if case.types is None or change["type"] in wanted]

    with open_listener(of, cursor, case.types) as listener:
        heard = [listener.hear() for _ in range(round(case.part * len(expected())))]
        # Whatever stands between what is expected and the last write came twice, or too soon.
        for record_type in [*case.after, *sorted(wanted & {*WRITES})]:
            record_change(by, record_type)
        heard += [listener.hear() for _ in expected()[len(heard) :]]
    assert heard == expected()


CASES = {
    "at the head": Case(1.0, None, [], ["STATE"]),
    "at the head, of a type": Case(1.0, ["STATE"], [], ["OFFICIAL", "OFFICIAL", "STATE"]),
    "others first": Case(1.0, ["STATE"], ["OFFICIAL"], ["OFFICIAL"]),
    "within a commit": Case(0.98, ["TERM", "OFFICIAL"], ["STATE"], ["ORGANISATION"], 0.5),
    "from the start, few": Case(None, ["ORGANISATION"], [], ["STATE"], 0.0),
    "none that is written": Case(0.9, ["SUMMIT"], ["STATE"], ["STATE"]),
}


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are many seams between them."""
    monkeypatch.setattr(subscription, "BATCH_SIZE", 9)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_exactly_the_later_changes(filled: Database, case: Case) -> None:
    check_case(filled, curator(filled), case)


@pytest.mark.long
@pytest.mark.usefixtures("small_batches")
def test_exactly_the_later_changes_of_any(filled: Database) -> None:
    by = curator(filled)

    @settings(max_examples=30)
    @given(
        st.builds(
            Case,
            st.none() | st.floats(0, 1) | st.just(1.0),
            st.none() | st.sets(st.sampled_from([*WRITES, "SUMMIT", "PUBLICATION"])).map(sorted),
            st.lists(st.sampled_from([*WRITES]), max_size=3),
            st.lists(st.sampled_from([*WRITES]), max_size=3),
            st.floats(0, 1),
        )
    )
    def examine(case: Case) -> None:
        check_case(filled, by, case)

    examine()


def test_all_of_a_long_feed(csto: Database) -> None:
    """In batches as they are."""
    expected = read_changes(csto)
    with open_listener(csto, None, None) as listener:
        assert [listener.hear() for _ in expected] == expected


@pytest.mark.parametrize("types", [None, ["STATE"]])
def test_a_feed_that_is_empty_yet(empty: Database, tmp_path: Path, types: list[str] | None) -> None:
    with (
        open_listener(empty, None, types) as from_the_start,
        open_listener(empty, head_cursor(empty), types) as from_the_head,
    ):
        for listener in (from_the_start, from_the_head):
            listener.nothing()
        empty.load(write_seed_texts(tmp_path))
        expected = [change for change in read_changes(empty) if types in (None, [change["type"]])]
        for listener in (from_the_start, from_the_head):
            assert [listener.hear() for _ in expected] == expected


def test_a_stream_that_has_just_begun(filled: Database) -> None:
    with database.write_transaction(filled.engine) as connection:
        begin_stream(connection)
    with open_listener(filled, head_cursor(filled), ["STATE"]) as listener:
        listener.nothing()
        record_change(curator(filled), "STATE")
        assert listener.hear()["type"] == "STATE"


def error_code(told: Told) -> object:
    errors = told["errors"]
    assert isinstance(errors, list)
    (error,) = errors
    assert error["path"] == ["heard"]
    return error["extensions"]["code"]


@pytest.mark.usefixtures("small_batches")
def test_changes_dropped_under_a_listener_are_not_skipped(filled: Database) -> None:
    by = curator(filled)
    with open_listener(filled, None, None) as listener:
        assert listener.hear()["revision"] == "1"
        filled.context.writer.kept = 1
        record_change(by, "STATE")
        # What had been read is still told.
        assert [listener.hear()["revision"] for _ in range(8)] == [str(n) for n in range(2, 10)]
        assert error_code(listener.hear()) == "CURSOR_EXPIRED"
        assert listener.hear() == {"ended": True}
    with open_listener(filled, head_cursor(filled), None) as listener:
        record_change(by, "STATE")
        assert listener.hear()["type"] == "STATE"


def test_another_history_under_a_listener_ends_it(filled: Database) -> None:
    with open_listener(filled, head_cursor(filled), ["STATE"]) as listener:
        record_change(curator(filled), "STATE")
        assert listener.hear()["type"] == "STATE"
        filled.run("update head set stream = 'another'")
        assert error_code(listener.hear()) == "CURSOR_FORKED"
        assert listener.hear() == {"ended": True}
