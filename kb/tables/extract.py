"""What of the flat tables is wanted: those of a revision, and of them the rows that pass filters.

In: an open read transaction, tables, and an `Extract`. Out: tables of these rows alone, and the
place in the feed that they belong to; QueryError for a revision that cannot be told of, and
RequestError for a filter that a table does not have or that names nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from kb.commit.feed import FeedState, cursor_at, read_feed_state
from kb.errors import HISTORIES, RequestError, alternatives
from kb.query.as_recorded import after_revision, revision_verdict
from kb.query.sql import Sql, literal
from kb.records.types import record_type
from kb.tables.flat_table import FlatTable

_HEAD = Sql("select h.stream, h.revision, h.chain from head h")


@dataclass(frozen=True, slots=True)
class Extract:
    """`since` is a revision after which a row's record changed; `type` the name of a type."""

    revision: int | None = None
    since: int | None = None
    organisation: str = ""
    state: str = ""
    type: str = ""

    @property
    def given(self) -> dict[str, str | int]:
        """The filters that are given, by name."""
        every = {
            "since": self.since,
            "organisation": self.organisation,
            "state": self.state,
            "type": self.type,
        }
        return {name: value for name, value in every.items() if value is not None and value != ""}


def _test(value: str | int) -> str:
    """Of what a filter compares."""
    return f"> {value}" if isinstance(value, int) else f"= {literal(value).text}"


def check_filters(table: FlatTable, extract: Extract) -> None:
    """Raises RequestError for one that the table does not have."""
    for name in extract.given:
        if name not in table.filters:
            what = f"the table `{table.name}` has no `{name}` by which it could be narrowed"
            raise RequestError(what, f"it takes {alternatives(['revision', *table.filters])}")


def narrowed(table: FlatTable, extract: Extract) -> FlatTable:
    """The rows that pass those of the filters that the table has, as of the revision."""
    conditions = tuple(
        f"{table.filters[name]} {_test(value)}"
        for name, value in extract.given.items()
        if name in table.filters
    )
    if extract.revision is None:
        return replace(table, conditions=conditions)
    whole = after_revision(extract.revision, Sql(table.rows)).text
    front = whole.removesuffix(table.rows)
    return replace(table, conditions=conditions, front=front)


def read_place(connection: Connection, extract: Extract, *, textless: bool = False) -> FeedState:
    """Where the feed was; what is asked for is held against what there is, and was."""
    _check_names(connection, extract)
    if extract.revision is None:
        state = read_feed_state(connection, textless=textless)
        if extract.since is not None and extract.since > state.revision:
            raise HISTORIES["CURSOR_FORKED"]()
        return state
    verdict = f"select {revision_verdict(Sql(str(extract.revision))).text}"
    if code := connection.exec_driver_sql(verdict).scalar_one():
        raise HISTORIES[code]()
    statement = after_revision(extract.revision, _HEAD).text
    stream, revision, chain = connection.exec_driver_sql(statement).one()
    return FeedState(stream, revision, cursor_at(stream, chain, revision), [])


def _check_names(connection: Connection, extract: Extract) -> None:
    """A record that was there at some revision may be asked for at any."""
    for type_name, key in _named(extract):
        table = record_type(type_name).table
        query = text(f"select count(*) from recorded_{table} where key = :key")
        if not connection.execute(query, {"key": key}).scalar_one():
            what = f"there is no {table} `{key}`"
            raise RequestError(what, f"give the key of one, as the table `{table}s` has them")


def _named(extract: Extract) -> Iterator[tuple[str, str]]:
    if extract.organisation:
        yield "Organisation", extract.organisation
    if extract.state:
        yield "State", extract.state
