"""The groups beside a list: how many of its rows each has, as links that narrow the list to it.

In: a list of the schema, the parameters of its page's address, and the answer to its query. Out:
what is asked for the groups, and facets for the template: one for each key that the list's `groups`
take. A group is linked where a filter finds just what it counts. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from kb.query.conditions import fields_asked
from kb.query.fields import Arguments
from kb.query.grouping import MOST_GROUPS, YEAR, GroupsSource
from kb.query.selections import source_of
from kb.web.list_params import list_variables
from kb.web.presentation import Json, JsonObject, display, enum_words, field_path_words, list_rows
from kb.web.record_lists import PAGE_LENGTH, RecordList, naming

Params = Mapping[str, str]
MOST_BY_YEAR = 10_000
"""Rows that are counted by year at once: to spread them over years takes 20 times as long as to
count them by a key. A longer list is to be narrowed first, unless tallies have its years."""
_SHOWN = 10
"""Groups of a facet that are there at once; the others unfold."""


@dataclass(frozen=True)
class FacetKey:
    """What a list is grouped by; `filter_field` narrows it to a group, by the parameter `param`.

    Both are empty where no filter does. Beside a filter by any of `tied` this one asks for less
    than a group has.
    """

    name: str
    filter_field: str
    param: str
    tied: frozenset[str]
    selection: str
    is_enum: bool

    @property
    def alias(self) -> str:
        return f"by{self.name.title()}"

    @property
    def field(self) -> str:
        """That of a group."""
        return self.name.lower()

    @property
    def most(self) -> int:
        """One more than are told, but of years, which come in their own order."""
        return MOST_GROUPS if self.name == YEAR else PAGE_LENGTH + 1

    def given(self, params: Params) -> tuple[str, ...]:
        """The parameters by which the address narrows the list here."""
        paths = (self.filter_field, f"{self.filter_field}.")
        return tuple(
            name
            for name, value in params.items()
            if value and self.filter_field and (name == paths[0] or name.startswith(paths[1]))
        )

    def groups(self) -> str:
        by = f"groups(by: [{self.name}], first: {self.most})"
        return f"{self.alias}: {by} {{ {self.selection} count {{ certain possible }} }}"


@dataclass(frozen=True)
class Choice:
    """A group, and the parameters that narrow the list to it, if any do."""

    text: str
    count: str
    params: Params


@dataclass(frozen=True)
class Facet:
    """Groups by one key; with `given`, parameters of the address, the one that is in force.

    It is not whole where there are more than were asked for, and left out where none were.
    """

    title: str
    choices: Sequence[Choice]
    given: Sequence[str] = ()
    is_whole: bool = True
    is_left_out: bool = False

    @property
    def first(self) -> Sequence[Choice]:
        return self.choices[:_SHOWN]

    @property
    def rest(self) -> Sequence[Choice]:
        return self.choices[_SHOWN:]


def facet_keys(record_list: RecordList) -> Iterator[FacetKey]:
    """All that the list can be grouped by, in the order of the schema."""
    groups = record_list.groups
    if groups is None:
        return
    by, group = get_named_type(groups.args["by"].type), get_named_type(groups.type)
    wanted = get_named_type(record_list.arguments["filter"].type)
    assert isinstance(by, GraphQLEnumType)
    assert isinstance(group, GraphQLObjectType)
    assert isinstance(wanted, GraphQLInputObjectType)
    for name in by.values:
        named = get_named_type(group.fields[name.lower()].type)
        yield _facet_key(name, _groups_source(record_list), named, wanted)


def _groups_source(record_list: RecordList) -> GroupsSource:
    assert record_list.groups is not None
    source = source_of(record_list.groups)
    assert isinstance(source, GroupsSource)
    return source


def _facet_key(
    name: str, source: GroupsSource, named: GraphQLNamedType, wanted: GraphQLInputObjectType
) -> FacetKey:
    """`named` is the type of the field of a group; the year has no key."""
    key, field, filter_field = source.keys.get(name), name.lower(), source.filter_field(name)
    param = _param(wanted, filter_field)
    return FacetKey(
        name,
        filter_field if param else "",
        param,
        key.tied if key else frozenset(),
        field if is_leaf_type(named) else f"{field} {{ {naming(named)} }}",
        isinstance(named, GraphQLEnumType),
    )


def _param(wanted: GraphQLInputObjectType, filter_field: str) -> str:
    """By which parameter of an address the filter takes one value; by none if it does not."""
    if filter_field not in wanted.fields:
        return ""
    inner = get_named_type(wanted.fields[filter_field].type)
    return filter_field if is_leaf_type(inner) else f"{filter_field}.eq"


def group_selections(record_list: RecordList) -> str:
    """What a page of the list asks of its groups; those by year are asked for apart."""
    count = ["count { certain possible }"] if record_list.is_counted else []
    groups = (key.groups() for key in facet_keys(record_list) if key.name != YEAR)
    return " ".join([*count, *groups])


def years_selection(record_list: RecordList, params: Params, answer: Json) -> str:
    """What is asked of the list's years, if it has such, and they are counted soon enough."""
    keys = [key for key in facet_keys(record_list) if key.name == YEAR and not key.given(params)]
    if not keys or (_length(answer) > MOST_BY_YEAR and not _has_years(record_list, params)):
        return ""
    return f"years: {record_list.name}(first: 0, filter: $filter) {{ {keys[0].groups()} }}"


def _has_years(record_list: RecordList, params: Params) -> bool:
    """Whether tallies have the years of the list, which are not those of a view."""
    wanted = list_variables(record_list, params).get("filter", {})
    assert isinstance(wanted, Mapping)
    fields = fields_asked(Arguments(wanted, ()))
    return not params.get("known") and _groups_source(record_list).is_kept((YEAR,), fields)


def list_facets(
    record_list: RecordList, params: Params, answer: JsonObject, years: JsonObject
) -> list[Facet]:
    """Those that tell anything; `years` is what was answered of these."""
    keys = [*facet_keys(record_list)]
    in_force = {key.name for key in keys if key.given(params)}
    facets = [_facet(key, params, {**answer, **years}, in_force) for key in keys]
    return [facet for facet in facets if facet.choices or facet.is_left_out]


def _facet(key: FacetKey, params: Params, answer: JsonObject, in_force: set[str]) -> Facet:
    title, groups = enum_words(key.name), list_rows(answer, key.alias)
    if given := key.given(params):
        values = [params[name] for name in given]
        chosen = [
            group for group in groups if _value(group, key).casefold() == values[0].casefold()
        ]
        if len(values) > 1 or given[0] != key.param or not chosen:
            return Facet(title, [Choice(", ".join(values), _whole_count(answer), {})], given)
        return Facet(title, [_choice(chosen[0], key, is_linked=False)], given)
    if key.name == YEAR:
        groups = sorted(groups, key=lambda group: -_year(group))
    is_linked = bool(key.param) and not key.tied & in_force
    choices = [_choice(group, key, is_linked=is_linked) for group in groups[: key.most - 1]]
    if len(choices) == 1 and groups[0][key.field] is None:
        choices = []
    is_left_out = key.name == YEAR and key.alias not in answer
    return Facet(title, choices, (), len(groups) < key.most, is_left_out)


def _choice(group: JsonObject, key: FacetKey, *, is_linked: bool) -> Choice:
    value, count = _value(group, key), group["count"]
    assert isinstance(count, Mapping)
    params = {key.param: value} if is_linked and value else {}
    return Choice(_text(group[key.field], key), count_words(count), params)


def count_words(count: JsonObject) -> str:
    """`4 to 6` where it is in doubt."""
    certain, possible = count["certain"], count["possible"]
    return f"{possible}" if certain == possible else f"{certain} to {possible}"


def _value(group: JsonObject, key: FacetKey) -> str:
    """By which the filter finds the group; nothing of what has no such value."""
    value = group[key.field]
    if isinstance(value, Mapping):
        return str(value["id"]).partition(":")[2]
    return "" if value is None else str(value)


def _text(value: Json, key: FacetKey) -> str:
    if key.field == "field":
        return field_path_words(value)
    shown = display(value, is_enum=key.is_enum).text
    return shown or "none told"


def _year(group: JsonObject) -> int:
    value = group["year"]
    return value if isinstance(value, int) else 0


def _whole_count(answer: JsonObject) -> str:
    """Of all that the list has, which is what is in force."""
    count = answer.get("count")
    return count_words(count) if isinstance(count, Mapping) else str(_length(answer))


def _length(answer: Json) -> int:
    total = answer.get("totalCount") if isinstance(answer, Mapping) else None
    return total if isinstance(total, int) else 0
