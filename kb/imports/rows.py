"""Tables as an import reads them: named columns of text, a row at a time.

In: values of whatever types a format has. Out: `SourceRow` objects, in which every value is the
text that a curator would write, and nested values have names with dots. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import NamedTuple

from kb.errors import Fault

Cells = Mapping[str, str]


class SourceRow(NamedTuple):
    """A row by its place in the file: a line, or a number, from 1 on."""

    number: int
    cells: Cells


class SourceTable(NamedTuple):
    """`columns` are known of some formats before their rows, of others with each row alone."""

    name: str
    columns: tuple[str, ...] | None
    rows: Iterable[SourceRow | Fault]


def text_of(value: object) -> str:
    """As it would be written: a whole number without decimals, a day as ISO has it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value != value:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value).strip()


def flatten(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """The members of what nests, named with dots: `title.rendered`, `other_names.0.name`."""
    match value:
        case dict():
            members: Iterable[tuple[object, object]] = value.items()
        case list():
            members = enumerate(value)
        case _:
            yield name, text_of(value)
            return
    for step, member in members:
        yield from flatten(member, f"{name}.{step}" if name else str(step))
