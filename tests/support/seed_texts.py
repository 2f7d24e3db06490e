"""A small set of seed files: a union that two articles tell of, for tests that load and change it.

In: a folder, and texts in place of those here. Out: the files, or what a load refuses of them.
"""

from pathlib import Path

import pytest

from kb.errors import SeedError
from tests.support.databases import Database

PUBLICATIONS = "gazette: {name: The Gazette}\n"
ARTICLES = """\
gazette-1-union-formed:
  headline: Union formed
  publication: gazette
  issueNumber: 1
  datedOn: "1950-05-09"
gazette-9-union-grows:
  headline: Union grows
  publication: gazette
  issueNumber: 9
  datedOn: "1957-03-25"
"""
ANCHOR = "{paragraph: 1, start: 0, end: 5, sha256: " + "a" * 64 + "}"


def citation_text(key: str, more: str = "", article: str = "gazette-1-union-formed") -> str:
    return (
        f"    {key}:\n      article: {article}\n      anchor: {ANCHOR}\n"
        f"      claim: It says so.\n{more}"
    )


RUNNING = '      field: period.end\n      value: ".."\n'
ORGANISATIONS = "union:\n  name: The Union\n  citations:\n" + citation_text("union-named")
STATES = "FR:\n  name: France\n  citations:\n" + citation_text("fr-named")
MEMBERSHIPS = (
    'union-fr:\n  organisation: union\n  state: FR\n  status: MEMBER\n  period: "1949/.."\n'
    "  citations:\n" + citation_text("union-fr-running", RUNNING)
)
VACANCY = (
    'empty:\n  kind: VACANCY\n  title: Nobody presides\n  occurred: "1950"\n'
    "  organisations: [union]\n  office: Chair\n  citations:\n" + citation_text("empty-told")
)
FILES = {
    "publications": PUBLICATIONS,
    "articles": ARTICLES,
    "organisations": ORGANISATIONS,
    "states": STATES,
    "memberships": MEMBERSHIPS,
}


def write_seed_texts(folder: Path, **changes: str) -> Path:
    seeds = folder / "seeds"
    seeds.mkdir(exist_ok=True)
    for name, document in (FILES | changes).items():
        (seeds / f"{name}.yaml").write_text(document, encoding="utf-8")
    return seeds


def load_faults(database: Database, folder: Path, **changes: str) -> list[str]:
    """What a load refuses, with the folder's name left out; nothing may have been written."""
    before = record_states(database)
    with pytest.raises(SeedError) as raised:
        database.load(write_seed_texts(folder, **changes))
    assert record_states(database) == before
    return [str(fault).removeprefix(f"{folder}/seeds/") for fault in raised.value.faults]


def record_states(database: Database) -> list[tuple[object, ...]]:
    return database.rows("select type, key, revision, disputed from record order by type, key")
