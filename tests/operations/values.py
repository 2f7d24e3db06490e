"""Values for the arguments of generated operations: literals, and variables in every state.

In: a type of the schema and what it is for. Out: values that validate. A variable has a value for
each of the `RUNS` in which its operation is asked: given, null or left out, so that one document
goes the way of a kept plan too.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    get_nullable_type,
    is_non_null_type,
    is_required_input_field,
)

from tests.operations.searches import Searches
from tests.operations.stock import ODD, Stock

RUNS = 3
Item = TypeVar("Item")


@dataclass(frozen=True)
class Name:
    """An enum value."""

    text: str


@dataclass(frozen=True)
class Use:
    """A variable where a value may stand."""

    name: str


Value = None | bool | int | str | Name | Use | list["Value"] | dict[str, "Value"]
Make = Callable[[bool], Value]
"""Makes a value; told whether variables may stand in it."""


@dataclass
class Variable:
    """`given` holds the value of each run; a run that is not in it leaves the variable out."""

    name: str
    kind: str
    about: str
    default: Value | Use = Use("")
    given: dict[int, Value] = field(default_factory=dict)

    @property
    def definition(self) -> str:
        default = "" if isinstance(self.default, Use) else f" = {literal(self.default)}"
        return f"${self.name}: {self.kind}{default}"


def literal(value: Value) -> str:
    """The value as it stands in a document."""
    match value:
        case Name(text):
            return text
        case Use(name):
            return f"${name}"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            return f"{{{', '.join(f'{name}: {literal(one)}' for name, one in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def plain(value: object) -> object:
    """The value as it stands among the variables of a request."""
    match value:
        case Name(text):
            return text
        case list():
            return [plain(one) for one in value]
        case dict():
            return {name: plain(one) for name, one in value.items()}
        case _:
            return value


def _narrowed(kind: GraphQLInputObjectType) -> str:
    """What a filter narrows: `StateFilter` narrows states."""
    return kind.name.removesuffix("Filter")


class Chooser:
    """Draws from small choices; what is rare stands for the higher rolls, so that it shrinks.

    It draws from a Random of Hypothesis, whose numbers shrink like others, and not from strategies:
    of those Hypothesis makes the same operation over and over with one of its parts repeated.
    """

    def __init__(self, random: Random) -> None:
        self._random = random

    def chance(self, percent: int) -> bool:
        # Hypothesis likes both ends of a range.
        return 100 - percent <= self.number(0, 100) < 100

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.number(0, len(items) - 1)]


class Values:
    """Draws values for one operation, and remembers its variables."""

    def __init__(self, chooser: Chooser, stock: Stock) -> None:
        self._chooser, self._stock = chooser, stock
        self._searches = Searches(chooser, stock.texts)
        self.variables: list[Variable] = []

    def value(self, kind: GraphQLInputType, owner: str, name: str) -> Value:
        return self.place(
            kind, f"{owner}.{name}", lambda inner: self._made(kind, owner, name, inner)
        )

    def constant(self, kind: GraphQLInputType, owner: str, name: str) -> Value:
        """A value without variables."""
        return self._made(kind, owner, name, False)

    def place(self, kind: GraphQLInputType, about: str, make: Make, percent: int = 25) -> Value:
        """What `make` makes, or a variable that has what it makes."""
        if self._chooser.chance(percent):
            return Use(self._variable(kind, about, make).name)
        return make(True)

    def _variable(self, kind: GraphQLInputType, about: str, make: Make) -> Variable:
        known = [one for one in self.variables if (one.kind, one.about) == (str(kind), about)]
        if known and self._chooser.chance(40):
            return self._chooser.pick(known)
        demanding, bare = is_non_null_type(kind), get_nullable_type(kind)
        # Null may be declared for a place that takes none, if there is a default.
        strict = self._chooser.chance(70 if demanding else 20)
        name = f"v{len(self.variables) + 1}"
        variable = Variable(name, f"{bare}!" if strict else str(bare), about)
        self.variables.append(variable)
        if (demanding and not strict) or self._chooser.chance(30):
            variable.default = self._something(make, strict or demanding)
        defaulted = not isinstance(variable.default, Use)
        for run in range(RUNS):
            if (strict and not defaulted) or not self._chooser.chance(30):
                variable.given[run] = self._something(make, strict)
        return variable

    def _something(self, make: Make, demanding: bool) -> Value:
        made = None if self._chooser.chance(1) else make(False)
        while demanding and made is None:
            made = make(False)
        return made

    def _made(self, kind: GraphQLInputType, owner: str, name: str, inner: bool) -> Value:
        # Within a filter null is refused, and little else would be asked.
        rarely = owner.endswith("Filter") or name == "filter"
        if not is_non_null_type(kind) and self._chooser.chance(1 if rarely else 6):
            return None
        bare = get_nullable_type(kind)
        if isinstance(bare, GraphQLList):
            return self._list(bare.of_type, owner, name, inner)
        if isinstance(bare, GraphQLInputObjectType):
            return self._object(bare, owner, name, inner)
        if isinstance(bare, GraphQLEnumType):
            return Name(self._chooser.pick(list(bare.values)))
        return self._scalar(str(bare), owner, name)

    def _inner(self, kind: GraphQLInputType, owner: str, name: str, inner: bool) -> Value:
        return self.value(kind, owner, name) if inner else self._made(kind, owner, name, False)

    def _list(self, kind: GraphQLInputType, owner: str, name: str, inner: bool) -> Value:
        if self._chooser.chance(15):
            # One item without brackets is a list of it.
            return self._something(lambda _: self._made(kind, owner, name, inner), True)
        size = self._chooser.pick([1, 2, 3, 0, 4])
        return [self._inner(kind, owner, name, inner) for _ in range(size)]

    def _object(self, kind: GraphQLInputObjectType, owner: str, name: str, inner: bool) -> Value:
        asked = {name for name, one in kind.fields.items() if is_required_input_field(one)}
        asked |= {self._chooser.pick(list(kind.fields)) for _ in range(self._chooser.number(0, 3))}
        if "atLeast" in asked and not self._chooser.chance(10):
            # It needs the other.
            asked.add("asOf")
        made: dict[str, Value] = {}
        for each in sorted(asked):
            # What is compared with is what the filter around it is about.
            on_text = kind.name in {"StringFilter", "DateFilter"}
            narrowed, by = (owner, name) if on_text else (_narrowed(kind), each)
            value = self._inner(kind.fields[each].type, narrowed, by, inner)
            made[each] = self._cut(each, value)
        return made

    def _cut(self, name: str, value: Value) -> Value:
        """Part of a text, where only a part is compared."""
        if name not in {"contains", "startsWith"} or not isinstance(value, str):
            return value
        start = 0 if name == "startsWith" else self._chooser.number(0, max(len(value) - 1, 0))
        return value[start : start + self._chooser.pick((2, 1, 3, 0, 4))]

    def _scalar(self, kind: str, owner: str, name: str) -> Value:
        match kind:
            case "Boolean":
                return self._chooser.chance(50)
            case "Int":
                return self._chooser.pick(self._stock.issues)
            case "Date" if name == "knownAt":
                return self._chooser.pick(self._stock.known).isoformat()
            case "Date":
                days = self._stock.near if self._chooser.chance(30) else self._stock.days
                return self._chooser.pick(days).isoformat()
            case "ID":
                return self._chooser.pick(self._stock.ids)
            case _:
                return self._text(owner, name)

    def _text(self, owner: str, name: str) -> str:
        if name == "query":
            return self._searches.make()
        if self._chooser.chance(5):
            return self._chooser.pick(ODD)
        text = self._chooser.pick(self._stock.about(owner, name))
        text = text.swapcase() if self._chooser.chance(12) else text
        return text.replace("-", "–") if self._chooser.chance(6) else text
