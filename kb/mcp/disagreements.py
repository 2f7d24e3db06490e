"""The tool `disagreements`: where articles exclude each other, and who says what.

In: the id of a record, or none for all. Out: each field in question, with the values and their
citations.
"""

from collections.abc import Iterator, Mapping, Sequence

from kb.mcp.asking import Asker
from kb.mcp.facts import cited
from kb.mcp.find import named, unknown
from kb.mcp.told import ToldAnswer, ToldRow, shortened, split_cursor
from kb.mcp.tools import Arguments
from kb.web.presentation import JsonObject, list_rows, next_cursor, value_at

_LIST = "disagreements"
_MOST_VALUES = 10
_NONE_OF_ITS_OWN = (
    "None about fields of its own. Its memberships, terms and events are records by themselves:"
    " without `of`, all disagreements are told."
)


async def disagreements(asker: Asker, arguments: Arguments) -> ToldAnswer:
    """Raises GraphQLError."""
    of = str(arguments.get("of") or "")
    offset, after = split_cursor(arguments.get("cursor"))
    data = await asker.ask(_LIST, of=of, one=bool(of), all=not of, after=after)
    if of and not isinstance(data["record"], Mapping):
        return await unknown(asker, "record", of, (_LIST,))
    holder = data["record"] if of else data
    assert isinstance(holder, Mapping)
    rows = [*_rows(asker, list_rows(holder, _LIST))]
    total = len(rows) if of else value_at(data, f"{_LIST}.totalCount")
    words = f"{total} on record" if total else _NONE_OF_ITS_OWN if of else "None is on record."
    rest = None if of else next_cursor(data, _LIST)
    return ToldAnswer({"total": total}, words, rows, (_LIST,), offset, after or "", rest)


def _rows(asker: Asker, differences: Sequence[JsonObject]) -> Iterator[ToldRow]:
    for each in differences:
        subject = each["subject"]
        assert isinstance(subject, Mapping)
        id_, name, url = named(asker, subject)
        values = [_value(asker, value) for value in list_rows(each, "values")[:_MOST_VALUES]]
        field = each["field"] or "the record as a whole"
        said = "; ".join(_said(value) for value in values)
        recorded = {"recorded": each["recorded"]} if each["recorded"] is not None else {}
        fields = {"id": id_, "name": name, "url": url, "field": field, "kind": each["kind"]}
        told = f"recorded {each['recorded']}; " if recorded else ""
        words = f"{id_} {field}, {each['kind']}: {told}{said}"
        yield ToldRow(_LIST, {**fields, **recorded, "values": values}, words)


def _value(asker: Asker, value: JsonObject) -> JsonObject:
    citations = cited(asker, list_rows(value, "citations"))
    return {"value": shortened(str(value["value"])), "citations": citations}


def _said(value: JsonObject) -> str:
    ids = " ".join(f"[{each['id']}]" for each in list_rows({"all": value["citations"]}, "all"))
    return f"{value['value']} {ids}"
