"""From which day a reader could know an article: that of its issue, worked out and as it is stored.

In: an open transaction, and numbers of articles, those that share an issue with written or removed
ones included. Out: the articles whose day is another now. Whoever reads an article has its whole
issue in hand: without a date of the issue, all of it is as new as its newest dateline.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    Subquery,
    and_,
    case,
    func,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from kb import database
from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows, fetch_values
from kb.models import Table
from kb.models.base import AFTER_ALL
from kb.records.id_set import IdSet
from kb.records.record_tables import batches

_ARTICLE = Table.metadata.tables["article"]
_WITHOUT_DAY = and_(_ARTICLE.c.issued_on.is_(None), _ARTICLE.c.issue_number.is_not(None))
"""Articles of an issue with a number, which have no date of the issue."""


class StaleDay(NamedTuple):
    """An article, the day that is stored, and the one that follows from its issue."""

    number: int
    stored: str
    day: str


def update_issue_days(connection: Connection, touched: Collection[int]) -> IdSet:
    """Write the days of these articles, and of those of their issues; those that were others."""
    redated = IdSet()
    for batch in batches(touched):
        if stale := find_stale_days(connection, batch):
            rows = [{"id": number, "known_from": day} for number, _, day in stale]
            database.update(connection, _ARTICLE, rows)
            redated.update(number for number, *_ in stale)
    return redated


def find_stale_days(connection: Connection, batch: Sequence[int]) -> list[StaleDay]:
    """Of these articles and those of their issues; no more than a statement takes."""
    return [StaleDay(*row) for row in fetch_rows(connection, _stale_days(), ids=batch)]


@cache
def _stale_days() -> "Select[int, str, str]":
    wanted = union_all(_own_days(), _days_of_issues()).subquery()
    return (
        select(wanted.c.id, _ARTICLE.c.known_from, wanted.c.day)
        .join(_ARTICLE, _ARTICLE.c.id == wanted.c.id)
        .where(_ARTICLE.c.known_from != wanted.c.day, wanted.c.day != AFTER_ALL)
    )


def find_left_behind(connection: Connection, leaving: Collection[int]) -> Iterator[int]:
    """The articles of the issues that these will leave, without a date of the issue."""
    for batch in batches(leaving):
        yield from fetch_values(connection, _left_behind(), ids=batch)


@cache
def _left_behind() -> "Select[int]":
    issues = _issues(in_bound(_ARTICLE.c.id))
    return select(_ARTICLE.c.id).join(issues, _is_of(issues)).where(_WITHOUT_DAY)


def _own_days() -> "Select[int, str]":
    """Of those of the articles that tell by themselves: by the date of the issue, or alone."""
    issued = _ARTICLE.c.issued_on.is_not(None)
    day = case((issued, _ARTICLE.c.issued_latest), else_=_ARTICLE.c.dated_latest)
    return select(_ARTICLE.c.id, day.label("day")).where(in_bound(_ARTICLE.c.id), ~_WITHOUT_DAY)


def _days_of_issues() -> "Select[int, str]":
    """Of all articles of these articles' issues that have no date of the issue."""
    issues = _issues(in_bound(_ARTICLE.c.id))
    newest = (
        select(issues, func.max(_ARTICLE.c.dated_latest).label("day"))
        .join(_ARTICLE, _is_of(issues))
        .where(_ARTICLE.c.dated_latest != AFTER_ALL)
        .group_by(issues.c.publication_id, issues.c.issue_number)
        .subquery()
    )
    return select(_ARTICLE.c.id, newest.c.day).join(newest, _is_of(newest)).where(_WITHOUT_DAY)


def _issues(condition: ColumnElement[bool]) -> Subquery:
    """The issues of articles, each once."""
    columns = _ARTICLE.c.publication_id, _ARTICLE.c.issue_number
    return (
        select(*columns)
        .where(condition, _ARTICLE.c.issue_number.is_not(None))
        .distinct()
        .subquery()
    )


def _is_of(issue: Subquery) -> ColumnElement[bool]:
    return and_(
        _ARTICLE.c.publication_id == issue.c.publication_id,
        _ARTICLE.c.issue_number == issue.c.issue_number,
    )
