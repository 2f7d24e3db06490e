"""What is kept from whoever has no token, as tables that stand before those of the same names.

In: whether texts are withheld too. Out: the tables. All that follows, whatever field, filter,
count, order, search or length it is for, reads these: no field knows of it, and none can forget it.
The views `textless_…` of the database say what is left of each. Pure: no connection.
"""

from collections.abc import Mapping

from kb.models import Table, Withheld
from kb.query.sql import Sql, Tables

_CHANGE = ",".join(
    f"null as {column.name}" if column.name in ("actor", "reason") else column.name
    for column in Table.metadata.tables["change"].columns
)
# What was recorded is read by names of its own.
_RECORDED = ("mention", "paragraph", "tally")
_NAMELESS = dict.fromkeys(("change", "shown_change"), f"select {_CHANGE} from every_change")
_TEXTLESS = {
    **dict.fromkeys(("change", "shown_change"), f"select {_CHANGE} from textless_change"),
    **{f"recorded_{name}": f"select * from textless_recorded_{name}" for name in _RECORDED},
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
NOTHING: Tables = {}


def withheld_tables(*, texts: bool) -> Tables:
    """For whoever has no token: changes without who made them and why, and without texts if
    those are withheld."""
    queries = _TEXTLESS if texts else _NAMELESS
    return {name: Sql(query) for name, query in queries.items()}


TABLES_WITHHELD: Mapping[Withheld, Tables] = {
    Withheld.NOTHING: NOTHING,
    Withheld.NAMES: withheld_tables(texts=False),
    Withheld.TEXTS: withheld_tables(texts=True),
}
