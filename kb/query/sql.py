"""SQL as text with holes, and the values that fill them when it runs.

In: templates of this package and the names of the tables. Out: `Sql`, whose text never holds a
value: a hole of a template takes only other `Sql`, and a name only one that the metadata knows.
Pure: no connection.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kb.models import Table

Scalar = str | int | float | None
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value stands among the variables of an operation."""

    path: Path


@dataclass(frozen=True, slots=True)
class Param:
    """A bound value: given, or taken from a slot, and converted for the database by `fit`.

    `fit` raises QueryError for a value that cannot be used; `path` is the field at fault. A text
    has `most` characters.
    """

    value: object
    fit: Callable[[object], Scalar]
    path: Path
    most: int = sys.maxsize


HOLE = "\0"
"""Where a bound value goes; each engine has its own placeholder for it."""


@dataclass(frozen=True, slots=True)
class Sql:
    text: str
    params: tuple[Param, ...] = ()


def sql(template: str, *parts: Sql) -> Sql:
    """The template with each `{}` filled by the next part."""
    params = tuple(param for part in parts for param in part.params)
    return Sql(template.format(*(part.text for part in parts)), params)


def literal(text: str) -> Sql:
    """A text constant of the plan itself, such as a response key."""
    return Sql("'" + text.replace("'", "''") + "'")


def join(separator: str, parts: Iterable[Sql]) -> Sql:
    pieces = list(parts)
    params = tuple(param for part in pieces for param in part.params)
    return Sql(separator.join(part.text for part in pieces), params)


def both(*conditions: Sql) -> Sql:
    """All conditions; true if there is none."""
    return join(" and ", conditions) if conditions else Sql("true")


Tables = Mapping[str, Sql]
"""Queries by the names of the tables that they stand for."""


def in_front(tables: Tables, statement: Sql) -> Sql:
    """The statement after `with …` of those of the tables that it names, or that these name, each
    behind those that it names itself.

    The engines fold them into what reads them. To bind the values of tables that nothing reads
    takes half as long as a small statement does.
    """
    words, named = _words(statement.text), list[Sql]()
    for name, query in reversed([*tables.items()]):
        if name in words:
            named.append(sql("{} as not materialized ({})", Sql(name), query))
            words |= _words(query.text)
    return sql("with {} {}", join(",", reversed(named)), statement) if named else statement


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table under its alias; `extra` are columns that the query itself adds."""

    alias: str
    table: str
    extra: frozenset[str] = frozenset()

    def has(self, column: str) -> bool:
        return column in self.extra or column in Table.metadata.tables[self.table].columns

    def __getitem__(self, column: str) -> Sql:
        if not self.has(column):
            raise KeyError(f"{self.table} has no column {column}")
        return Sql(f'{self.alias}."{column}"')


def concat(parts: Iterable[Sql]) -> Sql:
    """One text of many; adjacent constants are merged, long lists nest below the engine's limit."""
    merged = _merge_constants(parts)
    while len(merged) > _MOST_ARGUMENTS:
        merged = [
            sql("concat({})", join(",", merged[start : start + _MOST_ARGUMENTS]))
            for start in range(0, len(merged), _MOST_ARGUMENTS)
        ]
    return sql("concat({})", join(",", merged))


_MOST_ARGUMENTS = 100


def _merge_constants(parts: Iterable[Sql]) -> list[Sql]:
    merged: list[Sql] = []
    for part in parts:
        constant = part.text[:1] == "'" and not part.params
        if constant and merged and merged[-1].text[:1] == "'":
            merged[-1] = Sql(merged[-1].text[:-1] + part.text[1:])
        else:
            merged.append(part)
    return merged


def json_object(fields: Mapping[str, Sql]) -> Sql:
    """`{"key":value,…}` of values that are JSON texts themselves."""
    parts: list[Sql] = []
    for position, (key, value) in enumerate(fields.items()):
        parts += [literal(("," if position else "{") + f'"{key}":'), value]
    return concat([*parts, literal("}")]) if parts else literal("{}")
