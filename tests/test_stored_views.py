"""What is stored for views, through loads one after the other: what is derived of all at once."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random

import pytest

from kb import database
from kb.derive import recompute
from kb.errors import SeedError
from kb.models.versions import VERSIONED
from tests.support.databases import Database
from tests.support.sampling import one_in
from tests.worlds.known_archives import ARTICLES, Documents, make_archive, write_seed_files

STORED = (
    "select type, key, disputed, known_from from record",
    "select key, visible_from from citation",
    "select record_id, source_id, text, words, weight, known_from from passage",
    "select article_id, subject_id, known_from, known_to, count from mention",
    "select d.key, d.subject_id, d.field, d.kind, d.recorded, d.known_from, d.known_to, a.position,"
    " a.value, a.text, l.citation_id from disagreement d"
    " join assertion a on a.disagreement_id = d.id"
    " join assertion_citation l on l.disagreement_id = d.id and l.position = a.position",
    *(f"select {name}_version.* from {name}_version" for name in VERSIONED),
)


DERIVED = ("assertion_citation", "assertion", "disagreement", "passage")
FORGET = (
    *(f"delete from {name}" for name in (*DERIVED, *(f"{table}_version" for table in VERSIONED))),
    "update record set known_from = 'infinity'",
    "update citation set visible_from = 'infinity'",
    "delete from mention where known_to <> 'infinity'",
    "update mention set known_from = '-infinity'",
)


def derived_rows(opened: Database) -> list[list[str]]:
    """All that is derived, but for numbers that mean nothing."""
    return [sorted(map(repr, opened.rows(statement))) for statement in STORED]


def with_fields(documents: Documents, file: str, key: str, **fields: object) -> Documents:
    return {file: {key: {**documents[file][key], **fields}}}


def successive_loads(random: Random) -> Iterator[tuple[Documents, bool]]:
    """Small changes and large ones, each with whether it prunes."""
    first, second = make_archive(random), make_archive(random)
    anchor = {"paragraph": 1, "start": 0, "end": 1, "sha256": "b" * 64}
    citation = {"article": "a1", "anchor": anchor, "claim": "It is there."}
    yield first, False
    yield with_fields(first, "states", "AA", name="Renamed", aliases=["R"]), False
    yield with_fields(first, "events", "event-one", citations={"new": citation}), False
    for place, day in product(range(1, ARTICLES, 2), ("2019-01-01", "2014-01-01")):
        yield with_fields(first, "articles", f"a{place}", issuedOn=day), False
    yield with_fields(first, "organisations", "league", citations={"early": citation}), False
    redated = with_fields(first, "articles", "a2", datedOn="2015-05-05", issuedOn=None)
    yield {**first, "articles": {**first["articles"], **redated["articles"]}}, True
    yield {**first, "summits": {}, "events": {}, "terms": {}}, True
    yield (
        {
            name: {key: random.choice((first, second))[name][key] for key in first[name]}
            for name in first
        },
        True,
    )


@pytest.mark.sweep
@pytest.mark.parametrize("seed", one_in(2, range(2)))
def test_what_is_stored_is_what_is_derived_anew(empty: Database, tmp_path: Path, seed: int) -> None:
    marks: dict[str, dict[str, object]] = {"gazette": {"name": "The Gazette"}}
    done = 0
    for place, (documents, prune) in enumerate(successive_loads(Random(seed))):
        marks[f"mark-{place}"] = {"name": "A record newer than all that the next load changes"}
        empty.load(write_seed_files(tmp_path / f"mark-{place}", {"publications": marks}))
        try:
            folder = write_seed_files(tmp_path / f"{place}", {**documents, "publications": marks})
            empty.load(folder, prune=prune)
        except SeedError:
            continue
        done += 1
        before = derived_rows(empty)
        for statement in FORGET:
            empty.run(statement)
        with database.write_transaction(empty.engine) as connection:
            recompute.derive_all(connection)
        assert derived_rows(empty) == before
    assert done > 5
