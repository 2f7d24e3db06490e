"""Periods: those whose meaning is known, and those made up from the grammar.

Out: for each text its bounds, how it ends and how it reads, and a Hypothesis strategy.
"""

from datetime import date

from hypothesis import strategies as st

from tests.worlds.dates import DECADES, unflagged_dates_within

ATTESTED = date(2019, 11, 28)
MEANING = {
    # start and end bounds, kind of end, for people
    "1999/2006": ("1999-01-01 1999-12-31 2006-01-01 2006-12-31", "DATED", "1999 to 2006"),
    "2018-05-01/2018-05-01": (
        " ".join(["2018-05-01"] * 4),
        "DATED",
        "began and ended on 1 May 2018",
    ),
    "2016-09/..": ("2016-09-01 2016-09-30 2019-11-28 -", "ONGOING", "since September 2016"),
    "2002/": ("2002-01-01 2002-12-31 2002-12-31 -", "UNKNOWN", "from 2002, end unknown"),
    "/2012": ("- - 2012-01-01 2012-12-31", "DATED", "start unknown, ended in 2012"),
    "2018": ("2018-01-01 2018-12-31 2018-01-01 2018-12-31", "DATED", "2018"),
    "[..2018-05-01]": ("- 2018-05-01 - 2018-05-01", "DATED", "by 1 May 2018"),
    "[2018..]": ("2018-01-01 - 2018-01-01 -", "UNKNOWN", "2018 or later"),
    "2016/[2017..]": (
        "2016-01-01 2016-12-31 2017-01-01 -",
        "UNKNOWN",
        "from 2016, ended in 2017 or later, if at all",
    ),
    "2016/[..2017]": (
        "2016-01-01 2016-12-31 - 2017-12-31",
        "DATED",
        "from 2016, ended in 2017 or earlier",
    ),
    "/[..2017-05-01]": ("- - - 2017-05-01", "DATED", "start unknown, ended by 1 May 2017"),
    "[..2015-06-10]/..": ("- 2015-06-10 2019-11-28 -", "ONGOING", "since 10 June 2015 or earlier"),
    "[..2015]/": ("- 2015-12-31 2015-12-31 -", "UNKNOWN", "began in 2015 or earlier, end unknown"),
    "[2015..]/2017": (
        "2015-01-01 - 2017-01-01 2017-12-31",
        "DATED",
        "began in 2015 or later, ended in 2017",
    ),
    "1992/[1999..2002]": (
        "1992-01-01 1992-12-31 1999-01-01 2002-12-31",
        "DATED",
        "from 1992, ended between 1999 and 2002",
    ),
    "2018/2018": (
        "2018-01-01 2018-12-31 2018-01-01 2018-12-31",
        "DATED",
        "began and ended in 2018",
    ),
    "[2014-09..2015-09-15]/..": (
        "2014-09-01 2015-09-15 2019-11-28 -",
        "ONGOING",
        "began between September 2014 and 15 September 2015",
    ),
    "[2017-07-03..2017-07-05]/..": (
        "2017-07-03 2017-07-05 2019-11-28 -",
        "ONGOING",
        "began between 3 and 5 July 2017",
    ),
    "[..2015-06-10]/[2016..2017-03]": (
        "- 2015-06-10 2016-01-01 2017-03-31",
        "DATED",
        "began by 10 June 2015, ended between 2016 and March 2017",
    ),
    "2002-05/2012-06-28": (
        "2002-05-01 2002-05-31 2012-06-28 2012-06-28",
        "DATED",
        "May 2002 to 28 June 2012",
    ),
    "[2002-05-01..]/[2012,2015]": (
        "2002-05-01 - 2012-01-01 2015-12-31",
        "DATED",
        "began on 1 May 2002 or later, ended in 2012 or 2015",
    ),
    "[2002,2004]/2012-06-28": (
        "2002-01-01 2004-12-31 2012-06-28 2012-06-28",
        "DATED",
        "began in 2002 or 2004, ended on 28 June 2012",
    ),
}


@st.composite
def periods(draw: st.DrawFn) -> str:
    decades = draw(DECADES.filter(lambda some: len(some) > 1))
    cut = draw(st.integers(1, len(decades) - 1))
    start = draw(unflagged_dates_within(decades[:cut]))
    end = draw(unflagged_dates_within(decades[cut:]))
    ongoing = [] if start.endswith("..]") else [f"{start}/.."]
    return draw(st.sampled_from([f"{start}/{end}", f"{start}/", f"/{end}", start, *ongoing]))
