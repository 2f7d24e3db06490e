"""What differs between two moments: the records, with their documents at either.

In: two moments, each a revision or a day of knowledge. Out: the source of the records that differ,
by type and key, and of the citations that are new. Documents are put together by the database at
each moment (`schema.record_documents`); which records may differ at all, is told by the changes
between two revisions, and by the days since when things are known.
"""

from collections.abc import Iterator, Sequence

from kb.errors import QueryError
from kb.models import MEMBER_DAYS, VERSIONS
from kb.models.base import LAST_TEXT
from kb.query.fields import (
    Arguments,
    ComparedSource,
    ConnectionSource,
    ListSource,
    RevisionSource,
    RowSet,
    RowSource,
    Sort,
    SortKey,
    ViewSource,
)
from kb.query.moments import Moment
from kb.query.sql import Path, Row, Sql, join, sql
from kb.records.record_tables import OWNER_COLUMNS, REFERENCE_COLUMNS, TYPE_NAMES
from kb.records.types import type_of_enum
from schema.fields import column_equals
from schema.filters import of_types
from schema.record_documents import composed_document

FROM, TO = "from", "to"
FEW_CHANGES = 1_000
"""Of so many, to sort all takes less time than to look for them among the records."""
_COLUMNS = frozenset({"before_document", "after_document", "cited_before"})
_DIFFERING = """{} select d.* from (select c.type, c.key, {} as before_document,
 {} as after_document, {} as cited_before from ({}) c) d
 where d.before_document is distinct from d.after_document"""
_CITED = """select concat('{',string_agg(concat(json_quote(x.key),':0'),','),'}')
 from record s join citation x on x.subject_id = s.id or x.id = s.id
 where s.type = c.type and s.key = c.key"""
_RANGE = (
    "select case when f < t then f else t end as low, case when f < t then t else f end as high"
    " from (select {} as f, {} as t) b"
)
# The end of the commit of a revision, each of which tells all of it.
_END = "(select coalesce((select e.commit_end from change e where e.revision = {}),{}))"
# Of a record that is not there the text is empty; of one whose changes are not kept there is none.
_FED = """(select case p.op when 'DELETE' then '' else p.document end from change p
 where p.type = c.type and p.key = c.key and p.revision <= {} order by p.revision desc limit 1)"""
# Few changes are found by their revisions and sorted, many in the order of the keys: of those that
# are not wanted the range is empty, which takes the engines no time.
_ENDS = f"""select r.low, r.high,
 case when r.high - r.low <= {{}} then r.low else r.high end as few,
 case when r.high - r.low <= {{}} then '{LAST_TEXT}' else '' end as many
 from ({{}}) r"""
_FIRST_CHANGES = """select x.type, x.key from change x where {} and not exists (select 1
 from change p where p.type = x.type and p.key = x.key and p.revision < x.revision
 and p.revision > (select e.low from ends e))"""
_FEW = """x.revision > (select e.few from ends e) and x.revision <= (select e.high from ends e)"""
_MANY = """x.type > (select e.many from ends e) and x.key > (select e.many from ends e)
 and x.revision + 0 > (select e.low from ends e)
 and x.revision + 0 <= (select e.high from ends e)"""
_EVER = """select r.type, r.key from record r union select x.type, x.key from recorded_record x
 union select e.type, e.key from erasure e where e.erased = 'RECORD'"""
_ERASED = """select case when exists (select 1 from taken_down t where t.type = c.type
 and t.key = c.key and t.erased = 'RECORD') then '{}' end"""
ERASED_BEFORE, ERASED_AFTER = "{}", "{ }"
"""Documents of records that were there and were taken down since: nobody can tell of which fields,
nor whether they were the same at both moments."""


def _derive(_: Row, arguments: Arguments) -> Sql:
    before, after = Moment.of(arguments, FROM), Moment.of(arguments, TO)
    document = sql("select {}", composed_document(Sql("c.type"), Sql("c.key"), _types(arguments)))
    tables, candidates = _candidates(before, after)
    fed = before.is_revision and after.is_revision
    documents = [
        _document_at(moment, document, erased, fed=fed)
        for moment, erased in ((before, ERASED_BEFORE), (after, ERASED_AFTER))
    ]
    return sql(_DIFFERING, tables, *documents, before.tell(Sql(_CITED)), candidates)


def _document_at(moment: Moment, document: Sql, erased: str, *, fed: bool) -> Sql:
    """That which the feed gave of it takes a tenth of the time to find."""
    told = moment.tell(document)
    if not moment.is_revision:
        return told
    taken_down = moment.tell(Sql(_ERASED.format(erased)))
    if not fed:
        return sql("coalesce({},{})", told, taken_down)
    feed = sql(_FED, _end_of_commit(moment))
    return sql("nullif(coalesce({},{},{}),'')", feed, told, taken_down)


def _end_of_commit(moment: Moment) -> Sql:
    return sql(_END, moment.value, moment.value)


def _types(arguments: Arguments) -> Sequence[str]:
    if not arguments.given("types"):
        return TYPE_NAMES
    return [type_of_enum(name).name for name in arguments.names("types")]


def _candidates(before: Moment, after: Moment) -> tuple[Sql, Sql]:
    """The records that may differ, each once, by type and key; and tables that they are from."""
    if before.is_revision and after.is_revision:
        number = Sql(str(FEW_CHANGES))
        ends = sql(_ENDS, number, number, sql(_RANGE, *map(_end_of_commit, (before, after))))
        changes = join(" union all ", (sql(_FIRST_CHANGES, Sql(way)) for way in (_FEW, _MANY)))
        return sql("with ends as materialized ({})", ends), changes
    if not (before.is_revision or after.is_revision):
        return _between_days(before.value, after.value)
    return Sql(""), Sql(_EVER)


def _between_days(day: Sql, other: Sql) -> tuple[Sql, Sql]:
    """Of which something is known since a day between them."""
    days = sql(_RANGE, day, other)
    newly, numbers = _since("record", "id", "known_from"), join(" union ", map(Sql, _known_since()))
    tables = (
        "with days as materialized ({}), newly as materialized ({}), found as materialized ({})"
    )
    # In the order of keys, so that a page looks at no more than it shows.
    records = "select r.type, r.key from record r where r.id + 0 in (select f.id from found f)"
    return sql(tables, days, Sql(newly), numbers), Sql(records)


def _known_since() -> Iterator[str]:
    """The numbers of records, by each place where a day stands, or what is named by then."""
    yield "select n.id from newly n"
    yield _since("article", "id", "known_from")
    yield _since("citation", "id", "visible_from")
    for table in VERSIONS:
        yield _since(f"{table}_version", "id", "known_from")
        for column in REFERENCE_COLUMNS[table]:
            if column != "id":
                yield _naming_new(f"{table}_version", "id", column)
    for table, days in MEMBER_DAYS.items():
        for column, day in days.items():
            yield _since(table, OWNER_COLUMNS[table], day)
            yield _naming_new(table, OWNER_COLUMNS[table], column)


def _since(table: str, owner: str, day: str) -> str:
    return (
        f"select x.{owner} from {table} x cross join days d"
        f" where x.{day} > d.low and x.{day} <= d.high"
    )


def _naming_new(table: str, owner: str, column: str) -> str:
    return f"select x.{owner} from {table} x where x.{column} in (select n.id from newly n)"


def _refuse_within(path: Path) -> QueryError:
    what = "`diff` compares two moments, whatever is told around it"
    return QueryError(what, "ask for it outside of `at` and `view`", path)


_TYPE_KEY = SortKey("type", lambda row: row["type"], lambda row: row["type"])
DIFFERENCES = ConnectionSource(
    RowSet(
        "record", lambda row, _, arguments: of_types(row, arguments), _derive, _COLUMNS, lazy=True
    ),
    (Sort(_TYPE_KEY),),
    moments=(FROM, TO),
    refused_within={ViewSource: _refuse_within, RevisionSource: _refuse_within},
)


def _same_record(row: Row, difference: Row, _: Arguments) -> Sql:
    same = (sql("{} = {}", row[name], difference[name]) for name in ("type", "key"))
    return join(" and ", same)


BEFORE, AFTER = (
    ComparedSource(moment, RowSource(RowSet("record", _same_record))) for moment in (FROM, TO)
)


def _is_new(row: Row, difference: Row, _: Arguments) -> Sql:
    """Bears on the record, or is it, and was not there before."""
    text = (
        "{} in (select x.id from record s join citation x on x.subject_id = s.id or x.id = s.id"
        " where s.type = {} and s.key = {}) and {} not in (select j.key from json_each({}) j)"
    )
    record = (difference["type"], difference["key"])
    return sql(text, row["id"], *record, row["key"], difference["cited_before"])


BECAUSE = ComparedSource(
    TO,
    ListSource(
        RowSet("citation", _is_new),
        lambda row: (row["key"],),
        most=RowSet("citation", column_equals("subject_id")),
    ),
)
