"""What stands in for the parts of a record that are at fault, so that the rest can be checked too.

In: the fields of a record, and the places of those that its form refuses. Out: the document with
something harmless at these places. Nothing of it is ever written. Pure: no I/O.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError

from kb.records.field_types import Digest
from kb.records.traits import DateTrait, Reference, SpanTrait, traits_in
from kb.records.types import has_codes

_Form = TypeVar("_Form", bound=BaseModel)
Steps = tuple[str | int, ...]
KEY_STEP = "[key]"
"""How pydantic ends the place of a key."""
_DAY, _CODE, _WORD = "0001", "XX", "x"


def fill_placeholders(
    form: type[_Form], fields: object, places: Sequence[Steps], context: object
) -> tuple[_Form | None, Sequence[Steps]]:
    """The document, if that is enough to make one, and where it has stand-ins.

    The fields are changed.
    """
    put: list[Steps] = []
    # Once more for what is missing where something was taken out.
    for _ in range(2):
        put += places
        for place in places:
            fields = _put_placeholder(form, fields, place)
        try:
            return form.model_validate(fields, context=context), put
        except ValidationError as error:
            places = [detail["loc"] for detail in error.errors(include_url=False)]
    return None, put


def _put_placeholder(hint: object, value: object, place: Steps) -> object:
    """The value with a stand-in at the place; what must not be there is taken out."""
    if not place:
        return make_placeholder(hint)
    hint, (step, *rest) = _unwrapped_type(hint), place
    if isinstance(value, dict):
        known = _fields(hint) if _is_form(hint) else {str(step): get_args(hint)[-1]}
        if rest == [KEY_STEP] or step not in known:
            value.pop(step, None)
        elif step in value or (_is_form(hint) and not rest):
            value[step] = _put_placeholder(known[str(step)], value.get(step), tuple(rest))
    elif isinstance(value, list) and isinstance(step, int):
        value[step] = _put_placeholder(get_args(hint)[0], value[step], tuple(rest))
    return value


def make_placeholder(hint: object) -> object:
    """Something that a part of this type may be."""
    if NoneType in get_args(hint):
        return None
    if get_origin(hint) is Annotated and (text := _text(hint)):
        return text
    hint = _unwrapped_type(hint)
    if _is_form(hint):
        form = cast(type[BaseModel], hint)
        needed = {str(field.alias) for field in form.model_fields.values() if field.is_required()}
        return {
            name: make_placeholder(field_type)
            for name, field_type in _fields(form).items()
            if name in needed
        }
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if get_origin(hint) is dict:
        return {_WORD: make_placeholder(get_args(hint)[-1])}
    plain: Mapping[object, object] = {bool: False, int: 1, str: _WORD}
    return plain.get(hint, [])


def _text(hint: object) -> str | None:
    """What stands in for a text that has a form of its own: a hash, a date, a code."""
    if hint == Digest:
        return "0" * 64
    if get_origin(get_args(hint)[0]) is list:
        return None
    for trait in traits_in(hint):
        match trait:
            case DateTrait() | SpanTrait():
                return _DAY
            case Reference(type=name) if has_codes(name):
                return _CODE
    return None


def _unwrapped_type(hint: object) -> object:
    """Without `| None`, and without the annotations."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (argument for argument in get_args(hint) if argument is not NoneType)
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _is_form(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


@cache
def _fields(form: object) -> Mapping[str, object]:
    """The types of a form's fields, by their names in documents."""
    model = cast(type[BaseModel], form)
    hints = get_type_hints(model, include_extras=True)
    return {str(field.alias): hints[name] for name, field in model.model_fields.items()}
