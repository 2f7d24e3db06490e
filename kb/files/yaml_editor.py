"""A seed file's text changed in place: what does not differ keeps every byte.

In: the text, and its records as they are and as they should be, without default values. Out: the
text with the smallest changes, or None if they cannot be made in place. ruamel.yaml gives the place
of each value; the text between values, such as comments and blank lines, stays. Pure: no I/O.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kb.files.yaml_style import Tree, YamlScalar, entry, flow, item, scalar

TreesByKey = Mapping[str, Tree]
# A mapping whose keys curators choose: new entries come after the others.
_OWN_KEYS = "citations"
_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)*")


class _Change(NamedTuple):
    """A replacement for the text from `start` up to `end`."""

    start: int
    end: int
    text: str


class _Entry(NamedTuple):
    key: Node
    value: Node


def edit_text(text: str, current: TreesByKey, wanted: TreesByKey) -> str | None:
    """The text edited to hold the wanted records; new ones come last, sorted by their keys."""
    root = YAML(typ="safe", pure=True).compose(text)
    if root is None and text.strip():
        added = "".join("\n" + entry(key, wanted[key], 0) for key in wanted)
        return text.rstrip() + ("\n" + added).replace("\n", _line_break(text))
    if not isinstance(root, MappingNode) or root.flow_style:
        return None
    whole = text if text.endswith("\n") else text + _line_break(text)
    changes = _Editor(whole).mapping_changes(root, current, wanted, own_keys=True, gap="\n")
    changed = _apply(whole, changes)
    last_stays = str(root.value[-1][0].value) in wanted
    return changed if changed is None or last_stays else changed.rstrip() + "\n"


def _apply(text: str, changes: Iterable[_Change]) -> str | None:
    """The text with all changes; None if they overlap, as an alias of YAML may have it."""
    line_break, parts, place = _line_break(text), [], 0
    for start, end, new in sorted(changes, key=lambda change: change[:2]):
        if start < place:
            return None
        parts += [text[place:start], new.replace("\n", line_break)]
        place = end
    return "".join([*parts, text[place:]])


def _line_break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


class _Editor:
    """Finds the changes; every place is an index into the text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def mapping_changes(
        self,
        node: MappingNode,
        current: TreesByKey,
        wanted: TreesByKey,
        *,
        own_keys: bool,
        gap: str = "",
    ) -> Iterator[_Change]:
        """Changes to a block mapping; `gap` parts its entries."""
        entries = {str(key.value): _Entry(key, value) for key, value in node.value}
        indent = node.value[0][0].start_mark.column
        place = None
        for name in _order_keys(entries, wanted) if own_keys else wanted:
            if name in entries:
                yield from self._entry_changes(entries[name], current.get(name), wanted[name])
                place = self._line_end(self._end(entries[name]))
            elif place is None:
                first = self._line_start(node.value[0][0])
                yield _Change(first, first, entry(name, wanted[name], indent) + gap)
            else:
                yield _Change(place, place, gap + entry(name, wanted[name], indent))
        for name in entries:
            if name in current and name not in wanted:
                yield self._removal(entries[name], gap)

    def _removal(self, old: _Entry, gap: str) -> _Change:
        end = self._line_end(self._end(old))
        blanks = _BLANK_LINES.match(self._text, end) if gap else None
        return _Change(self._line_start(old.key), blanks.end() if blanks else end, "")

    def _entry_changes(self, old: _Entry, current: Tree | None, wanted: Tree) -> Iterable[_Change]:
        """Changes inside the value, or else a new text for the whole entry."""
        if current == wanted:
            return []
        name, column = str(old.key.value), old.key.start_mark.column
        anew = entry(name, wanted, column)
        # A text that is to be folded has more lines than one.
        if isinstance(wanted, dict | list) or anew.count("\n") == 1:
            within = self._value_changes(old.value, current, wanted, own_keys=name == _OWN_KEYS)
            if within is not None:
                return within
        return [_Change(old.key.start_mark.index, self._end(old), anew.strip())]

    def _value_changes(
        self, node: Node, current: Tree | None, wanted: Tree, *, own_keys: bool = False
    ) -> list[_Change] | None:
        """Changes to a value that keeps its form; None if it cannot."""
        match node, current, wanted:
            case ScalarNode(), _, str() | int() if node.value or node.style:
                return [self._scalar_change(node, wanted, inside=False)]
            case MappingNode(flow_style=False), dict(), dict():
                return list(self.mapping_changes(node, current, wanted, own_keys=own_keys))
            case SequenceNode(flow_style=False), list(), list():
                return self._sequence_changes(node, current, wanted)
            case _:
                return self._flow_changes(node, current, wanted)

    def _flow_changes(self, node: Node, current: Tree | None, wanted: Tree) -> list[_Change] | None:
        """Changes to what stands in braces or brackets."""
        match node, current, wanted:
            case ScalarNode(), _, str() | int() if node.value or node.style:
                return [self._scalar_change(node, wanted, inside=True)]
            case SequenceNode(flow_style=True), _, list():
                return [_Change(node.start_mark.index, node.end_mark.index, flow(wanted))]
            case MappingNode(flow_style=True), dict(), dict() if _same_keys(node, current, wanted):
                values = {str(key.value): value for key, value in node.value}
                return _join_changes(
                    self._flow_changes(values[key], current.get(key), wanted[key])
                    for key in wanted
                    if current.get(key) != wanted[key]
                )
            case _:
                return None

    def _scalar_change(self, node: ScalarNode, wanted: YamlScalar, *, inside: bool) -> _Change:
        quote = node.style if node.style in ("'", '"') else ""
        anew = scalar(wanted, flow=inside, quote=quote)
        return _Change(node.start_mark.index, self._value_end(node), anew)

    def _sequence_changes(
        self, node: SequenceNode, current: list[Tree], wanted: list[Tree]
    ) -> list[_Change] | None:
        """Each item changed in its place; surplus items are removed, and new ones come last."""
        pairs = list(zip(node.value, current, wanted, strict=False))
        if any(
            isinstance(child, MappingNode) and not _same_keys(*pair)
            for pair in pairs
            for child in pair[:1]
        ):
            return None
        changes = _join_changes(self._value_changes(*pair) for pair in pairs if pair[1] != pair[2])
        if changes is None:
            return None
        surplus, place = node.value[len(pairs) :], self._line_end(self._value_end(node))
        removals = [
            _Change(self._line_start(child), self._line_end(self._value_end(child)), "")
            for child in surplus
        ]
        added = "".join(item(tree, node.start_mark.column) for tree in wanted[len(pairs) :])
        return [*changes, *removals, *([_Change(place, place, added)] if added else [])]

    def _end(self, old: _Entry) -> int:
        """Where an entry's last character stands, but for a comment behind it."""
        value = old.value
        if isinstance(value, ScalarNode) and not value.value and not value.style:
            return self._text.index(":", old.key.end_mark.index) + 1
        return self._value_end(value)

    def _value_end(self, node: Node) -> int:
        """A block's own mark is where the next thing begins, behind blank lines and comments."""
        match node:
            case MappingNode(flow_style=False):
                return self._end(_Entry(*node.value[-1]))
            case SequenceNode(flow_style=False):
                return self._value_end(node.value[-1])
            case ScalarNode(style="|" | ">"):
                return len(self._text[: node.end_mark.index].rstrip())
            case _:
                return int(node.end_mark.index)

    def _line_start(self, node: Node) -> int:
        return self._text.rfind("\n", 0, node.start_mark.index) + 1

    def _line_end(self, place: int) -> int:
        return self._text.index("\n", place) + 1


def _order_keys(present: Iterable[str], wanted: TreesByKey) -> list[str]:
    """The present keys in their order, then the new ones sorted."""
    stay = [name for name in present if name in wanted]
    return [*stay, *sorted(wanted.keys() - stay)]


def _same_keys(node: MappingNode, current: Tree, wanted: Tree) -> bool:
    """Whether nothing is to be added or removed; defaults may be written out."""
    if not isinstance(current, dict) or not isinstance(wanted, dict):
        return False
    written = {str(key.value) for key, _ in node.value}
    return set(wanted) <= written and not (written - set(wanted)) & set(current)


def _join_changes(parts: Iterable[list[_Change] | None]) -> list[_Change] | None:
    """The changes of all parts, or None if a part cannot be changed in place."""
    changes: list[_Change] = []
    for part in parts:
        if part is None:
            return None
        changes += part
    return changes
