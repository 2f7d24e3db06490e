"""Partial dates: every supported form is read as a source meant it, and every other is refused.

What a form means is held against the calendar itself: its bounds are the first and the last of the
days whose ISO text it matches. `tests.worlds.dates` generates supported texts from the grammar.
"""

import re
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.dates import LEVELS, PartialDate, fork, forks, format_day
from kb.errors import DateError
from tests.worlds.dates import EDTF_ALPHABET, mutilate, outcome, partial_dates

MEANING = {
    "2016-10-14": ("2016-10-14", "2016-10-14", "DAY", "14 October 2016"),
    "2017-06": ("2017-06-01", "2017-06-30", "MONTH", "June 2017"),
    "2012": ("2012-01-01", "2012-12-31", "YEAR", "2012"),
    "2012-XX-XX": ("2012-01-01", "2012-12-31", "YEAR", "2012"),
    "0001": ("0001-01-01", "0001-12-31", "YEAR", "1"),
    "201X": ("2010-01-01", "2019-12-31", "DECADE", "the 2010s"),
    "19XX": ("1900-01-01", "1999-12-31", "CENTURY", "1900–1999"),
    "2017~": ("2017-01-01", "2017-12-31", "YEAR", "about 2017"),
    "2017-06?": ("2017-06-01", "2017-06-30", "MONTH", "perhaps June 2017"),
    "2017-06-11%": ("2017-06-11", "2017-06-11", "DAY", "perhaps about 11 June 2017"),
    "[2017-07-03..2017-07-05]": ("2017-07-03", "2017-07-05", "RANGE", "3–5 July 2017"),
    "[2017-05-30..2017-06-05]": ("2017-05-30", "2017-06-05", "RANGE", "30 May 2017 – 5 June 2017"),
    "[2016-07..2017-06]": ("2016-07-01", "2017-06-30", "RANGE", "July 2016 – June 2017"),
    "[2016-07-03..2016-07]": ("2016-07-03", "2016-07-31", "RANGE", "3 July 2016 – July 2016"),
    "[1999..2002]": ("1999-01-01", "2002-12-31", "RANGE", "1999–2002"),
    "[201X..203X]": ("2010-01-01", "2039-12-31", "RANGE", "2010–2039"),
    "[2016-XX..2016]": ("2016-01-01", "2016-12-31", "RANGE", "2016"),
    "[2014,2016]": ("2014-01-01", "2016-12-31", "RANGE", "2014 or 2016"),
    "[2014,2016..2017,2019]": ("2014-01-01", "2019-12-31", "RANGE", "2014, 2016–2017 or 2019"),
    "[..2015-06-10]": (None, "2015-06-10", "RANGE", "by 10 June 2015"),
    "[..2015-06]": (None, "2015-06-30", "RANGE", "June 2015 or earlier"),
    "[..201X]": (None, "2019-12-31", "RANGE", "the 2010s or earlier"),
    "[2015..]": ("2015-01-01", None, "RANGE", "2015 or later"),
    "[..2012,2015]": (None, "2015-12-31", "RANGE", "2012 or earlier or 2015"),
    "[..2012,2015..]": (None, None, "RANGE", "2012 or earlier or 2015 or later"),
}
REFUSED = {
    "": "an empty text is not a supported date: it holds no date",
    "?": "a part of it holds no date",
    " 2016": "` ` is a blank",
    "2016\n": "`2016\\n` is not a supported date: `\\n` is a blank",
    "14 October 2016": "` ` is a blank",
    "2016−05": "`−` is no ASCII character",
    "20160101": "it is a bare number of other than four digits",
    "2016-1": "it is not a year, a month or a day of the calendar",
    "2016-W05": "`W05` is a week",
    "2016-13": "`13` is no month",
    "2016-21": "`21` is a season or another part of a year; write its months",
    "2016-42": "`42` is no month",
    "2016-02-30": "`30` is no day of February 2016",
    "2015-02-29": "`29` is no day of February 2015",
    "0000": "it reaches before the year 1",
    "0000-05": "`0000` reaches before the year 1",
    "000X": "it reaches before the year 1",
    "-0001": "it reaches before the year 1",
    "[-0001..2016]": "`-0001` reaches before the year 1",
    "Y17E7": "it is a year in the long form",
    "1950S2": "`S2` counts significant digits",
    "XXXX": "an `X` that is neither one of a year's last two digits nor a whole month or day",
    "20X6": "an `X` that is neither one of a year's last two digits nor a whole month or day",
    "201X-05": "it gives a month of an unspecified year",
    "2016-XX-05": "it gives a day of an unspecified month",
    "2016-10-14T10:00": "`T10:00` is a time of day",
    "2016-10-14+05:00": "`05:00` is a time of day",
    "{2016,2017}": "`{` makes a set of dates that all hold",
    "2016/2017": "`/` makes a period",
    "~2016": "it has a flag, which stands once, at the very end",
    "2016?~": "`2016?` has a flag, which stands once, at the very end",
    "[2016?,2017]": "`2016?` has a flag, which stands once, at the very end, and in no choice",
    "[2016..2017]?": "`[2016..2017]` is a choice of days, which takes no flag",
    "[[2016]]": "`[2016]` is a choice of days, which takes no flag and stands in no other choice",
    "2016..2017": "it is a choice of days that does not stand as `[a..b]` or `[a,b]`",
    "[2016": "it is a choice of days that does not stand as `[a..b]` or `[a,b]`",
    "[2016..2017..2018]": "`2017..2018` is a choice of days that does not stand as",
    "[2016,]": "a part of it holds no date",
    "[..]": "`..` has no day at either end",
    "[2016..,2017]": "`2016..` has an open end inside the choice",
    "[2016,..2017]": "`..2017` has an open end inside the choice",
    "[2017..2016]": "`2017..2016` runs backwards; put the earlier day first",
    "[2017,2016]": "`2016` does not come after `2017`; put the days in order",
    "[2016-05-03,2016-05]": "`2016-05` does not come after `2016-05-03`",
    "[..2016,2016-05]": "`2016-05` does not come after `2016`",
}


def days(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(number) for number in range((end - start).days + 1)]


def is_read(text: str) -> bool:
    return isinstance(outcome(PartialDate.parse, text), PartialDate)


@pytest.mark.parametrize("text", MEANING)
def test_a_form_has_its_bounds_precision_and_words(text: str) -> None:
    read = PartialDate.parse(text)
    bounds = [day and day.isoformat() for day in (read.earliest, read.latest)]
    assert (*bounds, read.precision, read.text) == MEANING[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_names_the_part_and_the_remedy(text: str) -> None:
    with pytest.raises(DateError) as caught:
        PartialDate.parse(text)
    assert REFUSED[text] in str(caught.value)
    assert caught.value.remedy.startswith(("write", "put"))


@pytest.mark.parametrize(
    ("flag", "approximate", "uncertain"),
    [("", False, False), ("~", True, False), ("?", False, True), ("%", True, True)],
)
@pytest.mark.parametrize("body", ["2016-10-14", "2017-06", "2012-XX", "201X", "19XX"])
def test_a_flag_is_kept_and_bounds_stay(
    body: str, flag: str, approximate: bool, uncertain: bool
) -> None:
    plain, flagged = PartialDate.parse(body), PartialDate.parse(body + flag)
    assert (flagged.approximate, flagged.uncertain) == (approximate, uncertain)
    assert flagged.qualified == (flag != "")
    assert (flagged.earliest, flagged.latest) == (plain.earliest, plain.latest)
    assert flagged.precision == plain.precision


@pytest.mark.parametrize(
    ("first", "last", "form"),
    [
        *(("2003-01-01", "2004-12-31", form) for form in ("{0:.4}", "{0:.4}-XX", "{0:.4}-XX-XX")),
        *(("2003-01-01", "2004-12-31", form) for form in ("{0:.7}", "{0:.7}-XX", "{0}")),
        ("1990-01-01", "2019-12-31", "{0:.3}X"),
        ("1900-01-01", "2099-12-31", "{0:.2}XX"),
    ],
)
def test_bounds_are_the_first_and_last_days_that_match(first: str, last: str, form: str) -> None:
    texts = [day.isoformat() for day in days(first, last)]
    for pattern in {form.format(text) for text in texts}:
        matches = re.compile(pattern.replace("X", "[0-9]"))
        matching = [date.fromisoformat(text) for text in texts if matches.match(text)]
        read = PartialDate.parse(pattern)
        assert (read.earliest, read.latest) == (min(matching), max(matching))


@pytest.mark.parametrize("year", ["1900", "2000", "2003", "2004"])
def test_the_days_and_months_read_are_those_of_the_calendar(year: str) -> None:
    real = {day.isoformat() for day in days(f"{year}-01-01", f"{year}-12-31")}
    numbers = [f"{number:02}" for number in range(100)]
    written = {f"{year}-{month}-{day}" for month, day in product(numbers, numbers)}
    assert {text for text in written if is_read(text)} == real
    assert {text for text in written if is_read(text[:7])} == {
        text for text in written if text[:7] in {day[:7] for day in real}
    }


def test_a_choice_spans_its_days_and_keeps_them_in_order() -> None:
    for first, second in product(days("2004-02-27", "2004-03-02"), repeat=2):
        span, pair = f"[{first}..{second}]", f"[{first},{second}]"
        assert (is_read(span), is_read(pair)) == (first <= second, first < second)
        for text in filter(is_read, (span, pair)):
            read = PartialDate.parse(text)
            assert (read.earliest, read.latest) == (first, second)


@given(partial_dates())
def test_a_supported_text_is_kept_and_bounded(text: str) -> None:
    read = PartialDate.parse(text)
    assert read.edtf == text
    assert (read.earliest or date.min) <= (read.latest or date.max)
    assert read.text.strip() == read.text != ""


@given(st.dates())
def test_a_day_is_exact_and_reads_as_people_write_it(day: date) -> None:
    read = PartialDate.parse(day.isoformat())
    assert read.earliest == read.latest == day
    assert read.text == format_day(day)


@given(st.text() | st.text(EDTF_ALPHABET) | mutilate(partial_dates()))
def test_any_text_is_read_or_refused_on_one_line(text: str) -> None:
    read = outcome(PartialDate.parse, text)
    if isinstance(read, DateError):
        assert read.remedy
        assert str(read).isprintable()
    else:
        assert read.edtf == text


@given(st.lists(st.dates(), min_size=3, max_size=3).map(sorted), st.booleans(), st.booleans())
def test_a_range_is_filed_where_each_of_its_days_looks(
    days: list[date], from_ever: bool, for_ever: bool
) -> None:
    first, day, last = days
    place = fork(None if from_ever else first, None if for_ever else last)
    assert place in forks(day)
    assert len(forks(day)) == LEVELS
