"""Records found by their names and identifiers: those of the database, and those imported so far.

In: a connection that reads, and records as an import makes them. Out: the keys of those that are
called so. The index is kept on disk; a type is read into it when it is first asked for.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select
from sqlmodel import col

from kb.folding import fold_slug
from kb.models import Snapshot
from kb.normalisation import normalise
from kb.records.documents import FORMS
from kb.records.traits import NameTrait, fields_of_document

_IDENTIFIERS, _BY_NAME = "identifiers", ""
"""The field that has them, in which each has its `scheme`; names are of none."""


class LookupIndex:
    """The names and identifiers of records; `rows` is a database on disk for it alone."""

    def __init__(self, connection: Connection, rows: sqlite3.Connection) -> None:
        self._connection, self._rows = connection, rows
        self._types: set[str] = set()
        rows.execute(
            "create table called (type text, scheme text, name text, key text,"
            " primary key (type, scheme, name, key)) without rowid"
        )

    def by_name(self, type_name: str, name: str) -> list[str]:
        return self._find(type_name, _BY_NAME, _fold(name))

    def by_identifier(self, type_name: str, scheme: str, value: str) -> list[str]:
        return self._find(type_name, fold_slug(scheme), normalise(value))

    def add(self, type_name: str, key: str, fields: Mapping[str, object]) -> None:
        """A record that is imported."""
        rows = [(type_name, *called, key) for called in _calls(type_name, fields)]
        self._rows.executemany("insert or ignore into called values (?, ?, ?, ?)", rows)

    def _find(self, type_name: str, scheme: str, name: str) -> list[str]:
        if type_name not in self._types:
            self._types.add(type_name)
            self._read(type_name)
        query = "select key from called where (type, scheme, name) = (?, ?, ?) order by key"
        return [key for (key,) in self._rows.execute(query, (type_name, scheme, name))]

    def _read(self, type_name: str) -> None:
        query = select(col(Snapshot.key), col(Snapshot.document))
        stored = query.where(col(Snapshot.type) == type_name)
        with self._connection.execution_options(yield_per=1000).execute(stored) as rows:
            for key, document in rows:
                self.add(type_name, key, json.loads(document))


def _fold(name: str) -> str:
    return normalise(name).casefold()


def _calls(type_name: str, fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What a record is called, each with its scheme."""
    for field in fields_of_document(FORMS[type_name]).values():
        if field.has(NameTrait):
            value = fields.get(field.alias)
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str):
                    yield _BY_NAME, _fold(name)
    identifiers = fields.get(_IDENTIFIERS)
    for each in identifiers if isinstance(identifiers, list) else ():
        if isinstance(each, dict):
            yield fold_slug(str(each.get("scheme"))), normalise(str(each.get("value")))
