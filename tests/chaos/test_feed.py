"""Server, writer and consumer killed about every second: the copy has each write, and each once."""

import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from itertools import accumulate, chain
from pathlib import Path

from kb.config import Settings
from tests.chaos import writer
from tests.chaos.commands import address, listens, run_server, start_command
from tests.chaos.copies import FeedCopy
from tests.chaos.curated import CuratedDatabase, count_accepted, prepare_curated
from tests.chaos.figures import Chaos
from tests.chaos.past import prove_past
from tests.chaos.victims import Victim, torment
from tests.chaos.writer import BATCH, CITATIONS, official
from tests.support.databases import Place, open_database

SHORT, LONG = 600, 20_000
"""Changes that go through, at least."""
CONSUMER = Path(__file__).parents[2] / "docs" / "keep_a_copy.py"


def test_no_write_is_lost_or_doubled_whoever_is_killed(
    place: Place, migrated: Settings, tmp_path: Path, chaos: Chaos
) -> None:
    service = prepare_curated(place.create(migrated), tmp_path)
    settings, server = service.settings, address(service.settings)
    journal, kept = tmp_path / "journal", tmp_path / "copy.db"
    batches = chaos.of(SHORT, LONG) // (BATCH * (CITATIONS + 1))

    def write() -> subprocess.Popen[bytes]:
        given = (server, service.token, journal, str(batches))
        return subprocess.Popen([sys.executable, writer.__file__, *given])

    def consume() -> subprocess.Popen[bytes]:
        command = [sys.executable, str(CONSUMER), server, str(kept)]
        with (tmp_path / "consumer.txt").open("ab") as out:
            return subprocess.Popen(command, stderr=out)

    victims = (
        Victim(write, [0]),
        Victim(lambda: start_command(tmp_path, settings, "serve"), ready=lambda: listens(settings)),
        # It ends when it is up to date, or when the server is gone: in less than a second.
        Victim(consume, [0, 1], seconds=(0, 0.5)),
    )
    torment(*victims)
    with run_server(tmp_path, settings):
        assert consume().wait() == 0
    copy = prove(service, journal)
    assert dict(copied_records(kept)) == copy.documents()
    by_writer, by_server, by_consumer = (victim.kills for victim in victims)
    chaos.tell(
        "writer, server and consumer killed with -9",
        settings,
        f"{copy.revision:,} changes; {by_writer}, {by_server} and {by_consumer} kills;"
        " none lost, doubled or missing; checksums equal",
    )
    assert by_server + by_writer > 0
    assert by_consumer > 0


def prove(service: CuratedDatabase, journal: Path) -> FeedCopy:
    acknowledged = list(writer.journal_lines(journal))
    with open_database(service.settings) as db:
        copy = FeedCopy()
        copy.follow(db)
        copy.prove(db)
        prove_past(db, copy.changes)
        names = [official("writer", number)["name"] for number in range(len(acknowledged) * BATCH)]
        assert count_accepted(db) == Counter(names)
    revisions = list(chain(*acknowledged))
    assert revisions == sorted(set(revisions))
    assert set(revisions) <= set(accumulate(copy.commits))
    return copy


def copied_records(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as copy:
        return copy.execute("select id, document from record").fetchall()
