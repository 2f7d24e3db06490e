"""What the address of a list's page asks: filters and orders, as the schema has them.

In: a list, and the parameters of an address: the path of a field in the list's filter, such as
`state.eq`; `order`, such as `-START`. Out: the variables of the list's query, and the fields of a
form that asks it; GraphQLError for what the list does not take. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    get_named_type,
    is_required_input_field,
)

from kb.errors import alternatives
from kb.records.types import RECORD_TYPES, in_words
from kb.web.address_values import address_fault, param_value, refuse_value
from kb.web.presentation import FOLDERS, Json, enum_words
from kb.web.record_lists import RecordList

_ORDER, _STEPS = "orderBy", "order"
"""The argument of a list, and what an address calls it."""
WORDS = "q"
"""What an address calls the words that are searched for."""
_KEYS = {record_type.key for record_type in RECORD_TYPES}
_INPUT_TYPES = {"Date": "date", "Int": "number"}
Params = Mapping[str, str]


@dataclass(frozen=True)
class FormField:
    """An input of a form; with `choices`, values and their words, a selection of one of these."""

    name: str
    label: str
    value: str
    input_type: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    key_of: str = ""
    """The type of the records whose keys it takes."""


def list_variables(record_list: RecordList, params: Params) -> Mapping[str, Json]:
    """The values of the list's arguments that an address gives.

    Raises GraphQLError for values that it cannot have, and for such beside words to be found.
    """
    _check_search(record_list, params)
    values: dict[str, Json] = {}
    for name, argument in record_list.arguments.items():
        named = get_named_type(argument.type)
        if name == _ORDER:
            assert isinstance(named, GraphQLInputObjectType)
            value: Json = _steps(named, params.get(_STEPS, ""))
        elif isinstance(named, GraphQLInputObjectType):
            value = _filter(named, params, "")
        else:
            value = param_value(name, argument.type, params.get(name, ""))
        if value not in (None, {}, []):
            values[name] = value
    return values


def list_names(record_list: RecordList) -> Iterator[str]:
    """Of all that the list's address takes, but for the place in it and the day of a view."""
    if record_list.is_searched:
        yield WORDS
    yield from _names(record_list)


def _check_search(record_list: RecordList, params: Params) -> None:
    """What stands beside words would be left out: a search takes none."""
    if not params.get(WORDS, "").strip():
        return
    if given := [*filter(params.get, _names(record_list))]:
        told = f"`{given[0]}` has no part in a search by words"
        raise address_fault(f"{told}; leave it out, or the words (`{WORDS}`)")


def _names(record_list: RecordList) -> Iterator[str]:
    """Of what narrows and sorts the list, as an address has them."""
    for name, argument in record_list.arguments.items():
        named = get_named_type(argument.type)
        if name == _ORDER:
            yield _STEPS
        elif isinstance(named, GraphQLInputObjectType):
            yield from _paths(named)
        else:
            yield name


def _paths(type_: GraphQLInputObjectType) -> Iterator[str]:
    """Of all values that a filter takes, as an address names them."""
    for name, field in _narrowings(type_).items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from (f"{name}.{path}" for path in _paths(inner))
        else:
            yield name


def _steps(step_type: GraphQLInputObjectType, order: str) -> list[Json]:
    """`-START,NAME` is from the last start on, and by name where that is equal."""
    steps = order.split(",") if order else []
    fields = get_named_type(step_type.fields["field"].type)
    assert isinstance(fields, GraphQLEnumType)
    for step in steps:
        if step.removeprefix("-") not in fields.values:
            last = f"`-{next(iter(fields.values))}` is the last first"
            remedy = f"it may be {alternatives(fields.values)}, where {last}"
            raise refuse_value(_STEPS, step, "sorts nothing here", remedy)
    return [
        {"field": step.removeprefix("-"), "direction": "DESC" if step.startswith("-") else "ASC"}
        for step in steps
    ]


def _filter(type_: GraphQLInputObjectType, params: Params, path: str) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for name, field in _narrowings(type_).items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            value: Json = _filter(inner, params, f"{path}{name}.")
        else:
            value = param_value(path + name, field.type, params.get(path + name, ""))
        if value not in (None, {}):
            values[name] = value
    for name, field in type_.fields.items():
        if values and name not in values and is_required_input_field(field):
            told = f"`{path}{next(iter(values))}` needs `{path}{name}`"
            raise address_fault(f"{told}; give both, or leave it out")
    return values


def _narrowings(type_: GraphQLInputObjectType) -> Mapping[str, GraphQLInputField]:
    """The fields of a filter; those that join filters of its own type have no end in an address."""
    fields = type_.fields.items()
    return {name: field for name, field in fields if get_named_type(field.type) is not type_}


def form_fields(record_list: RecordList, params: Params) -> list[FormField]:
    """All that the list can be narrowed and sorted by; by what it is given already."""
    fields: list[FormField] = []
    for name, argument in record_list.arguments.items():
        named = get_named_type(argument.type)
        if name == _ORDER:
            assert isinstance(named, GraphQLInputObjectType)
            fields.append(_order_field(named, params.get(_STEPS, "")))
        elif isinstance(named, GraphQLInputObjectType):
            fields += _filter_fields(record_list, named, params, ())
        else:
            fields.append(_form_field((name,), named, params))
    return fields


def _order_field(step: GraphQLInputObjectType, value: str) -> FormField:
    by = get_named_type(step.fields["field"].type)
    assert isinstance(by, GraphQLEnumType)
    choices = [
        (sign + name, enum_words(name) + words)
        for name in by.values
        for sign, words in (("", ""), ("-", ", last first"))
    ]
    return FormField(_STEPS, "Sorted by", value, choices=(("", "the usual order"), *choices))


def _filter_fields(
    record_list: RecordList, type_: GraphQLInputObjectType, params: Params, path: tuple[str, ...]
) -> Iterator[FormField]:
    """Of a text that the filter takes, whether it is a record's key, or has these letters."""
    for name, field in _narrowings(type_).items():
        inner, here, key_of = (
            get_named_type(field.type),
            (*path, name),
            _type_named(record_list, name),
        )
        if inner.name == "StringFilter":
            if name not in _KEYS:
                yield _form_field((*here, "eq" if key_of else "contains"), inner, params, key_of)
        elif isinstance(inner, GraphQLInputObjectType):
            yield from _filter_fields(record_list, inner, params, here)
        else:
            yield _form_field(here, inner, params, key_of)


def _type_named(record_list: RecordList, name: str) -> str:
    """The type of the records that a filter means by this name, if it means any."""
    field = record_list.node.fields.get(name)
    named = get_named_type(field.type).name if field else name.capitalize()
    return named if named in FOLDERS else ""


def _form_field(
    path: tuple[str, ...], named: GraphQLNamedType, params: Params, key_of: str = ""
) -> FormField:
    name, words = ".".join(path), [in_words(part) for part in path if part != "eq"]
    if words[-1] == "on":
        # `heldOn.on`.
        words.pop()
    choices: tuple[tuple[str, str], ...] = ()
    if isinstance(named, GraphQLEnumType):
        choices = (("", "any"), *((value, enum_words(value)) for value in named.values))
    elif named.name == "Boolean":
        choices = (("", "any"), ("true", "yes"), ("false", "no"))
    input_type = _INPUT_TYPES.get(named.name, "text")
    label = " ".join(words).capitalize()
    return FormField(name, label, params.get(name, ""), input_type, choices, key_of)
