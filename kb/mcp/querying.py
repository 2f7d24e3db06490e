"""The tool `query`: GraphQL for whatever the other tools do not answer, and parts of its schema.

In: a query with its variables, or words. Out: its data, or the definitions of the schema that are
about these words. It only reads; where only listed documents are answered, it answers only these.
"""

import json
import re
from collections.abc import Iterator
from functools import cache

from graphql import GraphQLError, OperationDefinitionNode, get_operation_ast

from kb.errors import RequestError
from kb.mcp.asking import Asker
from kb.mcp.told import MOST_BYTES, AnswerFault, ToldAnswer
from kb.mcp.tools import Arguments
from schema.build import sdl

_MOST_OF_SCHEMA = 4_000
"""Characters."""


async def query(asker: Asker, arguments: Arguments) -> ToldAnswer:
    """Raises GraphQLError, RequestError or AnswerFault."""
    if not arguments.get("query"):
        return _schema(asker, str(arguments.get("schema") or "Query"))
    text = asker.context.store.accept(str(arguments["query"]), None)
    variables = arguments.get("variables") or {}
    assert isinstance(variables, dict)
    at_moment = await _at_moment(asker, text)
    data = asker.moment.unwrapped(
        await asker.run(at_moment, {**variables, **asker.moment.variables})
    )
    told = json.dumps(data, default=dict, ensure_ascii=False, separators=(",", ":"))
    if (size := len(told.encode())) > MOST_BYTES // 2:
        what = f"the answer has {size:,} bytes, more than {MOST_BYTES // 2:,}"
        raise AnswerFault(what, "select less, or a page of a list by `first` and `after`")
    return ToldAnswer({"data": json.loads(told)}, told)


async def _at_moment(asker: Asker, text: str) -> str:
    """The same operation within the view of a day, or as of a revision."""
    if not asker.moment.declared:
        return text
    if asker.context.store.locked:
        what = "a listed document is asked as it is, without `knownAt` or `revision`"
        raise RequestError(what, "ask one that has `view(knownAt:)` in it")
    document, errors = await asker.context.documents.read(asker.context.executor, text)
    if errors:
        # Asked as it is, it is told with the code that it has everywhere.
        return text
    operation = get_operation_ast(document)
    if operation is None or not (operation.loc and operation.selection_set.loc):
        raise GraphQLError("it has several operations", extensions={"code": "UNKNOWN_OPERATION"})
    selected = operation.selection_set.loc
    roots, name = text[selected.start : selected.end], operation.name
    declared = ", ".join([asker.moment.declared, *_declared(operation, text)])
    head = f"query {name.value if name else ''}({declared}) "
    before, after = text[: operation.loc.start], text[operation.loc.end :]
    return f"{before}{head}{asker.moment.within(roots)}{after}"


def _declared(operation: OperationDefinitionNode, text: str) -> Iterator[str]:
    """Its own variables, as it declares them."""
    for each in operation.variable_definitions or ():
        assert each.loc
        yield text[each.loc.start : each.loc.end]


def _schema(asker: Asker, words: str) -> ToldAnswer:
    """The definitions whose names have the words, then those whose texts have them."""
    if asker.context.store.locked:
        raise RequestError("this service shows no schema", "ask a document that it lists")
    wanted = re.findall(r"\w+", words.casefold())
    ranked = sorted(
        ((_rank(part, wanted), place) for place, part in enumerate(_definitions())), reverse=True
    )
    chosen, left = list[str](), _MOST_OF_SCHEMA
    for rank, place in ranked:
        part = _definitions()[place]
        if rank and (len(part) <= left or not chosen):
            chosen.append(part[:left])
            left -= len(part)
    told = "\n\n".join(chosen) or "No type or field is called so; ask for `Query`."
    return ToldAnswer({"schema": told}, told)


def _rank(part: str, wanted: list[str]) -> int:
    head, _, body = part.partition("{")
    name = head.split()[1].casefold() if len(head.split()) > 1 else ""
    return sum(
        (word == name) * 100 + (word in name) * 10 + (word in body.casefold()) for word in wanted
    )


@cache
def _definitions() -> list[str]:
    """Of the schema, each without descriptions."""
    plain = re.sub(r'^ *"""(?:[^"]|"(?!""))*"""\n', "", sdl(), flags=re.MULTILINE)
    return [
        re.sub(r"\n\s*\n", "\n", part) for part in re.split(r"\n\n(?=\w)", plain) if part.strip()
    ]
