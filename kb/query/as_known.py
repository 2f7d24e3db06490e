"""What a reader could know on a day, as tables that stand before those of the same names.

In: days, of which the earliest counts. Out: a `with` clause. All that follows it reads records,
citations, mentions and disagreements as they could be known then, whatever it asks; the engines
fold these tables into what reads them. Pure: no connection.
"""

from collections.abc import Sequence

from kb.models import VERSIONS
from kb.query.sql import Sql, both, join, sql

_DISPUTED = (
    "exists (select 1 from every_disagreement d"
    " where d.subject_id = r.id and d.kind = 'CONFLICT' and {})"
)
_SHOWN = "(select r.known_from from every_record r where r.id = {})"


def known_on(days: Sequence[Sql]) -> Sql:
    """`with …` for the earliest of the days; for none, the present in front of a view's tables."""
    tables = {
        "record": sql(
            "select r.id, r.type, r.key, r.revision, r.known_from, {} as disputed"
            " from every_record r where {}",
            sql(_DISPUTED, _holds("d", days)),
            _by("r.known_from", days),
        ),
        **{
            name: sql("select v.* from {} v where {}", Sql(f"{name}_version"), _holds("v", days))
            for name in VERSIONS
        },
        "state": _shown("state", _of("id"), days),
        "publication": _shown("publication", _of("id"), days),
        "article": _shown("article", "cast(x.known_from as text)", days),
        "citation": _shown("citation", "x.visible_from", days),
        "mention": _shown("mention", _of("subject_id"), days),
        "participation": sql(
            "select x.* from every_participation x where {} or {}",
            _by(_of("official_id"), days),
            _by(_of("state_id"), days),
        ),
        "passage": _shown("passage", "x.known_from", days),
        "disagreement": sql(
            "select x.id, x.key, x.subject_id, x.field, x.kind, x.recorded, x.known_from,"
            " 'infinity' as known_to from every_disagreement x where {}",
            _holds("x", days),
        ),
    }
    named = (sql("{} as not materialized ({})", Sql(name), one) for name, one in tables.items())
    return sql("with {}", join(",", named))


def _shown(table: str, since: str, days: Sequence[Sql]) -> Sql:
    return sql("select x.* from {} x where {}", Sql(f"every_{table}"), _by(since, days))


def _of(column: str) -> str:
    """From when a record shows."""
    return _SHOWN.format(f"x.{column}")


def _by(since: str, days: Sequence[Sql]) -> Sql:
    """Known on each of the days."""
    return both(*(sql(f"{since} <= {{}}", day) for day in days))


def _holds(row: str, days: Sequence[Sql]) -> Sql:
    """Known, and not yet superseded, on the earliest of the days."""
    if not days:
        return Sql(f"{row}.known_to = 'infinity'")
    later = join(" or ", (sql(f"{row}.known_to > {{}}", day) for day in days))
    return sql("{} and ({})", _by(f"{row}.known_from", days), later)
