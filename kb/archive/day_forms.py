"""Days in the forms that tables and pages have them in, as EDTF.

In: a text, the forms that it may have, and the zone of which a day is wanted. Out: EDTF text, as
precise as the form is; or None. Pure: no I/O, but for the system's list of zones.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

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


def read_day(text: str, forms: Sequence[str], zone: ZoneInfo | None = None) -> str | None:
    """By the first form that fits; a time with an offset is of the day in the zone, if given."""
    return next((day for form in forms if (day := _read(text, form, zone)) is not None), None)


def _read(text: str, form: str, zone: ZoneInfo | None) -> str | None:
    try:
        match form:
            case "edtf":
                return _edtf(text)
            case "rfc822":
                return _within(parsedate_to_datetime(text), zone).date().isoformat()
            case "iso8601":
                return _within(_iso_8601(text), zone).date().isoformat()
            case _:
                return _within(datetime.strptime(text, form), zone).strftime(_precision(form))
    except (ValueError, OverflowError, DateError):
        return None


def _within(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """What tells no offset is taken as it stands."""
    return moment.astimezone(zone) if zone and moment.tzinfo else moment


def _iso_8601(text: str) -> datetime:
    if "W" in text:
        raise ValueError("a week is no day")
    return datetime.fromisoformat(text)


def _edtf(text: str) -> str:
    (Period if "/" in text else PartialDate).parse(text)
    return text


def _precision(form: str) -> str:
    if any(directive in form for directive in _DAY):
        return "%Y-%m-%d"
    return "%Y-%m" if any(directive in form for directive in _MONTH) else "%Y"
