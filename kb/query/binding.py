"""What stands between the pieces of a statement, for the variables of one request.

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
        self._ready: list[Scalar] = [None] * len(params)
        self._open: list[tuple[Param, _Places]] = []
        for param, places in _places(checks, params):
            try:
                if varies(param.value):
                    self._open.append((param, places))
                else:
                    self._fill(self._ready, places, param, {})
            except QueryError:
                # It is told at every request, in the order of all faults.
                self._open.append((param, places))

    def values(self, variables: Mapping[str, object]) -> tuple[list[Scalar], list[QueryError]]:
        values, faults = [*self._ready], []
        for param, places in self._open:
            try:
                self._fill(values, places, param, variables)
            except QueryError as error:
                faults.append(error)
        return values, faults

    def _fill(
        self, values: list[Scalar], places: _Places, param: Param, variables: Mapping[str, object]
    ) -> None:
        value = fitted(param, variables)
        for place in places:
            values[place] = value


def fitted(param: Param, variables: Mapping[str, object]) -> Scalar:
    """As it is bound; raises QueryError."""
    given = _filled(param.value, variables)
    if isinstance(given, str) and len(given) > param.most:
        what = f"a text of {len(given):,} characters, more than the {param.most:,} allowed"
        raise LimitError(what, "give a shorter one", param.path)
    value = param.fit(given)
    # What the engines refuse stands in no text that is stored, nor does what takes its place.
    return _NEVER_STORED.sub("\uffff", value) if isinstance(value, str) else value


def varies(value: object) -> bool:
    """Whether variables have a part in it."""
    return isinstance(value, Slot) or (isinstance(value, list) and any(map(varies, value)))


def slots(value: object, path: Path) -> object:
    """The shape of a variable: what only fills the statement becomes a slot.

    Nulls, booleans, enum values and the lengths of lists belong to the shape.
    """
    if isinstance(value, Mapping):
        return {name: slots(inner, (*path, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [slots(inner, (*path, index)) for index, inner in enumerate(value)]
    return value if _shapes(value) else Slot(path)


def shape(value: object) -> Hashable:
    """Equal for two values exactly if their `slots` are equal."""
    if isinstance(value, Mapping):
        return tuple([(name, shape(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return ("", *map(shape, value))
    return (value,) if _shapes(value) else ""


def _shapes(value: object) -> bool:
    return value is None or isinstance(value, bool | Enum)


def _places(checks: Sequence[Param], params: Sequence[Param]) -> list[tuple[Param, _Places]]:
    """Each value once, with the holes that it fills: one argument stands in many of them."""
    found: dict[tuple[int, object], tuple[Param, list[int]]] = {}
    holes = (*(None for _ in checks), *range(len(params)))
    for hole, param in zip(holes, (*checks, *params), strict=True):
        _, places = found.setdefault((id(param.value), param.fit), (param, []))
        if hole is not None:
            places.append(hole)
    return [(param, tuple(places)) for param, places in found.values()]


def _filled(value: object, variables: object) -> object:
    if isinstance(value, Slot):
        for part in value.path:
            if isinstance(variables, list):
                variables = variables[int(part)]
            elif isinstance(variables, Mapping):
                variables = variables[part]
        return variables
    if isinstance(value, list):
        return [_filled(inner, variables) for inner in value]
    return value
