"""The values of fields, made of the cells of a row as a mapping says.

In: a value of a mapping, the field of the document that it is for, and the cells of a row. Out: the
value as a seed file would have it, None if there is nothing; what cannot be made is a `ValueIssue`
with its place. What a field is, is asked of its traits.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as data_field
from typing import NamedTuple, Protocol

from pydantic import BaseModel

from kb.archive.day_forms import read_day
from kb.archive.html_lines import HtmlLimitError, read_html_lines
from kb.folding import fold_code
from kb.imports.mapping import (
    ByIdentifier,
    Expression,
    FieldValue,
    ListForm,
    PartsForm,
    PeriodForm,
)
from kb.imports.mapping_reader import FieldsByAlias, fields_by_alias
from kb.imports.rows import Cells
from kb.imports.templates import read_template
from kb.normalisation import normalise
from kb.records.entries import Place
from kb.records.field_types import is_key
from kb.records.form_errors import quote_shortened
from kb.records.keys import key_of
from kb.records.traits import DocumentField
from kb.records.types import has_codes, in_words

_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
Made = str | bool | list["Made"] | dict[str, "Made"] | None


class Finder(Protocol):
    """Tells the keys of the records that are called so."""

    def by_name(self, type_name: str, name: str) -> list[str]: ...
    def by_identifier(self, type_name: str, scheme: str, value: str) -> list[str]: ...


class ValueIssue(NamedTuple):
    """What is wrong with a value, at its place in the record."""

    place: Place
    what: str
    remedy: str


class _NoValue(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy


def own_key(prefix: str | None, type_name: str, text: str) -> str:
    """The key that a mapping with this prefix gives to what a text names; states have codes."""
    if has_codes(type_name):
        # As references to it are folded; what is none stays as it is, for whoever says so.
        code = fold_code(text)
        return code if is_key(type_name, code) else text
    key = key_of(text, type_name.lower())
    return f"{prefix}-{key}" if prefix else key


@dataclass
class ValueMaker:
    """Makes the values of one mapping; `issues` are those of the row that is made now."""

    prefix: str | None
    finder: Finder
    issues: list[ValueIssue] = data_field(default_factory=list)

    def fields(
        self, place: Place, given: Mapping[str, FieldValue], fields: FieldsByAlias, cells: Cells
    ) -> dict[str, Made]:
        """Those that have something."""
        made = (
            (name, self._value((*place, name), value, fields.get(name), cells))
            for name, value in given.items()
        )
        return {name: value for name, value in made if value is not None}

    def _value(
        self, place: Place, value: FieldValue | None, field: DocumentField | None, cells: Cells
    ) -> Made:
        try:
            return self._make(place, value, field, cells)
        except _NoValue as error:
            self.issues.append(ValueIssue(place, error.what, error.remedy))
            return None

    def _make(
        self, place: Place, value: FieldValue | None, field: DocumentField | None, cells: Cells
    ) -> Made:
        match value:
            case str():
                return read_template(value).fill(cells)
            case Expression():
                return self._express(place, value, field, cells)
            case PeriodForm():
                return self._period(place, value, cells)
            case ListForm():
                return self._list(place, value, field, cells)
            case PartsForm():
                form = field.plain_type if field else None
                assert isinstance(form, type)
                assert issubclass(form, BaseModel)
                return self.fields(place, value.root, fields_by_alias(form), cells) or None
            case _:
                return value

    def _list(
        self, place: Place, value: ListForm, field: DocumentField | None, cells: Cells
    ) -> Made:
        """Members that are lists, as several of one cell are, are spread out."""
        members: list[Made] = []
        for number, member in enumerate(value.root):
            made = self._value((*place, number), member, field, cells)
            members += made if isinstance(made, list) else [] if made is None else [made]
        return members or None

    def _period(self, place: Place, value: PeriodForm, cells: Cells) -> str | None:
        start = self._value((*place, "start"), value.start, None, cells)
        end = self._value((*place, "end"), value.end, None, cells)
        return None if start is None and end is None else f"{start or ''}/{end or ''}"

    def _express(
        self, place: Place, value: Expression, field: DocumentField | None, cells: Cells
    ) -> Made:
        if value.each is None:
            made = self._express_one(place, value, field, cells)
            return value.blank if made is None else made
        made = [
            self._express_one(place, value, field, member) for member in _members(cells, value.each)
        ]
        return [each for each in made if each is not None] or None

    def _express_one(
        self, place: Place, value: Expression, field: DocumentField | None, cells: Cells
    ) -> Made:
        made = self._value(place, value.from_, field, cells)
        if isinstance(made, list):
            made = next((each for each in made if each not in value.empty), None)
        if not isinstance(made, str) or made in value.empty:
            return None if isinstance(made, str) else made
        if value.html:
            paragraphs = _paragraphs(made)
            is_list = field is None or field.many
            return [*paragraphs] if is_list else " ".join(paragraphs) or None
        if value.split is None:
            return self._convert(made, value, field)
        parts = (part.strip() for part in made.split(value.split))
        return [self._convert(part, value, field) for part in parts if part] or None

    def _convert(
        self, text: str, value: Expression, field: DocumentField | None
    ) -> str | bool | None:
        meant = _meant(text, value)
        if not isinstance(meant, str):
            return meant
        # What a text stands for is written as dates are here; the forms are those of cells.
        if value.dates and meant is text:
            return _day(text, value.dates)
        if value.find is None or field is None or field.reference is None:
            return meant
        return self._find(meant, value.find, field.reference.type)

    def _find(self, text: str, how: str | ByIdentifier, type_name: str) -> str:
        if how == "own":
            return own_key(self.prefix, type_name, text)
        if isinstance(how, ByIdentifier):
            keys = self.finder.by_identifier(type_name, how.identifier, text)
            called = f"has the identifier {quote_shortened(text)} of `{how.identifier}`"
        else:
            keys = self.finder.by_name(type_name, text)
            called = f"is called {quote_shortened(text)}"
        match keys:
            case [key]:
                return key
            case []:
                what = f"no {in_words(type_name)} {called}"
                raise _NoValue(what, "add it first, or correct the cell")
        what = f"more than one {in_words(type_name)} {called}: {', '.join(keys[:5])}"
        raise _NoValue(what, "name it by its key or an identifier")


def _meant(text: str, value: Expression) -> str | bool | None:
    """What a text stands for: itself, where no `values` tell, or others are as they are."""
    if value.values is None:
        return text
    if text in value.values:
        return value.values[text]
    if value.tells_otherwise:
        return value.otherwise
    if value.others == "as they are":
        return text
    what = f"{quote_shortened(text)} is none of the values that the mapping has"
    raise _NoValue(what, "add it to `values`, or write `otherwise`, or `others: as they are`")


def _day(text: str, forms: Sequence[str]) -> str:
    if (day := read_day(text, forms)) is None:
        told = ", ".join(f"`{form}`" for form in forms)
        what = f"{quote_shortened(text)} is no day of the form {told}"
        raise _NoValue(what, "correct it, or add its form to `dates`")
    return day


def _members(cells: Cells, name: str) -> Iterator[Cells]:
    """The row again for each member of what nests there, with the member's cells as `each.…`."""
    number = 0
    while True:
        stem = f"{name}.{number}"
        member = {
            f"each{column.removeprefix(stem)}": text
            for column, text in cells.items()
            if column == stem or column.startswith(f"{stem}.")
        }
        if not member:
            return
        yield {**cells, **member}
        number += 1


def _paragraphs(html: str) -> list[str]:
    """The texts of blocks; where none are marked, as in older posts, those between blank lines."""
    marked = _BLANK_LINE.sub("\n<p>", html)
    try:
        lines = [normalise(line.text) for line in read_html_lines(marked.encode())]
    except HtmlLimitError:
        raise _NoValue("its HTML nests too deeply to be read", "save it as text") from None
    return [line for line in lines if line]
