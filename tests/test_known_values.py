"""What could be known of one field of a record on a day: against a small oracle, and by examples.

`columns` are those of the record's row; a version's row is these with its changes.
"""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.derive.assertions import ArticleDates, Statement
from kb.periods import Period
from kb.records.rows import TableRow, date_columns, date_row, period_columns
from tests.support.statements import as_known, founded_columns, known_by, statements_on, versions
from tests.worlds.few_days import AFTER, BEFORE, DAYS, VALUES, Value

pytestmark = pytest.mark.slow

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
