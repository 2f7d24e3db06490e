"""What the fields of documents are, by their annotations: the one place of a fact about a field.

In: a document's class. Out: a `DocumentField` for each of its fields but `citations`. All that
depends on what a field is - rows, assertions, rules, search texts - asks these. A field of which
the annotation does not say enough raises TypeError as soon as its class is made. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from kb.records.types import record_type

_Trait = TypeVar("_Trait")


@dataclass(frozen=True, slots=True)
class DateTrait:
    """An EDTF text: a partial date, with its bounds beside it in the tables."""


@dataclass(frozen=True, slots=True)
class DayTrait:
    """One day, as text."""


@dataclass(frozen=True, slots=True)
class FloorTrait:
    """A date before which no span of anything that is of the record is possible."""


@dataclass(frozen=True, slots=True)
class SpanTrait:
    """An EDTF text: a period. Citations speak of its `.start` and `.end`."""


@dataclass(frozen=True, slots=True)
class WordsTrait:
    """A text that is no date, no period and no key."""


@dataclass(frozen=True, slots=True)
class CitedTrait:
    """The citations, which are records of their own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The key of another record.

    To point elsewhere would make a record another one where it is part of its `identity`: that to
    which it points shows no later than such a record. `name_column` keeps the name of the other
    record, to be sorted by.
    """

    type: str
    identity: bool = False
    name_column: str = ""


@dataclass(frozen=True, slots=True)
class Searched:
    """A text that can be searched, and how much a match in it counts."""

    weight: int


@dataclass(frozen=True, slots=True)
class NameTrait(Searched):
    """What a record is called: articles may differ in it without any of them being wrong."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A list of documents that belong to the record alone, and the table of their rows.

    Where records of several types have rows in one table, `owner` is its column that tells whose.
    """

    table: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class MappingTrait:
    """What a curator knows of it and no article tells: citations do not speak of it."""


@dataclass(frozen=True, slots=True)
class JoinedBy:
    """A list of records, whose rows begin with those that the parts of another list refer to.

    `field` is that list; parts in whose `column` stands `excluded` do not count.
    """

    field: str
    column: str
    excluded: str


@dataclass(frozen=True, slots=True)
class SortedLast:
    """A text by which lists are sorted: an unknown one comes last in each direction."""


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text that is looked for without regard to case, dashes and blanks."""


@dataclass(frozen=True)
class DocumentField:
    """A field of a document; `alias` is its name in files, GraphQL and citations.

    What is asked of it for each record is looked for in its traits once.
    """

    name: str
    alias: str
    plain_type: object
    required: bool
    many: bool
    traits: tuple[object, ...]
    default: str | bool | None = None
    """What a single value is where nothing is given, or nothing known."""

    def trait(self, trait_class: type[_Trait]) -> _Trait | None:
        """The trait of this class, if the field has it."""
        traits = self._traits_by_class
        if trait_class not in traits:
            of_class = (each for each in self.traits if isinstance(each, trait_class))
            traits[trait_class] = next(of_class, None)
        return cast("_Trait | None", traits[trait_class])

    @cached_property
    def _traits_by_class(self) -> dict[type[object], object]:
        """By class, what was looked for."""
        return {}

    def has(self, trait_class: type[object]) -> bool:
        return self.trait(trait_class) is not None

    @cached_property
    def is_date(self) -> bool:
        return self.has(DateTrait)

    @cached_property
    def is_span(self) -> bool:
        return self.has(SpanTrait)

    @cached_property
    def is_sorted_last(self) -> bool:
        return self.has(SortedLast)

    @cached_property
    def is_folded(self) -> bool:
        return self.has(FoldedText)

    @cached_property
    def reference(self) -> Reference | None:
        return self.trait(Reference)

    @cached_property
    def parts(self) -> Parts | None:
        return self.trait(Parts)

    @cached_property
    def joined_by(self) -> JoinedBy | None:
        return self.trait(JoinedBy)

    @property
    def is_identity(self) -> bool:
        return self.reference is not None and self.reference.identity

    @cached_property
    def enum(self) -> type[StrEnum] | None:
        plain = self.plain_type
        return plain if isinstance(plain, type) and issubclass(plain, StrEnum) else None

    @cached_property
    def column(self) -> str:
        """Where its value stands in the table of the record, if it is not of a list."""
        return f"{self.name}_id" if self.reference else self.name

    def part_table(self, owner: str) -> str | None:
        """The table of the rows that it makes beside the one of its `owner`, a table too."""
        if self.parts:
            return self.parts.table
        if self.many and self.reference:
            return f"{owner}_{self.member(owner)}"
        return None

    def member(self, owner: str) -> str:
        """What its rows call a record of a list: by its type, or by its part if it is of the same.

        States of an event are each a `state`; `predecessors` of a state are each a `predecessor`.
        """
        assert self.reference
        table = record_type(self.reference.type).table
        return self.name.removesuffix("s") if table == owner else table

    @property
    def assertable(self) -> tuple[str, ...]:
        """The names under which citations speak of it."""
        if self.has(MappingTrait):
            return ()
        if self.is_span:
            return f"{self.alias}.start", f"{self.alias}.end"
        return (self.alias,)


FieldsByName = Mapping[str, DocumentField]
_VALUE_TRAITS: Final = (DateTrait, DayTrait, SpanTrait, WordsTrait, Reference, Parts)
"""Traits of which each field of texts or of documents has one."""


@cache
def fields_of_document(form: type[BaseModel]) -> FieldsByName:
    """By their names in Python, in their order; raises TypeError for one that has no trait."""
    hints = get_type_hints(form, include_extras=True)
    fields: dict[str, DocumentField] = {}
    for name, info in form.model_fields.items():
        plain, many, traits = _unwrap_annotation(hints[name])
        if not any(isinstance(each, CitedTrait) for each in traits):
            alias = str(info.alias)
            required, default = info.is_required(), _default(info.default)
            fields[name] = DocumentField(name, alias, plain, required, many, traits, default)
            _check(form, fields[name])
    return fields


def _default(value: object) -> str | bool | None:
    """Of a text or a truth, as the tables have it; None for anything else, and for none."""
    if isinstance(value, bool):
        return value
    return str(value) if isinstance(value, str) else None


def traits_in(hint: object) -> tuple[object, ...]:
    """What an annotation says, of lists and of what may be left out too."""
    return _unwrap_annotation(hint)[2]


# An annotation is of no one type: a class, a union, a list of either.
def _unwrap_annotation(hint: Any) -> tuple[object, bool, tuple[object, ...]]:  # noqa: ANN401
    """The plain type, whether there is a list of it, and the traits of either."""
    noted: tuple[object, ...] = ()
    many = False
    while True:
        origin, inner = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            (hint,) = (each for each in inner if each is not NoneType)
        elif origin is Annotated:
            hint, noted = inner[0], (*noted, *inner[1:])
        elif origin is list:
            (hint,), many = inner, True
        else:
            return hint, many, noted


def _check(form: type[BaseModel], field: DocumentField) -> None:
    plain, place = field.plain_type, f"{form.__name__}.{field.name}"
    is_part = isinstance(plain, type) and issubclass(plain, BaseModel)
    needs_trait = plain is str or (field.many and is_part)
    if needs_trait and not any(field.has(trait_class) for trait_class in _VALUE_TRAITS):
        raise TypeError(
            f"{place} has no trait: annotate it as Edtf, Span, a Reference, Parts, or as a text"
            " such as Name or Prose"
        )
    if not (needs_trait or is_part or plain in (int, bool) or field.enum):
        raise TypeError(f"{place} is of the type {plain}, which no table can hold")
    if reference := field.reference:
        _check_reference(place, reference, field)


def _check_reference(place: str, reference: Reference, field: DocumentField) -> None:
    try:
        record_type(reference.type)
    except KeyError:
        raise TypeError(f"{place} refers to {reference.type}, which is no type") from None
    if reference.identity and field.many:
        raise TypeError(f"{place} is a list, which cannot be part of the identity")


def assertable_fields(forms: Iterable[type[BaseModel]]) -> Mapping[str, DocumentField]:
    """The fields of these documents by the names under which citations speak of them.

    A citation does not name the type of its record: raises TypeError where a name is of a date, of
    a name or of a list in one of them and of something else in another.
    """
    fields: dict[str, DocumentField] = {}
    for form in forms:
        for name, field in _assertable(form):
            if name in fields and _meaning(fields[name]) != _meaning(field):
                raise TypeError(f"{form.__name__}.{name} is something else in another document")
            fields.setdefault(name, field)
    return fields


def _assertable(form: type[BaseModel]) -> Iterator[tuple[str, DocumentField]]:
    for field in fields_of_document(form).values():
        yield from ((name, field) for name in field.assertable)


def _meaning(field: DocumentField) -> tuple[object, ...]:
    """What is asked of a citation whose record is not at hand."""
    traits = frozenset(
        trait_class for trait_class in (DateTrait, SpanTrait, NameTrait) if field.has(trait_class)
    )
    return field.name, field.many, traits
