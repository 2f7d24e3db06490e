"""A seed file's text changed in place: what does not differ keeps every byte.

In: the text, and its records as they are and as they should be, without what is default. Out: the
text with the smallest changes, or None if they cannot be made in place. ruamel.yaml tells where
each value stands; the text between them, such as comments and blank lines, stays. Pure: no I/O.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kb.files.yaml_style import Scalar, Tree, entry, flow, item, scalar

Trees = Mapping[str, Tree]
# A mapping whose keys are a curator's own: what is new comes after the others.
_OWN_KEYS = "citations"
_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)*")


class _Change(NamedTuple):
    """Other text for what stands from `start` up to `end`."""

    start: int
    end: int
    text: str


class _Entry(NamedTuple):
    key: Node
    value: Node


def edited(text: str, now: Trees, then: Trees) -> str | None:
    """The text with the records that should be; new ones come last, in the order of their keys."""
    root = YAML(typ="safe", pure=True).compose(text)
    if root is None and text.strip():
        added = "".join("\n" + entry(key, then[key], 0) for key in then)
        return text.rstrip() + ("\n" + added).replace("\n", _line_break(text))
    if not isinstance(root, MappingNode) or root.flow_style:
        return None
    whole = text if text.endswith("\n") else text + _line_break(text)
    changes = _Editor(whole).mapping(root, now, then, own_keys=True, gap="\n")
    changed = _changed(whole, changes)
    last_stays = str(root.value[-1][0].value) in then
    return changed if changed is None or last_stays else changed.rstrip() + "\n"


def _changed(text: str, changes: Iterable[_Change]) -> str | None:
    """None if they overlap: YAML lets one value stand for several."""
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

    def mapping(
        self, node: MappingNode, now: Trees, then: Trees, *, own_keys: bool, gap: str = ""
    ) -> Iterator[_Change]:
        """Changes to a block mapping; `gap` parts its entries."""
        found = {str(key.value): _Entry(key, value) for key, value in node.value}
        indent = node.value[0][0].start_mark.column
        place = None
        for name in _ordered(found, then) if own_keys else then:
            if name in found:
                yield from self._entry(found[name], now.get(name), then[name])
                place = self._line_end(self._end(found[name]))
            elif place is None:
                first = self._line_start(node.value[0][0])
                yield _Change(first, first, entry(name, then[name], indent) + gap)
            else:
                yield _Change(place, place, gap + entry(name, then[name], indent))
        for name in found:
            if name in now and name not in then:
                yield self._removal(found[name], gap)

    def _removal(self, old: _Entry, gap: str) -> _Change:
        end = self._line_end(self._end(old))
        blanks = _BLANK_LINES.match(self._text, end) if gap else None
        return _Change(self._line_start(old.key), blanks.end() if blanks else end, "")

    def _entry(self, old: _Entry, now: Tree | None, then: Tree) -> Iterable[_Change]:
        """Changes inside the value, or else the entry anew."""
        if now == then:
            return []
        name, column = str(old.key.value), old.key.start_mark.column
        anew = entry(name, then, column)
        # A text that is to be folded has more lines than one.
        if isinstance(then, dict | list) or anew.count("\n") == 1:
            within = self._within(old.value, now, then, own_keys=name == _OWN_KEYS)
            if within is not None:
                return within
        return [_Change(old.key.start_mark.index, self._end(old), anew.strip())]

    def _within(
        self, node: Node, now: Tree | None, then: Tree, *, own_keys: bool = False
    ) -> list[_Change] | None:
        """Changes to a value that keeps its form; None if it cannot."""
        match node, now, then:
            case ScalarNode(), _, str() | int() if node.value or node.style:
                return [self._scalar(node, then, inside=False)]
            case MappingNode(flow_style=False), dict(), dict():
                return list(self.mapping(node, now, then, own_keys=own_keys))
            case SequenceNode(flow_style=False), list(), list():
                return self._sequence(node, now, then)
            case _:
                return self._inside(node, now, then)

    def _inside(self, node: Node, now: Tree | None, then: Tree) -> list[_Change] | None:
        """Changes to what stands in braces or brackets."""
        match node, now, then:
            case ScalarNode(), _, str() | int() if node.value or node.style:
                return [self._scalar(node, then, inside=True)]
            case SequenceNode(flow_style=True), _, list():
                return [_Change(node.start_mark.index, node.end_mark.index, flow(then))]
            case MappingNode(flow_style=True), dict(), dict() if _same_keys(node, now, then):
                values = {str(key.value): value for key, value in node.value}
                return _all(
                    self._inside(values[key], now.get(key), then[key])
                    for key in then
                    if now.get(key) != then[key]
                )
            case _:
                return None

    def _scalar(self, node: ScalarNode, then: Scalar, *, inside: bool) -> _Change:
        quote = node.style if node.style in ("'", '"') else ""
        anew = scalar(then, flow=inside, quote=quote)
        return _Change(node.start_mark.index, self._value_end(node), anew)

    def _sequence(
        self, node: SequenceNode, now: list[Tree], then: list[Tree]
    ) -> list[_Change] | None:
        """Each item in its place; surplus ones go, and new ones come last."""
        pairs = list(zip(node.value, now, then, strict=False))
        if any(
            isinstance(one, MappingNode) and not _same_keys(*pair)
            for pair in pairs
            for one in pair[:1]
        ):
            return None
        changes = _all(self._within(*pair) for pair in pairs if pair[1] != pair[2])
        if changes is None:
            return None
        surplus, place = node.value[len(pairs) :], self._line_end(self._value_end(node))
        gone = [
            _Change(self._line_start(one), self._line_end(self._value_end(one)), "")
            for one in surplus
        ]
        added = "".join(item(tree, node.start_mark.column) for tree in then[len(pairs) :])
        return [*changes, *gone, *([_Change(place, place, added)] if added else [])]

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


def _ordered(found: Iterable[str], then: Trees) -> list[str]:
    """Those that are there in their order, then the others in that of their keys."""
    stay = [name for name in found if name in then]
    return [*stay, *sorted(then.keys() - stay)]


def _same_keys(node: MappingNode, now: Tree, then: Tree) -> bool:
    """Whether nothing is to be added or removed; defaults may be written out."""
    if not isinstance(now, dict) or not isinstance(then, dict):
        return False
    written = {str(key.value) for key, _ in node.value}
    return set(then) <= written and not (written - set(then)) & set(now)


def _all(parts: Iterable[list[_Change] | None]) -> list[_Change] | None:
    """The changes of all parts, or None if one of them has none to give."""
    changes: list[_Change] = []
    for part in parts:
        if part is None:
            return None
        changes += part
    return changes
