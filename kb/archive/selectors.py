"""Selectors of CSS, matched step by step on the way down a tree.

In: a selector, and elements, each after the one that holds it. Out: whether one is selected. Names,
classes, ids, attributes, `:not()`, descendants and children are taken: what a page can make slow,
such as siblings and counting, is refused. Time grows with the page alone. Pure: no I/O.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cssselect import parser as css
from lxml import etree

_CHILD, _DESCENDANT = ">", " "
_TAKEN = "take names, `.class`, `#id`, `[attribute]`, `:not()`, blanks and `>`"
Test = Callable[[etree._Element], bool]
_Steps = list[tuple[str, Test]]


class SelectorProblem(ValueError):
    """Why a selector cannot be used, and what to do."""

    def __init__(self, what: str, remedy: str = _TAKEN) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


State = list[tuple[int, int]]
"""Of each alternative, as bits: the steps that end at an element, and at it or anything above."""


class CssSelector(NamedTuple):
    """The alternatives that commas part: steps down the tree, what each must be and under what."""

    text: str
    alternatives: tuple[_Steps, ...]

    def start(self) -> State:
        """Over the root of a tree, where no step is done yet."""
        return [(0, 0) for _ in self.alternatives]

    def advance(self, element: etree._Element, above: State) -> State:
        """The state of an element, from that of the one that holds it."""
        return [
            _advance(steps, element, *parent)
            for steps, parent in zip(self.alternatives, above, strict=True)
        ]

    def matches(self, state: State) -> bool:
        """Whether the element of this state is selected."""
        return any(
            here >> (len(steps) - 1) & 1
            for steps, (here, _) in zip(self.alternatives, state, strict=True)
        )


def _advance(steps: _Steps, element: etree._Element, parent: int, above: int) -> tuple[int, int]:
    here = 0
    for number, (combinator, test) in enumerate(steps):
        before = parent if combinator == _CHILD else above
        if (number == 0 or before >> (number - 1) & 1) and test(element):
            here |= 1 << number
    return here, above | here


def read_selector(text: str) -> CssSelector:
    """Raises SelectorProblem."""
    try:
        groups = css.parse(text)
    except css.SelectorError as error:
        raise SelectorProblem(f"it is no selector: {str(error).lower()}", "correct it") from None
    if any(group.pseudo_element for group in groups):
        raise SelectorProblem("a `::` names no element")
    return CssSelector(text, tuple([*_read_steps(group.parsed_tree)] for group in groups))


def _read_steps(tree: object) -> Iterator[tuple[str, Test]]:
    if isinstance(tree, css.CombinedSelector):
        if tree.combinator not in (_CHILD, _DESCENDANT):
            raise SelectorProblem(f"`{tree.combinator}` looks at siblings")
        yield from _read_steps(tree.selector)
        yield tree.combinator, _read_test(tree.subselector)
    else:
        yield _DESCENDANT, _read_test(tree)


def _read_test(tree: object) -> Test:
    match tree:
        case css.Element(namespace=None):
            return _named(tree.element)
        case css.Class():
            return _both(_read_test(tree.selector), _in_list("class", tree.class_name))
        case css.Hash():
            return _both(_read_test(tree.selector), _attribute("id", "=", tree.id))
        case css.Attrib(namespace=None, flag=None):
            value = str(tree.value.value) if tree.value else ""
            test = _attribute(tree.attrib.lower(), tree.operator, value)
            return _both(_read_test(tree.selector), test)
        case css.Negation():
            return _both(_read_test(tree.selector), _none_of(_read_test(tree.subselector)))
    raise SelectorProblem(f"`{_name_of(tree)}` is not taken")


def _name_of(tree: object) -> str:
    name = getattr(tree, "ident", None) or getattr(tree, "name", None)
    return f":{name}" if name else type(tree).__name__.lower()


def _both(first: Test, second: Test) -> Test:
    return lambda element: first(element) and second(element)


def _none_of(test: Test) -> Test:
    return lambda element: not test(element)


def _named(name: str | None) -> Test:
    if name is None or name == "*":
        return lambda _: True
    tag = name.lower()
    return lambda element: element.tag == tag


def _in_list(attribute: str, word: str) -> Test:
    return lambda element: word in (element.get(attribute) or "").split()


def _attribute(name: str, operator: str, value: str) -> Test:
    """An operator with an empty value matches nothing, but for `=`."""
    match operator:
        case "exists":
            return lambda element: element.get(name) is not None
        case "=":
            return lambda element: element.get(name) == value
        case "~=":
            return _in_list(name, value)
        case "|=":
            return lambda element: (
                element.get(name) == value or (element.get(name) or "").startswith(f"{value}-")
            )
        case "^=":
            return lambda element: bool(value) and (element.get(name) or "").startswith(value)
        case "$=":
            return lambda element: bool(value) and (element.get(name) or "").endswith(value)
        case "*=":
            return lambda element: bool(value) and value in (element.get(name) or "")
    raise SelectorProblem(f"`{operator}` compares nothing")
