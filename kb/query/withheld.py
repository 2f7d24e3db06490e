"""What is kept from whoever has no token, as tables that stand before those of the same names.

In: whether texts are withheld too. Out: the tables, and statements with those in front that they
name. All that follows, whatever field, filter, count, order, search or length it is for, reads
these: no field knows of it, and none can forget it. The views `textless_…` of the database say what
is left of each. Pure: no connection.
"""

import re
from collections.abc import Mapping

from kb.models import Table
from kb.query.sql import Sql, join, sql

_CHANGE = ",".join(
    "null as actor" if column.name == "actor" else column.name
    for column in Table.metadata.tables["change"].columns
)
_NAMELESS = {"change": f"select {_CHANGE} from every_change"}
_TEXTLESS = {
    "change": f"select {_CHANGE} from textless_change",
    # A view of a day reads these by their other names.
    **{
        f"{every}{table}": f"select * from textless_{table}"
        for table in ("passage", "mention")
        for every in ("", "every_")
    },
    "paragraph": "select * from textless_paragraph",
    "tally": "select * from textless_tally",
    "text_access": "select false as shown",
    # How common a word is would tell of the words of texts.
    "rank_factor": "select 0 as factor",
}
Tables = Mapping[str, str]
"""Queries by the names of the tables that they stand for."""
NOTHING: Tables = {}


def withheld_tables(*, texts: bool) -> Tables:
    """For whoever has no token: changes without the names of who made them, and without texts if
    those are withheld."""
    return _TEXTLESS if texts else _NAMELESS


def in_front(tables: Tables, statement: Sql) -> Sql:
    """The statement after `with …` of those of the tables that it names."""
    named = [
        Sql(f"{name} as not materialized ({query})")
        for name, query in tables.items()
        if re.search(rf"\b{name}\b", statement.text)
    ]
    return sql("with {} {}", join(",", named), statement) if named else statement
