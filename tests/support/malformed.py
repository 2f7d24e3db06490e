"""What Hypothesis makes malformed requests of: values, members, edits and words."""

from hypothesis import strategies as st

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)
DOCUMENTS = (
    "{ revision }",
    "query A($i: ID!, $n: Int, $o: [ID!]!) { a: node(id: $i) { id } nodes(ids: $o) { id }"
    " states(first: $n, after: null) { nodes { code name } pageInfo { endCursor } } }",
    'query B($d: Date!, $s: Boolean = true) { organisation(slug: "csto") @skip(if: $s)'
    " { members(asOf: $d) { certainty } } }",
)
NAMES = st.sampled_from(["query", "variables", "operationName", "extensions", "id"])
REQUESTS = st.fixed_dictionaries(
    {"query": st.sampled_from(DOCUMENTS)},
    optional={
        "variables": st.dictionaries(st.sampled_from("indos"), VALUES),
        "operationName": st.sampled_from(["A", "B", "C", "", None]),
        "extensions": st.dictionaries(st.text(max_size=4), SCALARS, max_size=2) | st.none(),
    },
)
EDITS = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.integers(0, 9),
        st.binary(max_size=6)
        | st.sampled_from(
            [b'"', b"{", b"[", b"]", b"}", b",", b"\\ud83d", b"\\u0000", b"1e999", b"NaN", b"null"]
        ),
    ),
    max_size=4,
)
PUNCTUATION = ["{", "}", "(", ")", "[", "]", ":", "$", "@", "!", "...", "#", "\n", '"""']
WORDS = [
    "on",
    "fragment",
    "query",
    "mutation",
    "Query",
    "State",
    "states",
    "first",
    "nodes",
    "code",
]
TOKENS = [*PUNCTUATION, *WORDS, "__typename", "__schema", "skip", "null", "0", "1e400", '"\\u0000"']
