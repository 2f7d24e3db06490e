"""Many curators at once: whoever polls or listens meanwhile sees each change once, in order."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from kb.config import Settings
from tests.chaos import writer
from tests.chaos.commands import at_free_port, run_server
from tests.chaos.copies import FeedCopy
from tests.chaos.curated import CuratedDatabase, count_accepted, prepare_curated
from tests.chaos.figures import Chaos
from tests.chaos.past import prove_past
from tests.chaos.writer import CITATIONS, official
from tests.support.databases import Place, SqlitePlace, open_database
from tests.support.followers import change_of, follow_by_events, follow_by_socket

WRITERS = 32
SHORT, LONG = 1, 20
"""Mutations of each."""
PATIENCE = 60
"""Seconds without a change, after which none is to come."""
PAGE = """query ($after: String, $first: Int) {
  changes(after: $after, first: $first) { nodes { revision } pageInfo { endCursor } } }"""
STREAM = "subscription { changes { revision } }"
Watcher = Callable[[str, CuratedDatabase], Iterator[int]]


def poll(server: str, service: CuratedDatabase) -> Iterator[int]:
    """A few changes at a time, as often as the server answers."""
    after, end = None, time.monotonic() + PATIENCE
    while time.monotonic() < end:
        body: dict[str, object] = {"query": PAGE, "variables": {"after": after, "first": 7}}
        changes = writer.post(server, service.token, body)["data"]["changes"]
        if changes["nodes"]:
            end = time.monotonic() + PATIENCE
        yield from (int(change["revision"]) for change in changes["nodes"])
        after = changes["pageInfo"]["endCursor"] or after


def listen_by_events(server: str, _: CuratedDatabase) -> Iterator[int]:
    return (int(str(change_of(event)["revision"])) for event in follow_by_events(server, STREAM))


def listen_by_socket(server: str, _: CuratedDatabase) -> Iterator[int]:
    return (int(str(change_of(event)["revision"])) for event in follow_by_socket(server, STREAM))


WATCHERS: tuple[Watcher, ...] = (poll, listen_by_events, listen_by_socket)


def test_whoever_watches_sees_each_change_once_and_in_order(
    place: Place, migrated: Settings, tmp_path: Path, chaos: Chaos
) -> None:
    service, each = prepare_curated(place.create(migrated), tmp_path), chaos.of(SHORT, LONG)
    with open_database(service.settings) as db:
        ((head,),) = db.rows("select revision from head")
    revisions = list(range(1, int(str(head)) + WRITERS * each * (CITATIONS + 1) + 1))
    with ExitStack() as stack, ThreadPoolExecutor(WRITERS * 2) as pool:
        settings_of_servers = [service.settings]
        if not isinstance(place, SqlitePlace):
            settings_of_servers.append(at_free_port(service.settings))
        servers = [
            stack.enter_context(run_server(tmp_path, server_settings))
            for server_settings in settings_of_servers
        ]

        def write(number: int) -> None:
            server = servers[number % len(servers)]
            for turn in range(each):
                writer.record_with_retries(server, service.token, [official(f"w{number}", turn)])

        def watch(server: str, watcher: Watcher) -> list[int]:
            return list(islice(watcher(server, service), len(revisions)))

        began = time.monotonic()
        watching = [
            pool.submit(watch, server, watcher) for server in servers for watcher in WATCHERS
        ]
        for done in [pool.submit(write, number) for number in range(WRITERS)]:
            done.result()
        seconds = time.monotonic() - began
        for seen in watching:
            assert seen.result() == revisions
    with open_database(service.settings) as db:
        copy = FeedCopy()
        copy.follow(db)
        copy.prove(db)
        prove_past(db, copy.changes)
        names = [f"Official w{number} {turn}" for number in range(WRITERS) for turn in range(each)]
        assert count_accepted(db) == Counter(names)
    chaos.tell(
        f"{WRITERS} writers at {len(servers)} server(s), {len(watching)} watchers",
        service.settings,
        f"{copy.revision:,} changes in {seconds:.0f} s; each seen once and in order by all",
    )
