"""The largest request of every kind that each stage takes, by name; of documents, see beside.

Out: requests as they go over the wire, each as long as it may be, or longer.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from kb.server.document_limits import MOST_ROOTS
from kb.server.requests import MOST_BYTES
from tests.support.bombs import repeat


@dataclass(frozen=True)
class LargeRequest:
    """One request to `/graphql`."""

    body: bytes = b""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"


def body(query: str, variables: object = None, **more: object) -> bytes:
    members = {"query": query, "variables": variables, **more}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def _pad(head: str, unit: str, tail: str) -> LargeRequest:
    """As many units as a body holds."""
    room = MOST_BYTES - len((head + tail).encode())
    return LargeRequest((head + unit * (room // len(unit.encode())) + tail).encode())


_HEAD = '{"query":"{revision}","x":'


def json_bodies() -> dict[str, LargeRequest]:
    """Bodies of JSON, read or refused."""
    return {
        "ints": _pad(_HEAD + "[", "1,", "1]}"),
        "floats": _pad(_HEAD + "[", "1.5,", "1]}"),
        "long ints": _pad(_HEAD + "[", "9" * 300 + ",", "1]}"),
        "one int": _pad(_HEAD, "1", "}"),
        "one fraction": _pad(_HEAD + "1.", "1", "}"),
        "empty strings": _pad(_HEAD + "[", '"",', "1]}"),
        "strings of signs": _pad(_HEAD + "[", '",",', "1]}"),
        "escaped strings": _pad(_HEAD + "[", '"\\u0041",', "1]}"),
        "escapes": _pad(_HEAD + '"', "\\u0041", '"}'),
        "quotes": _pad(_HEAD + '"', '\\"', '"}'),
        "backslashes": _pad(_HEAD + '"', "\\\\", '"}'),
        "a long string": _pad(_HEAD + '"', "é", '"}'),
        "lists": _pad(_HEAD + "[", "[],", "1]}"),
        "objects": _pad(_HEAD + "[", "{},", "1]}"),
        "literals": _pad(_HEAD + "[", "null,", "1]}"),
        "members of one name": _pad(_HEAD + "{", '"":1,', '"a":1}}'),
        "members": LargeRequest(
            body("{revision}", x={f"{number:x}": 1 for number in range(90_000)})
        ),
        "members at the root": LargeRequest(
            body("{revision}", **{f"{number:x}": 1 for number in range(90_000)})
        ),
        "lists within lists": _pad(_HEAD, "[", ""),
        "objects within objects": _pad(_HEAD, '{"":', ""),
        "lists that do not end": _pad(_HEAD + "[", "1,", ""),
        "strings that do not end": _pad(_HEAD + "[", '"', ""),
        "blanks": _pad('{"query":"{revision}"', " ", "}"),
        "no UTF-8": LargeRequest(_pad('{"query":"{revision}"', " ", " }").body[:-1] + b"\xff"),
        "unused variables": LargeRequest(
            body("{revision}", {f"{number:x}": "" for number in range(80_000)})
        ),
        "an operation's name": _pad('{"query":"query A{revision}","operationName":"', "é", '"}'),
        "extensions": _pad('{"query":"{revision}","extensions":{"a":[', '[""],', "1]}}"),
    }


def _with_variable(query: str, make: Callable[[int], object], count: int = 0) -> LargeRequest:
    """A query with a variable `$v` that fills the body, or has so many parts."""
    unit = len(body("", make(2_000))) - len(body("", make(1_000)))
    full = (MOST_BYTES - len(body(query, {"v": make(0)}))) * 1_000 // max(unit, 1)
    return LargeRequest(body(query, {"v": make(count or int(full * 0.99))}))


_STATES = "query($v:StateFilter){states(filter:$v){totalCount}}"
_EVERYWHERE = repeat(
    MOST_ROOTS, lambda number: f"a{number}:terms(filter:{{state:{{contains:$v}}}}){{totalCount}}"
)
_AFTER = repeat(MOST_ROOTS, lambda number: f"a{number}:states(after:$v){{totalCount}}")
_SEARCHES = repeat(MOST_ROOTS, lambda number: f"a{number}:search(query:$v){{totalCount}}")
_LISTS: dict[str, tuple[str, Callable[[int], object]]] = {
    "unknown fields": (_STATES, lambda n: {f"{number:05x}": 1 for number in range(n)}),
    "codes": (_STATES, lambda n: {"code": {"in": ["UZ"] * n}}),
    "codes that are none": (_STATES, lambda n: {"code": {"in": [1] * n}}),
    "a list of codes": (
        "query($v:[String!]){states(filter:{code:{in:$v}}){totalCount}}",
        lambda n: ["UZ"] * n,
    ),
    "enum values": (
        "query($v:[RecordType!]){changes(types:$v){totalCount}}",
        lambda n: ["STATE"] * n,
    ),
    "wrong enum values": (
        "query($v:[RecordType!]){changes(types:$v){totalCount}}",
        lambda n: ["STAT"] * n,
    ),
    "statuses": (
        "query($v:[MembershipStatus!]){memberships(filter:{status:$v}){totalCount}}",
        lambda n: ["MEMBER"] * n,
    ),
    "ids": ("query($v:[ID!]!){nodes(ids:$v){id}}", lambda n: ["State:UZ"] * n),
    "ids that are numbers": ("query($v:[ID!]!){nodes(ids:$v){id}}", lambda n: [1] * n),
    "orders": (
        "query($v:[StateOrder!]){states(orderBy:$v){totalCount}}",
        lambda n: [{"field": "NAME"}] * n,
    ),
    "wrong orders": (
        "query($v:[StateOrder!]){states(orderBy:$v){totalCount}}",
        lambda n: [{"field": "NAM"}] * n,
    ),
    "paragraphs": (
        "mutation($v:RecordArticleInput!){recordArticle(input:$v){__typename}}",
        lambda n: {"slug": "x", "paragraphs": ["a"] * n},
    ),
    "citations": (
        "mutation($v:RecordOfficialInput!){recordOfficial(input:$v){__typename}}",
        lambda n: {"slug": "x", "citations": [{"key": "k", "article": "a", "claim": "c"}] * n},
    ),
    "citations that are none": (
        "mutation($v:RecordOfficialInput!){recordOfficial(input:$v){__typename}}",
        lambda n: {"slug": "x", "citations": [{}] * n},
    ),
}


def _text_filter(test: str) -> Callable[[int], object]:
    return lambda n: {"name": {test: "é" * n}}


def _repeat_unit(unit: str) -> Callable[[int], object]:
    return lambda n: unit * (n // len(unit))


_TEXTS: dict[str, tuple[str, Callable[[int], object]]] = {
    **{
        f"a text for {test}": (_STATES, _text_filter(test))
        for test in ("eq", "contains", "startsWith")
    },
    "an unknown field": (_STATES, lambda n: {"e" * n: 1}),
    "a text in many places": (f"query($v:String!){{{_EVERYWHERE}}}", lambda n: "É" * n),
    "an id": ("query($v:ID!){node(id:$v){id}}", lambda n: "x" * n),
    "a code": ("query($v:String!){state(code:$v){id}}", lambda n: "x" * n),
    "long ids": ("query($v:[ID!]!){nodes(ids:$v){id}}", lambda n: ["x" * (n // 100)] * 100),
    "a day": ("query($v:Date!){view(knownAt:$v){revision}}", lambda n: "2" * n),
    "a number": ("query($v:Int!){states(first:$v){totalCount}}", lambda n: "2" * n),
    "a cursor": ("query($v:String!){states(after:$v){totalCount}}", lambda n: "5b" * (n // 2)),
    "a cursor of numbers": (
        "query($v:String!){states(after:$v){totalCount}}",
        lambda n: b"[".hex() + b"1,".hex() * (n // 4) + b"1]".hex(),
    ),
    "a cursor in many places": (f"query($v:String!){{{_AFTER}}}", lambda n: "5b" * (n // 2)),
    "a cursor of the feed": (
        "query($v:String!){changes(after:$v){totalCount}}",
        lambda n: "5b" * (n // 2),
    ),
    **{
        f"a search for {name}": (
            "query($v:String!){search(query:$v){totalCount}}",
            _repeat_unit(unit),
        )
        for name, unit in {
            "ligatures": "\ufdfa",
            "a word": "a",
            "words": "a ",
            "quotes": '"',
            "marks": "a\u0301\u0323",
        }.items()
    },
    "a search for a phrase": (
        "query($v:String!){search(query:$v){totalCount}}",
        lambda n: f'"{"a " * (n // 2)}"',
    ),
    "a paragraph": (
        "mutation($v:RecordArticleInput!){recordArticle(input:$v){__typename}}",
        lambda n: {"slug": "x", "paragraphs": ["é" * n]},
    ),
}
_FITS = 1_900


def variables() -> dict[str, LargeRequest]:
    """Lists and texts as variables, beyond what is allowed and as many as are."""
    return {
        **{
            name: _with_variable(query, make)
            for name, (query, make) in {**_LISTS, **_TEXTS}.items()
        },
        **{
            f"{name}, as many as there may be": _with_variable(
                query, make, _FITS // (1 if plain else 5)
            )
            for name, (query, make) in _LISTS.items()
            for plain in ["citations" not in name and "orders" not in name]
        },
        "the longest text in many places": _with_variable(
            f"query($v:String!){{{_EVERYWHERE}}}", lambda n: "É" * n, 2_000
        ),
        "the longest cursor in many places": _with_variable(
            f"query($v:String!){{{_AFTER}}}",
            lambda n: b"[".hex() + b"1,".hex() * n + b"1]".hex(),
            4_900,
        ),
        "the longest search in many places": _with_variable(
            f"query($v:String!){{{_SEARCHES}}}", lambda n: "ab " * n, 20
        ),
    }


_URL = "query=%7Brevision%7D"
_PLAIN = body("{revision}")


def envelopes() -> dict[str, LargeRequest]:
    """URLs and headers."""
    return {
        **{
            f"{what} of {length}": sent
            for length in (50_000, 900_000)
            for what, sent in {
                "a URL of names": LargeRequest(query="&".join(["a"] * (length // 2))),
                "a URL of escapes": LargeRequest(query=f"{_URL}&x=" + "%41" * (length // 3)),
                "variables in a URL": LargeRequest(
                    query=f"{_URL}&variables=" + quote("[" + "1," * (length // 4) + "1]", "1")
                ),
                "Accept": LargeRequest(_PLAIN, headers={"Accept": "a," * (length // 2)}),
                "Accept with qualities": LargeRequest(
                    _PLAIN, headers={"Accept": "a/b;q=0.1," * (length // 10)}
                ),
                "Accept with parameters": LargeRequest(
                    _PLAIN, headers={"Accept": "a/b" + ";q=0.1" * (length // 6)}
                ),
                "If-None-Match": LargeRequest(
                    query=_URL, headers={"If-None-Match": '"",' * (length // 3)}
                ),
                "Content-Type": LargeRequest(
                    _PLAIN, headers={"Content-Type": "application/json" + ";a=b" * (length // 4)}
                ),
                "Content-Encoding": LargeRequest(
                    _PLAIN, headers={"Content-Encoding": "a" * length}
                ),
                "X-KB-Min-Revision": LargeRequest(
                    _PLAIN, headers={"X-KB-Min-Revision": "1" * length}
                ),
                "Authorization": LargeRequest(
                    body('mutation{retractState(input:{id:"State:UZ"}){__typename}}'),
                    headers={"Authorization": "Bearer " + "1" * length},
                ),
                "Cookie": LargeRequest(_PLAIN, headers={"Cookie": "a=b;" * (length // 4)}),
            }.items()
        }
    }


def largest_requests() -> dict[str, LargeRequest]:
    """All of them: those that are answered or refused on the event loop."""
    return {**json_bodies(), **variables(), **envelopes()}
