"""Datelines of archive pages: each form by table, and malformed ones."""

import pytest

from kb.archive.line_types import LineType
from kb.archive.read_line import Dateline, LineFault
from kb.normalisation import normalise
from tests.support.sites import classify_line, read_dateline

MONTHS = (
    ("Jan", "JAN.", "January", "JANUARY", "jan."),
    ("Feb", "FEB.", "February", "FEBRUARY"),
    ("Mar", "MAR.", "March", "MARCH"),
    ("Apr.", "APR", "April", "APRIL"),
    ("May", "MAY", "MAY."),
    ("Jun.", "JUN", "June", "JUNE", "JUNE."),
    ("Jul.", "JUL", "July", "JULY"),
    ("Aug.", "AUG", "August", "AUGUST"),
    ("Sep.", "SEP", "Sept.", "SEPT", "September", "SEPTEMBER"),
    ("Oct.", "OCT", "October", "OCTOBER"),
    ("Nov.", "NOV", "November", "NOVEMBER"),
    ("Dec.", "DEC", "December", "DECEMBER"),
)
DASHES = ("-", "‐", "‑", "‒", "–", "—", "―", "−", "--", "---", "⸺", "－")
BLANKS = ("", " ", "  ", "\u00a0", "\u2009", "\u202f", "\t", "\u3000")
DATELINES = {
    # text before the publication: first, last, year, place
    "JAN. 3 2020": ((1, 3), (1, 3), 2020, None),
    "NOV. 28": ((11, 28), (11, 28), None, None),
    "NOV . 28": ((11, 28), (11, 28), None, None),
    "July 3, 2017": ((7, 3), (7, 3), 2017, None),
    "July 3 2017,": ((7, 3), (7, 3), 2017, None),
    "JULY 03 , 2017": ((7, 3), (7, 3), 2017, None),
    "JULY 3rd 2017": ((7, 3), (7, 3), 2017, None),
    "JULY 3/5 2017": ((7, 3), (7, 5), 2017, None),
    "JULY 3-5 2017": ((7, 3), (7, 5), 2017, None),
    "JULY 3 – 5": ((7, 3), (7, 5), None, None),
    "JULY 3 / 5, 2017": ((7, 3), (7, 5), 2017, None),
    "FEB. 28/MARCH 1": ((2, 28), (3, 1), None, None),
    "FEB. 28 - MARCH 1 2016": ((2, 28), (3, 1), 2016, None),
    "DEC. 31/JAN. 2 2017": ((12, 31), (1, 2), 2017, None),
    "FEB. 29": ((2, 29), (2, 29), None, None),
    "FEB. 29 2016": ((2, 29), (2, 29), 2016, None),
    "STRELSAU, JULY 3 2017": ((7, 3), (7, 3), 2017, "Strelsau"),
    "Strelsau, July 3 2017": ((7, 3), (7, 3), 2017, "Strelsau"),
    "STRELSAU JULY 3": ((7, 3), (7, 3), None, "Strelsau"),
    "STRELSAU — JULY 3": ((7, 3), (7, 3), None, "Strelsau"),
    "STRELSAUJAN. 8": ((1, 8), (1, 8), None, "Strelsau"),
    "SEPT. 15 2015, ZENDA": ((9, 15), (9, 15), 2015, "Zenda"),
    "SEPT. 15, ZENDA": ((9, 15), (9, 15), None, "Zenda"),
    "Sept 15 2015 Zenda": ((9, 15), (9, 15), 2015, "Zenda"),
    "STRELSAU/ZENDA, MAY 2": ((5, 2), (5, 2), None, "Strelsau, Zenda"),
    "ZENDA/Ruritania, MAY 2": ((5, 2), (5, 2), None, "Zenda, Ruritania"),
    "ZENDA and HOFBAU, MAY 2": ((5, 2), (5, 2), None, "Zenda, Hofbau"),
    "ZENDA & HOFBAU, MAY 2, STRELSAU": ((5, 2), (5, 2), None, "Zenda, Hofbau, Strelsau"),
    "ST. ULRICH-AM-SEE, MAY 2": ((5, 2), (5, 2), None, "St. Ulrich-Am-See"),
    "THE NEW STRELSAU, MAY 2": ((5, 2), (5, 2), None, "The New Strelsau"),
    "PORT RUPERT DC, MAY 2": ((5, 2), (5, 2), None, "Port Rupert DC"),
    "ÉLPHBERG, MAY 2": ((5, 2), (5, 2), None, "Élphberg"),
    "N’ZENDA, MAY 2": ((5, 2), (5, 2), None, "N’Zenda"),
}
PUBLICATIONS = ("The Gazette", "The Zenda Courier", "Die Östliche Zeitung", "Hills & Lakes, weekly")
MALFORMED_DATELINES = {
    "FEB. 30 2016 (The Gazette) — It": "`FEB. 30 2016` is no day of the calendar",
    "FEB. 30 (The Gazette) — It": "`FEB. 30` is no day of the calendar",
    "FEB. 29 2015 (The Gazette) — It": "`FEB. 29 2015` is no day of the calendar",
    "JULY 0 2016 (The Gazette) — It": "`JULY 0 2016` is no day of the calendar",
    "JUNE 5/31 2016 (The Gazette) — It": "`JUNE 5/31 2016` is no day of the calendar",
    "JULY 5/3 2016 (The Gazette) — It": "`JULY 5/3 2016` runs backwards",
    "MARCH 1/FEB. 28 (The Gazette) — It": "`MARCH 1/FEB. 28` runs backwards",
    "JULY 3 2017 — The king": "has no publication in parentheses",
    "STRELSAU, JULY 3 2017 – The king": "has no publication in parentheses",
    "JULY 3 2017 (The Gazette) The king": "has no dash after its parentheses",
    "JULY 3 2017 (The Gazette): The king": "has no dash after its parentheses",
    "JULY 3 217 (The Gazette) — The king": "a dateline is not understood",
    "JULY 3/4/5 2017 (The Gazette) — The king": "a dateline is not understood",
    "JULY 3 2017 (the court) — The king": "a dateline is not understood",
}
NO_DATELINES = (
    "On July 3 2017 (The Gazette) — as the king was told — the bridge fell.",
    "The bridge fell on JULY 3 (The Gazette) — said the king.",
    "July 3 (Monday) — the bridge falls.",
    "July 3 — the bridge falls.",
    "May (The Gazette) — the bridge falls.",
    "The king (The Gazette) — 3 — fell.",
    "In May 2016 (The Gazette) — it says — the bridge fell.",
    "Dismay 5 (The Gazette) — said the king.",
    "The Gazette said in July 3 reports (The Gazette) - so - that it fell.",
    "MAY 5",
    "(The Gazette) — The king",
    "3 (The Gazette) — The king",
    "(The Gazette, July 3 2017)",
)


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("blank", BLANKS)
def test_months(number: int, blank: str) -> None:
    """Long, short, with and without a full stop, in any case, and blanks of any kind around."""
    for month in MONTHS[number]:
        text = normalise(f"{blank}{month} {blank}9{blank} 2016{blank} (The Gazette) —{blank}It")
        read = read_dateline(text)
        assert read == Dateline((number + 1, 9), (number + 1, 9), 2016, None, "The Gazette")


@pytest.mark.parametrize("dash", DASHES)
@pytest.mark.parametrize("before", ["", " "])
@pytest.mark.parametrize("after", ["", " "])
def test_dashes(dash: str, before: str, after: str) -> None:
    text = f"ZENDA, JULY 3 2017 (The Gazette){before}{dash}{after}The king"
    assert classify_line(text) is LineType.DATELINE
    assert read_dateline(text) == Dateline((7, 3), (7, 3), 2017, "Zenda", "The Gazette")
    assert (
        classify_line(f"{dash}{after}This story was published in issue 5{before}")
        is LineType.FOOTER
    )


@pytest.mark.parametrize("text", DATELINES)
def test_datelines(text: str) -> None:
    for publication in PUBLICATIONS:
        for start in (f"{text} ({publication}) — The", f"{text}( {publication} )–The"):
            assert classify_line(start) is LineType.DATELINE
            assert read_dateline(start) == Dateline(*DATELINES[text], publication)


@pytest.mark.parametrize(("text", "fault"), MALFORMED_DATELINES.items())
def test_misread_datelines(text: str, fault: str) -> None:
    assert classify_line(text) in (LineType.DATELINE, LineType.MALFORMED_DATELINE)
    read = read_dateline(text)
    assert isinstance(read, LineFault)
    assert fault in read.what
    assert read.remedy


@pytest.mark.parametrize("text", NO_DATELINES)
def test_prose_is_no_dateline(text: str) -> None:
    assert classify_line(text) is LineType.TEXT


def test_edtf() -> None:
    def edtf(text: str, year: int) -> str:
        read = read_dateline(f"{text} (The Gazette) — It")
        assert isinstance(read, Dateline)
        return read.edtf(year)

    assert edtf("JULY 5", 2017) == "2017-07-05"
    assert edtf("JULY 3/5", 2017) == "[2017-07-03..2017-07-05]"
    assert edtf("FEB. 28/MARCH 1", 2017) == "[2017-02-28..2017-03-01]"
    assert edtf("DEC. 31/JAN. 2", 2017) == "[2016-12-31..2017-01-02]"
    assert edtf("JULY 5/5", 2017) == "2017-07-05"
