"""What groups and searches of 200,000 memberships take: the statement alone, on either engine.

In: `python -m tests.bench.groups sqlite`, or `postgresql`, whose server is the one that tests take.
Out: a row of a table for each question: the least and the median of milliseconds until the answer,
and the least of processor time of the process that answers. The world is made once, and kept in
`.bench`; that of PostgreSQL is copied from it.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psycopg
import pysqlite3

from kb.config import Settings
from kb.database.dialects import dialect_of
from tests.bench.compressed import microseconds
from tests.bench.world import CODES, FIRST, Sizes, spell
from tests.bench.worlds import Worlds
from tests.support.databases import open_database
from tests.support.postgresql import server

SIZES = Sizes(
    states=200,
    organisations=500,
    officials=40_000,
    memberships=200_000,
    terms=80_000,
    summits=1_000,
    events=1_000,
    articles=1_000,
    citations=1_000,
)
FOLDER = Path(__file__).parents[2] / ".bench"
_ROUNDS = 9
Statement = tuple[tuple[str, ...], Sequence[object]]
Ask = Callable[[Statement], object]


def _groups(by: str, wanted: str = "", within: str = "{}") -> str:
    """A page of 20 groups."""
    told = "organisation { slug } state { code } status year count { certain possible }"
    asked = f"(filter: {wanted})" if wanted else ""
    listed = f"memberships{asked} {{ groups(by: [{by}], first: 20) {{ {told} }} }}"
    return within.format(f"{{ {listed} }}")


def _search(words: str, more: str) -> str:
    return f'{{ search(query: "{words}", first: 10) {{ {more} nodes {{ __typename }} }} }}'


_AFTER = f'{{startsOn: {{after: "{FIRST.year - 1}-01-01"}}}}'
"""What all memberships pass, so that nothing narrows the groups."""
_OR = f'{{or: [{{state: {{eq: "{CODES[0]}"}}}}, {{organisation: {{eq: "organisation-1"}}}}]}}'
QUESTIONS = {
    "by state": _groups("STATE"),
    "by year": _groups("YEAR"),
    "by state, of a status": _groups("STATE", "{status: [MEMBER]}"),
    "by year, of a status": _groups("YEAR", "{status: [MEMBER]}"),
    "by state and status": _groups("STATE, STATUS"),
    "by state, behind a day": _groups("STATE", _AFTER),
    "by organisation, behind a day": _groups("ORGANISATION", _AFTER),
    "by status, behind a day": _groups("STATUS", _AFTER),
    "by year, behind a day": _groups("YEAR", _AFTER),
    "by state, of a year": _groups("STATE", f"{{year: {FIRST.year + 1}}}"),
    "by state and year": _groups("STATE, YEAR"),
    "by organisation and state": _groups("ORGANISATION, STATE"),
    "by year, of one state": _groups("YEAR", within=f'{{{{ state(code: "{CODES[0]}") {{}} }}}}'),
    "a list of any of two": f"{{ memberships(filter: {_OR}) {{ nodes {{ key }} }} }}",
    "its count": f"{{ memberships(filter: {_OR}) {{ totalCount }} }}",
    "by state, of any of two": _groups("STATE", _OR),
    "a misspelt name": _search("xbadenov", "suggestions"),
    "an office and a name": _search(f"President {spell(7)}", ""),
}


@contextmanager
def sqlite() -> Iterator[tuple[Settings, Ask, Callable[[], float]]]:
    settings = Worlds(FOLDER, "").of("sqlite", SIZES, fed=False)
    path = settings.database_name
    connection = pysqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.execute(f"pragma mmap_size = {Path(path).stat().st_size}")

    def ask(statement: Statement) -> object:
        pieces, values = statement
        return connection.execute("?".join(pieces), values).fetchone()

    yield settings, ask, lambda: time.thread_time() * 1_000_000
    connection.close()


@contextmanager
def postgresql() -> Iterator[tuple[Settings, Ask, Callable[[], float]]]:
    with server() as url:
        settings = Worlds(FOLDER, url).of("postgresql", SIZES, fed=False)
        join_pieces = dialect_of(settings.database_url).join_pieces
        # As the service connects.
        with psycopg.connect(
            settings.database_url, autocommit=True, options="-c jit=off"
        ) as connection:
            process = connection.info.backend_pid

            def ask(statement: Statement) -> object:
                pieces, values = statement
                return connection.execute(
                    join_pieces(pieces).encode(), values, prepare=True
                ).fetchone()

            yield settings, ask, lambda: microseconds(process)


def _statements(settings: Settings) -> dict[str, Statement]:
    """What the service runs."""
    statements: dict[str, Statement] = {}
    with open_database(settings) as opened:
        for name, question in QUESTIONS.items():
            opened.reader.statements.clear()
            opened.ask(question)
            (statements[name],) = opened.reader.statements
    return statements


def measure(settings: Settings, ask: Ask, clock: Callable[[], float]) -> None:
    """By turns, so that what disturbs one disturbs all."""
    statements = _statements(settings)
    elapsed: dict[str, list[float]] = {name: [] for name in statements}
    worked: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(_ROUNDS):
        for name, statement in statements.items():
            begun, before = time.monotonic(), clock()
            ask(statement)
            worked[name].append((clock() - before) / 1_000)
            elapsed[name].append((time.monotonic() - begun) * 1_000)
    for name in statements:
        least, half, work = min(elapsed[name]), median(elapsed[name]), min(worked[name])
        print(f"| {name} | {least:.1f} | {half:.1f} | {work:.1f} |", flush=True)


if __name__ == "__main__":
    with {"sqlite": sqlite, "postgresql": postgresql}[sys.argv[1]]() as subject:
        measure(*subject)
