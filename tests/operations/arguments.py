"""The arguments of generated fields, those of pages above all.

In: a field of the schema. Out: its arguments as text, with sizes that keep answers small, cursors
that the same list gave out, and now and then a fault.
"""

from collections.abc import Mapping, Sequence

from graphql import GraphQLArgument, GraphQLField, get_named_type, is_required_argument

from tests.operations.chooser import Chooser
from tests.operations.stock import ODD, Stock
from tests.operations.values import Value, Values, json_value, literal

_SIZES = (2, 1, 3, 0, 4, 5)
_WRONG_SIZES = (101, -1, 2147483647)
_WRONG_CURSORS = ("zz", "5b5d", "5b31", "7b7d", *ODD)


class Arguments:
    def __init__(self, chooser: Chooser, stock: Stock, values: Values) -> None:
        self._chooser, self._stock, self._values = chooser, stock, values

    def text(self, parent: str, name: str, field: GraphQLField) -> str:
        """`(…)`, or nothing."""
        if "after" in field.args:
            chosen = self._page(parent, name, field)
        else:
            chosen = self._plain(parent, field)
        if not chosen:
            return ""
        return f"({', '.join(f'{each}: {literal(value)}' for each, value in chosen.items())})"

    def _plain(self, parent: str, field: GraphQLField) -> dict[str, Value]:
        owner = get_named_type(field.type).name
        make = self._values.constant if parent.startswith("__") else self._values.value
        return {
            name: make(argument.type, owner, name)
            for name, argument in field.args.items()
            if is_required_argument(argument) or self._chooser.chance(50)
        }

    def _page(self, parent: str, name: str, field: GraphQLField) -> dict[str, Value]:
        owner = get_named_type(field.type).name.removesuffix("Connection")
        chosen: dict[str, Value] = {
            argument: self._values.value(field.args[argument].type, owner, argument)
            for argument in ("query", "types", "kind")
            if argument in field.args and (argument == "query" or self._chooser.chance(35))
        }
        if "filter" in field.args and self._chooser.chance(55):
            chosen["filter"] = self._values.value(field.args["filter"].type, owner, "filter")
        with_cursor = self._chooser.chance(30)
        if "orderBy" in field.args and self._chooser.chance(40):
            order_type = field.args["orderBy"].type
            # A cursor belongs to one order, which must be known here.
            make = self._values.constant if with_cursor else self._values.value
            chosen["orderBy"] = make(order_type, owner, "orderBy")
        chosen |= self._sizes(field.args)
        if with_cursor:
            chosen |= self._cursors(parent, name, field, chosen.get("orderBy"))
        return chosen

    def _sizes(self, arguments: Mapping[str, GraphQLArgument]) -> dict[str, Value]:
        ways: Sequence[Sequence[str]] = ([], ["first"], ["last"], ["first"])
        if "last" not in arguments:
            ways = ([], ["first"])
        both = "last" in arguments and self._chooser.chance(1)
        names = ["first", "last"] if both else self._chooser.pick(ways)
        return {
            name: self._values.value_or_variable(
                arguments[name].type, "size", lambda _: self._size()
            )
            for name in names
        }

    def _size(self) -> int:
        return self._chooser.pick(_WRONG_SIZES if self._chooser.chance(2) else _SIZES)

    def _cursors(
        self, parent: str, name: str, field: GraphQLField, order: Value
    ) -> dict[str, Value]:
        written = "" if order is None else literal(order)
        orders = order if isinstance(order, list) or order is None else [order]
        known = self._stock.cursors(parent, name, written, json_value(orders))
        if not known:
            return {}

        def make(_: bool) -> Value:
            if self._chooser.chance(2):
                return self._chooser.pick([*_WRONG_CURSORS, *self._stock.foreign_cursors()])
            return self._chooser.pick(known)

        purpose = f"cursor of {parent}.{name} {written}"
        ways = (["after"], ["before"], ["after", "before"])
        names = self._chooser.pick(ways if "before" in field.args else ways[:1])
        return {
            each: self._values.value_or_variable(field.args[each].type, purpose, make)
            for each in names
        }
