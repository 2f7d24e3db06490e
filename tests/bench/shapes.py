"""What is asked in a benchmark: shapes of queries, over the world of `tests.bench.world`.

In: a source of chance, and the sizes of the world. Out: for each shape its document, and variables
that change from request to request; `parameters` are the values that its statement takes from them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from schema.search_terms import list_respellings, list_trigrams
from tests.bench.world import CODES, FIRST, Sizes, spell

Variables = dict[str, str]


@dataclass(frozen=True)
class Shape:
    """`connections` are those of the load; `rivalled` says whether everybody can answer it."""

    name: str
    document: str
    draw: Callable[[Random, Sizes], Variables]
    parameters: Callable[[Mapping[str, str]], Mapping[str, str]] = dict
    connections: int = 16
    rivalled: bool = True


def cursor(order: str, *keys: str) -> str:
    """As the service gives them out."""
    return json.dumps([order, *keys], separators=(",", ":")).encode().hex()


def _keys(variables: Mapping[str, str]) -> dict[str, str]:
    """Both keys of the cursor of a list."""
    _, first, last = json.loads(bytes.fromhex(variables["after"]))
    return {"first": first, "last": last}


def _words(variables: Mapping[str, str]) -> dict[str, str]:
    """A word as the indexes of both engines look for it."""
    return {"word": variables["words"]}


def _misspelt_words(variables: Mapping[str, str]) -> dict[str, str]:
    words = variables["words"]
    word = words.strip('"')
    return {
        "word": words,
        "trigrams": list_trigrams({word}),
        "respellings": list_respellings([word]),
    }


def _state(random: Random, sizes: Sizes) -> Variables:
    return {"code": CODES[random.randrange(sizes.states)]}


def _organisation_on_day(random: Random, sizes: Sizes) -> Variables:
    """In the months in which half of the memberships are over."""
    day = FIRST + timedelta(500 + random.randrange(200))
    slug = f"organisation-{random.randrange(sizes.organisations)}"
    return {"slug": slug, "day": day.isoformat()}


def _state_and_organisation(random: Random, sizes: Sizes) -> Variables:
    slug = f"organisation-{random.randrange(sizes.organisations)}"
    return {**_state(random, sizes), "slug": slug}


def _revision(random: Random, sizes: Sizes) -> Variables:
    """Of the one commit that made the world, each revision of which tells all of it."""
    return {"revision": str(1 + random.randrange(sizes.articles))}


def _state_and_revision(random: Random, sizes: Sizes) -> Variables:
    return {**_state(random, sizes), **_revision(random, sizes)}


def _state_and_day(random: Random, sizes: Sizes) -> Variables:
    """By which half of the articles were there."""
    return {
        **_state(random, sizes),
        "day": (FIRST + timedelta(random.randrange(5_000))).isoformat(),
    }


def _early_day(random: Random, _: Sizes) -> Variables:
    """Before which nothing began."""
    return {"day": (FIRST - timedelta(1 + random.randrange(10_000))).isoformat()}


def _start(random: Random, sizes: Sizes) -> Variables:
    """A place near the beginning, where there is a page to come."""
    day = FIRST + timedelta(random.randrange(100))
    key = f"membership-{random.randrange(sizes.memberships)}"
    return {"after": cursor("membership,latest_start,key", day.isoformat(), key)}


def _depth(random: Random, sizes: Sizes) -> Variables:
    """A place behind nine tenths of all articles, of which the newest come first."""
    number = random.randrange(sizes.articles // 100, sizes.articles // 10)
    day = FIRST + timedelta(number % 10_000 // 10)
    return {"after": cursor("article,dated_on-,key", day.isoformat(), f"article-{number}")}


def _rare_word(random: Random, sizes: Sizes) -> Variables:
    """The number of an article or a citation, which few texts name."""
    return {"words": f'"{random.randrange(sizes.articles)}"'}


def _misspelt_name(random: Random, sizes: Sizes) -> Variables:
    """A surname without one of its letters; that of nobody, for it begins otherwise."""
    name = spell(random.randrange(sizes.officials)).lower()
    left_out = random.randrange(1, len(name) - 1)
    return {"words": f'"x{name[:left_out]}{name[left_out + 1 :]}"'}


def _nothing(*_: object) -> Variables:
    return {}


def _summit(random: Random, sizes: Sizes) -> Variables:
    return {"slug": f"summit-{random.randrange(sizes.summits)}"}


_NESTED = """state(code: $code) {
    code name
    memberships(first: 6) { nodes {
      key status organisation { slug name }
      period { text endKind certainFrom certainTo possibleFrom possibleTo }
      citations(first: 10) { nodes {
        key stance field value claim
        article { slug headline issueNumber datedOn { edtf } publication { name } }
      } }
    } }
  }"""
SHAPES = (
    Shape(
        "single",
        """query Single($slug: String!) {
  summit(slug: $slug) {
    slug name city heldOn { edtf text } organisation { slug name } host { code name }
  }
}""",
        _summit,
    ),
    Shape(
        "nested",
        f"query Nested($code: String!) {{ {_NESTED} }}",
        _state,
    ),
    Shape(
        "nested, at",
        f"""query NestedAt($code: String!, $revision: Revision!) {{
  at(revision: $revision) {{ {_NESTED} }}
}}""",
        _state_and_revision,
        rivalled=False,
    ),
    Shape(
        "nested, view",
        f"""query NestedView($code: String!, $day: Date!) {{
  view(knownAt: $day) {{ {_NESTED} }}
}}""",
        _state_and_day,
        rivalled=False,
    ),
    Shape(
        "diff",
        """query Diff($revision: Revision!) {
  diff(from: {revision: "0"}, to: {revision: $revision}, first: 20) {
    nodes { kind recordId fields { field before after } } pageInfo { hasNextPage endCursor }
  }
}""",
        _revision,
        rivalled=False,
    ),
    Shape(
        "as-of list",
        """query AsOf($slug: String!, $day: Date!) {
  organisation(slug: $slug) {
    name members(asOf: $day) { state { code name } status certainty }
  }
}""",
        _organisation_on_day,
    ),
    Shape(
        "deep cursor",
        """query Deep($after: String!) {
  articles(first: 20, after: $after) {
    nodes { slug headline datedOn { edtf } } pageInfo { hasNextPage endCursor }
  }
}""",
        _depth,
        _keys,
    ),
    Shape(
        "search",
        """query Search($words: String!) {
  search(query: $words, first: 10) { edges { snippet node {
    __typename
    ... on State { code name } ... on Organisation { slug name } ... on Official { slug name }
    ... on Summit { slug name } ... on Event { slug title } ... on Article { slug headline }
  } } }
}""",
        _rare_word,
        _words,
        rivalled=False,
    ),
    Shape(
        "misspelt",
        """query Misspelt($words: String!) {
  search(query: $words, first: 10) { suggestions nodes { __typename } }
}""",
        _misspelt_name,
        _misspelt_words,
        rivalled=False,
    ),
    Shape(
        "all by state",
        """query AllByState {
  memberships { groups(by: [STATE], first: 20) { state { code } count { certain possible } } }
}""",
        _nothing,
        rivalled=False,
    ),
    Shape(
        "all by year",
        """query AllByYear {
  memberships { groups(by: [YEAR], first: 20) { year count { certain possible } } }
}""",
        _nothing,
        rivalled=False,
    ),
    Shape(
        "groups by state",
        """query ByState($day: Date!) {
  memberships(filter: {startsOn: {after: $day}}) {
    groups(by: [STATE], first: 20) { state { code } count { certain possible } }
  }
}""",
        _early_day,
        rivalled=False,
    ),
    Shape(
        "groups by year",
        """query ByYear($code: String!) {
  state(code: $code) {
    memberships { groups(by: [YEAR], first: 20) { year count { certain possible } } }
  }
}""",
        _state,
        rivalled=False,
    ),
    Shape(
        "any of two",
        """query AnyOf($code: String!, $slug: String!) {
  memberships(filter: {or: [{state: {eq: $code}}, {organisation: {eq: $slug}}]}) {
    totalCount nodes { key status period { text } }
  }
}""",
        _state_and_organisation,
        rivalled=False,
    ),
    Shape(
        "page",
        """query Page($after: String!) {
  memberships(first: 100, after: $after) {
    nodes {
      key status state { code name } organisation { slug name }
      period { text endKind certainFrom certainTo possibleFrom possibleTo }
      citations(first: 10) { nodes {
        key stance field value claim sha256
        article {
          slug headline summary issueNumber datedOn { edtf text } publication { slug name }
          citations(first: 10) { nodes { key stance field value claim paragraph sha256 } }
        }
      } }
    }
    pageInfo { hasNextPage endCursor }
  }
}""",
        _start,
        _keys,
        connections=4,
    ),
)
PEERED = ("single", "nested", "as-of list", "deep cursor", "search", "page")
"""Those that servers of Node answer, too."""
SMALL = ("single", "as-of list")
"""Those whose answers are small."""
