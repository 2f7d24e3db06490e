"""Since when the members of a record's lists are known: participants, links to other records.

In: the rows of the lists, and what citations assert of the record. Out: for each reference of each
row the day from which a reader could know it. Pure: no I/O.

A citation of a list names members by their keys, between commas; words behind a key are the
member's role or attendance. A member is known with the first citation that names it. One that none
names is known once every citation of the lists is; where there is none, like any field that no
citation speaks of.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from kb.derive.assertions import Statement, fold_value
from kb.derive.knowledge import first_day_of_uncited
from kb.folding import folding_of
from kb.models import MEMBER_DAYS
from kb.models.base import AFTER_ALL
from kb.records.rows import LISTS, Ref, TableRow
from kb.records.traits import DocumentField, FieldsByName
from kb.records.types import record_type


class MemberDay(NamedTuple):
    """From when the reference in a column of a list's row is known."""

    table: str
    position: int
    column: str
    known_from: str


class _NamedMember(NamedTuple):
    """What a value says of one member; `type` is None where the list holds several types."""

    type: str | None
    key: str
    words: frozenset[str]
    known: date


def member_days(
    parts: Mapping[str, Sequence[TableRow]], statements: Sequence[Statement], fields: FieldsByName
) -> tuple[MemberDay, ...]:
    """`parts` are the rows of each list's table, `fields` those that citations speak of."""
    lists = {LISTS[table]: table for table in parts}
    return tuple(
        day
        for name, field in fields.items()
        if field.name in lists
        for day in _days_of_list(
            lists[field.name], parts[lists[field.name]], name, statements, fields
        )
    )


def _days_of_list(
    table: str,
    rows: Sequence[TableRow],
    name: str,
    statements: Sequence[Statement],
    fields: FieldsByName,
) -> Iterator[MemberDay]:
    """Links are named by the parties that make them, too; a party only as such."""
    field = fields[name]
    speaking = {name, field.joined_by.field} if field.joined_by else {name}
    cited = [each for each in statements if each.value and each.field in speaking]
    named = [member for each in cited for member in _named_members(each, fields)]
    rest = max((each.dated.known for each in cited), default=first_day_of_uncited(statements))
    for row in rows:
        for reference, column in MEMBER_DAYS[table].items():
            if isinstance(ref := row[reference], Ref):
                day = _first_named(row, ref, field, named) or rest
                yield MemberDay(table, int(str(row["position"])), column, _day(day))


def _day(day: date | None) -> str:
    return day.isoformat() if day else AFTER_ALL


def _named_members(statement: Statement, lists: FieldsByName) -> Iterator[_NamedMember]:
    reference = lists[str(statement.field)].reference
    target = reference.type if reference else None
    for item in str(statement.value).split(","):
        key, *words = item.split() or [""]
        folded = frozenset(fold_value(word) for word in words)
        yield _NamedMember(target, key, folded, statement.dated.known)


def _first_named(
    row: TableRow, ref: Ref, field: DocumentField, named: Sequence[_NamedMember]
) -> date | None:
    """When the first citation names this member, and says nothing else of it than the row."""
    fold = folding_of(record_type(ref.type).table)
    days = (
        member.known
        for member in named
        if member.type in (None, ref.type)
        if fold(member.key) == ref.key
        if _fits(row, field, member.words)
    )
    return min(days, default=None)


def _fits(row: TableRow, field: DocumentField, words: frozenset[str]) -> bool:
    if field.joined_by:
        return fold_value(field.joined_by.excluded) not in words
    return words <= {fold_value(value) for value in row.values() if isinstance(value, str)}
