"""Whoever says that a state was a member says that there is the state: support goes up.

What a membership, term or summit must point to shows no later than it does, whichever door a write
came by; and as long as nothing else supports it, it has its name alone.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest

from kb import database
from kb.derive.inherited import changed_steps
from kb.upgrade.upgrade import upgrade
from tests.support.curated import Curator, curator, expect_payload
from tests.support.databases import Database
from tests.support.noted import noted_statements
from tests.support.soundness import list_findings
from tests.worlds.known_archives import Documents, write_seed_files

pytestmark = pytest.mark.sweep

FIRST, EARLY, LATE = "2015-01-01", "2016-01-01", "2018-01-01"
_ANCHOR = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}
_numbers = count()


def cited(article: str, **more: object) -> dict[str, object]:
    return {"article": article, "anchor": _ANCHOR, "claim": "It is said.", **more}


def sourced(article: str, **fields: object) -> dict[str, object]:
    return {**fields, "citations": {f"c-{next(_numbers)}": cited(article)}}


def membership(article: str, state: str, period: str = "2015/2016") -> dict[str, object]:
    of = {"organisation": "league", "state": state, "status": "MEMBER", "period": period}
    return sourced(article, **of)


def documents(article: str = "early") -> Documents:
    """An early membership of what later articles speak of."""
    days = {"first": FIRST, "early": EARLY, "late": LATE}
    return {
        "publications": {"gazette": {"name": "Gazette"}},
        "articles": {
            key: {"headline": key, "publication": "gazette", "datedOn": day}
            for key, day in days.items()
        },
        "states": {
            "AA": sourced("late", name="Alma", officialName="Realm", aliases=["Nickname"]),
            "BB": sourced("late", name="Bel"),
        },
        "organisations": {
            "league": sourced("late", name="League", acronym="LG", predecessor="union"),
            "union": sourced("first", name="Union"),
        },
        "officials": {"ann": sourced("late", name="Ann", nationality="AA", aliases=["Nan"])},
        "memberships": {"league-aa": membership(article, "AA")},
    }


@pytest.fixture
def league(empty: Database, tmp_path: Path) -> Curator:
    empty.load(write_seed_files(tmp_path / "league", documents()))
    return curator(empty)


def shown_from(league: Curator) -> Mapping[str, str]:
    """Of states and the league, once it is seen that all is as it would be derived anew."""
    assert list_findings(league.database) == []
    rows = league.database.rows(
        "select key, known_from from record where key in ('AA', 'BB', 'league', 'ann')"
    )
    return {str(key): str(day) for key, day in rows}


def of_days(aa: str, bb: str, league: str, ann: str = LATE) -> Mapping[str, str]:
    return {"AA": aa, "BB": bb, "league": league, "ann": ann}


def test_what_a_membership_points_to_shows_as_early_as_it_does(league: Curator) -> None:
    assert shown_from(league) == of_days(EARLY, LATE, EARLY)


SEEN = """query ($day: Date!) { view(knownAt: $day) {
  states { nodes { name officialName aliases citations { totalCount } } }
  organisations { nodes { name acronym predecessor { slug } memberships { totalCount } } }
  real: search(query: "realm") { totalCount }
  nick: search(query: "nickname") { totalCount }
  acronym: search(query: "lg") { totalCount }
  name: search(query: "alma") { totalCount }
} }"""


def test_what_others_alone_support_has_its_name_alone(league: Curator) -> None:
    no_other_name: Mapping[str, object] = {"officialName": None, "aliases": []}
    hidden, found = {"totalCount": 0}, {"totalCount": 1}
    union = {"name": "Union", "acronym": None, "predecessor": None, "memberships": hidden}
    state = {"name": "Alma", "citations": hidden, **no_other_name}
    body = {"name": "League", "acronym": None, "predecessor": None, "memberships": found}
    assert league.database.ask(SEEN, day=EARLY)["view"] == {
        "states": {"nodes": [state]},
        "organisations": {"nodes": [body, union]},
        **dict.fromkeys(("real", "nick", "acronym"), hidden),
        "name": found,
    }
    assert league.database.ask(SEEN, day=LATE)["view"] == {
        "states": {
            "nodes": [
                {"name": "Alma", "officialName": "Realm", "aliases": ["Nickname"]}
                | {"citations": found},
                {"name": "Bel", "citations": found, **no_other_name},
            ]
        },
        "organisations": {
            "nodes": [body | {"acronym": "LG", "predecessor": {"slug": "union"}}, union]
        },
        **dict.fromkeys(("real", "nick", "acronym", "name"), found),
    }


def test_a_new_membership_supports(league: Curator) -> None:
    given = membership("first", "BB") | {"citations": [cited("first", key="bb-named")]}
    expect_payload(league.record("Membership", key="league-bb", **given))
    assert shown_from(league) == of_days(EARLY, FIRST, FIRST)


def test_a_membership_of_another_state_supports_that(league: Curator) -> None:
    expect_payload(league.record("Membership", key="league-aa", state="BB"))
    assert shown_from(league) == of_days(LATE, EARLY, EARLY)


def test_a_membership_that_is_retracted_supports_no_more(league: Curator) -> None:
    expect_payload(league.retract("Membership", id="Membership:league-aa"))
    assert shown_from(league) == of_days(LATE, LATE, LATE)


def test_citations_of_a_membership_support(league: Curator) -> None:
    citation = cited("first", key="earlier")
    expect_payload(league.cite(subject="Membership:league-aa", **citation))
    assert shown_from(league) == of_days(FIRST, LATE, FIRST)
    expect_payload(league.uncite(id="Citation:earlier"))
    assert shown_from(league) == of_days(EARLY, LATE, EARLY)


def test_a_citation_that_disputes_does_not_support(league: Curator) -> None:
    citation = cited("first", key="denied", stance="DISPUTES")
    expect_payload(league.cite(subject="Membership:league-aa", **citation))
    assert shown_from(league) == of_days(EARLY, LATE, EARLY)


def test_a_term_supports_its_official_and_its_state(league: Curator) -> None:
    term = {"official": "ann", "office": "President", "state": "BB", "period": "2015/2016"}
    citation = cited("first", key="president")
    expect_payload(league.record("Term", key="ann-bb", **term, citations=[citation]))
    assert shown_from(league) == of_days(EARLY, FIRST, EARLY, ann=FIRST)
    expect_payload(league.retract("Term", id="Term:ann-bb"))
    assert shown_from(league) == of_days(EARLY, LATE, EARLY)


def test_a_summit_supports_its_organisation(league: Curator) -> None:
    summit = {"name": "Summit", "organisation": "league", "heldOn": "2015"}
    citation = cited("first", key="held")
    expect_payload(league.record("Summit", slug="summit", **summit, citations=[citation]))
    assert shown_from(league) == of_days(EARLY, LATE, FIRST)


def loads() -> Iterator[tuple[Documents, Mapping[str, str]]]:
    first = documents()
    yield documents("late"), of_days(LATE, LATE, LATE)
    yield first | {"memberships": {}}, of_days(LATE, LATE, LATE)
    moved = {**first["memberships"]["league-aa"], "state": "BB"}
    yield first | {"memberships": {"league-aa": moved}}, of_days(LATE, EARLY, EARLY)
    redated = {**first["articles"]["early"], "issuedOn": "2017-01-01"}
    articles = {**first["articles"], "early": redated}
    yield first | {"articles": articles}, of_days("2017-01-01", LATE, "2017-01-01")


@pytest.mark.parametrize("case", range(4))
def test_loads_change_what_is_supported(league: Curator, tmp_path: Path, case: int) -> None:
    given, wanted = [*loads()][case]
    league.database.load(write_seed_files(tmp_path / "next", given), prune=True)
    assert shown_from(league) == wanted


def test_a_membership_and_its_state_are_removed_together(league: Curator, tmp_path: Path) -> None:
    rest = documents() | {"memberships": {}, "officials": {}}
    del rest["states"]["AA"]
    league.database.load(write_seed_files(tmp_path / "rest", rest), prune=True)
    assert shown_from(league) == {"BB": LATE, "league": LATE}


def test_an_older_database_is_brought_up(league: Curator) -> None:
    """There a membership waited for its state and organisation."""
    database.revert_migrations(league.database.engine, "0010")
    for key in ("league", "AA", "league-aa"):
        league.database.run(f"update record set known_from = '{LATE}' where key = '{key}'")
    assert upgrade(league.database.engine)
    assert shown_from(league) == of_days(EARLY, LATE, EARLY)


def test_a_write_takes_as_many_statements_however_many_support(
    league: Curator, tmp_path: Path
) -> None:
    def cite(key: str, article: str) -> int:
        with noted_statements(league.database.context.writer.engine) as statements:
            expect_payload(league.cite(subject="Membership:league-aa", **cited(article, key=key)))
        return len(statements)

    def uncite(key: str) -> int:
        with noted_statements(league.database.context.writer.engine) as statements:
            expect_payload(league.uncite(id=f"Citation:{key}"))
        return len(statements)

    few = cite("moves", "first"), uncite("moves"), cite("moves-nothing", "late")
    uncite("moves-nothing")
    more = {
        f"league-{year}": membership("late", "BB", f"{year}-01/{year}-02")
        for year in range(1900, 1940)
    }
    league.database.load(write_seed_files(tmp_path / "more", {"memberships": more}))
    many = cite("moves", "first"), uncite("moves"), cite("moves-nothing", "late")
    assert few == many
    assert many[2] < many[0]


def test_spans_take_over_nothing_of_when_their_organisation_shows() -> None:
    def shown(day: str, name: str = "League") -> dict[str, object]:
        return {"known_from": day, "name": name, "floor": "-infinity"}

    assert not changed_steps([shown("1995-01-01")], [shown("1990-01-01")])
    assert changed_steps([shown("1995-01-01")], [shown("1995-01-01", "Union")])
    later = shown("1999-01-01", "Union")
    assert changed_steps([shown("1995-01-01")], [shown("1990-01-01"), later])
    moved = shown("1998-01-01", "Union")
    assert changed_steps([shown("1995-01-01"), later], [shown("1995-01-01"), moved])
