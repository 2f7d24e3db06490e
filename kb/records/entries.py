"""Entries: records of a file or a request, checked for their form, that know where they stand.

In: the fields of a record, as YAML, JSON or a mutation gave them. Out: an `Entry` as far as they
are right, and every fault of theirs, each with its place. Pure: no I/O.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kb.errors import Fault
from kb.records.documents import AS_TEXT, FORMS, Document, TextDocument, check_key
from kb.records.form_errors import YAML, Words, shown, told
from kb.records.placeholders import KEY_STEP, mended
from kb.records.rows import Ref

Form = TypeVar("Form", bound=BaseModel)
Place = tuple[str | int, ...]


class Position(NamedTuple):
    """From 1; the column is 0 if it is not known."""

    line: int
    column: int = 0


@dataclass(frozen=True)
class Lines:
    """Where the parts of one record stand in its file; with `one`, all faults are told of that.

    `find` tells it of a part, or of the nearest thing around it.
    """

    file: str
    find: Callable[[Place], Position]
    one: Place | None = None

    def fault(self, what: str, remedy: str, *place: str | int) -> Fault:
        place = place if self.one is None else self.one
        line, column = self.find(place)
        return Fault(self.file, line, what, remedy, place, column)


NOWHERE = Lines("", lambda _: Position(1))
"""Of what stands in no file."""


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


def _within(one: Place, other: Place) -> bool:
    """Whether either is a part of the other."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


@dataclass(frozen=True)
class Checked(Generic[Form]):
    """A document, if one could be made; stand-ins in it are at the places that are `faulty`."""

    document: Form | None
    faults: tuple[Fault, ...] = ()
    faulty: frozenset[Place] = frozenset()


def check_form(
    form: type[Form], name: str, fields: object, lines: Lines, words: Words
) -> Checked[Form]:
    """`name` is what faults call the record; fields that are at fault are changed."""
    context = AS_TEXT if words is YAML else None
    try:
        return Checked(form.model_validate(fields, context=context))
    except ValidationError as error:
        found = error.errors(include_url=False)
    faults = tuple(_fault_of_form(lines, name, one, words) for one in found)
    document, places = mended(form, fields, [one["loc"] for one in found], context)
    faulty = frozenset(tuple(step for step in place if step != KEY_STEP) for place in places)
    return Checked(document, faults, faulty)


@dataclass
class Read:
    """Entries, the texts of articles by their keys, and the faults of both."""

    entries: list[Entry] = field(default_factory=list)
    paragraphs: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def enter(self, ref: Ref, fields: object, lines: Lines, words: Words) -> None:
        """A record of these fields."""
        found = check_form(FORMS[ref.type], ref.key, fields, lines, words)
        self.faults += found.faults
        if found.document:
            self.entries.append(Entry(*ref, found.document, lines, found.faulty))

    def keep(self, key: str, texts: object, lines: Lines, words: Words) -> None:
        """The paragraphs of the article of this key; none given leaves those that there are."""
        if texts is None:
            return
        found = check_form(TextDocument, key, {"paragraphs": texts}, lines, words)
        self.faults += found.faults
        if found.document and not found.faults:
            self.paragraphs[key] = found.document.paragraphs or []


def own_key(kind: str, key: object, lines: Lines, words: Words, *place: str) -> str | Fault:
    """A record's own key, or what is wrong with it."""
    try:
        return check_key(kind, key)
    except ValidationError as error:
        (found,) = error.errors(include_url=False)
    what, remedy = told(found | {"input": key}, words)
    own = shown(str(key))
    return lines.fault(what if what.startswith(own) else f"{own}: {what}", remedy, *place)


def _fault_of_form(lines: Lines, name: str, fault: ErrorDetails, words: Words) -> Fault:
    what, remedy = told(fault, words)
    steps = (shown(str(step)).strip("`") for step in fault["loc"] if step != KEY_STEP)
    where = ".".join(part for part in (name, *steps) if part)
    return lines.fault(f"{where}: {what}", remedy, *fault["loc"])
