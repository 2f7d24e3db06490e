"""What was recorded after a revision, as tables that stand before those of the same names.

In: revisions, of which the earliest counts. Out: the tables, from which all that follows reads, a
view of a day within them too, and whether a revision can be told of. Pure: no connection.
"""

from collections.abc import Sequence
from typing import cast

from kb.models import RECORDED, STILL_RECORDED, Table
from kb.query.fields import Arguments
from kb.query.sql import Sql, Tables, in_front, join, sql

# What is derived without a commit of its own, as by a migration, is numbered as the commit that
# comes next; the newest revision is the present nevertheless.
_MOMENT = (
    "select case when m.asked < h.revision then m.asked else h.revision + 1 end as shown, m.asked"
    " from (select min(r.asked) as asked from ({}) r) m, every_head h"
)
_HEAD = (
    "select h.id, coalesce(c.commit_end, m.asked) as revision, h.stream,"
    " coalesce(c.chain, h.dropped_chain) as chain, h.begun, h.dropped, h.dropped_chain, h.renamed,"
    " h.recorded_since from every_head h cross join moment m"
    " left join shown_change c on c.revision = m.asked"
)
_CHANGE = "select x.* from shown_change x where x.revision <= (select h.revision from head h)"
_SHOWN = (
    "x.recorded_from <= (select m.shown from moment m)"
    " and x.recorded_to > (select m.shown from moment m)"
)
_EVERY_TAKEN_DOWN = (
    "select x.type, x.key, x.erased from erasure x"
    " where x.shown_from <= (select m.shown from moment m)"
    " and x.shown_to > (select m.shown from moment m)"
)
_TAKEN_DOWN = "select x.* from every_taken_down x where x.erased <> 'KNOWLEDGE'"
_VERDICT = (
    "(select case when {} > h.revision then 'REVISION_UNKNOWN' when {} < h.dropped"
    " or {} < h.recorded_since then 'REVISION_EXPIRED' else '' end from head h)"
)


def _query_of(table: str) -> Sql:
    columns = Table.metadata.tables[table].columns.keys()
    listed = ",".join(f'x."{column}"' for column in columns)
    return Sql(f"select {listed} from recorded_{table} x where {_SHOWN}")


RECORDED_TABLES: Tables = {
    "head": Sql(_HEAD),
    "change": Sql(_CHANGE),
    "every_taken_down": Sql(_EVERY_TAKEN_DOWN),
    "taken_down": Sql(_TAKEN_DOWN),
    **{table: _query_of(table) for table in RECORDED},
    # A view of a day reads them by these names.
    **{f"every_{table}": _query_of(table) for table in RECORDED},
    "article_with_text": Sql(
        f"select x.article_id from recorded_article_with_text x where {_SHOWN}"
    ),
}


def moment(revisions: Sequence[Sql]) -> Sql:
    """The table `moment`, by which those tables go: the revision that is `shown`."""
    each = (sql("select cast({} as bigint) as asked", revision) for revision in revisions)
    return sql(_MOMENT, join(" union all ", each))


def after_revision(revision: int, statement: Sql) -> Sql:
    """A whole statement, of what was recorded after a revision."""
    recorded = in_front(RECORDED_TABLES, statement)
    number = moment([Sql(str(revision))])
    return Sql(recorded.text.replace("with ", f"with moment as materialized ({number.text}),", 1))


def bind_revision(arguments: Arguments, name: str) -> Sql:
    """The argument as a number."""
    return arguments.bind(name, _number)


def revision_verdict(revision: Sql) -> Sql:
    """An empty text, or the code of why nothing can be told of it."""
    number = sql("cast({} as bigint)", revision)
    return sql(_VERDICT, number, number, number)


def _number(revision: object) -> int:
    """One that no commit can have is as good as any other."""
    return min(int(cast(str, revision)), STILL_RECORDED - 1)
