"""Records as Popolo: persons, organizations, posts and memberships in one object of JSON.

In: an open read transaction, and the URL that the addresses of articles begin with. Out: the lines
of a file, one member a line. States are organizations, as they have members and posts. A date that
is not plainly a day, a month or a year is left out. Memory does not grow with the records.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Final

from sqlalchemy import Connection

from kb.linked.description import Describer, Document, mappings
from kb.linked.sourced import (
    Post,
    SourcedRecord,
    body_id,
    local_id,
    names_by_key,
    plain_date,
    plain_ends,
    post_id,
    read_posts,
    sourced_records,
)

_LISTS: Final = {
    "Organisation": "organizations",
    "State": "organizations",
    "Official": "persons",
    "Membership": "memberships",
    "Term": "memberships",
}
"""The list that the records of a type go to, in the order of a snapshot."""
_Object = dict[str, object]
_Member = tuple[str, _Object]


def popolo_lines(connection: Connection, root: str) -> Iterator[str]:
    """The lists that have something, then those that are empty."""
    maker = _Maker(Describer(root), names_by_key(connection, "state"))
    members = (maker.member(each) for each in sourced_records(connection) if each.type in _LISTS)
    posts = (("posts", _post(each)) for each in read_posts(connection))
    empty = dict.fromkeys((*_LISTS.values(), "posts"))
    lead = "{"
    for name, group in groupby(chain(posts, members), lambda member: member[0]):
        empty.pop(name)
        yield from _list_lines(lead, name, group)
        lead = ","
    for name in empty:
        yield f'{lead}"{name}": []\n'
        lead = ","
    yield "}\n"


def _list_lines(lead: str, name: str, members: Iterator[_Member]) -> Iterator[str]:
    yield f'{lead}"{name}": [\n'
    for number, (_, member) in enumerate(members):
        yield f"{',' if number else ''}{json.dumps(member, ensure_ascii=False)}\n"
    yield "]\n"


def _post(post: Post) -> _Object:
    return {"id": post.id, "label": post.office, "organization_id": post.body}


@dataclass(frozen=True)
class _Maker:
    """`states` are the names of states, by their keys."""

    describer: Describer
    states: Mapping[str, str]

    def member(self, record: SourcedRecord) -> _Member:
        """With the name of its list."""
        make = {
            "Organisation": _organisation,
            "State": _state,
            "Official": self._person,
            "Membership": _membership,
            "Term": _term,
        }[record.type]
        made = {"id": local_id(record.type, record.key), **make(record.document)}
        made["identifiers"] = _identifiers(record.document)
        made["sources"] = [
            {"url": self.describer.iri("Article", each.article), "note": each.headline}
            for each in record.sources
        ]
        given = {name: value for name, value in made.items() if value not in (None, [])}
        return _LISTS[record.type], given

    def _person(self, document: Document) -> _Object:
        nationality = self.states.get(str(document["nationality"]))
        return {**_names(document), "national_identity": nationality}


def _names(document: Document) -> _Object:
    aliases = document["aliases"]
    assert isinstance(aliases, list)
    others = (document.get("acronym"), document.get("officialName"), *aliases)
    return {"name": document["name"], "other_names": [{"name": each} for each in others if each]}


def _identifiers(document: Document) -> list[_Object]:
    return [
        {"scheme": each["scheme"], "identifier": str(each["value"])}
        for each in mappings(document.get("identifiers"))
    ]


def _organisation(document: Document) -> _Object:
    url, parent = document["url"], document["parent"]
    return {
        **_names(document),
        "founding_date": plain_date(document["founded"]),
        "dissolution_date": plain_date(document["dissolved"]),
        "parent_id": local_id("Organisation", parent) if parent else None,
        "links": [{"url": url}] if url else [],
    }


def _state(document: Document) -> _Object:
    founded, dissolved = plain_ends(document["existence"])
    dates = {"founding_date": founded, "dissolution_date": dissolved}
    return {**_names(document), "classification": "state", **dates}


def _membership(document: Document) -> _Object:
    state = {"@type": "Organization", "id": local_id("State", document["state"])}
    return {
        "member": state,
        "organization_id": local_id("Organisation", document["organisation"]),
        "role": str(document["status"]).lower(),
        **_dates(document),
    }


def _term(document: Document) -> _Object:
    return {
        "person_id": local_id("Official", document["official"]),
        "organization_id": body_id(document),
        "post_id": post_id(document),
        "role": document["office"],
        **_dates(document),
    }


def _dates(document: Document) -> _Object:
    start, end = plain_ends(document["period"])
    return {"start_date": start, "end_date": end}
