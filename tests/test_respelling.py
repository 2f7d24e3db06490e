"""Databases of older versions, brought to the normal form: nothing that verified is lost."""

import json
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from sqlalchemy import text

from kb import database
from kb.citations import article_texts
from kb.citations.anchors import Anchor, anchor_holds, hash_words, shift_anchor
from kb.commit.feed import Origin
from kb.commit.finish import WriteSet, finish
from kb.normalisation import normalise
from kb.records.field_types import is_key
from kb.upgrade.upgrade import upgrade
from tests.support.databases import Database
from tests.support.feeds import feed, follow
from tests.support.snapshots import snapshot, write_lines
from tests.support.soundness import assert_whole, count_verified, list_findings
from tests.worlds.accented import ARTICLE, TEXT, Tree, spell_oddly

pytestmark = pytest.mark.sweep

WORDS = {
    "publication": ["name"],
    "article": ["headline", "place", "author", "summary", "url"],
    "organisation": ["name", "acronym", "aliases"],
    "state": ["name", "official_name", "aliases"],
    "official": ["name"],
    "term": ["office", "end_reason"],
    "summit": ["name", "city", "city_rising", "city_falling"],
    "event": ["title", "place"],
    "citation": ["field", "value", "claim"],
    "participation": ["note"],
}
"""Where words of records stand."""
SPELLED = "\u200b  " + normalize("NFD", TEXT.replace("military", "mili\u00adtary"))
SPELLED = SPELLED.replace(" ", "\u00a0 ")
PARAGRAPHS = ["\u00ad\u200b", SPELLED]


def execute(db: Database, statement: str, **values: object) -> None:
    with database.write_transaction(db.engine) as connection:
        connection.execute(text(statement), values)


def respell_rows(db: Database) -> None:
    for table, columns in WORDS.items():
        key_column = "summit_id" if table == "participation" else "id"
        for number, *old in db.rows(f"select {key_column}, {', '.join(columns)} from {table}"):
            for column, value in zip(columns, old, strict=True):
                if value is not None:
                    new = spell_oddly(str(value))
                    if column == "aliases":
                        new = json.dumps([spell_oddly(word) for word in json.loads(str(value))])
                    statement = f"update {table} set {column} = :new where {key_column} = :number"
                    execute(db, statement, new=new, number=number)


def respell_text(db: Database) -> None:
    """The article's text as it came in, and the anchors of its words there."""
    execute(db, "delete from paragraph")
    for number, paragraph in enumerate(PARAGRAPHS, 1):
        statement = "insert into paragraph select id, :number, :one from article"
        execute(db, statement, number=number, one=paragraph)
    for key, start, end in db.rows("select key, start_at, end_at from citation"):
        assert isinstance(start, int)
        assert isinstance(end, int)
        first, last = find_span(TEXT[start:end])
        execute(
            db,
            "update citation set paragraph = 2, start_at = :first, end_at = :last,"
            " sha256 = :sha256 where key = :key",
            **{"first": first, "last": last, "sha256": hash_words(SPELLED[first:last]), "key": key},
        )


def find_span(words: str) -> tuple[int, int]:
    """By trying every one."""
    return next(
        (start, end)
        for start in range(len(SPELLED))
        for end in range(start + 1, len(SPELLED) + 1)
        if normalise(SPELLED[start:end]) == words
    )


def store_as_before(db: Database) -> str:
    """What versions before derived from such rows, and gave by their feed; its cursor."""
    with database.write_transaction(db.engine) as connection:
        names = article_texts.read_names(connection)
        numbers = connection.execute(text("select id from article")).scalars().all()
        article_texts.update_from_texts(
            connection, article_texts.read_texts(connection, numbers), names
        )
        finish(connection, WriteSet((), None), Origin("before"))
    head = str(feed(db)["headCursor"])
    database.revert_migrations(db.engine, "0006")
    return head


def test_everything_is_brought_to_the_normal_form(
    accented: Database, accented_documents: list[dict[str, Tree]]
) -> None:
    respell_rows(accented)
    respell_text(accented)
    head = store_as_before(accented)
    assert count_verified(accented) == [(True, 7)]
    assert accented.ask('{ states(filter: {name: {startsWith: "Côte"}}) { totalCount } }') == {
        "states": {"totalCount": 0}
    }
    assert upgrade(accented.engine)
    assert count_verified(accented) == [(True, 7)]
    assert snapshot(accented) == accented_documents
    changed = {
        str(change["recordId"]).partition(":")[0] for change in follow(accented, head, first=100)
    }
    assert changed == {str(document["id"]).partition(":")[0] for document in accented_documents} - {
        "Membership"
    }
    assert_whole(accented)
    assert not upgrade(accented.engine)


def test_what_is_in_the_normal_form_stays(
    accented: Database, accented_documents: list[dict[str, Tree]]
) -> None:
    before = feed(accented)
    database.revert_migrations(accented.engine, "0006")
    assert upgrade(accented.engine)
    assert feed(accented) == before
    assert snapshot(accented) == accented_documents


@pytest.mark.long
def test_keys_that_no_file_could_say(accented: Database) -> None:
    for table, record_type, old, bad in (
        ("article", "Article", ARTICLE, "-1-"),
        ("publication", "Publication", "cote-gazette", ""),
        ("citation", "Citation", "ci-named", "Names It"),
        ("event", "Event", "cote-exercise", "cote-exercise\u200b"),
    ):
        for name in (table, "record"):
            execute(accented, f"update {name} set key = :bad where key = :old", bad=bad, old=old)
        execute(
            accented,
            "insert into request (token_id, key, sha256, record_type, record_key, revision, at)"
            " select id, :bad, '', :kind, :bad, 1, '2026' from token",
            **{"bad": bad, "kind": record_type},
        )
    head = store_as_before(accented)
    assert upgrade(accented.engine)
    keys = {
        f"{record_type}:{key}" for record_type, key in accented.rows("select type, key from record")
    }
    made = {
        "Publication:gazette-de-la-cote",
        "Article:gazette-de-la-cote-1-cote-divoire-union-formed",
        "Citation:names-it",
        "Event:cote-exercise",
    }
    assert made <= keys
    assert all(is_key(*str(record_id).split(":", 1)) for record_id in keys)
    requests = accented.rows("select record_type, record_key from request")
    assert {f"{record_type}:{key}" for record_type, key in requests} == made
    given = {change["recordId"]: change["op"] for change in follow(accented, head, first=100)}
    assert {record_id for record_id, op in given.items() if op == "DELETE"} == {
        "Publication:",
        "Article:-1-",
        "Citation:Names It",
        "Event:cote-exercise\u200b",
    }
    assert_whole(accented)


@pytest.mark.long
def test_a_value_that_was_spelled_in_two_ways_is_one(accented: Database) -> None:
    """Nobody contradicts anybody any more."""
    execute(
        accented,
        "update citation set field = 'place', value = :value where key = 'cote-exercise-named'",
        value="San-\u00adPédro",
    )
    execute(accented, "update record set disputed = true where type = 'Event'")
    store_as_before(accented)
    assert accented.ask("{ disagreements { totalCount } }") == {"disagreements": {"totalCount": 1}}
    assert upgrade(accented.engine)
    assert accented.ask("{ disagreements { totalCount } }") == {"disagreements": {"totalCount": 0}}
    assert list_findings(accented) == []


def test_what_has_nothing_to_be_seen(accented: Database) -> None:
    execute(
        accented,
        "update state set name = '\u200b', official_name = '\u00ad', aliases = '[\"\u200b\"]'",
    )
    execute(
        accented,
        "update summit set city = '\u200b', city_rising = '\u200b', city_falling = '\u200b'",
    )
    store_as_before(accented)
    assert upgrade(accented.engine)
    assert accented.rows("select name, official_name, aliases from state") == [("CI", None, "[]")]
    assert accented.rows("select city, city_rising, city_falling from summit") == [
        (None, "\U0010ffff", "")
    ]
    assert list_findings(accented) == []


def test_a_snapshot_of_before_verifies_as_before(
    accented: Database, accented_documents: list[dict[str, Tree]], tmp_path: Path
) -> None:
    """Its texts are brought to the normal form, and the anchors that count in them."""
    respell_text(accented)
    store_as_before(accented)
    path = write_lines(tmp_path / "kb.ndjson", snapshot(accented))
    upgrade(accented.engine)
    accented.run("delete from paragraph")
    accented.load(path)
    assert count_verified(accented) == [(True, 7)]
    assert snapshot(accented) == accented_documents


PIECES = st.text(
    st.sampled_from("abé \u00a0\u0301\u00ad\u200b\u200c\u06cc\u0645\ufe0f\u1112\u1161\n"),
    max_size=12,
)


@given(st.lists(PIECES, min_size=1, max_size=3), st.data())
@example(["e\u0301tat"], None)
def test_words_that_stood_in_a_text_stand_in_its_normal_form(
    old: list[str], data: st.DataObject | None
) -> None:
    number = data.draw(st.integers(1, len(old))) if data else 1
    before = old[number - 1]
    start = data.draw(st.integers(0, len(before))) if data else 0
    end = data.draw(st.integers(start, len(before))) if data else 1
    words = before[start:end]
    assume(words)
    after = [normalise(word) for word in old]
    moved = shift_anchor(Anchor(number, start, end, hash_words(words)), old, after)
    kept = [word for word in after if word]
    if moved is None:
        assert not normalise(words) or normalise(words) not in after[number - 1]
        return
    assert anchor_holds(moved, kept)
    stands = kept[moved.paragraph - 1]
    assert stands == after[number - 1]
    if normalise(words) in stands and normalise(words):
        assert stands[moved.start : moved.end] == normalise(words)
