"""What a reader could know on a day, as tables that stand before those of the same names.

In: days, of which the earliest counts. Out: a `with` clause. All that follows it reads records,
citations, mentions and disagreements as they could be known then, whatever it asks; the engines
fold these tables into what reads them. Pure: no connection.
"""

from collections.abc import Sequence

from kb.models import MEMBER_DAYS, VERSIONS, Table
from kb.query.sql import Sql, both, join, sql

_DISPUTED = (
    "exists (select 1 from every_disagreement d"
    " where d.subject_id = r.id and d.kind = 'CONFLICT' and {})"
)
_VISIBLE_FROM = "(select r.known_from from every_record r where r.id = {})"


def as_known_tables(days: Sequence[Sql]) -> Sql:
    """`with …` for the earliest of the days; for none, the present in front of a view's tables."""
    tables = {
        "record": sql(
            "select r.id, r.type, r.key, r.revision, r.known_from, {} as disputed"
            " from every_record r where {}",
            sql(_DISPUTED, _current_on("d", days)),
            _known_by("r.known_from", days),
        ),
        **{
            name: sql(
                "select v.* from {} v where {}", Sql(f"{name}_version"), _current_on("v", days)
            )
            for name in VERSIONS
        },
        "publication": _visible_rows("publication", _visible_from("id"), days),
        "article": _visible_rows("article", "cast(x.known_from as text)", days),
        "citation": _visible_rows("citation", "x.visible_from", days),
        "mention": sql(
            "select x.article_id, x.subject_id, x.count, x.known_from, 'infinity' as known_to"
            " from every_mention x where {} and {}",
            _current_on("x", days),
            _known_by(_visible_from("subject_id"), days),
        ),
        **{table: _known_members(table, days) for table in MEMBER_DAYS},
        "passage": _visible_rows("passage", "x.known_from", days),
        "disagreement": sql(
            "select x.id, x.key, x.subject_id, x.field, x.kind, x.recorded, x.known_from,"
            " 'infinity' as known_to from every_disagreement x where {}",
            _current_on("x", days),
        ),
        "rank_factor": Sql("select 0 as factor"),
    }
    named = (sql("{} as not materialized ({})", Sql(name), table) for name, table in tables.items())
    return sql("with {}", join(",", named))


def _known_members(table: str, days: Sequence[Sql]) -> Sql:
    """Rows of which some member is known by then, and shows; the others in it are not there."""
    named = {
        reference: both(_known_by(f"x.{since}", days), _known_by(_visible_from(reference), days))
        for reference, since in MEMBER_DAYS[table].items()
    }
    columns = (
        sql("case when {} then x.{} end as {}", named[name], Sql(name), Sql(name))
        if name in named and len(named) > 1
        else Sql(f"x.{name}")
        for name in (column.name for column in Table.metadata.tables[table].columns)
    )
    return sql(
        "select {} from {} x where {}",
        join(",", columns),
        Sql(f"every_{table}"),
        join(" or ", named.values()),
    )


def _visible_rows(table: str, since: str, days: Sequence[Sql]) -> Sql:
    return sql("select x.* from {} x where {}", Sql(f"every_{table}"), _known_by(since, days))


def _visible_from(column: str) -> str:
    """The day from which the record that a column refers to is visible."""
    return _VISIBLE_FROM.format(f"x.{column}")


def _known_by(since: str, days: Sequence[Sql]) -> Sql:
    """Known on each of the days."""
    return both(*(sql(f"{since} <= {{}}", day) for day in days))


def _current_on(row: str, days: Sequence[Sql]) -> Sql:
    """The row is known, and not yet superseded, on the earliest of the days."""
    if not days:
        return Sql(f"{row}.known_to = 'infinity'")
    later = join(" or ", (sql(f"{row}.known_to > {{}}", day) for day in days))
    return sql("{} and ({})", _known_by(f"{row}.known_from", days), later)
