"""What could be known of a record on a day: over archives made up, and against a small oracle.

`columns` are those of the record's row; a version's row is these with its changes.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.derive import as_known as as_known_by
from kb.derive.as_known import Version, first_support, referenced_records
from kb.derive.assertions import ASSERTABLE, DATE_FIELDS, NAMES, ArticleDates, Statement
from kb.derive.disagreements import find_disagreements
from kb.derive.knowledge import Knowledge
from kb.models import Table
from kb.models.base import AFTER_ALL
from kb.models.versions import VERSIONED
from kb.periods import Period
from kb.records.documents import SOURCED
from kb.records.rows import TableRow, date_columns, date_row, period_columns
from tests.worlds.date_fields import date_fields
from tests.worlds.few_days import AFTER, BEFORE, DAYS, VALUES, Value
from tests.worlds.known_archives import RecordStatements, make_archive, record_statements

pytestmark = pytest.mark.slow

SPANS = ("period", "occurred", "existence")
ENDS, STARTS = ([f"{span}.{bound}" for span in SPANS] for bound in ("end", "start"))
PERIOD = frozenset(period_columns(Period.parse("2016"), None))
founded_columns = partial(date_columns, "founded")
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


def versions(
    columns: TableRow, statements: Sequence[Statement], shows: date, type_name: str = "Organisation"
) -> list[Version]:
    """Where every record is there that a value may refer to."""
    fields = ASSERTABLE[type_name]
    there = referenced_records(fields, statements)
    return as_known_by.derive_versions(columns, statements, shows, there, fields)


def as_known(
    columns: TableRow, statements: Sequence[Statement], day: date, type_name: str = "Organisation"
) -> TableRow:
    fields = ASSERTABLE[type_name]
    there = referenced_records(fields, statements)
    return as_known_by.as_known(columns, Knowledge(statements, day), there, fields)


def known_by(statements: Sequence[Statement], day: date) -> list[Statement]:
    return [statement for statement in statements if statement.dated.known <= day]


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
def histories(draw: st.DrawFn) -> History:
    """One record of an archive, and perhaps a day that it must wait for."""
    documents = make_archive(Random(draw(st.integers(0, 2**32))))
    records = [
        record for record in record_statements(documents) if record.ref.type.lower() in VERSIONED
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


@given(histories())
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


@given(histories(), st.sampled_from(VALUES))
def test_a_recorded_date_shows_only_where_what_is_known_yields_it(
    history: History, value: Value
) -> None:
    """Two records that differ in a date alone look the same until something tells of it."""
    columns = history.record.row
    assume("founded" in columns)
    other = columns | founded_columns(value.edtf)
    statements = history.record.statements
    for version, row in history.rows():
        known = history.known(version.known_from)
        if not awaited(statements, known, "founded"):
            continue
        twin = other | as_known(other, statements, version.known_from)
        if row["founded"] != columns["founded"] and twin["founded"] != other["founded"]:
            assert row["founded"] == twin["founded"]


def statements_on(field: str, texts: Sequence[str | None], days: Sequence[date]) -> list[Statement]:
    """Each value in an article of its day."""
    return [
        Statement(f"c{number}", field, value, "So it is.", True, ArticleDates(day, day))
        for number, (value, day) in enumerate(zip(texts, days, strict=True))
        if value
    ]


SAID = st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(DAYS)), min_size=1, max_size=5)


@given(st.none() | st.sampled_from(VALUES), SAID)
def test_a_date_is_what_the_statements_known_yield(
    recorded: Value | None, told: list[tuple[Value, date]]
) -> None:
    """As recorded if one gives it or they do together; else what they share, or the newest."""
    columns = founded_columns(recorded.edtf if recorded else None)
    days = [day for _, day in told]
    statements = statements_on("founded", [value.edtf for value, _ in told], days)
    for version in versions(columns, statements, min(days)):
        pairs = sorted(zip(statements, told, strict=True), key=lambda pair: pair[0].rank)
        seen = [value.days for _, (value, day) in pairs if day <= version.known_from]
        shared = frozenset.intersection(*seen)
        expected = shared or seen[-1]
        if len(seen) == len(told) or (recorded and recorded.days in (*seen, shared)):
            expected = recorded.days if recorded else frozenset()
        assert days_of_row(columns | version.changed) == expected


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
    columns: TableRow = {"end_reason": recorded, **period_columns(Period.parse("2016/"), None)}
    days = [day for _, day in told]
    statements = statements_on("endReason", [value for value, _ in told], days)
    ranked = sorted(statements, key=lambda statement: statement.rank)
    for version in versions(columns, statements, min(days), "Term"):
        seen = [str(statement.value) for statement in known_by(ranked, version.known_from)]
        said_so = recorded is not None and recorded.lower() in {word.lower() for word in seen}
        expected = recorded if said_so or len(seen) == len(told) else seen[-1]
        assert (columns | version.changed)["end_reason"] == expected


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
    columns = period_columns(Period.parse(period), until)
    start = replace(*statements_on("period.start", [period[:4]], [RUN]), citation="start")
    statements = [start, *statements_on("period.end", said_of_end, (RUN, LATER, LAST))]
    first, second, last = (
        columns | as_known(columns, statements, day, "Membership") for day in (RUN, LATER, LAST)
    )
    assert [end_text(first), end_text(second)] == expected
    assert last == columns


def end_text(row: TableRow) -> str:
    return f"{row['end_kind']} {row['attested_until'] or row['period_end'] or ''}".strip()


def test_what_ran_on_a_day_had_begun_by_then() -> None:
    columns = period_columns(Period.parse("2003/2017"), None)
    statements = [
        *statements_on("period.start", ["2003"], [LAST]),
        *statements_on("period.end", ["..", "2017"], [RUN, LAST]),
    ]
    (first, last) = versions(columns, statements, RUN, "Membership")
    assert first.changed["period_start"] == "[..2015-06-10]"
    assert first.changed["end_kind"] == "ONGOING"
    assert last.changed == {}


def test_the_bounds_of_a_period_carry_no_flags() -> None:
    columns = {**period_columns(Period.parse("2003/2017"), None), **founded_columns("2003")}
    for field, column in (("period.start", "period_start"), ("period.end", "period_end")):
        values = ["2010~", "2003" if "start" in field else "2017"]
        statements = statements_on(field, values, [RUN, LAST])
        (first, _) = versions(columns, statements, RUN, "Membership")
        assert first.changed[column] == "2010"
    (first, _) = versions(columns, statements_on("founded", ["2010~", "2003"], [RUN, LAST]), RUN)
    assert first.changed["founded"] == "2010~"


def test_identity_is_as_recorded_from_the_first_day() -> None:
    columns: TableRow = {"organisation_id": None, "state_id": None, "status": "MEMBER"}
    columns |= period_columns(Period.parse("2016/"), None)
    for field in ("state", "organisation"):
        statements = [
            *statements_on(field, ["Then", "Now"], [RUN, LAST]),
            replace(*statements_on("", ["x"], [RUN]), citation="whole", field=None, value=None),
        ]
        found_versions = versions(columns, statements, RUN, "Membership")
        assert [version.changed for version in found_versions] == [{}, {}]


def test_a_record_is_called_what_it_was_called_by_then() -> None:
    columns: TableRow = {"name": "Union of the North", "acronym": "UN", "aliases": '["Union","U"]'}
    columns |= founded_columns(None)
    told = ["Northern Union", "Old Union of the North", "Union of the North (U)"]
    statements = [
        *statements_on("name", told, [RUN, LATER, LAST]),
        replace(*statements_on("acronym", ["un"], [LATER]), citation="acronym"),
    ]
    names = [
        tuple((columns | version.changed)[name] for name in ("name", "acronym", "aliases"))
        for version in versions(columns, statements, RUN)
    ]
    assert names == [
        ("Northern Union", None, '["Union"]'),
        ("Old Union of the North", "UN", '["Union"]'),
        ("Union of the North", "UN", '["Union","U"]'),
    ]


def test_what_no_citation_speaks_of_waits_for_one_of_the_whole_record_or_for_the_last() -> None:
    columns = founded_columns("2002") | {"name": "Now", "acronym": "N", "aliases": '["M"]'}
    unknown: TableRow = {"acronym": None, "aliases": "[]", **date_columns("founded", None)}
    late = statements_on("founded", ["2002"], [LATER])
    (first, last) = versions(columns, late, RUN)
    assert (first.changed, last.changed) == (unknown, {})
    denied = [replace(statement, supports=False) for statement in late]
    last_name = statements_on("name", ["N"], [LAST])
    (first, second, last) = versions(columns, [*denied, *last_name], RUN)
    assert first.changed == unknown
    assert second.changed == {"acronym": None, "aliases": "[]"}
    assert last.changed == {}
    whole = replace(late[0], field=None, value=None)
    (first, second) = versions(columns, [whole, *last_name], LATER)
    assert (first.changed, second.changed) == ({"acronym": None, "aliases": "[]"}, {})


def test_of_what_happened_on_one_date_the_end_is_known_with_the_start() -> None:
    columns: TableRow = {"kind": "ARREST", "title": "Now", "place": None, "summit_id": None}
    columns |= period_columns(Period.parse("1991"), None)
    statements = statements_on("occurred.start", ["[..1992]", "1991"], [RUN, LAST])
    (first, last) = versions(columns, statements, RUN, "Event")
    expected = period_columns(Period.parse("[..1992]"), None)
    assert columns | first.changed == columns | expected
    assert last.changed == {}


@pytest.mark.parametrize(
    ("field", "value", "is_support"),
    [
        ("period.start", "[2019-11-30..]", False),
        ("period.start", "[..2015-06-10]", True),
        ("period.start", "2015", True),
        ("period.end", "[..2017]", False),
        ("period.end", "[2018..]", True),
        ("period.end", "..", True),
        ("founded", "[1991..]", False),
        ("founded", "[..1992]", True),
        ("name", "[..1992]", True),
        (None, None, True),
    ],
)
def test_a_mere_bound_supports_nothing(
    field: str | None, value: str | None, is_support: bool
) -> None:
    dated = ArticleDates(RUN, RUN)
    statement = Statement("c", field, value, "So it is.", True, dated)
    assert statement.is_support == is_support
    assert not replace(statement, supports=False).is_support


def test_a_record_that_shows_later_has_its_first_version_then() -> None:
    columns = founded_columns("2002")
    statements = statements_on("founded", ["1992", "1999", "2002"], [RUN, LATER, LAST])
    history = versions(columns, statements, LATER)
    founded = [(version.known_from, version.changed.get("founded")) for version in history]
    assert founded == [(LATER, "1999"), (LAST, None)]
    assert [version.disagreements[0].recorded for version in history] == ["1999", "2002"]
