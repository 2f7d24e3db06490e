"""The words of names, by which one is found that is spelt otherwise, and their trigrams.

In: an open transaction, numbers of records, and their names with the days from which these are
known. Out: nothing; `name_word` has the words of each record's names, and `name_trigram` the
trigrams of each word that some name has.
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete, exists, select
from sqlmodel import col

from kb import database
from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows, fetch_values
from kb.models import NameTrigram, NameWord, Table
from kb.tokenizer import spellings, trigrams

_TABLES = Table.metadata.tables
_TRIGRAM = _TABLES["name_trigram"]
NameWords = Mapping[tuple[str, str], str]
"""By the word and how it is written, the first day from which it is known."""


def words_of_names(names: Iterable[tuple[str, str]]) -> NameWords:
    """Of names and the days from which they are known."""
    first_days: dict[tuple[str, str], str] = {}
    for name, day in names:
        for written, word in spellings(name).items():
            first_days[word, written] = min(day, first_days.get((word, written), day))
    return first_days


def read_words(connection: Connection, batch: Collection[int]) -> Mapping[int, NameWords]:
    stored: dict[int, dict[tuple[str, str], str]] = {source: {} for source in batch}
    for row in fetch_rows(connection, _WORDS, ids=batch):
        stored[row.source_id][row.word, row.written] = row.known_from
    return stored


_WORDS = select(_TABLES["name_word"]).where(in_bound(_TABLES["name_word"].c.source_id))


def write_words(connection: Connection, wanted: Mapping[int, NameWords]) -> None:
    """Write the words of these records that are not as they are stored."""
    stored = read_words(connection, wanted)
    changed = [source for source in wanted if wanted[source] != stored[source]]
    if replaced := [source for source in changed if stored[source]]:
        connection.execute(_DELETE_WORDS, {"ids": replaced})
    rows = [
        {"word": word, "written": written, "source_id": source, "known_from": day}
        for source in changed
        for (word, written), day in wanted[source].items()
    ]
    if rows:
        database.insert(connection, _TABLES["name_word"], rows)
    add_trigrams(connection, {str(row["word"]) for row in rows})
    _drop_trigrams(connection, {word for source in replaced for word, _ in stored[source]})


_DELETE_WORDS = delete(NameWord).where(in_bound(col(NameWord.source_id)))


def add_trigrams(connection: Connection, words: set[str]) -> None:
    """Of those words that have none yet."""
    known = fetch_values(connection, _KNOWN_WORDS, words=words) if words else ()
    new = words - {*known}
    grams = {word: trigrams(word) for word in sorted(new)}
    rows = [
        {"gram": gram, "word": word, "size": len(each)}
        for word, each in grams.items()
        for gram in sorted(each)
    ]
    if rows:
        database.insert(connection, _TRIGRAM, rows)


_KNOWN_WORDS = select(_TRIGRAM.c.word).distinct().where(in_bound(_TRIGRAM.c.word, "words"))


def _drop_trigrams(connection: Connection, words: set[str]) -> None:
    """Of those words that no name has any longer."""
    if words:
        connection.execute(_DROP_TRIGRAMS, {"words": words})


_DROP_TRIGRAMS = delete(NameTrigram).where(
    in_bound(col(NameTrigram.word), "words"),
    ~exists().where(col(NameWord.word) == col(NameTrigram.word)),
)


def has_stray_trigrams(connection: Connection) -> bool:
    """Whether words have trigrams that no name has, or words of names have none."""
    used = select(col(NameWord.word)).distinct()
    listed = select(col(NameTrigram.word)).distinct()
    return any(
        connection.execute(left.except_(right).limit(1)).first()
        for left, right in ((used, listed), (listed, used))
    )
