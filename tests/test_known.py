"""What could be known of a record on a day: what holds over archives made up.

`columns` are those of the record's row; a version's row is these with its changes.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.derive.as_known import Version, first_support
from kb.derive.assertions import DATE_FIELDS, NAMES, ArticleDates, Statement
from kb.derive.disagreements import find_disagreements
from kb.models import Table
from kb.models.base import AFTER_ALL
from kb.models.versions import VERSIONED
from kb.periods import Period
from kb.records.documents import SOURCED
from kb.records.rows import TableRow, date_columns, date_row, period_columns
from tests.support.statements import as_known, founded_columns, known_by, versions
from tests.worlds.date_fields import date_fields
from tests.worlds.few_days import VALUES, Value
from tests.worlds.known_archives import RecordStatements, make_archive, record_statements

pytestmark = pytest.mark.slow

SPANS = ("period", "occurred", "existence")
ENDS, STARTS = ([f"{span}.{bound}" for span in SPANS] for bound in ("end", "start"))
PERIOD = frozenset(period_columns(Period.parse("2016"), None))
COLUMNS: dict[str, Set[str]] = {
    **{
        field.alias: date_columns(field.name, None).keys()
        for name in SOURCED
        for field in date_fields(name)
    },
    "predecessor": {"predecessor_id"},
    "parent": {"parent_id"},
    "url": {"url"},
    "statusNote": {"status_note"},
    "capacity": {"capacity"},
    "nationality": {"nationality_id"},
    "name": {"name"},
    "title": {"title"},
    "officialName": {"official_name"},
    "acronym": {"acronym"},
    "status": {"status"},
    "kind": {"kind"},
    "participantsComplete": {"participants_complete"},
    "office": {"office", "office_key"},
    "place": {"place"},
    "host": {"host_id"},
    "summit": {"summit_id"},
    "endReason": {"end_reason"},
    "city": {"city", "city_rising", "city_falling"},
}
"""What may change where not all that is said of a field is known."""


@dataclass(frozen=True)
class History:
    """A record of an archive, since when it shows, and its versions."""

    record: RecordStatements
    shows: date
    versions: list[Version]

    def known(self, day: date) -> list[Statement]:
        return known_by(self.record.statements, day)

    def rows(self) -> Iterator[tuple[Version, TableRow]]:
        for version in self.versions:
            yield version, self.record.row | version.changed


@st.composite
def histories(draw: st.DrawFn, column: str = "key") -> History:
    """One record of an archive, of a table with the column, and a day that it may wait for."""
    documents = make_archive(Random(draw(st.integers(0, 2**32))))
    records = [
        record
        for record in record_statements(documents)
        if record.ref.type.lower() in VERSIONED and column in record.row
    ]
    record = draw(st.sampled_from(records))
    first = first_support(record.statements)
    assert first is not None
    shows = max(first, draw(st.sampled_from([date.min, date(2016, 7, 1), date(2017, 6, 1)])))
    return History(record, shows, versions(record.row, record.statements, shows, record.ref.type))


def of_field(statements: Sequence[Statement], field: str) -> list[Statement]:
    return [statement for statement in statements if statement.field == field and statement.value]


def fields_of(statements: Sequence[Statement]) -> set[str]:
    return {statement.field for statement in statements if statement.field and statement.value}


@given(histories())
def test_there_is_a_version_for_every_day_on_which_something_is_learnt(history: History) -> None:
    days = [version.known_from for version in history.versions]
    learnt = {statement.dated.known for statement in history.record.statements}
    assert days == sorted({history.shows} | {day for day in learnt if day > history.shows})


@given(histories())
def test_the_last_version_is_the_record(history: History) -> None:
    last = history.versions[-1]
    assert last.changed == {}
    assert last.disagreements == find_disagreements(history.record.row, history.record.statements)


@given(histories())
def test_changes_are_changes(history: History) -> None:
    columns = history.record.row
    for version in history.versions:
        assert version.changed.items().isdisjoint(columns.items())
        assert version.changed.keys() <= columns.keys()


@given(histories(), st.randoms())
def test_the_order_of_statements_does_not_matter(history: History, random: Random) -> None:
    shuffled = list(history.record.statements)
    random.shuffle(shuffled)
    again = versions(history.record.row, shuffled, history.shows, history.record.ref.type)
    assert again == history.versions


@given(histories())
def test_versions_are_idempotent(history: History) -> None:
    """Were a version what is recorded, the same knowledge would yield it again."""
    for version, row in history.rows():
        record, known = history.record, history.known(version.known_from)
        assert as_known(row, record.statements, version.known_from, record.ref.type) == {}
        assert version.disagreements == find_disagreements(row, known)


@given(histories())
def test_a_version_is_a_row_that_a_table_takes(history: History) -> None:
    table = Table.metadata.tables[history.record.ref.type.lower()]
    for _, row in history.rows():
        for name, value in row.items():
            column = table.columns[name]
            assert value is not None or column.nullable, name
            if value and any("partial_date" in key.target_fullname for key in column.foreign_keys):
                assert date_row(str(value))["edtf"] == value


@given(histories())
def test_bounds_are_in_order_and_ends_are_of_their_kind(history: History) -> None:
    for _, row in history.rows():
        if row.get("end_kind") is None:
            continue
        first, begun = str(row["start_earliest"]), str(row["start_latest"])
        lasted, last = str(row["end_earliest"]), str(row["end_latest"])
        assert first <= begun
        assert lasted <= last
        assert first <= last
        assert (row["end_kind"] == "ONGOING") == (row["attested_until"] is not None)
        assert (row["end_kind"] == "DATED") == (last != AFTER_ALL)
        if row["end_kind"] == "ONGOING":
            assert begun != AFTER_ALL
            assert row["period_end"] is None


@given(histories())
def test_an_ongoing_version_was_attested_by_an_article_then_known(history: History) -> None:
    for version, row in history.rows():
        if row.get("end_kind") == "ONGOING":
            known = [each for each in history.known(version.known_from) if each.supports]
            ongoing = [each for each in known if each.field in ENDS and each.value == ".."]
            attested = [each.dated.earliest for each in ongoing if each.dated.earliest]
            assert row["attested_until"] == max(attested)


def awaited(statements: Sequence[Statement], known: Sequence[Statement], *fields: str) -> bool:
    """Whether more will be said of these fields; of one that is not cited, of the record."""
    said = [each for each in statements if each.field in fields and each.value]
    if said:
        return not all(each in known for each in said)
    return len(known) < len(statements) and not any(
        each.is_support and each.field is None for each in known
    )


@given(histories())
def test_a_field_is_as_recorded_once_all_that_is_said_of_it_is_known(history: History) -> None:
    """A period's bounds may have to give way to each other, so both of them must be known."""
    statements = history.record.statements
    for version in history.versions:
        known = history.known(version.known_from)
        may_change: set[str] = set()
        for field, columns in COLUMNS.items():
            is_name = field in ("acronym", "officialName")
            by = (field,) if of_field(statements, field) or not is_name else NAMES
            if awaited(statements, known, *by):
                may_change |= columns
        if awaited(statements, known, *NAMES):
            may_change.add("aliases")
        if any(awaited(statements, known, field) for field in (*STARTS, *ENDS)):
            may_change |= PERIOD
        assert version.changed.keys() <= may_change


@given(histories("end_kind"))
def test_a_bound_alone_is_as_recorded_once_all_that_is_said_of_it_is_known(
    history: History,
) -> None:
    columns = history.record.row
    assume(columns.get("end_kind") is not None)
    statements = history.record.statements
    for version, row in history.rows():
        known = history.known(version.known_from)
        if row["end_kind"] is None:
            assert awaited(statements, known, *STARTS, *ENDS)
            continue
        start, end = (not awaited(statements, known, *fields) for fields in (STARTS, ENDS))
        # Of one date, its start tells the end too.
        is_one = columns["period_start"] == columns["period_end"]
        end = end and (start or not is_one or any(of_field(statements, each) for each in ENDS))
        if start and columns["start_latest"] != AFTER_ALL:
            assert row["period_start"] == columns["period_start"]
        if end and columns["end_kind"] == "DATED" and row["end_kind"] != "UNKNOWN":
            assert row["period_end"] == columns["period_end"]


@given(histories(), st.data())
def test_nothing_depends_on_what_was_said_later(history: History, data: st.DataObject) -> None:
    """But that something was: until it is known, a field waits.

    What will be said, by whom, when and how often makes no difference to what is known before.
    """
    day = data.draw(st.sampled_from([version.known_from for version in history.versions]))
    known = history.known(day)
    later = [statement for statement in history.record.statements if statement.dated.known > day]
    others: list[Statement] = []
    for statement in later:
        values = ["2016-03-03", "Other", "..", statement.value]
        value = statement.value and data.draw(st.sampled_from(values))
        when = data.draw(st.dates(day + timedelta(1), date(2030, 1, 1)))
        dates = statement.field in DATE_FIELDS
        fits = statement.value if dates and value == "Other" else value
        twin = replace(
            statement,
            value=fits if fits != ".." or statement.field in ENDS else statement.value,
            supports=data.draw(st.booleans()),
            dated=ArticleDates(when, when),
            claim="Later.",
        )
        others += [twin] * data.draw(st.integers(1, 2))
    record = history.record
    told_otherwise = versions(record.row, [*known, *others], history.shows, record.ref.type)
    assert [version for version in told_otherwise if version.known_from <= day] == [
        version for version in history.versions if version.known_from <= day
    ]


@given(histories("founded"), st.sampled_from(VALUES))
def test_a_recorded_date_shows_only_where_what_is_known_yields_it(
    history: History, value: Value
) -> None:
    """Two records that differ in a date alone look the same until something tells of it."""
    columns = history.record.row
    other = columns | founded_columns(value.edtf)
    statements = history.record.statements
    for version, row in history.rows():
        known = history.known(version.known_from)
        if not awaited(statements, known, "founded"):
            continue
        twin = other | as_known(other, statements, version.known_from)
        if row["founded"] != columns["founded"] and twin["founded"] != other["founded"]:
            assert row["founded"] == twin["founded"]
