"""The values that are bound to a statement, for the variables of one request.

In: the parameters of a plan, and coerced variables. Out: the values in the order of the statement's
holes, and every fault of an argument, each once. Pure: no connection.
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from enum import Enum

from kb.errors import LimitError, QueryError
from kb.query.sql import Param, Path, Scalar, Slot

_NEVER_STORED = re.compile("[\0\ud800-\udfff]")
_Places = tuple[int, ...]


class Binding:
    """The values of a plan: those that no variable changes are worked out once."""

    def __init__(self, checks: Sequence[Param], params: Sequence[Param]) -> None:
        """`checks` are tested whether or not the statement has a hole for them."""
        self._constants: list[Scalar] = [None] * len(params)
        self._varying: list[tuple[Param, _Places]] = []
        for param, places in _places(checks, params):
            try:
                if varies(param.value):
                    self._varying.append((param, places))
                else:
                    self._fill_places(self._constants, places, param, {})
            except QueryError:
                # It is reported for every request, in its place among all faults.
                self._varying.append((param, places))

    def values(self, variables: Mapping[str, object]) -> tuple[list[Scalar], list[QueryError]]:
        values, faults = [*self._constants], []
        for param, places in self._varying:
            try:
                self._fill_places(values, places, param, variables)
            except QueryError as error:
                faults.append(error)
        return values, faults

    def _fill_places(
        self, values: list[Scalar], places: _Places, param: Param, variables: Mapping[str, object]
    ) -> None:
        value = fit_value(param, variables)
        for place in places:
            values[place] = value


def fit_value(param: Param, variables: Mapping[str, object]) -> Scalar:
    """As it is bound; raises QueryError."""
    given = fill_slots(param.value, variables)
    if isinstance(given, str) and len(given) > param.most:
        what = f"a text of {len(given):,} characters, more than the {param.most:,} allowed"
        raise LimitError(what, "give a shorter one", param.path)
    value = param.fit(given)
    # The engines refuse these characters, and no stored text has them, nor U+FFFF in their place.
    return _NEVER_STORED.sub("\uffff", value) if isinstance(value, str) else value


def varies(value: object) -> bool:
    """Whether the value depends on variables."""
    return isinstance(value, Slot) or (isinstance(value, list) and any(map(varies, value)))


def slots(value: object, path: Path) -> object:
    """A variable's value with a slot for each scalar that does not change the plan.

    Nulls, booleans, enum values and the lengths of lists do: they are the variable's shape.
    """
    if isinstance(value, Mapping):
        return {name: slots(inner, (*path, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [slots(inner, (*path, index)) for index, inner in enumerate(value)]
    return value if _belongs_to_shape(value) else Slot(path)


def shape(value: object) -> Hashable:
    """Equal for two values exactly if their `slots` are equal."""
    if isinstance(value, Mapping):
        return tuple([(name, shape(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return ("", *map(shape, value))
    return (value,) if _belongs_to_shape(value) else ""


def _belongs_to_shape(value: object) -> bool:
    return value is None or isinstance(value, bool | Enum)


def _places(checks: Sequence[Param], params: Sequence[Param]) -> list[tuple[Param, _Places]]:
    """Each value once, with the holes that it fills: one argument stands in many of them."""
    places_by_value: dict[tuple[int, object], tuple[Param, list[int]]] = {}
    holes = (*(None for _ in checks), *range(len(params)))
    for hole, param in zip(holes, (*checks, *params), strict=True):
        _, places = places_by_value.setdefault((id(param.value), param.fit), (param, []))
        if hole is not None:
            places.append(hole)
    return [(param, tuple(places)) for param, places in places_by_value.values()]


def fill_slots(value: object, variables: object) -> object:
    """With what the variables have at its slots."""
    if isinstance(value, Slot):
        for part in value.path:
            if isinstance(variables, list):
                variables = variables[int(part)]
            elif isinstance(variables, Mapping):
                variables = variables[part]
        return variables
    if isinstance(value, list):
        return [fill_slots(inner, variables) for inner in value]
    if isinstance(value, Mapping):
        return {name: fill_slots(inner, variables) for name, inner in value.items()}
    return value
