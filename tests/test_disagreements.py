"""Disagreements: the contract's rule, held against all pairs of bounds.

Dates are compared on the calendar of `tests.worlds.few_days`. A value's days are the days of it
that the value allows.
"""

from collections.abc import Sequence
from datetime import date
from functools import partial
from itertools import combinations, permutations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.derive.assertions import ArticleDates, Statement
from kb.derive.disagreements import (
    CitedValue,
    DerivedDisagreement,
    find_disagreements,
    is_disputed,
)
from kb.models import DisagreementKind
from kb.normalisation import normalise
from kb.periods import Period
from kb.records.rows import Ref, TableRow, date_columns, period_columns
from tests.worlds.few_days import AFTER, BEFORE, DAYS, VALUES, Value, between

founded_columns = partial(date_columns, "founded")
CONFLICT, REFINEMENT = DisagreementKind.CONFLICT, DisagreementKind.REFINEMENT
KNOWN = ArticleDates(DAYS[0], DAYS[0])


def expected_kind(
    asserted: Sequence[Value], recorded: Value | None = None
) -> DisagreementKind | None:
    """CONFLICT if any two are disjoint, else REFINEMENT if one asserted refines another."""
    compared = [*asserted, *(value for value in (recorded,) if value)]
    if any(not value.days & other.days for value, other in combinations(compared, 2)):
        return CONFLICT
    return REFINEMENT if any(refines(*two) for two in permutations(asserted, 2)) else None


def refines(part: Value, whole: Value) -> bool:
    """Lies strictly inside what has a first and a last day."""
    return part.days < whole.days and not whole.days & {BEFORE, AFTER}


def statements_of(
    *values: str | None,
    field: str | None = "founded",
    dated: ArticleDates = KNOWN,
    supports: bool = True,
) -> list[Statement]:
    return [
        Statement(f"c{number}", field, value, f"Says {value}.", supports, dated)
        for number, value in enumerate(values)
    ]


def kinds_of(columns: TableRow, *statements: Statement) -> list[DisagreementKind]:
    return [disagreement.kind for disagreement in find_disagreements(columns, statements)]


def kind_of(columns: TableRow, *statements: Statement) -> DisagreementKind | None:
    (*distinct,) = kinds_of(columns, *statements)
    assert len(distinct) < 2
    return distinct[0] if distinct else None


def ongoing_columns(start: str, until: date) -> TableRow:
    return period_columns(Period.parse(f"{start}/.."), until)


def test_any_two_dates_asserted() -> None:
    for first, second in product(VALUES, repeat=2):
        columns = founded_columns(None)
        assert kind_of(columns, *statements_of(first.edtf, second.edtf)) is expected_kind(
            [first, second]
        )


def test_a_date_asserted_and_the_recorded_one() -> None:
    for recorded, stated in product(VALUES, repeat=2):
        assert kind_of(
            founded_columns(recorded.edtf), *statements_of(stated.edtf)
        ) is expected_kind([stated], recorded)


@given(
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=4), st.none() | st.sampled_from(VALUES)
)
def test_any_number_of_dates(values: list[Value], recorded: Value | None) -> None:
    columns = founded_columns(recorded.edtf if recorded else None)
    statements = statements_of(*(value.edtf for value in values))
    assert kind_of(columns, *statements) is expected_kind(values, recorded)


@pytest.mark.parametrize(
    ("asserted", "recorded", "expected"),
    [
        (["2002", "2002-05"], "2002", REFINEMENT),
        (["2002", "2002-05"], None, REFINEMENT),
        (["2002-05", "2002-05-15", "2002"], "2002-05-15", REFINEMENT),
        (["[2001..2003]", "2002"], "2002", REFINEMENT),
        (["2002"], "2002-05", None),  # what is recorded refines nothing that is asserted
        (["2002-05"], "2002", None),
        (["[..2003]", "2002"], "2002", None),  # a bound is refined by nothing
        (["[..2003]", "[..2002]"], "[..2002]", None),
        (["[2001..]", "[..2003]"], "[2001..2003]", None),  # two bounds narrow one another
        (["[2001..2003]", "[2002..2004]"], "[2002..2003]", None),  # mere overlap
        (["[2001..2003]", "2004"], "2004", CONFLICT),
        (["[2001..2003]", "[2003..]"], "2002", CONFLICT),  # the recorded one excludes one of them
        (["2002", "2002-05", "2003"], "2002", CONFLICT),  # more than a refinement
    ],
)
def test_bounds_narrow_and_values_are_refined(
    asserted: list[str], recorded: str | None, expected: DisagreementKind | None
) -> None:
    assert kind_of(founded_columns(recorded), *statements_of(*asserted)) is expected


@pytest.mark.parametrize("field", ["founded", "plannedEnd", "heldOn", "period.start", "period.end"])
def test_every_date_field_is_compared_by_its_days(field: str) -> None:
    columns: TableRow = {
        **founded_columns("2002"),
        **date_columns("held_on", "2002"),
        **period_columns(Period.parse("2002/2002"), None),
        **date_columns("planned_end", "2002"),
    }
    for value, expected in (("1992", CONFLICT), ("2002-05", REFINEMENT), ("2002", None)):
        assert kind_of(columns, *statements_of("2002", value, field=field)) is expected


def test_flags_do_not_widen_dates() -> None:
    assert kind_of(founded_columns("2017~"), *statements_of("2017")) is None
    assert kind_of(founded_columns("2017~"), *statements_of("2016-12-31")) is CONFLICT
    assert kind_of(founded_columns(None), *statements_of("2017?", "2017-06%")) is REFINEMENT


def test_running_on_a_day_allows_no_end_before_it() -> None:
    """`..` in an article of a day says that the end is that day or later."""
    for day, value in product(DAYS, VALUES):
        running = statements_of("..", field="period.end", dated=ArticleDates(day, day))
        ended = statements_of(value.edtf, field="period.end")
        columns = period_columns(Period.parse("2015/"), None)
        assert kind_of(columns, *running, *ended) is expected_kind([between(day, None), value])


def test_running_on_several_days_is_no_disagreement() -> None:
    columns = ongoing_columns("2015", DAYS[-1])
    told = [
        Statement(f"c{number}", "period.end", "..", "It runs.", True, ArticleDates(day, day))
        for number, day in enumerate(DAYS)
    ]
    assert find_disagreements(columns, told) == ()


def test_an_ongoing_record_and_an_end_that_an_article_gives() -> None:
    columns = ongoing_columns("2015", DAYS[1])
    running = Statement("a", "period.end", "..", "It runs.", True, ArticleDates(DAYS[1], DAYS[1]))
    assert (
        kind_of(columns, running, *statements_of(DAYS[0].isoformat(), field="period.end"))
        is CONFLICT
    )
    (disagreement,) = find_disagreements(
        columns, [running, *statements_of(DAYS[0].isoformat(), field="period.end")]
    )
    assert disagreement.recorded == ".."
    assert [value.value for value in disagreement.values] == ["..", DAYS[0].isoformat()]
    later = statements_of(DAYS[2].isoformat(), field="period.end")
    assert kind_of(columns, running, *later) is None, "it ran, and then it ended"


def test_an_ongoing_record_alone_rules_no_end_out() -> None:
    """What is recorded has no article's day."""
    columns = ongoing_columns("2015", DAYS[1])
    assert kind_of(columns, *statements_of(DAYS[0].isoformat(), field="period.end")) is None


def test_running_in_an_article_without_an_earliest_day_rules_nothing_out() -> None:
    columns = period_columns(Period.parse("2015/2016"), None)
    undated = statements_of("..", field="period.end", dated=ArticleDates(None, DAYS[0]))
    assert find_disagreements(columns, undated) == ()


@pytest.mark.parametrize(
    ("field", "columns", "value", "expected"),
    [
        ("place", {"place": "CSTO"}, "csto", None),
        ("place", {"place": "STRASSE"}, "Straße", None),
        ("place", {"place": "Côte"}, normalise("Co\u0302te"), None),
        ("place", {"place": "Côte"}, "Cote", CONFLICT),
        ("place", {"place": None}, "CSTO", None),
        ("city", {"city": "Minsk"}, "Moscow", CONFLICT),
        ("place", {"place": "Minsk"}, "MINSK", None),
        ("endReason", {"end_reason": "retired"}, "arrested", CONFLICT),
        ("office", {"office": "President"}, "president", None),
        ("status", {"status": "MEMBER"}, "member", None),
        ("status", {"status": "MEMBER"}, "OBSERVER", CONFLICT),
        ("kind", {"kind": "ARREST"}, "Arrest", None),
        ("predecessor", {"predecessor_id": Ref("Organisation", "cst")}, "CST", None),
        ("predecessor", {"predecessor_id": Ref("Organisation", "cst")}, "csto", CONFLICT),
        ("nationality", {"nationality_id": Ref("State", "RU")}, "ru", None),
        ("host", {"host_id": Ref("State", "RU")}, "KZ", CONFLICT),
        ("organisation", {"organisation_id": Ref("Organisation", "cst")}, "csto", CONFLICT),
        ("summit", {"summit_id": None}, "first", None),
        *(
            (field, {"name": "One", "title": "One", "official_name": "One"}, "Other", None)
            for field in ("name", "officialName", "title", "aliases", "participants")
        ),
        *(
            (field, {}, "Other", None)
            for field in ("organisations", "states", "officials")  # lists of an event
        ),
    ],
)
def test_words_by_what_they_say(
    field: str, columns: TableRow, value: str, expected: DisagreementKind | None
) -> None:
    assert kind_of(columns, *statements_of(value, field=field)) is expected


def test_the_stance_of_a_value_does_not_matter() -> None:
    columns = founded_columns("2002")
    assert kind_of(columns, *statements_of("1992", supports=False)) is CONFLICT


def test_fields_without_a_value_assert_nothing() -> None:
    columns = founded_columns("2002")
    assert find_disagreements(columns, statements_of(None, "")) == ()
    assert find_disagreements(columns, statements_of(None, supports=False)) == ()


def test_a_denied_record_is_in_conflict_as_a_whole() -> None:
    told = [
        Statement("c2", None, None, "It never was.", False, KNOWN),
        Statement("c1", None, None, "It never was.", False, KNOWN),
        Statement("c3", None, "2002", "It is a myth.", False, KNOWN),
        Statement("c0", None, None, "It is.", True, KNOWN),
    ]
    (disagreement,) = find_disagreements(founded_columns("2002"), told)
    values = (CitedValue("It is a myth.", ("c3",)), CitedValue("It never was.", ("c1", "c2")))
    assert disagreement == DerivedDisagreement(None, CONFLICT, None, values)


def test_values_and_citations_stand_in_order() -> None:
    columns: TableRow = {**founded_columns("2002"), "place": "A"}
    told = [
        *statements_of("2004", "1992", "2003", "1992"),
        Statement("b1", "place", "z", "", True, KNOWN),
        Statement("b0", "place", "Z", "", True, KNOWN),
        Statement("b2", "place", "Y", "", True, KNOWN),
        Statement("d0", None, None, "No.", False, KNOWN),
    ]
    whole, founded, place = find_disagreements(columns, told)
    assert (whole.field, founded.field, place.field) == (None, "founded", "place")
    assert place.values == (CitedValue("Y", ("b2",)), CitedValue("Z", ("b0", "b1")))
    assert founded.values == (
        CitedValue("1992", ("c1", "c3")),
        CitedValue("2003", ("c2",)),
        CitedValue("2004", ("c0",)),
    )
    assert founded.recorded == "2002"


STATEMENTS = st.lists(
    st.builds(
        Statement,
        st.integers(0, 99).map("c{}".format),
        st.sampled_from([None, "founded", "place", "name"]),
        st.none() | st.sampled_from([*(value.edtf for value in VALUES), "2016"]),
        st.sampled_from(["Yes.", "No."]),
        st.booleans(),
        st.just(KNOWN),
    ),
    max_size=6,
    unique_by=lambda statement: statement.citation,
)


@given(st.sampled_from([None, "2016", "2002"]), STATEMENTS, st.randoms())
def test_the_order_of_statements_does_not_matter(
    founded: str | None, told: list[Statement], random: Random
) -> None:
    columns: TableRow = {**founded_columns(founded), "place": "2016"}
    shuffled = list(told)
    random.shuffle(shuffled)
    entries = find_disagreements(columns, told)
    assert find_disagreements(columns, shuffled) == entries
    assert is_disputed(entries) == any(disagreement.kind is CONFLICT for disagreement in entries)
    for disagreement in entries:
        keys = [key for value in disagreement.values for key in value.citations]
        assert len(keys) == len(set(keys))
        assert set(keys) <= {each.citation for each in told if each.field == disagreement.field}
        assert disagreement.field != "name"
