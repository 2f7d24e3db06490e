"""Operations made up from the schema: whatever GraphQL allows, small enough to be answered.

In: a schema and the stock of one database. Out: a Hypothesis strategy of `Operation`, valid by
construction.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)
from graphql.type import SchemaMetaFieldDef, TypeMetaFieldDef
from hypothesis import strategies as st

from tests.operations.arguments import Arguments
from tests.operations.chooser import Chooser
from tests.operations.scope import (
    PLUMBING,
    Composite,
    Entry,
    Scope,
    Selection,
    absorb,
    can_merge,
    count_levels,
)
from tests.operations.stock import Stock
from tests.operations.values import RUNS, ValueMaker, Values, json_value, literal

MOST_LEVELS, MOST_FIELDS = 6, 60
MOST_ROWS, MOST_WEIGHT = 60, 600
"""About how many rows may stand in one place of an answer, and how many fields in all of it."""
ROWS_OF_A_LIST = 4
MOST_FRAGMENTS = 4
LEFT_OUT = frozenset({"at", "changes", "diff", "feed", "history"})
"""Fields without a naive meaning; `at` is tested by what was answered before."""
OFTEN = ("view", "search", "disagreements", "offices", "office", "tenure")
"""Fields at a root that would else be chosen seldom, among so many."""
SELDOM = {"holders"}
"""Fields that refuse an operation as soon as one of many rows does not fit their arguments."""
ALIASES = ("a", "b", "id", "name", "nodes")
_INTROSPECTED: Mapping[str, set[str]] = {
    "__Schema": {"queryType"},
    "__Type": {"kind", "name", "description", "fields", "interfaces", "enumValues", "ofType"},
    "__Field": {"name", "description", "args", "type"},
    "__InputValue": {"name", "type", "defaultValue"},
    "__EnumValue": {"name", "isDeprecated"},
}
_NESTING = {"fields", "interfaces"}
"""What validation does not let an introspection nest more than three times."""


@dataclass(frozen=True)
class Operation:
    """One document with the variables of each run."""

    text: str
    runs: list[dict[str, object]]

    def __repr__(self) -> str:
        return f"{self.text}\n{self.runs}"


def operations(schema: GraphQLSchema, stock: Stock) -> st.SearchStrategy[Operation]:
    @st.composite
    def write(draw: st.DrawFn) -> Operation:
        random = draw(st.randoms(note_method_calls=False, use_true_random=False))
        return make_operation(schema, stock, random)

    return write()


def make_operation(
    schema: GraphQLSchema, stock: Stock, random: Random, left_out: Set[str] = LEFT_OUT
) -> Operation:
    """One of them, without the fields of these names."""
    return _Writer(schema, stock, Chooser(random), left_out).operation()


@dataclass(frozen=True)
class _Spot:
    """A place to select in: the type there, what its keys mean, how deep and how often it is."""

    parent: Composite
    scope: Scope
    level: int
    rows: float


@dataclass
class _Fragment:
    """A named fragment; `levels` and `weight` are what it adds where it is spread."""

    name: str
    condition: Composite
    children: list[Selection] = field(default_factory=list)
    weight: float = 0
    finished: bool = False

    @property
    def text(self) -> str:
        head = f"fragment {self.name} on {self.condition.name}"
        return "\n".join(Selection(head, self.children).lines())


@cache
def _overlapping_types(schema: GraphQLSchema, composite: Composite) -> list[Composite]:
    """Types of which some object is of this type too."""
    types = (other for other in schema.type_map.values() if isinstance(other, Composite))
    possible = _possible_types(schema, composite)
    return [other for other in types if _possible_types(schema, other) & possible]


@cache
def _possible_types(schema: GraphQLSchema, composite: Composite) -> set[str]:
    if isinstance(composite, GraphQLObjectType):
        return {composite.name}
    return {object_type.name for object_type in schema.get_possible_types(composite)}


class _Writer:
    """Writes one operation; `left` and `weight` bound it."""

    def __init__(
        self, schema: GraphQLSchema, stock: Stock, chooser: Chooser, left_out: Set[str]
    ) -> None:
        self._schema, self._chooser, self._left_out = schema, chooser, left_out
        self._values = Values(chooser, stock)
        self._arguments = Arguments(chooser, stock, self._values)
        self._fragments: list[_Fragment] = []
        self._left = chooser.number(5, MOST_FIELDS)
        self._weight = 0.0

    def operation(self) -> Operation:
        root = self._schema.query_type
        assert root is not None
        children = self._selections(_Spot(root, Scope(), 0, 1))
        variables = self._values.variables
        runs = [
            {
                variable.name: json_value(variable.given[run])
                for variable in variables
                if run in variable.given
            }
            for run in range(RUNS if variables else 1)
        ]
        head = self._head(", ".join(variable.definition for variable in variables))
        texts = ["\n".join(Selection(head, children).lines())]
        texts += [fragment.text for fragment in self._fragments]
        if self._chooser.chance(20):
            texts.reverse()
        return Operation("\n".join(texts).strip(), runs)

    def _head(self, variables: str) -> str:
        given = f"({variables})" if variables else ""
        if self._chooser.chance(50):
            return f"query Asked{given}"
        return f"query {given}" if given or self._chooser.chance(30) else ""

    def _selections(self, spot: _Spot) -> list[Selection]:
        chosen: list[Selection] = []
        for _ in range(self._chooser.number(1, 5)):
            if self._left > 0 and self._weight < MOST_WEIGHT:
                chosen += self._selection(spot)
        return chosen or [self._typename(spot)]

    def _selection(self, spot: _Spot) -> list[Selection]:
        """At most one; where the type is abstract, mostly of the types that it stands for."""
        roll = self._chooser.number(0, 99)
        narrow = 0 if isinstance(spot.parent, GraphQLObjectType) else 30
        if roll >= 95:
            return [self._typename(spot)]
        if roll >= 90:
            return [self._inline_fragment(spot, None)]
        if roll >= 83 - narrow // 2:
            return [
                self._inline_fragment(
                    spot, self._chooser.pick(_overlapping_types(self._schema, spot.parent))
                )
            ]
        if roll >= 74 - narrow:
            return self._spread(spot)
        if roll >= 61 - narrow:
            return [self._repeated_field(spot)]
        return [self._field(spot)]

    def _typename(self, spot: _Spot) -> Selection:
        string = GraphQLNonNull(GraphQLString)
        return self._under_free_key(spot, Entry(spot.parent, "__typename", "", string))

    def _inline_fragment(self, spot: _Spot, condition: Composite | None) -> Selection:
        on = f" on {condition.name}" if condition else ""
        head = f"...{on}{self._directives(spot)}"
        inner = replace(spot, parent=condition or spot.parent)
        # One type may want more of what all have.
        more = [self._repeated_field(inner)] if self._chooser.chance(30) else []
        return Selection(head, [*more, *self._selections(inner)])

    def _spread(self, spot: _Spot) -> list[Selection]:
        """A fragment that is there already, if it fits, or a new one."""
        fitting = [fragment for fragment in self._fragments if self._can_spread(fragment, spot)]
        if fitting and self._chooser.chance(60):
            fragment = self._chooser.pick(fitting)
            absorb(fragment.children, spot.scope)
            self._weight += fragment.weight * spot.rows
        elif len(self._fragments) < MOST_FRAGMENTS:
            fragment = self._fragment(spot)
        else:
            return []
        head = f"...{fragment.name}{self._directives(spot)}"
        return [Selection(head, fragment.children, spread=True)]

    def _can_spread(self, fragment: _Fragment, spot: _Spot) -> bool:
        return (
            fragment.finished
            and not fragment.condition.name.startswith("__")
            and fragment.condition in (spot.parent, *_overlapping_types(self._schema, spot.parent))
            and spot.level + count_levels(fragment.children) <= MOST_LEVELS
            and self._weight + fragment.weight * spot.rows <= MOST_WEIGHT
            and can_merge(fragment.children, spot.scope)
        )

    def _fragment(self, spot: _Spot) -> _Fragment:
        condition = self._chooser.pick(
            [spot.parent, *_overlapping_types(self._schema, spot.parent)]
        )
        fragment = _Fragment(f"F{len(self._fragments)}", condition)
        self._fragments.append(fragment)
        before = self._weight
        fragment.children = self._selections(replace(spot, parent=condition))
        fragment.weight = (self._weight - before) / spot.rows
        fragment.finished = True
        return fragment

    def _repeated_field(self, spot: _Spot) -> Selection:
        """A key that this place has already, to be merged, though it be of an interface."""
        fields = self._fields(spot.parent)
        known = [
            (key, entry)
            for key, entries in spot.scope.entries.items()
            for entry in entries
            if entry.name in fields and _fits_entry(fields[entry.name], entry)
            if spot.scope.fits(key, replace(entry, parent=spot.parent))
        ]
        if not known:
            return self._field(spot)
        key, entry = self._chooser.pick(known)
        return self._under_key(spot, key, spot.scope.add(key, replace(entry, parent=spot.parent)))

    def _field(self, spot: _Spot) -> Selection:
        fields = self._fields(spot.parent)
        names = [name for name, field in fields.items() if self._has_room(spot, name, field)]
        names = [name for name in names if name not in SELDOM or self._chooser.chance(25)]
        if not names:
            return self._typename(spot)
        # Those in which most can go wrong, more often.
        names += [name for name in names if not is_leaf_type(get_named_type(fields[name].type))]
        names += [name for name in names if fields[name].args]
        names += [name for name in names if name in OFTEN]
        name = self._chooser.pick(names)
        if spot.level == 0 and "view" in names and self._chooser.chance(25):
            # Whatever can be asked can be asked of a day.
            name = "view"
        arguments = self._arguments.text(spot.parent.name, name, fields[name])
        takes = frozenset(fields[name].args)
        return self._under_free_key(
            spot, Entry(spot.parent, name, arguments, fields[name].type, takes)
        )

    def _fields(self, composite: Composite) -> Mapping[str, GraphQLField]:
        if not isinstance(composite, GraphQLObjectType | GraphQLInterfaceType):
            return {}
        wanted = _INTROSPECTED.get(composite.name)
        fields = {
            name: field
            for name, field in composite.fields.items()
            if (name in wanted if wanted else name not in self._left_out)
        }
        if composite is self._schema.query_type and self._chooser.chance(6):
            return {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
        return fields

    def _has_room(self, spot: _Spot, name: str, field: GraphQLField) -> bool:
        """Whether there is room for what the field brings."""
        entry = Entry(spot.parent, name, "", field.type)
        if name in _NESTING and spot.parent.name == "__Type" and spot.rows > 1:
            return False
        if is_leaf_type(entry.named):
            return True
        return spot.level < MOST_LEVELS and spot.rows * _rows(entry) <= MOST_ROWS

    def _under_free_key(self, spot: _Spot, entry: Entry) -> Selection:
        """The field under its own name, or under an alias where that is taken."""
        keys = [entry.name, f"x{self._left}"]
        if self._chooser.chance(20):
            keys.insert(0, self._chooser.pick(ALIASES))
        fitting = [key for key in keys if spot.scope.fits(key, entry)]
        key = fitting[0] if fitting else f"x{self._left}{entry.name}"
        return self._under_key(spot, key, spot.scope.add(key, entry))

    def _under_key(self, spot: _Spot, key: str, entry: Entry) -> Selection:
        self._left -= 1
        self._weight += spot.rows
        alias = "" if key == entry.name else f"{key}: "
        head = f"{alias}{entry.name}{entry.arguments}{self._directives(spot)}"
        inner_type = entry.named
        if not isinstance(inner_type, Composite):
            return Selection(head, key=key, entry=entry)
        level = spot.level + (entry.name not in PLUMBING)
        inner = _Spot(inner_type, entry.inner, level, spot.rows * _rows(entry))
        # The first field asked for must not use up what the ones beside it may have.
        kept = self._left // 3
        self._left -= kept
        children = self._selections(inner)
        self._left += kept
        return Selection(head, children, key, entry)

    def _directives(self, spot: _Spot) -> str:
        if not self._chooser.chance(10):
            return ""
        names = self._chooser.pick((["skip"], ["include"], ["skip", "include"]))
        boolean = GraphQLNonNull(GraphQLBoolean)
        # What is introspected is the library's affair, and so are the faults in it.
        percent = 0 if spot.parent.name.startswith("__") else 25
        conditions = [
            self._values.value_or_variable(boolean, name, self._condition(name), percent)
            for name in names
        ]
        return "".join(
            f" @{name}(if: {literal(condition)})"
            for name, condition in zip(names, conditions, strict=True)
        )

    def _condition(self, directive: str) -> ValueMaker:
        """One that keeps what it stands on, as a rule."""
        return lambda _: self._chooser.chance(30 if directive == "skip" else 70)


def _rows(entry: Entry) -> float:
    return ROWS_OF_A_LIST if is_list_type(get_nullable_type(entry.field_type)) else 1


def _fits_entry(field: GraphQLField, entry: Entry) -> bool:
    """Whether the entry's field could be this one of another type."""
    return str(field.type) == str(entry.field_type) and field.args.keys() == entry.takes
