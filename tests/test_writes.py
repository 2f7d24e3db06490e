"""What a write does once, counted, whichever door it comes by."""

import re
from collections import Counter
from collections.abc import Collection
from datetime import date

import pytest
from sqlalchemy import Connection

from kb.commit import changes, commit
from kb.records import rows
from kb.records.documents import Document
from kb.records.read import read_batch
from kb.records.rows import Ref, Rows
from tests.support.curated import ADA, ARTICLE, CITATION, curator, expect_payload
from tests.support.databases import SHIPPED, Database, shipped_seeds
from tests.support.noted import noted_statements, replace_everywhere


@pytest.fixture
def rows_made(monkeypatch: pytest.MonkeyPatch) -> Counter[Ref]:
    """How often the rows of each record are made."""
    counted: Counter[Ref] = Counter()
    rows_of = rows.rows_of

    def count(ref: Ref, document: Document, attested_until: date | None) -> Rows:
        counted[ref] += 1
        return rows_of(ref, document, attested_until)

    replace_everywhere(monkeypatch, rows_of, count)
    return counted


def test_a_load_makes_the_rows_of_each_record_once(
    empty: Database, rows_made: Counter[Ref]
) -> None:
    with shipped_seeds() as folder:
        empty.load(folder)
    shipped = sum(count for record_type, count in SHIPPED if record_type != "Citation")
    assert len(rows_made) == shipped
    assert {*rows_made.values()} == {1}


def test_a_mutation_makes_the_rows_of_each_record_once(
    filled: Database, rows_made: Counter[Ref]
) -> None:
    by_hand = curator(filled)
    expect_payload(by_hand.record("Official", **ADA))
    assert rows_made == {Ref("Official", "ada"): 1}
    expect_payload(by_hand.cite(**{**CITATION, "key": "ada-again"}, subject="Official:ada"))
    assert rows_made == {Ref("Official", "ada"): 2}


def test_the_changes_of_what_is_at_hand_are_made_of_that(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Collection[int]] = []

    def note(connection: Connection, batch: Collection[int]) -> dict[int, Rows]:
        read.append(batch)
        return read_batch(connection, batch)

    monkeypatch.setattr(changes, "read_batch", note)
    by_hand = curator(filled)
    expect_payload(by_hand.record("Official", **ADA))
    expect_payload(by_hand.record("Official", slug="ada", aliases=["Countess"]))
    assert read == []
    # Its text is another one, while its own row is not written anew.
    expect_payload(
        by_hand.record("Article", id=f"Article:{ARTICLE}", paragraphs=["Ada was there."])
    )
    ((record_id,),) = read
    assert filled.rows("select type from record where id = :own", own=record_id) == [("Article",)]


def test_own_rows_are_read_for_a_history_alone(filled: Database) -> None:
    by_hand = curator(filled)
    with noted_statements(filled.context.writer.engine) as statements:
        expect_payload(by_hand.record("Official", **ADA))
    plain = (" ".join(statement.split()).lower() for statement in statements)
    read = Counter(match[1] for each in plain if (match := A_READ.match(each)))
    assert read == {"official": 1, "official_version": 1}


A_READ = re.compile(r'select \w+\.id, \w+\."?key"?, .* from (\w+) where \1\.id ')
"""Of whole rows of records of one type."""


@pytest.mark.parametrize("room", [0, 100, 250])
def test_what_there_is_no_room_for_is_read_back_and_gives_the_same(
    empty: Database, csto: Database, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "MOST_AT_HAND", room)
    with shipped_seeds() as folder:
        empty.load(folder)
    query = "select type, key, document from snapshot order by type, key"
    assert empty.rows(query) == csto.rows(query)
    texts = "select text, words, weight, known_from from passage order by text, weight, known_from"
    assert empty.rows(texts) == csto.rows(texts)
