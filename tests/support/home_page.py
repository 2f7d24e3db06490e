"""The home page beside what the schema answers: who belonged, who held what, and how surely.

In: a client of the application. Out: what the page tells and what members and holders are, in one
form; `assert_agreement` fails a test where they differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from starlette.testclient import TestClient

from kb.web import presentation
from tests.support.pages import Element, ask, text_of, tree

ANSWERS = """
fragment Answer on Query {
  organisations(first: 100) {
    nodes {
      id name
      members(asOf: $on) { certainty because disputed state { name } membership { id } }
      all: members(asOf: $on, status: [MEMBER, SUSPENDED, OBSERVER, ASSOCIATE]) {
        certainty status state { id }
      }
      memberships(first: 100, filter: { asOf: $on }) {
        edges { certainty disputed node { status state { id } } }
      }
      terms(first: 100) { nodes { office } }
      ...Held
    }
  }
  states(first: 100) { nodes { id terms(first: 100) { nodes { office } } ...Held } }
}
fragment Held on Node {
  ... on Organisation { held: terms(first: 100, filter: { asOf: $on }) { ...Terms } }
  ... on State { held: terms(first: 100, filter: { asOf: $on }) { ...Terms } }
}
fragment Terms on TermConnection { edges { certainty disputed node { office official { id } } } }
"""
HOLDERS = """
fragment Answer on Query {
  node(id: $id) {
    ... on Organisation { holders(office: $office, asOf: $on) { ...Holder } }
    ... on State { holders(office: $office, asOf: $on) { ...Holder } }
  }
}
fragment Holder on HolderAsOf { certainty official { id } }
"""
_DISPUTED = " (disputed)"
TODAY = date(2026, 11, 30)


def days_of_changes(client: TestClient) -> list[str]:
    """Those on which something begins or ends, and some beside them."""
    names = ("period_start_earliest", "period_start_latest", "certain_to", "possible_to")
    tables = [
        client.get(f"/export/{table}.csv").text.splitlines() for table in ("memberships", "terms")
    ]
    days = {"0001-01-01", "2002-01-05", "9999-12-31", TODAY.isoformat()}
    for heading, *rows in tables:
        places = [heading.split(",").index(name) for name in names]
        cells = {cell for row in rows for at, cell in enumerate(row.split(",")) if at in places}
        days |= {cell for cell in cells if len(cell) == 10 and cell[4] == cell[7] == "-"}
    ordered = sorted(days)
    return [*ordered[:: max(1, len(ordered) // 8)], ordered[-1]]


def assert_agreement(home: TestClient, known: str = "") -> None:
    """On the days of its data, the home page says what the schema answers, now or as known then."""
    view = {"known": known} if known else {}
    certainties = dict.fromkeys(("certain", "ruled out"), 0)
    for day in days_of_changes(home):
        page = tree(home, "/", on=day, **view)
        answers = ask_view(home, ANSWERS, {"on": day, **view})
        assert by_organisation(members_on_page(page)) == by_organisation(
            members_in_answers(answers)
        )
        assert standings_on_page(page) == standings_in_answers(answers)
        held, expected = (
            holders_on_page(page),
            holders_in_answers(home, answers, {"on": day, **view}),
        )
        assert {key: certainty for key, certainty in held.items() if certainty} == expected
        bodies = [*answers["organisations"]["nodes"], *answers["states"]["nodes"]]
        disputes = disputes_in_answers(bodies, "held", "official", "office")
        assert disputed_holders_on_page(page) == disputes
        for row in page.xpath("//span[@class='held']"):
            for certainty in certainties:
                certainties[certainty] += certainty in text_of(row)
    assert min(certainties["certain"], certainties["ruled out"]) > 0


def ask_view(client: TestClient, fragment: str, variables: dict[str, str]) -> dict[str, Any]:
    types = {"on": "Date!", "known": "Date!", "id": "ID!", "office": "String!"}
    declared = ", ".join(f"${name}: {types[name]}" for name in variables)
    viewed = "known" in variables
    fields = "view(knownAt: $known) { ...Answer }" if viewed else "...Answer"
    data = ask(client, f"query ({declared}) {{ {fields} }} {fragment}", variables)
    view: dict[str, Any] = data["view"] if viewed else data
    return view


Members = dict[str, list[tuple[str, str, str, str]]]


def by_organisation(members_by_certainty: Members) -> Members:
    """The page begins with an organisation of its own choice; members keep their order."""
    members = members_by_certainty.items()
    return {certainty: sorted(rows, key=lambda row: row[0]) for certainty, rows in members}


def members_on_page(page: Element) -> Members:
    """For each certainty: organisation, membership, state, and whatever follows its name."""
    members_by_certainty: Members = {}
    for line in page.xpath("//div[@id='belonged']/p[strong]"):
        certainty, rest = str(line.findtext("strong")), text_of(line)
        members_by_certainty[certainty] = []
        for part in line.xpath("span[@class='told']"):
            organisation = text_of(part.xpath("span[@class='whose']")[0])
            because = " ".join(part.xpath("span[@class='because']/text()")).removeprefix("— ")
            for link in part.xpath("a"):
                after = "disputed" if (link.tail or "").startswith(_DISPUTED) else ""
                href = link.get("href").partition("?")[0]
                members_by_certainty[certainty].append(
                    (organisation, href, link.text, because + after)
                )
        assert bool(members_by_certainty[certainty]) != rest.endswith(" nobody")
    return members_by_certainty


def members_in_answers(answers: dict[str, Any]) -> Members:
    members_by_certainty: Members = {"certain": [], "possible": []}
    for organisation in answers["organisations"]["nodes"]:
        for row in organisation["members"]:
            reason = (row["because"] or "") + ("disputed" if row["disputed"] else "")
            link = presentation.address(row["membership"]["id"])
            member = (
                " ".join(organisation["name"].split()),
                link,
                row["state"]["name"],
                " ".join(reason.split()),
            )
            members_by_certainty[row["certainty"].lower()].append(member)
    # Those of one reason stand together.
    return {certainty: _group_by_reason(rows) for certainty, rows in members_by_certainty.items()}


def _group_by_reason(rows: list[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    def reason(row: tuple[str, str, str, str]) -> tuple[str, str]:
        return row[0], row[3].removesuffix("disputed")

    seen = [*dict.fromkeys(map(reason, rows))]
    return sorted(rows, key=lambda row: seen.index(reason(row)))


def standings_on_page(page: Element) -> set[tuple[str, str, frozenset[str]]]:
    """Organisation, state, and what the row says of each status, of all that have members."""
    return {
        (
            identity_of_link(group.xpath("h2/a")[0]),
            identity_of_link(row.xpath("span/a")[0]),
            frozenset(text_of(row[-1]).split("; ")),
        )
        for group in page.xpath("//div[@id='organisations']/section")
        for row in group.xpath("ul[contains(@class, 'members')]/li")
        if text_of(row[-1]) != "ruled out"
    }


def standings_in_answers(answers: dict[str, Any]) -> set[tuple[str, str, frozenset[str]]]:
    organisations = answers["organisations"]["nodes"]
    disputes = disputes_in_answers(organisations, "memberships", "state", "status")
    standings_by_member: dict[tuple[str, str], list[tuple[str, str, bool]]] = {}
    for organisation in organisations:
        for row in organisation["all"]:
            member, status = (organisation["id"], row["state"]["id"]), row["status"]
            disputed = (*member, status) in disputes
            standings_by_member.setdefault(member, []).append(
                (status, row["certainty"].lower(), disputed)
            )
    return {
        (*ids, frozenset(_describe(*row, alone=len(rows) == 1) for row in rows))
        for ids, rows in standings_by_member.items()
    }


def _describe(status: str, certainty: str, disputed: bool, *, alone: bool) -> str:
    """A membership in the usual status is not named as such where it stands alone."""
    words = certainty if alone and status == "MEMBER" else f"{status.lower()}, {certainty}"
    return f"{words}{_DISPUTED}" if disputed else words


def disputes_in_answers(
    bodies: Sequence[Mapping[str, Any]], spans: str, whose: str, what: str
) -> set[tuple[str, str, str]]:
    """Body, state or official, status or office, of which one of the surest spans is disputed."""
    surest: dict[tuple[str, str, str], tuple[str, bool]] = {}
    for body in bodies:
        for edge in body[spans]["edges"]:
            key = body["id"], edge["node"][whose]["id"], edge["node"][what]
            told = edge["certainty"], not edge["disputed"]
            surest[key] = min(surest.get(key, told), told)
    return {key for key, (_, undisputed) in surest.items() if not undisputed}


def identity_of_link(link: Element) -> str:
    """Of the record that a link leads to."""
    folder, key = str(link.get("href")).partition("?")[0].strip("/").split("/")
    return f"{presentation.TYPE_OF_FOLDER[folder]}:{key}"


Holders = dict[tuple[str, str, str], str]
"""By body, office in lower case, and official: how surely."""


def holders_on_page(page: Element) -> Holders:
    certainties: Holders = {}
    for body, office, official, held in _holder_rows(page):
        certainty = held.removesuffix(_DISPUTED)
        _add(certainties, (body, office.casefold(), official), certainty)
    return certainties


def disputed_holders_on_page(page: Element) -> set[tuple[str, str, str]]:
    return {
        (body, official, office)
        for body, office, official, held in _holder_rows(page)
        if held.endswith(_DISPUTED)
    }


def _holder_rows(page: Element) -> Iterator[tuple[str, str, str, str]]:
    """Body, office, official, and what the row says."""
    for section in page.xpath("//section[@class='timeline']"):
        for row in section.xpath("ul[not(contains(@class, 'members'))]/li[span/a]"):
            office = str(row.getparent().getprevious().text)
            name, *state = row.xpath("span[@class='name']/a")
            body = identity_of_link(state[0] if state else section.xpath("h2/a")[0])
            yield body, office, identity_of_link(name), text_of(row[-1])


def holders_in_answers(
    client: TestClient, answers: dict[str, Any], days: dict[str, str]
) -> Holders:
    certainties: Holders = {}
    for body in (*answers["organisations"]["nodes"], *answers["states"]["nodes"]):
        for office in {term["office"] for term in body["terms"]["nodes"]}:
            variables = {**days, "id": body["id"], "office": office}
            for row in ask_view(client, HOLDERS, variables)["node"]["holders"]:
                key = (body["id"], office.casefold(), row["official"]["id"])
                _add(certainties, key, row["certainty"].lower())
    return certainties


def _add(certainties: Holders, key: tuple[str, str, str], certainty: str) -> None:
    """The surest of the rows of one."""
    surest = min(certainties.get(key) or "ruled out", certainty or "ruled out")
    certainties[key] = surest if surest != "ruled out" else ""
