"""What was taken down, as changes tell it.

In: the row of a change, or the outcome of a mutation. Out: whether the change took something down,
by which change its own document was, and all that one commit took down.
"""

from kb.query.fields import Arguments, ListSource, RowSet
from kb.query.sql import Row, Sql, sql
from schema.fields import all_rows

_OFTEN = 100
"""By which a list is priced: the records that an article takes with it are no more as a rule."""


def erases(row: Row, _: Arguments) -> Sql:
    text = (
        "exists (select 1 from erasure e where e.type = {} and e.key = {} and e.revision = {}"
        " and e.erased <> 'KNOWLEDGE')"
    )
    return sql(text, row["type"], row["key"], row["revision"])


def erased_by(row: Row, _: Arguments) -> Sql:
    text = (
        "case when {} is not null then (select cast(min(e.revision) as text) from erasure e"
        " where e.type = {} and e.key = {} and e.revision > {} and e.erased <> 'KNOWLEDGE') end"
    )
    return sql(text, row["sha256"], row["type"], row["key"], row["revision"])


def document_hash(row: Row, _: Arguments) -> Sql:
    return sql("case when {} is null then {} end", row["document"], row["textless_sha256"])


def _erased_changes(outcome: Row, _: Arguments) -> Sql:
    text = (
        "select c.*, c.revision = c.commit_end as is_last from change c"
        " where c.commit_end = cast({} as bigint) and exists (select 1 from erasure e"
        " where e.type = c.type and e.key = c.key and e.revision = c.revision"
        " and e.erased = 'RECORD')"
    )
    return sql(text, outcome["revision"])


ERASED_CHANGES = ListSource(
    RowSet("change", all_rows, _erased_changes, frozenset({"is_last"})),
    lambda row: (row["revision"],),
    most=_OFTEN,
)
"""Of the commit that a mutation made, those of records that were taken down whole."""
