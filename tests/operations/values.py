"""Values for the arguments of generated operations: literals, and variables in every state.

In: a type of the schema and what it is for. Out: values that validate. A variable has a value for
each of the `RUNS` in which its operation is asked: given, null or left out, so that one document
goes the way of a kept plan too.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    get_nullable_type,
    is_non_null_type,
    is_required_input_field,
)

from tests.operations.chooser import Chooser
from tests.operations.searches import Searches
from tests.operations.stock import ODD, Stock

RUNS = 3
_WITHIN = {"and", "or", "not"}
"""The fields of a filter that hold filters."""


@dataclass(frozen=True)
class EnumLiteral:
    """An enum value."""

    text: str


@dataclass(frozen=True)
class VariableUse:
    """A variable where a value may stand."""

    name: str


Value = None | bool | int | str | EnumLiteral | VariableUse | list["Value"] | dict[str, "Value"]
ValueMaker = Callable[[bool], Value]
"""Makes a value; told whether variables may stand in it."""


@dataclass
class Variable:
    """`given` holds the value of each run; a run that is not in it leaves the variable out."""

    name: str
    type_name: str
    purpose: str
    default: Value | VariableUse = VariableUse("")
    given: dict[int, Value] = field(default_factory=dict)

    @property
    def definition(self) -> str:
        default = "" if isinstance(self.default, VariableUse) else f" = {literal(self.default)}"
        return f"${self.name}: {self.type_name}{default}"


def literal(value: Value) -> str:
    """The value as it stands in a document."""
    match value:
        case EnumLiteral(text):
            return text
        case VariableUse(name):
            return f"${name}"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            return f"{{{', '.join(f'{name}: {literal(item)}' for name, item in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def json_value(value: object) -> object:
    """The value as it stands among the variables of a request."""
    match value:
        case EnumLiteral(text):
            return text
        case list():
            return [json_value(item) for item in value]
        case dict():
            return {name: json_value(item) for name, item in value.items()}
        case _:
            return value


def _narrowed_type(filter_type: GraphQLInputObjectType) -> str:
    """What a filter narrows: `StateFilter` narrows states."""
    return filter_type.name.removesuffix("Filter")


class Values:
    """Draws values for one operation, and remembers its variables."""

    def __init__(self, chooser: Chooser, stock: Stock) -> None:
        self._chooser, self._stock = chooser, stock
        self._searches = Searches(chooser, stock.texts)
        self.variables: list[Variable] = []

    def value(self, input_type: GraphQLInputType, owner: str, name: str) -> Value:
        return self.value_or_variable(
            input_type,
            f"{owner}.{name}",
            lambda inner: self._make_value(input_type, owner, name, inner),
        )

    def constant(self, input_type: GraphQLInputType, owner: str, name: str) -> Value:
        """A value without variables."""
        return self._make_value(input_type, owner, name, False)

    def value_or_variable(
        self, input_type: GraphQLInputType, purpose: str, make: ValueMaker, percent: int = 25
    ) -> Value:
        """What `make` makes, or a variable that has what it makes."""
        if self._chooser.chance(percent):
            return VariableUse(self._variable(input_type, purpose, make).name)
        return make(True)

    def _variable(self, input_type: GraphQLInputType, purpose: str, make: ValueMaker) -> Variable:
        known = [
            variable
            for variable in self.variables
            if (variable.type_name, variable.purpose) == (str(input_type), purpose)
        ]
        if known and self._chooser.chance(40):
            return self._chooser.pick(known)
        demanding, bare = is_non_null_type(input_type), get_nullable_type(input_type)
        # Null may be declared for a place that takes none, if there is a default.
        strict = self._chooser.chance(70 if demanding else 20)
        name = f"v{len(self.variables) + 1}"
        variable = Variable(name, f"{bare}!" if strict else str(bare), purpose)
        self.variables.append(variable)
        if (demanding and not strict) or self._chooser.chance(30):
            variable.default = self._constant_value(make, strict or demanding)
        defaulted = not isinstance(variable.default, VariableUse)
        for run in range(RUNS):
            if (strict and not defaulted) or not self._chooser.chance(30):
                variable.given[run] = self._constant_value(make, strict)
        return variable

    def _constant_value(self, make: ValueMaker, demanding: bool) -> Value:
        made = None if self._chooser.chance(1) else make(False)
        while demanding and made is None:
            made = make(False)
        return made

    def _make_value(
        self, input_type: GraphQLInputType, owner: str, name: str, inner: bool
    ) -> Value:
        # Within a filter null is refused, and little else would be asked.
        rarely = owner.endswith("Filter") or name == "filter"
        if not is_non_null_type(input_type) and self._chooser.chance(1 if rarely else 6):
            return None
        bare = get_nullable_type(input_type)
        if isinstance(bare, GraphQLList):
            return self._list(bare.of_type, owner, name, inner)
        if isinstance(bare, GraphQLInputObjectType):
            return self._object(bare, owner, name, inner)
        if isinstance(bare, GraphQLEnumType):
            return EnumLiteral(self._chooser.pick(list(bare.values)))
        return self._scalar(str(bare), owner, name)

    def _inner_value(
        self, input_type: GraphQLInputType, owner: str, name: str, inner: bool
    ) -> Value:
        return (
            self.value(input_type, owner, name)
            if inner
            else self._make_value(input_type, owner, name, False)
        )

    def _list(self, input_type: GraphQLInputType, owner: str, name: str, inner: bool) -> Value:
        if self._chooser.chance(15):
            # One item without brackets is a list of it.
            return self._constant_value(
                lambda _: self._make_value(input_type, owner, name, inner), True
            )
        # Of keys to group by, four are too many.
        most = 3 if name == "by" and not self._chooser.chance(3) else 4
        size = self._chooser.pick([1, 2, 3, 0, 4][: most + 1])
        return [self._inner_value(input_type, owner, name, inner) for _ in range(size)]

    def _object(
        self, input_type: GraphQLInputObjectType, owner: str, name: str, inner: bool
    ) -> Value:
        names = {
            name for name, field in input_type.fields.items() if is_required_input_field(field)
        }
        choice = list(input_type.fields)
        if name in _WITHIN and not self._chooser.chance(25):
            choice = [each for each in choice if each not in _WITHIN]
        names |= {self._chooser.pick(choice) for _ in range(self._chooser.number(0, 3))}
        if "atLeast" in names and not self._chooser.chance(10):
            # It needs the other.
            names.add("occurred" if "occurred" in input_type.fields else "asOf")
        if "role" in names and self._chooser.chance(50):
            # Together they are about one party.
            names.add(self._chooser.pick(("organisation", "state", "official")))
        made: dict[str, Value] = {}
        for each in sorted(names):
            # What is compared with is what the filter around it is about.
            on_text = input_type.name in {"StringFilter", "DateFilter"}
            narrowed, by = (owner, name) if on_text else (_narrowed_type(input_type), each)
            value = self._inner_value(input_type.fields[each].type, narrowed, by, inner)
            made[each] = self._cut(each, value)
        return made

    def _cut(self, name: str, value: Value) -> Value:
        """Part of a text, where only a part is compared."""
        if name not in {"contains", "startsWith"} or not isinstance(value, str):
            return value
        start = 0 if name == "startsWith" else self._chooser.number(0, max(len(value) - 1, 0))
        return value[start : start + self._chooser.pick((2, 1, 3, 0, 4))]

    def _scalar(self, scalar: str, owner: str, name: str) -> Value:
        match scalar:
            case "Boolean":
                return self._chooser.chance(50)
            case "Int" if name == "first":
                return self._chooser.pick([2, 1, 3, 0, 1001] if self._chooser.chance(5) else [3, 1])
            case "Int" if name == "year":
                years = [day.year for day in self._stock.near]
                return self._chooser.pick([*years, 0, 10_000])
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
        text = self._chooser.pick(self._stock.texts_for(owner, name))
        text = text.swapcase() if self._chooser.chance(12) else text
        return text.replace("-", "–") if self._chooser.chance(6) else text
