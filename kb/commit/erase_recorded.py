"""What is taken down leaves the tables of what was recorded at each revision.

In: an open write transaction whose commit has just removed it from the present, and what it was.
Out: for which revisions it was there. References of others to it stay, and lead to nothing.
"""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from kb.models import STILL_RECORDED, VERSIONS
from kb.records.documents import FORMS, SOURCED
from kb.records.record_tables import KEPT_NAMES, OWNER_COLUMNS, PART_TABLES, RECORD_TABLES
from kb.records.rows import Ref
from kb.records.traits import fields_of_document
from kb.records.types import type_of_table

_MEETING = "{0}.recorded_from < :until and :since < {0}.recorded_to"
_PAST = f"{_MEETING.format('x')} and x.recorded_to <= :begun"
_LINK = "l.disagreement_id = x.disagreement_id and l.position = x.position"
_UNSAID = (
    "delete from recorded_assertion as x where exists (select 1 from recorded_assertion_citation l"
    f" where {_LINK} and l.citation_id = :number and {_MEETING.format('l')})"
    f" and {_PAST} and not exists (select 1 from recorded_assertion_citation l where {_LINK}"
    " and l.citation_id <> :number and l.recorded_from < x.recorded_to"
    " and x.recorded_from < l.recorded_to)"
)
"""Values that no other citation asserted at the time."""
_UNDISPUTED = (
    f"delete from recorded_{{}} as x where {_PAST} and exists (select 1"
    " from recorded_disagreement d where d.id = x.disagreement_id and d.subject_id = :number"
    f" and {_MEETING.format('d')}"
    " and d.recorded_from < x.recorded_to and x.recorded_from < d.recorded_to)"
)
"""What was asserted of the record."""
_OF_TYPE = {
    "Article": (("paragraph", "article_id"), ("mention", "article_id")),
    "Citation": (("assertion_citation", "citation_id"),),
}
"""Tables of rows that belong to a record and are no parts of it, with the columns that say so."""


class Stay(NamedTuple):
    """For how long a record had a number: from a revision until before another."""

    number: int
    since: int
    until: int


def read_stays(connection: Connection, ref: Ref, begun: int) -> list[Stay]:
    """A record is written anew by each commit that touches it, mostly under the same number."""
    query = text(
        "select id, recorded_from, recorded_to from recorded_record"
        " where type = :type and key = :key and recorded_from < :begun order by recorded_from"
    )
    stays: list[Stay] = []
    for number, since, until in connection.execute(query, {**ref._asdict(), "begun": begun}):
        if stays and stays[-1].number == number and stays[-1].until == since:
            stays[-1] = stays[-1]._replace(until=min(until, begun))
        else:
            stays.append(Stay(number, since, min(until, begun)))
    return stays


_OF_ARTICLE = f"x.article_id = :number and {_MEETING.format('x')}"
_TEXTS = text(
    "select x.recorded_from, x.recorded_to from recorded_paragraph x"
    f" where x.number = 1 and {_OF_ARTICLE}"
)


def find_texts(connection: Connection, stays: Sequence[Stay]) -> Iterator[Stay]:
    """When an article had one."""
    for stay in stays:
        for since, until in connection.execute(_TEXTS, stay._asdict()).all():
            yield Stay(stay.number, since, until)


def erase_texts(connection: Connection, stays: Sequence[Stay]) -> list[Stay]:
    """Returns when there was one."""
    shown = [*find_texts(connection, stays)]
    for stay in stays:
        connection.execute(
            text(f"delete from recorded_paragraph as x where {_OF_ARTICLE}"), stay._asdict()
        )
    return shown


def erase_rows(connection: Connection, ref: Ref, stays: Sequence[Stay], begun: int) -> None:
    """What was recorded of it until this commit began, whether or not it is there after that."""
    statements = [*_statements(ref.type)]
    for stay in stays:
        values = {**stay._asdict(), "begun": begun}
        for statement in statements:
            connection.execute(text(statement), values)


def _statements(type_name: str) -> Iterator[str]:
    if type_name == "Citation":
        yield _UNSAID
    if type_name in SOURCED:
        yield from (_UNDISPUTED.format(name) for name in ("assertion_citation", "assertion"))
    for table, column in _rows_of(type_name):
        of_record = f"x.{column} = :number"
        yield (
            f"update recorded_{table} as x set recorded_from = :begun where {of_record}"
            " and x.recorded_from < :begun and x.recorded_to > :begun and :since < x.recorded_to"
        )
        yield f"delete from recorded_{table} as x where {of_record} and {_PAST}"
    yield from _name_statements(RECORD_TABLES[type_name], gone=True)


def _rows_of(type_name: str) -> Iterator[tuple[str, str]]:
    """Tables that have rows of a record of the type, with the columns of its number."""
    table = RECORD_TABLES[type_name]
    yield from ((each, "id") for each in ("record", table))
    if table in VERSIONS:
        yield f"{table}_version", "id"
    yield from ((part, OWNER_COLUMNS[part]) for part in PART_TABLES.get(type_name, ()))
    yield from _OF_TYPE.get(type_name, ())
    if type_name in SOURCED:
        yield "disagreement", "subject_id"


def _name_statements(named: str, *, gone: bool) -> Iterator[str]:
    """Names of records of the table that are kept beside references, to be sorted by: all of one
    that is gone, else those that are told nowhere."""
    for kept in (each for each in KEPT_NAMES if each.named == named):
        untold = "" if gone else _told_nowhere(named, "name", f"x.{kept.column}")
        for table in (kept.table, f"{kept.table}_version"):
            where = f"x.{kept.reference} = :number and {_PAST}{untold}"
            yield f"update recorded_{table} as x set {kept.column} = '' where {where}"


def erase_knowledge(
    connection: Connection, citation: Ref, gone: Container[Ref], begun: int
) -> Mapping[Ref, Sequence[Stay]]:
    """Versions by days which had what is told neither by the records themselves nor now; when."""
    query = text(
        "select r.type, r.key, r.id, min(x.recorded_from), max(x.recorded_to)"
        " from recorded_citation x join recorded_record r on r.id = x.subject_id"
        " and r.recorded_from < x.recorded_to and x.recorded_from < r.recorded_to"
        f" where x.id = :number and {_MEETING.format('x')} group by r.type, r.key, r.id"
    )
    erased: defaultdict[Ref, list[Stay]] = defaultdict(list)
    for stay in read_stays(connection, citation, begun):
        for type_name, key, *numbers in connection.execute(query, stay._asdict()).all():
            subject = Ref(type_name, key)
            if subject not in gone:
                erased[subject] += _erase_versions(connection, subject, Stay(*numbers), begun)
    return {subject: stays for subject, stays in erased.items() if stays}


def _erase_versions(connection: Connection, ref: Ref, stay: Stay, begun: int) -> list[Stay]:
    table, values = RECORD_TABLES[ref.type], {**stay._asdict(), "begun": begun}
    columns = _columns(table)
    odd = " or ".join(
        f"(x.{name} is not null{_told_nowhere(table, name, f'x.{name}')})" for name in columns
    )
    where = f"x.id = :number and {_PAST} and x.recorded_to < {STILL_RECORDED} and ({odd})"
    rows = f"recorded_{table}_version"
    shown = text(f"select x.recorded_from, x.recorded_to from {rows} x where {where}")
    times = connection.execute(shown, values).all()
    connection.execute(text(f"delete from {rows} as x where {where}"), values)
    for statement in _name_statements(table, gone=False):
        connection.execute(text(statement), values)
    return [Stay(stay.number, *each) for each in times]


def _told_nowhere(table: str, column: str, value: str) -> str:
    """That a value is neither of the record itself, at any revision, nor told of it now."""
    return "".join(
        f" and {value} not in (select b.{column} from {rows} b where b.id = :number"
        f" and b.{column} is not null)"
        for rows in (f"recorded_{table}", f"{table}_version")
    )


def _columns(table: str) -> Iterator[str]:
    """Those of the fields of a document that stand in the row itself."""
    for field in fields_of_document(FORMS[type_of_table(table).name]).values():
        if field.is_span:
            yield from ("period_start", "period_end")
        elif not field.many:
            yield field.column
