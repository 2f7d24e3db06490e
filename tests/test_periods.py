"""Periods: what is certain of a day in them, by the contract's rule, and what is in doubt and why.

The rule is held against all bounds on a calendar of six days, with a day before and a day after it
where a bound is None. `readings` enumerates every start and end that such bounds allow.
"""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import DateError
from kb.periods import Bounds, Certainty, Doubt, EndKind, Period
from tests.worlds.dates import EDTF_ALPHABET, mutilate, outcome
from tests.worlds.periods import ATTESTED, MEANING, periods

BEFORE, *DAYS, AFTER = (date(2016, 2, 26) + timedelta(number) for number in range(8))
REFUSED = {
    "": "an empty text is not a supported date",
    "../..": "`..` is no start; write `[..day]/…`, or nothing before the `/`",
    "../2016": "`..` is no start",
    "/..": "it is ongoing but need never have begun; give its latest start",
    "[2015..]/..": "it is ongoing but need never have begun; give its latest start",
    "2016/2015": "it ends before it begins; put the earlier date first",
    "2016/[..2015-12-31]": "it ends before it begins",
    "2016~": "`2016~` carries a flag, which bounds nothing; write the days it can be as a range",
    "2016/2017%": "`2017%` carries a flag",
    "2016?/..": "`2016?` carries a flag",
    "2016/2017/2018": "it has more than one `/`; write one start and one end",
    "2016-13/2017": "`2016-13` is not a supported date: `13` is no month",
    "2016\n/\n/": "`2016\\n/\\n/` is not a supported period",
}
DOUBTS = {
    "2016/..": (
        "The sources give its start only as 2016.",
        "It was last attested on 28 November 2019; no source speaks of a later day.",
    ),
    "[..2015-06-10]/": (
        "It had begun by 10 June 2015; no source says when.",
        "No source says whether, or when, it ended.",
    ),
    "/[..2017-05-01]": (
        "No source says when it began.",
        "It had ended by 1 May 2017; no source says when.",
    ),
    "[2015..]/[2017-05-01..]": (
        "The sources give its start only as 2015 or later.",
        "It did not end before 1 May 2017; no source says when.",
    ),
    "/": ("No source says when it began.", "No source says whether, or when, it ended."),
    "1992/[1999..2002]": (
        "The sources give its start only as 1992.",
        "The sources give its end only as 1999–2002.",
    ),
}
ALL_BOUNDS = [Bounds(*four) for four in product([None, *DAYS], repeat=4)]
RANK = {Certainty.RULED_OUT: 0, Certainty.POSSIBLE: 1, Certainty.CERTAIN: 2}


def limits(bounds: Bounds) -> tuple[date, date, date, date]:
    """s0, s1, e0, e1 of the contract; a day outside the calendar is no bound."""
    return (
        bounds.start_earliest or BEFORE,
        bounds.start_latest or AFTER,
        bounds.end_earliest or BEFORE,
        bounds.end_latest or AFTER,
    )


def days_within(first: date, last: date) -> list[date]:
    return [day for day in (BEFORE, *DAYS, AFTER) if first <= day <= last]


def readings(bounds: Bounds) -> list[tuple[date, date]]:
    """Every start and end in order that the bounds allow."""
    s0, s1, e0, e1 = limits(bounds)
    pairs = product(days_within(s0, s1), days_within(e0, e1))
    return [(start, end) for start, end in pairs if start <= end]


def consistent_bounds() -> Iterator[Bounds]:
    """Bounds that a period can have: each earliest before its latest, some reading in order."""
    for bounds in ALL_BOUNDS:
        s0, s1, e0, e1 = limits(bounds)
        if s0 <= s1 and e0 <= e1 and readings(bounds):
            yield bounds


@pytest.mark.parametrize("text", MEANING)
def test_a_form_has_its_bounds_end_and_words(text: str) -> None:
    period = Period.parse(text)
    four: tuple[date | None, ...] = astuple(period.bounds(ATTESTED))
    told = " ".join(day.isoformat() if day else "-" for day in four)
    assert (told, period.end_kind, period.text) == MEANING[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_names_the_part_and_the_remedy(text: str) -> None:
    with pytest.raises(DateError) as caught:
        Period.parse(text)
    assert REFUSED[text] in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("text", DOUBTS)
def test_doubts_are_sentences(text: str) -> None:
    period = Period.parse(text)
    assert (period.start_doubt(), period.end_doubt(ATTESTED)) == DOUBTS[text]


def test_an_ongoing_period_that_nobody_attests_is_never_certain() -> None:
    period = Period.parse("2016/..")
    assert period.bounds(None).core is None
    assert period.end_doubt(None) == "No source says that it was running."


def test_a_period_with_an_empty_core_is_never_certain() -> None:
    bounds = Period.parse("[2015..2017]/[2016..2018]").bounds(None)
    assert bounds.core is None
    assert bounds.certainty(date(2016, 7, 1)) is Certainty.POSSIBLE
    assert bounds.doubt(date(2016, 7, 1), EndKind.DATED) is Doubt.START


def test_certainty_is_the_rule_of_the_contract_for_all_bounds() -> None:
    for bounds, day in product(ALL_BOUNDS, DAYS):
        s0, s1, e0, e1 = limits(bounds)
        if s1 <= day <= e0:
            told = Certainty.CERTAIN
        elif day < s0 or day > e1:
            told = Certainty.RULED_OUT
        else:
            told = Certainty.POSSIBLE
        assert bounds.certainty(day) is told


def test_a_day_is_ruled_out_where_no_reading_has_it() -> None:
    for bounds in consistent_bounds():
        covered = {day for start, end in readings(bounds) for day in days_within(start, end)}
        for day in DAYS:
            assert (bounds.certainty(day) is Certainty.RULED_OUT) == (day not in covered)


def test_a_day_is_certain_where_every_reading_has_it() -> None:
    """Equal where s1 <= e1 and s0 <= e0; elsewhere the rule is more cautious, never bolder.

    It takes each bound as it stands. Readings in order also start by e1 and end from s0 on, so
    that all of those of `/2016-05-03` have its last day, which the rule calls POSSIBLE.
    """
    for bounds in consistent_bounds():
        s0, s1, e0, e1 = limits(bounds)
        for day in DAYS:
            certain = bounds.certainty(day) is Certainty.CERTAIN
            every = all(start <= day <= end for start, end in readings(bounds))
            assert certain <= every
            assert certain == every or s1 > e1 or e0 < s0


def test_the_last_day_of_an_unknown_start_is_possible() -> None:
    bounds = Period.parse("/2016-05-03").bounds(None)
    assert bounds.certainty(date(2016, 5, 3)) is Certainty.POSSIBLE
    assert bounds.doubt(date(2016, 5, 3), EndKind.DATED) is Doubt.START


@pytest.mark.parametrize("end_kind", EndKind)
def test_doubt_names_the_bound_that_leaves_a_day_possible(end_kind: EndKind) -> None:
    ended = Doubt.NOT_ATTESTED if end_kind is EndKind.ONGOING else Doubt.END
    for bounds, day in product(consistent_bounds(), DAYS):
        s0, s1, e0, e1 = limits(bounds)
        not_begun = any(start > day for start in days_within(s0, s1))
        over = any(end < day for end in days_within(e0, e1))
        doubt = bounds.doubt(day, end_kind)
        assert (doubt is not None) == (bounds.certainty(day) is Certainty.POSSIBLE)
        assert doubt in ({None, Doubt.START} if not_begun else {None, ended})
        assert doubt in {None, Doubt.START} or over


@given(periods(), st.none() | st.dates())
def test_a_supported_text_is_kept_bounded_and_worded(text: str, attested: date | None) -> None:
    period = Period.parse(text)
    bounds = period.bounds(attested)
    first, last = bounds.start_earliest or date.min, bounds.end_latest or date.max
    assert period.edtf == text
    assert first <= (bounds.start_latest or date.max)
    assert (bounds.end_earliest or date.min) <= last
    assert first <= last
    assert (period.end_kind is EndKind.DATED) == (bounds.end_latest is not None)
    for words in (period.text, period.start_doubt(), period.end_doubt(attested)):
        assert words.strip() == words != ""
        assert not {"as by ", "to by ", "since by", "in by ", "on by "} & {
            words[at : at + size] for size in (6, 8) for at in range(len(words))
        }


@given(periods(), st.none() | st.dates(), st.lists(st.dates()))
def test_certain_days_are_one_interval_inside_the_possible_ones(
    text: str, attested: date | None, days: list[date]
) -> None:
    bounds = Period.parse(text).bounds(attested)
    ends = [bounds.start_earliest, bounds.start_latest, bounds.end_earliest, bounds.end_latest]
    ranks = [RANK[bounds.certainty(day)] for day in sorted([*filter(None, ends), *days, date.min])]
    peak = ranks.index(max(ranks))
    assert ranks[:peak] == sorted(ranks[:peak])
    assert ranks[peak:] == sorted(ranks[peak:], reverse=True)


@given(st.text() | st.text(EDTF_ALPHABET) | mutilate(periods()))
def test_any_text_is_read_or_refused_on_one_line(text: str) -> None:
    read = outcome(Period.parse, text)
    if isinstance(read, DateError):
        assert read.remedy
        assert str(read).isprintable()
    else:
        assert read.edtf == text
