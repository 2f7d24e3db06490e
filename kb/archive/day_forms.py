"""Days in the forms that tables and pages have them in, as EDTF.

In: a text, and the forms that it may have. Out: EDTF text, as precise as the form is; or None.
Pure: no I/O.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

from kb.dates import PartialDate
from kb.errors import DateError
from kb.periods import Period

EDTF, RFC_822, ISO_8601 = "edtf", "rfc822", "iso8601"
"""Forms by name, beside those of `strptime`: partial dates and periods; days as feeds have them,
and as attributes of HTML do, with or without a time.
"""
_DAY, _MONTH = ("%d", "%j"), ("%m", "%b", "%B")


def is_form(form: str) -> bool:
    """One by name, or one that tells at least a year in four digits."""
    return form in (EDTF, RFC_822, ISO_8601) or "%Y" in form


def read_day(text: str, forms: Sequence[str]) -> str | None:
    """By the first form that fits."""
    return next((day for form in forms if (day := _read(text, form)) is not None), None)


def _read(text: str, form: str) -> str | None:
    try:
        match form:
            case "edtf":
                return _edtf(text)
            case "rfc822":
                return parsedate_to_datetime(text).date().isoformat()
            case "iso8601":
                return _iso_8601(text)
            case _:
                return datetime.strptime(text, form).strftime(_precision(form))
    except (ValueError, OverflowError, DateError):
        return None


def _iso_8601(text: str) -> str:
    if "W" in text:
        raise ValueError("a week is no day")
    return datetime.fromisoformat(text).date().isoformat()


def _edtf(text: str) -> str:
    (Period if "/" in text else PartialDate).parse(text)
    return text


def _precision(form: str) -> str:
    if any(directive in form for directive in _DAY):
        return "%Y-%m-%d"
    return "%Y-%m" if any(directive in form for directive in _MONTH) else "%Y"
