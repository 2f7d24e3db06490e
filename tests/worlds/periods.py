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
    "2018-05-01/2018-05-01": (" ".join(["2018-05-01"] * 4), "DATED", "1 May 2018 to 1 May 2018"),
    "2016-09/..": ("2016-09-01 2016-09-30 2019-11-28 -", "ONGOING", "since September 2016"),
    "2002/": ("2002-01-01 2002-12-31 2002-12-31 -", "UNKNOWN", "2002 to unknown"),
    "/2012": ("- - 2012-01-01 2012-12-31", "DATED", "unknown to 2012"),
    "2018": ("2018-01-01 2018-12-31 2018-01-01 2018-12-31", "DATED", "2018"),
    "[..2018-05-01]": ("- 2018-05-01 - 2018-05-01", "DATED", "by 1 May 2018"),
    "[2018..]": ("2018-01-01 - 2018-01-01 -", "UNKNOWN", "2018 or later"),
    "2016/[2017..]": ("2016-01-01 2016-12-31 2017-01-01 -", "UNKNOWN", "2016 to 2017 or later"),
    "2016/[..2017]": ("2016-01-01 2016-12-31 - 2017-12-31", "DATED", "2016 to 2017 or earlier"),
    "/[..2017-05-01]": ("- - - 2017-05-01", "DATED", "unknown to 1 May 2017 or earlier"),
    "[..2015-06-10]/..": ("- 2015-06-10 2019-11-28 -", "ONGOING", "since 10 June 2015 or earlier"),
    "[..2015]/": ("- 2015-12-31 2015-12-31 -", "UNKNOWN", "2015 or earlier to unknown"),
    "[2015..]/2017": ("2015-01-01 - 2017-01-01 2017-12-31", "DATED", "2015 or later to 2017"),
    "1992/[1999..2002]": (
        "1992-01-01 1992-12-31 1999-01-01 2002-12-31",
        "DATED",
        "1992 to 1999–2002",
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
