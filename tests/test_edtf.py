"""The parsers against the test cases of four other EDTF implementations.

A text that we support is read with the bounds that the suites state, and every other is refused.
`UNSUPPORTED` are the kinds of valid EDTF that we refuse on purpose, each with what its error says.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from kb.dates import PartialDate
from kb.errors import DateError
from kb.periods import Period

SUITES = Path(__file__).parents[2] / "shared" / "data" / "edtf.tsv"
pytestmark = pytest.mark.skipif(not SUITES.parent.is_dir(), reason=f"{SUITES.parent} is absent")
UNSUPPORTED = {
    # Years of four digits from the year 1, as the calendar of every database has them.
    r"(^|[\[{,./?~%])(-[0-9X]|0000)": "reaches before the year 1",
    r"Y": "is a year in the long form",
    r"[0-9]S[0-9]": "counts significant digits",
    # Whole days, of the calendar that we live by; edtf-java lets a year lack its leap day.
    r"T[0-9]": "is a time of day",
    r"^(1900|2019)-02-29$": "is no day of February",
    r"^[0-9]{4}-(2[1-9]|3[0-9]|4[01])": "is a season or another part of a year",
    # One date is one of several days, never all of them.
    r"[{]": "makes a set of dates that all hold",
    # Level 2 but for choices: flags and unspecified digits anywhere.
    r"[~?%][^/]": "has a flag, which stands once, at the very end",
    r"X[0-9]|-[0-9]X|XXX": "an `X` that is neither one of a year's last two digits",
    r"[0-9]{2}[0-9X]X-[0-9X]": "gives a month of an unspecified year",
    r"-XX-[0-9]": "gives a day of an unspecified month",
    # What bounds nothing, or has no beginning at all.
    r"[~?%]/|/.*[~?%]$": "carries a flag, which bounds nothing",
    r"^\.\./": "is no start",
    r"^/\.\.$": "need never have begun",
    # Not in the specification, but some suites are lenient.
    r"\s": "is a blank",
    r"[^ -~]": "is no ASCII character",
    r"^[0-9]{2,3}[~?%]?$": "is a bare number of other than four digits",
}
# python-edtf invents ten years for a bound that is unknown.
OTHER_BOUNDS = {("python-edtf", "/2006"), ("python-edtf", "2004-06-01/")}
Days = tuple[date | None, date | None]


class SuiteRow(NamedTuple):
    source: str
    edtf: str
    verdict: str
    lower: str
    upper: str

    def reasons(self) -> list[str]:
        return [why for pattern, why in UNSUPPORTED.items() if re.search(pattern, self.edtf)]

    def bounds(self) -> Days:
        """The bounds that the suite states; an absent one is none."""
        lower, upper = (
            None if bound in {"", "-inf", "inf"} else date.fromisoformat(bound[:10])
            for bound in (self.lower, self.upper)
        )
        return lower, upper


def suite_rows(verdict: str) -> Iterator[SuiteRow]:
    _, *lines = SUITES.read_text(encoding="utf-8").splitlines()
    told = (SuiteRow(*line.split("\t")) for line in lines)
    return (row for row in told if row.verdict == verdict)


def read_days(text: str) -> Days:
    if "/" not in text:
        date_ = PartialDate.parse(text)
        return date_.earliest, date_.latest
    span = Period.parse(text)
    earliest = span.start.earliest if span.start else None
    return earliest, span.end.latest if span.end else None


def refusal(text: str) -> str:
    with pytest.raises(DateError) as caught:
        read_days(text)
    return str(caught.value)


def test_a_supported_text_is_read_with_the_bounds_that_the_suites_state() -> None:
    supported = [row for row in suite_rows("valid") if not row.reasons()]
    assert len(supported) > 150
    for row in supported:
        ours = read_days(row.edtf)
        states = row.lower or row.upper
        if states and (row.source, row.edtf) not in OTHER_BOUNDS:
            assert (row, ours) == (row, row.bounds())


def test_an_invalid_text_is_refused() -> None:
    for row in suite_rows("invalid"):
        assert refusal(row.edtf)


def test_an_unsupported_text_is_refused_for_its_reason() -> None:
    for row in suite_rows("valid"):
        reasons = row.reasons()
        if reasons:
            said = refusal(row.edtf)
            assert [why for why in reasons if why in said], (row, said)


def test_no_exception_is_unused() -> None:
    refused = [refusal(row.edtf) for row in suite_rows("valid") if row.reasons()]
    assert [why for why in UNSUPPORTED.values() if not any(why in said for said in refused)] == []
    differing = {
        (row.source, row.edtf)
        for row in suite_rows("valid")
        if not row.reasons() and (row.lower or row.upper) and read_days(row.edtf) != row.bounds()
    }
    assert differing == OTHER_BOUNDS
