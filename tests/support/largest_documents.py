"""The largest document of every kind that the parser, the rules and the planner take, by name.

Out: requests as they go over the wire, each with a document as large as it may be, or larger.
"""

from graphql import get_introspection_query

from kb.server.document_limits import MOST, MOST_CHARACTERS, MOST_ROOTS, MOST_TOKENS
from tests.support.bombs import REFUSED_BY_THE_PARSER, REFUSED_BY_THE_RULE, on_state, repeat
from tests.support.largest import LargeRequest, body

_VALUES, _ROOM = MOST["values of arguments"] - 20, MOST_CHARACTERS - 60
_NAMES = MOST_TOKENS // 2 - 30
_CODE, _ID = '"UZ" ', '"State:UZ" '


def _each(count: int, unit: str) -> str:
    return repeat(count, unit.format)


_DOCUMENTS = {
    "blanks": " " * _ROOM + "{revision}",
    "line ends": "\n" * _ROOM + "{revision}",
    "comments": "#\n" * (MOST_TOKENS - 10) + "{revision}",
    "a comment": "#" + "x" * _ROOM + "\n{revision}",
    "a string": '{state(code:"' + "x" * _ROOM + '"){name}}',
    "a string of escapes": '{state(code:"' + "\\n" * (_ROOM // 2) + '"){name}}',
    "a string that does not end": '{state(code:"' + "x" * _ROOM,
    "a block of lines": '{state(code:"""' + " x\n" * (_ROOM // 3) + '"""){name}}',
    "a block of line ends": '{state(code:"""' + "\n" * _ROOM + '"""){name}}',
    "a search for ligatures": '{search(query:"' + "\ufdfa" * _ROOM + '"){totalCount}}',
    "a name": "{" + "x" * _ROOM + "}",
    "a number": "{states(first:" + "1" * _ROOM + "){totalCount}}",
    "an enum value": "{changes(types:[" + "S" * _ROOM + "]){totalCount}}",
    "no GraphQL at the end": "{" + "revision " * (MOST_TOKENS - 10) + "!",
    "no GraphQL behind many lines": "{" + "\n" * _ROOM + "!}",
    "unknown fields": on_state(_each(_NAMES, "offcialNam{}")),
    "unknown fields of long names": on_state(_each(_NAMES, f"offcialNam{'x' * 34}{{}}")),
    "unknown fields of a union": f'{{search(query:"a"){{nodes{{{_each(_NAMES, "nam{}")}}}}}}}',
    "unknown fields of an interface": f'{{nodes(ids:["x"]){{{_each(_NAMES, "headlin{}")}}}}}',
    "unknown arguments": f"{{states({_each(1_300, 'filte{}:1')}){{totalCount}}}}",
    "arguments of one name": f"{{states({'first:1 ' * 1_300}){{totalCount}}}}",
    "unknown input fields": f"{{states(filter:{{{_each(1_300, 'cod{}:1')}}}){{totalCount}}}}",
    "unknown enum values": f"{{changes(types:[{_each(_VALUES, 'STAT{}')}]){{totalCount}}}}",
    "enum values": f"{{changes(types:[{'STATE ' * _VALUES}]){{totalCount}}}}",
    "unknown types": f"{{revision {_each(90, '...on Stat{}{{{{x}}}}')}}}",
    "unknown types of variables": f"query({_each(200, '$a{0}:Strin{0}')}){{revision}}",
    "unknown directives": f"{{revision {_each(200, '@ski{}')}}}",
    "directives": on_state(_each(190, "a{}:name@skip(if:false)")),
    "unknown fragments": on_state(_each(90, "...F{}")),
    "unused fragments": "{revision}" + _each(190, "fragment F{} on Query{{revision}}"),
    "unused variables": f"query({_each(200, '$a{}:Int')}){{revision}}",
    "undefined variables": on_state(_each(390, "a{0}:memberships(first:$v{0}){{totalCount}}")),
    "operations": _each(200, "query Q{}{{revision}}"),
    "codes": f"{{states(filter:{{code:{{in:[{_CODE * _VALUES}]}}}}){{totalCount}}}}",
    "codes that are none": f"{{states(filter:{{code:{{in:[{'1 ' * _VALUES}]}}}}){{totalCount}}}}",
    "codes as a default": f"query($v:[String!]=[{_CODE * _VALUES}])"
    "{states(filter:{code:{in:$v}}){totalCount}}",
    "ids": f"{{nodes(ids:[{_ID * _VALUES}]){{id}}}}",
    "scalars": on_state(_each(490, "a{}:name")),
    "lists": on_state(_each(490, "a{}:memberships{{totalCount}}")),
    "lists at the root": f"{{{_each(MOST_ROOTS, 'a{}:states{{nodes{{name code id}}}}')}}}",
    "searches": "{" + _each(MOST_ROOTS, 'a{}:search(query:"a b c d e f"){{totalCount}}') + "}",
    "days": "{"
    + _each(MOST_ROOTS, 'a{}:events(filter:{{occurred:{{on:"2011-01-01"}}}}){{totalCount}}')
    + "}",
    "views": "{"
    + _each(MOST_ROOTS, 'a{}:view(knownAt:"2012-01-01"){{states{{nodes{{name}}}}}}')
    + "}",
    "types": '{nodes(ids:["State:UZ"]){'
    + _each(110, "...on State{{a{0}:name}} ...on Event{{a{0}:title}}")
    + "}}",
    "mutations": "mutation{"
    + _each(MOST_ROOTS, 'a{}:retractState(input:{{id:"State:UZ"}}){{__typename}}')
    + "}",
    "a subscription": f"subscription{{changes{{{_each(390, 'a{}:revision')}}}}}",
    "introspection": get_introspection_query(),
    "introspection many times": f"{{{_each(60, 'a{}:__schema{{types{{name fields{{name}}}}}}')}}}",
    "introspection of many fields": f"{{__schema{{types{{{_each(400, 'a{}:name')}}}}}}}",
    **REFUSED_BY_THE_RULE,
    **REFUSED_BY_THE_PARSER,
}


def largest_document_requests() -> dict[str, LargeRequest]:
    return {name: LargeRequest(body(document)) for name, document in _DOCUMENTS.items()}
