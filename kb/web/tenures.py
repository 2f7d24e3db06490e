"""Whether offices were held on a day, in words: what `tenure(asOf:)` answers, and nothing else.

In: the offices of an organisation or a state, as a page's query answers them. Out: for each its
verdict and reason, who held it, and the events that tell of a vacancy. Pure: no I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.web.presentation import (
    DisplayValue,
    JsonObject,
    address,
    display,
    enum_words,
    founding_dispute,
    list_rows,
    record_name,
    value_at,
)


@dataclass(frozen=True)
class Teller:
    """A term or an event that says whether an office was held."""

    link: DisplayValue
    disputed: bool


@dataclass(frozen=True)
class OfficeOnDay:
    """An office of `body`; `verdict` is such as `held, certain`.

    `dispute` says what articles dispute of the body itself, on which its tenures rest.
    """

    name: str
    body: DisplayValue
    dispute: str
    verdict: str
    because: str
    holders: list[Teller]
    vacancies: list[Teller]


def offices_on_day(body: JsonObject) -> list[OfficeOnDay]:
    """In the order of the answer."""
    dispute = founding_dispute(body) if "founded" in body else ""
    return [_office(office, display(body), dispute) for office in list_rows(body, "offices")]


def _office(office: JsonObject, body: DisplayValue, dispute: str) -> OfficeOnDay:
    tenure = office["tenure"]
    assert isinstance(tenure, Mapping)
    words = [enum_words(str(tenure[name])) for name in ("verdict", "certainty") if tenure[name]]
    return OfficeOnDay(
        str(office["name"]),
        body,
        dispute,
        ", ".join(words),
        str(tenure["because"]),
        [_holder(row) for row in list_rows(tenure, "holders")],
        [_vacancy(row) for row in list_rows(tenure, "vacancies")],
    )


def _holder(row: JsonObject) -> Teller:
    """The official's name, as a link to the term."""
    identity, official = str(value_at(row, "term.id")), row["official"]
    assert isinstance(official, Mapping)
    link = DisplayValue(record_name(official), address(identity), identity)
    return Teller(link, bool(row["disputed"]))


def _vacancy(row: JsonObject) -> Teller:
    return Teller(display(row["event"]), bool(row["disputed"]))
