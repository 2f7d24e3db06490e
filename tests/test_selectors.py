"""Selectors of site descriptions: what they match is what a library's XPath of them does."""

from collections.abc import Iterator

import pytest
from cssselect import HTMLTranslator
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from kb.archive.selectors import CssSelector, SelectorProblem, read_selector

TAGS, WORDS = ("div", "p", "b"), ("x", "y")


def elements() -> st.SearchStrategy[str]:
    """HTML whose elements have few names, classes and ids, so that selectors find some."""
    attributes = st.builds(
        lambda name, words: f' {name}="{" ".join(words)}"',
        st.sampled_from(("class", "id", "data-z")),
        st.lists(st.sampled_from(WORDS), max_size=2),
    )
    opened = st.tuples(st.sampled_from(TAGS), st.sets(attributes, max_size=2).map("".join))

    def around(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.builds(
            lambda tag, inner: f"<{tag[0]}{tag[1]}>{inner}</{tag[0]}>",
            opened,
            st.lists(children, max_size=3).map("".join),
        )

    return st.recursive(st.just("t"), around, max_leaves=12)


TESTS = st.sampled_from(
    (
        *("", ".x", "#y", "[class]", '[class="x y"]', "[class~=y]", "[class^=x]", "[class$=y]"),
        *("[class*=' ']", "[data-z|=x]", ":not(.x)", ":not(p)", ".x.y", ":not([id])", "#x.y"),
    )
)
COMPOUNDS = st.builds(lambda tag, test: f"{tag}{test}", st.sampled_from((*TAGS, "*")), TESTS)
SELECTORS = st.builds(
    lambda first, others: first + "".join(f"{how}{each}" for how, each in others),
    COMPOUNDS,
    st.lists(st.tuples(st.sampled_from((" ", " > ")), COMPOUNDS), max_size=3),
)


def matches(selector: CssSelector, root: etree._Element) -> Iterator[etree._Element]:
    states = [selector.start()]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            states.pop()
            continue
        states.append(selector.advance(element, states[-1]))
        if selector.matches(states[-1]):
            yield element


@settings(max_examples=150)
@given(elements(), st.lists(SELECTORS, min_size=1, max_size=2).map(", ".join))
def test_it_matches_what_an_xpath_of_it_does(html: str, selector: str) -> None:
    root = etree.fromstring(f"<body>{html}</body>", etree.HTMLParser())
    expected = etree.XPath(HTMLTranslator().css_to_xpath(selector))(root)
    assert [*matches(read_selector(selector), root)] == expected


REFUSED = {
    "p ~ p": "`~` looks at siblings",
    "h1 + p": "`+` looks at siblings",
    "p:first-child": "`:first-child` is not taken",
    "p:nth-child(2)": "`:nth-child` is not taken",
    "p::before": "a `::` names no element",
    "p[": "it is no selector",
    "": "it is no selector",
    "[class=x i]": "`attrib` is not taken",
    "svg|a": "`element` is not taken",
}


@pytest.mark.parametrize("selector", REFUSED)
def test_what_a_page_could_make_slow_is_refused(selector: str) -> None:
    with pytest.raises(SelectorProblem) as refused:
        read_selector(selector)
    assert REFUSED[selector] in refused.value.what
