"""What a reader could know on a day, as tables that stand before those of the same names.

In: days, of which the earliest counts. Out: the tables, from which all that follows reads records,
citations, mentions and disagreements as they could be known then, whatever it asks. Pure: no
connection.
"""

from collections.abc import Sequence

from kb.models import MEMBER_DAYS, VERSIONS, Table
from kb.query.sql import Sql, Tables, both, join, sql

_DISPUTED = (
    "exists (select 1 from every_disagreement d"
    " where d.subject_id = r.id and d.kind = 'CONFLICT' and {})"
)
# Articles are dated no later than they are known, but for odd ones, which an index of their own
# lists: so those that came later are not even looked at, however many they are.
_DATED_BY = (
    "x.dated_earliest <= coalesce((select max(a.dated_earliest) from every_article a"
    " where a.dated_earliest > a.known_from and a.dated_earliest > {}), {})"
)
# No article says since when an identifier is known. A code says nothing; words, such as those of an
# address, may say what only later articles do, and show in no view.
_PLAIN_IDENTIFIERS = (
    "select x.* from every_identifier x"
    " where x.scheme_id in (select s.id from scheme s where not s.telling)"
)
# Nor do articles say any of this: of what is told in words of our own only the title is left.
_ABOUT = (
    "select x.id, x.key, x.title, cast(null as text) as description, x.licence, x.contact,"
    " x.organisation_id, '[]' as offices from every_about x"
)
_VISIBLE_FROM = "(select r.known_from from every_record r where r.id = {})"


def known_tables(days: Sequence[Sql]) -> Tables:
    """For the earliest of the days; for none, the present in front of a view's tables."""
    return {
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
        "article": sql(
            "select x.* from every_article x where {} and {}",
            _known_by("x.known_from", days),
            both(*(sql(_DATED_BY, day, day) for day in days)),
        ),
        "citation": _visible_rows("citation", "x.visible_from", days),
        "mention": sql(
            "select x.article_id, x.subject_id, x.count, x.known_from, 'infinity' as known_to"
            " from every_mention x where {} and {}",
            _current_on("x", days),
            _known_by(_visible_from("subject_id"), days),
        ),
        **{table: _known_members(table, days) for table in MEMBER_DAYS},
        "passage": _visible_rows("passage", "x.known_from", days),
        "name_word": _visible_rows("name_word", "x.known_from", days),
        "disagreement": sql(
            "select x.id, x.key, x.subject_id, x.field, x.kind, x.recorded, x.known_from,"
            " 'infinity' as known_to from every_disagreement x where {}",
            _current_on("x", days),
        ),
        "taken_down": Sql("select x.* from every_taken_down x"),
        "rank_factor": Sql("select 0 as factor"),
        "identifier": Sql(_PLAIN_IDENTIFIERS),
        "about": Sql(_ABOUT),
        "example": Sql("select x.* from every_example x where false"),
    }


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
