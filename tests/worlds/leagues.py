"""Databases made up for the home page: a large league, a club without members, many small bodies.

In: a folder. Out: seed files in it.
"""

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from string import ascii_uppercase

Records = Mapping[str, Mapping[str, object]]
CODES = [first + second for first, second in product(ascii_uppercase[:8], ascii_uppercase)][:110]
WHEN = ("1960-01-01", "1961", "[..1962-02-02]", "[1950-01-01..]", "1970/1980", "1965-03/", "..1944")


def citations_field(key: str, **fields: str) -> dict[str, object]:
    anchor = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}
    citation = {"article": "gazette-1", "anchor": anchor, "claim": "It says so.", **fields}
    return {"citations": {f"{key}-cited": citation}}


def write_league_files(folder: Path, **records: Records) -> Path:
    """The records, and the article that they rest on."""
    article = {"headline": "One", "publication": "gazette", "datedOn": "1990-05-05"}
    files: dict[str, Records] = {
        "publications": {"gazette": {"name": "The Gazette"}},
        "articles": {"gazette-1": article},
        **records,
    }
    folder.mkdir()
    for name, documents in files.items():
        (folder / f"{name}.yaml").write_text(json.dumps(documents), encoding="utf-8")
    return folder


def league(folder: Path) -> Path:
    """More states than a page of a list has; three were something else before they were members."""
    memberships = {
        f"big-{code.lower()}": _member(code, "MEMBER", "[1949..1978]/..") for code in CODES
    }
    for code, status in zip(CODES, ("SUSPENDED", "OBSERVER", "SUSPENDED"), strict=False):
        memberships[f"big-{code.lower()}-before"] = _member(code, status, "1920-01-01/1940-01-01")
    events = {
        f"event-{number}": {
            "kind": "OTHER",
            "title": f"Event {number}",
            "occurred": WHEN[number % 6],
            "organisations": ["big"],
            **citations_field(f"event-{number}"),
        }
        for number in range(103)
    }
    states = {code: {"name": f"State {code}", **citations_field(code.lower())} for code in CODES}
    big = {"big": {"name": "The Big League", **citations_field("big")}}
    return write_league_files(
        folder, organisations=big, states=states, memberships=memberships, events=events
    )


def _member(code: str, status: str, period: str) -> dict[str, object]:
    key = f"big-{code.lower()}-{status.lower()}"
    attested = {"field": "period.end", "value": ".."} if period.endswith("..") else {}
    given = {"organisation": "big", "state": code, "status": status, "period": period}
    return {**given, **citations_field(key, **attested)}


def club(folder: Path) -> Path:
    """Offices alone, of long ago."""
    return _club_of(folder, 4)


def old_club(folder: Path) -> Path:
    """More terms and officials than a page of a list has."""
    return _club_of(folder, 104)


def _club_of(folder: Path, chairs: int) -> Path:
    officials = {
        f"chair-{number}": {"name": f"Chair {number}", **citations_field(f"chair-{number}")}
        for number in range(chairs)
    }
    terms = {
        f"chaired-{number}": {
            "official": f"chair-{number}",
            "office": "Chair",
            "organisation": "club",
            "period": f"{1850 + 10 * number}/{1859 + 10 * number}",
            **citations_field(f"chaired-{number}"),
        }
        for number in range(chairs)
    }
    return write_league_files(
        folder,
        organisations={"club": {"name": "The Club", **citations_field("club")}},
        officials=officials,
        terms=terms,
    )


def clubs(folder: Path) -> Path:
    """Two of them and a state, each with three offices; what is to come first is not first."""
    whose = [("organisation", "big-club"), ("organisation", "small-club"), ("state", "AA")]
    offices = ("Chair", "Clerk", "Treasurer")
    terms = {
        f"{body.lower()}-{office.lower()}": {
            "official": "it",
            "office": office,
            field: body,
            "period": "1950/1960",
            **citations_field(f"{body.lower()}-{office.lower()}"),
        }
        for (field, body), office in product(whose, offices)
    }
    about = {
        "title": "All clubs",
        "organisation": "small-club",
        "offices": ["treasurer", "Clerk"],
        "contact": "the.clubs@example.org",
        "licence": "CC0",
    }
    return write_league_files(
        folder,
        about={"about": about},
        organisations={
            body: {"name": body, **citations_field(body)} for _, body in whose if body != "AA"
        },
        states={"AA": {"name": "State AA", **citations_field("aa")}},
        officials={"it": {"name": "It", **citations_field("it")}},
        memberships={
            "big-club-aa": {
                "organisation": "big-club",
                "state": "AA",
                "status": "MEMBER",
                "period": "1950/1960",
                **citations_field("big-club-aa"),
            }
        },
        terms=terms,
    )


def picked(folder: Path) -> Path:
    """The twelve, one of which is to come first."""
    about = {"title": "Bodies", "organisation": "body-07"}
    return bodies(folder, about={"about": about})


def bodies(folder: Path, **more: Records) -> Path:
    """Twelve organisations, each with one member."""
    names = [f"body-{number:02}" for number in range(12)]
    return write_league_files(
        folder,
        organisations={name: {"name": name, **citations_field(name)} for name in names},
        states={"AA": {"name": "State AA", **citations_field("aa")}},
        memberships={
            f"{name}-aa": {
                "organisation": name,
                "state": "AA",
                "status": "MEMBER",
                "period": "1950/1960",
                **citations_field(f"{name}-aa"),
            }
            for name in names
        },
        **more,
    )
