"""What could be known of a record on a day: over archives made up, and against a small oracle.

`own` is the recorded row; a version's row is that with its changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.derive import as_known as as_known_by
from kb.derive.as_known import Version, first_support, referenced_records
from kb.derive.assertions import ArticleDates, Statement
from kb.derive.disagreements import find_disagreements
from kb.models import Table
from kb.models.base import AFTER_ALL
from kb.models.versions import VERSIONED
from kb.periods import Period
from kb.records.rows import TableRow, date_columns, date_row, period_columns
from tests.worlds.few_days import AFTER, BEFORE, DAYS, VALUES, Value
from tests.worlds.known_archives import RecordStatements, make_archive, record_statements

pytestmark = pytest.mark.slow

ENDS = ("period.end", "occurred.end")
STARTS = ("period.start", "occurred.start")
PERIOD = frozenset(period_columns(Period.parse("2016"), None))
founded_columns = partial(date_columns, "founded")
COLUMNS = {
    "founded": frozenset(founded_columns(None)),
    "predecessor": {"predecessor_id"},
    "nationality": {"nationality_id"},
    "acronym": {"acronym"},
    "status": {"status"},
    "kind": {"kind"},
    "office": {"office", "office_key"},
    "place": {"place"},
    "host": {"host_id"},
    "summit": {"summit_id"},
    "plannedEnd": frozenset(date_columns("planned_end", None)),
    "endReason": {"end_reason"},
    "city": {"city", "city_rising", "city_falling"},
    "heldOn": frozenset(date_columns("held_on", None)),
}
"""What may change where not all that is said of a field is known."""


def versions(own: TableRow, statements: Sequence[Statement], shows: date) -> list[Version]:
    """Where every record is there that a value may refer to."""
    return as_known_by.derive_versions(own, statements, shows, referenced_records(statements))


def as_known(
    own: TableRow, statements: Sequence[Statement], known: Sequence[Statement]
) -> TableRow:
    return as_known_by.as_known(own, statements, known, referenced_records(statements))


@dataclass(frozen=True)
class History:
    """A record of an archive, since when it shows, and its versions."""

    record: RecordStatements
    shows: date
    versions: list[Version]

    def known(self, day: date) -> list[Statement]:
        return [one for one in self.record.statements if one.dated.known <= day]

    def rows(self) -> Iterator[tuple[Version, TableRow]]:
        for version in self.versions:
            yield version, self.record.row | version.changed


@st.composite
def histories(draw: st.DrawFn) -> History:
    """One record of an archive, and perhaps a day that it must wait for."""
    documents = make_archive(Random(draw(st.integers(0, 2**32))))
    records = [one for one in record_statements(documents) if one.ref.type.lower() in VERSIONED]
    record = draw(st.sampled_from(records))
    first = first_support(record.statements)
    assert first is not None
    shows = max(first, draw(st.sampled_from([date.min, date(2016, 7, 1), date(2017, 6, 1)])))
    return History(record, shows, versions(record.row, record.statements, shows))


def said(statements: Sequence[Statement], field: str) -> list[Statement]:
    return [one for one in statements if one.field == field and one.value]


def fields_of(statements: Sequence[Statement]) -> set[str]:
    return {one.field for one in statements if one.field and one.value}


@given(histories())
def test_there_is_a_version_for_every_day_on_which_something_is_learnt(history: History) -> None:
    days = [version.known_from for version in history.versions]
    learnt = {one.dated.known for one in history.record.statements}
    assert days == sorted({history.shows} | {day for day in learnt if day > history.shows})


@given(histories())
def test_the_last_version_is_the_record(history: History) -> None:
    last = history.versions[-1]
    assert last.changed == {}
    assert last.disagreements == find_disagreements(history.record.row, history.record.statements)


@given(histories())
def test_changes_are_changes(history: History) -> None:
    own = history.record.row
    for version in history.versions:
        assert version.changed.items().isdisjoint(own.items())
        assert version.changed.keys() <= own.keys()


@given(histories(), st.randoms())
def test_the_order_of_statements_does_not_matter(history: History, random: Random) -> None:
    shuffled = list(history.record.statements)
    random.shuffle(shuffled)
    assert versions(history.record.row, shuffled, history.shows) == history.versions


@given(histories())
def test_versions_are_idempotent(history: History) -> None:
    """Were a version what is recorded, the same knowledge would yield it again."""
    for version, row in history.rows():
        known = history.known(version.known_from)
        assert as_known(row, history.record.statements, known) == {}
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
        if "end_kind" not in row:
            continue
        first, begun, lasted, last = (
            str(row[name])
            for name in ("start_earliest", "start_latest", "end_earliest", "end_latest")
        )
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
            attested = [
                one.dated.earliest
                for one in history.known(version.known_from)
                if one.supports and one.field in ENDS and one.value == ".." and one.dated.earliest
            ]
            assert row["attested_until"] == max(attested)


@given(histories())
def test_a_field_is_as_recorded_once_all_that_is_said_of_it_is_known(history: History) -> None:
    """A period's bounds may have to give way to each other, so both of them must be known."""
    record = history.record
    for version in history.versions:
        known = history.known(version.known_from)
        waiting = {
            field
            for field in fields_of(record.statements)
            if len(said(known, field)) < len(said(record.statements, field))
        }
        may_change: set[str] = set()
        for field in waiting:
            may_change |= PERIOD if field in {*STARTS, *ENDS} else COLUMNS.get(field, set())
        assert version.changed.keys() <= may_change


@given(histories())
def test_a_bound_alone_is_as_recorded_once_all_that_is_said_of_it_is_known(
    history: History,
) -> None:
    own = history.record.row
    assume("end_kind" in own)
    for version, row in history.rows():
        known = history.known(version.known_from)
        start, end = (
            all(
                len(said(known, field)) == len(said(history.record.statements, field))
                for field in fields
            )
            for fields in (STARTS, ENDS)
        )
        if start and own["start_latest"] != AFTER_ALL:
            assert row["period_start"] == own["period_start"]
        if end and own["end_kind"] == "DATED" and row["end_kind"] != "UNKNOWN":
            assert row["period_end"] == own["period_end"]


@given(histories(), st.data())
def test_nothing_depends_on_what_was_said_later(history: History, data: st.DataObject) -> None:
    """But that something was: until it is known, a field waits.

    What will be said, by whom, when and how often makes no difference to what is known before.
    """
    day = data.draw(st.sampled_from([one.known_from for one in history.versions]))
    known = history.known(day)
    later = [one for one in history.record.statements if one.dated.known > day]
    others: list[Statement] = []
    for one in later:
        value = one.value and data.draw(st.sampled_from(["2016-03-03", "Other", "..", one.value]))
        when = data.draw(st.dates(day + timedelta(1), date(2030, 1, 1)))
        dates = one.field in {*STARTS, *ENDS, "founded", "heldOn", "plannedEnd"}
        fits = one.value if dates and value == "Other" else value
        twin = replace(
            one,
            value=fits if fits != ".." or one.field in ENDS else one.value,
            supports=data.draw(st.booleans()),
            dated=ArticleDates(when, when),
            claim="Later.",
        )
        others += [twin] * data.draw(st.integers(1, 2))
    told_otherwise = versions(history.record.row, [*known, *others], history.shows)
    assert [one for one in told_otherwise if one.known_from <= day] == [
        one for one in history.versions if one.known_from <= day
    ]


@given(histories(), st.sampled_from(VALUES))
def test_a_recorded_date_shows_only_where_what_is_known_yields_it(
    history: History, value: Value
) -> None:
    """Two records that differ in a date alone look the same until something tells of it."""
    own = history.record.row
    assume("founded" in own)
    other = own | founded_columns(value.edtf)
    statements = history.record.statements
    for version, row in history.rows():
        known = history.known(version.known_from)
        if len(said(known, "founded")) == len(said(statements, "founded")):
            continue
        twin = other | as_known(other, statements, known)
        if row["founded"] != own["founded"] and twin["founded"] != other["founded"]:
            assert row["founded"] == twin["founded"]


def stating(field: str, values: Sequence[str | None], known: Sequence[date]) -> list[Statement]:
    """Each value in an article of its day."""
    return [
        Statement(f"c{number}", field, value, "So it is.", True, ArticleDates(day, day))
        for number, (value, day) in enumerate(zip(values, known, strict=True))
        if value
    ]


SAID = st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(DAYS)), min_size=1, max_size=5)


@given(st.none() | st.sampled_from(VALUES), SAID)
def test_a_date_is_what_the_statements_known_yield(
    recorded: Value | None, told: list[tuple[Value, date]]
) -> None:
    """As recorded if one gives it or they do together; else what they share, or the newest."""
    own = founded_columns(recorded.edtf if recorded else None)
    statements = stating("founded", [value.edtf for value, _ in told], [day for _, day in told])
    for version in versions(own, statements, min(day for _, day in told)):
        pairs = sorted(zip(statements, told, strict=True), key=lambda pair: pair[0].rank)
        seen = [value.days for _, (value, day) in pairs if day <= version.known_from]
        shared = frozenset.intersection(*seen)
        expected = shared or seen[-1]
        if len(seen) == len(told) or (recorded and recorded.days in (*seen, shared)):
            expected = recorded.days if recorded else frozenset()
        row = own | version.changed
        assert days_of_row(row) == expected


def days_of_row(row: TableRow) -> frozenset[date]:
    when = date_row(str(row["founded"])) if row["founded"] else None
    if when is None:
        return frozenset()
    first, last = when["earliest"] or BEFORE, when["latest"] or AFTER
    assert isinstance(first, date)
    assert isinstance(last, date)
    return frozenset(day for day in (BEFORE, *DAYS, AFTER) if first <= day <= last)


CITIES = st.sampled_from(["Minsk", "MINSK", "Moscow", "Dushanbe"])


@given(st.none() | CITIES, st.lists(st.tuples(CITIES, st.sampled_from(DAYS)), min_size=1))
def test_a_word_is_the_recorded_one_once_said_else_the_newest(
    recorded: str | None, told: list[tuple[str, date]]
) -> None:
    own: TableRow = {"end_reason": recorded}
    statements = stating("endReason", [value for value, _ in told], [day for _, day in told])
    ranked = sorted(statements, key=lambda one: one.rank)
    for version in versions(own, statements, min(day for _, day in told)):
        seen = [str(one.value) for one in ranked if one.dated.known <= version.known_from]
        said_so = recorded is not None and recorded.lower() in {one.lower() for one in seen}
        expected = recorded if said_so or len(seen) == len(told) else seen[-1]
        assert (own | version.changed)["end_reason"] == expected


RUN, LATER, LAST = date(2015, 6, 10), date(2017, 7, 1), date(2020, 1, 3)


@pytest.mark.parametrize(
    ("period", "said_of_end", "expected"),
    [
        # As known on the first day, and on the second; the third knows all.
        ("2003/2017", ["..", None, "2017"], ["ONGOING 2015-06-10", "ONGOING 2015-06-10"]),
        ("2003/2017", ["..", "..", "2017"], ["ONGOING 2015-06-10", "ONGOING 2017-07-01"]),
        ("2003/2017", [None, "2017", "2017"], ["UNKNOWN", "DATED 2017"]),
        ("2003/2017", [None, None, "2017"], ["UNKNOWN", "UNKNOWN"]),
        ("2003/2017", ["2016", None, "2017"], ["DATED 2016", "DATED 2016"]),
        (
            "2003/2017",
            ["..", "[..2017]", "2017"],
            ["ONGOING 2015-06-10", "DATED [2015-06-10..2017-12-31]"],
        ),
        ("2003/..", ["2016", None, ".."], ["DATED 2016", "DATED 2016"]),
        ("2003/..", ["..", None, ".."], ["ONGOING 2015-06-10", "ONGOING 2015-06-10"]),
        ("2003/", [None, "2017", ".."], ["UNKNOWN", "DATED 2017"]),
        ("2018/2019", ["..", None, "2019"], ["ONGOING 2015-06-10", "ONGOING 2015-06-10"]),
        ("2018/2019", ["2017", None, "2019"], ["UNKNOWN", "UNKNOWN"]),
    ],
)
def test_an_end_as_it_was_known(
    period: str, said_of_end: list[str | None], expected: list[str]
) -> None:
    until = LAST if period.endswith("/..") else None
    own = period_columns(Period.parse(period), until)
    statements = stating("period.end", said_of_end, (RUN, LATER, LAST))
    rows = {
        day: own | as_known(own, statements, [one for one in statements if one.dated.known <= day])
        for day in (RUN, LATER, LAST)
    }
    assert [told_end(rows[day]) for day in (RUN, LATER)] == expected
    assert rows[LAST] == own


def told_end(row: TableRow) -> str:
    return f"{row['end_kind']} {row['attested_until'] or row['period_end'] or ''}".strip()


def test_what_ran_on_a_day_had_begun_by_then() -> None:
    own = period_columns(Period.parse("2003/2017"), None)
    statements = [
        *stating("period.start", ["2003"], [LAST]),
        *stating("period.end", ["..", "2017"], [RUN, LAST]),
    ]
    (first, last) = versions(own, statements, RUN)
    assert (first.changed["period_start"], first.changed["end_kind"]) == (
        "[..2015-06-10]",
        "ONGOING",
    )
    assert last.changed == {}


def test_the_bounds_of_a_period_carry_no_flags() -> None:
    own = {**period_columns(Period.parse("2003/2017"), None), **founded_columns("2003")}
    for field, column in (("period.start", "period_start"), ("period.end", "period_end")):
        statements = stating(field, ["2010~", "2003" if "start" in field else "2017"], [RUN, LAST])
        (first, _) = versions(own, statements, RUN)
        assert first.changed[column] == "2010"
    (first, _) = versions(own, stating("founded", ["2010~", "2003"], [RUN, LAST]), RUN)
    assert first.changed["founded"] == "2010~"


def test_identity_and_names_are_as_recorded_from_the_first_day() -> None:
    own: TableRow = {"name": "Now", "aliases": "[]", "state_id": None, "official_name": "Now"}
    for field in ("name", "aliases", "officialName", "state", "organisation", "official"):
        statements = stating(field, ["Then", "Now"], [RUN, LAST])
        assert [one.changed for one in versions(own, statements, RUN)] == [{}, {}]


def test_a_record_that_shows_later_has_its_first_version_then() -> None:
    own = founded_columns("2002")
    statements = stating("founded", ["1992", "1999", "2002"], [RUN, LATER, LAST])
    found = versions(own, statements, LATER)
    assert [(one.known_from, one.changed.get("founded")) for one in found] == [
        (LATER, "1999"),
        (LAST, None),
    ]
    assert [one.disagreements[0].recorded for one in found] == ["1999", "2002"]
