"""Entries: records of a file or a request, checked for their form, with the places of their parts.

In: the fields of a record, as YAML, JSON or a mutation gave them. Out: an `Entry` as far as they
are right, and every fault of theirs, each with its place. Pure: no I/O.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kb.errors import Fault
from kb.records.documents import FORMS, Document, TextDocument
from kb.records.field_types import AS_TEXT, check_key
from kb.records.form_errors import YAML, Words, describe_error, quote_shortened
from kb.records.placeholders import KEY_STEP, fill_placeholders
from kb.records.rows import Ref

MOST_OF_RECORD = 100
"""Faults of one record that are told: each is looked for in its text."""
_Form = TypeVar("_Form", bound=BaseModel)
Place = tuple[str | int, ...]


class Position(NamedTuple):
    """From 1; the column is 0 if it is not known."""

    line: int
    column: int = 0


@dataclass(frozen=True)
class Lines:
    """Where the parts of one record stand in its file.

    `find` gives the position of a part, or of the nearest thing around it, and `locate` the place
    at which its faults are reported.
    """

    file: str
    find: Callable[[Place], Position]
    locate: Callable[[Place], Place] = tuple

    def fault(self, what: str, remedy: str, *place: str | int) -> Fault:
        line, column = self.find(place)
        return Fault(self.file, line, what, remedy, self.locate(place), column)


NOWHERE = Lines("", lambda _: Position(1))
"""Of a record that stands in no file."""


@dataclass(frozen=True)
class Entry:
    """One record; at the places that are `faulty`, its document has stand-ins."""

    type: str
    key: str
    document: Document
    lines: Lines
    faulty: frozenset[Place] = frozenset()

    @property
    def ref(self) -> Ref:
        return Ref(self.type, self.key)

    def has(self, place: Place) -> bool:
        """Whether what is there was given: neither it nor a part or whole of it is a stand-in."""
        return not any(_within(place, other) for other in self.faulty)


def _within(place: Place, other: Place) -> bool:
    """Whether either is a part of the other."""
    length = min(len(place), len(other))
    return place[:length] == other[:length]


@dataclass(frozen=True)
class CheckedForm(Generic[_Form]):
    """A document, if one could be made; stand-ins in it are at the places that are `faulty`."""

    document: _Form | None
    faults: tuple[Fault, ...] = ()
    faulty: frozenset[Place] = frozenset()


def check_form(
    form: type[_Form], name: str, fields: object, lines: Lines, words: Words
) -> CheckedForm[_Form]:
    """`name` is what faults call the record; fields that are at fault are changed."""
    context = AS_TEXT if words is YAML else None
    try:
        return CheckedForm(form.model_validate(fields, context=context))
    except ValidationError as error:
        details = error.errors(include_url=False)
    faults = [_fault_of_form(lines, name, each, words) for each in details[:MOST_OF_RECORD]]
    if more := len(details) - len(faults):
        what = f"{name}: there are {more:,} more faults in it".removeprefix(": ")
        faults.append(lines.fault(what, "correct these first"))
    document, places = fill_placeholders(
        form, fields, [detail["loc"] for detail in details], context
    )
    faulty = frozenset(tuple(step for step in place if step != KEY_STEP) for place in places)
    return CheckedForm(document, tuple(faults), faulty)


@dataclass
class EntryCollection:
    """Entries, the texts of articles by their keys, and the faults of both."""

    entries: list[Entry] = field(default_factory=list)
    paragraphs: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def add(self, ref: Ref, fields: object, lines: Lines, words: Words) -> None:
        """A record of these fields."""
        checked = check_form(FORMS[ref.type], ref.key, fields, lines, words)
        self.faults += checked.faults
        if checked.document:
            self.entries.append(Entry(*ref, checked.document, lines, checked.faulty))

    def add_text(self, key: str, texts: object, lines: Lines, words: Words) -> None:
        """The paragraphs of the article of this key; `texts` of None leave the stored ones."""
        if texts is None:
            return
        checked = check_form(TextDocument, key, {"paragraphs": texts}, lines, words)
        self.faults += checked.faults
        if checked.document and not checked.faults:
            self.paragraphs[key] = checked.document.paragraphs or []


def parse_own_key(
    type_name: str, key: object, lines: Lines, words: Words, *place: str
) -> str | Fault:
    """A record's own key, or what is wrong with it."""
    try:
        return check_key(type_name, key)
    except ValidationError as error:
        (detail,) = error.errors(include_url=False)
    what, remedy = describe_error(detail | {"input": key}, words)
    quoted = quote_shortened(str(key))
    return lines.fault(what if what.startswith(quoted) else f"{quoted}: {what}", remedy, *place)


def _fault_of_form(lines: Lines, name: str, fault: ErrorDetails, words: Words) -> Fault:
    what, remedy = describe_error(fault, words)
    steps = (quote_shortened(str(step)).strip("`") for step in fault["loc"] if step != KEY_STEP)
    where = ".".join(part for part in (name, *steps) if part)
    return lines.fault(f"{where}: {what}", remedy, *fault["loc"])
