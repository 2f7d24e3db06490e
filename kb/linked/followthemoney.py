"""Records as FollowTheMoney: one entity a line, with the articles that are its proof.

In: an open read transaction, and the URL that addresses of records begin with, if there is one.
Out: lines of JSON. A date that is not plainly a day, a month or a year is left out; the whole span
stands in words beside it. Memory does not grow with the records.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from kb.linked.description import Describer, Document, mappings
from kb.linked.sourced import (
    Post,
    SourcedRecord,
    addresses,
    body_id,
    local_id,
    names_by_key,
    plain_date,
    plain_ends,
    post_id,
    read_posts,
    read_templates,
    sourced_records,
)
from kb.periods import Period

_WIKIDATA: Final = "https://www.wikidata.org/wiki/"
_COUNTRY_LETTERS: Final = 2
"""Of a code by ISO 3166-1; the other codes of states are not known to FollowTheMoney."""
_Properties = Mapping[str, object]
Entity = dict[str, object]


def followthemoney_lines(connection: Connection, root: str) -> Iterator[str]:
    maker = _Maker(root, read_templates(connection), names_by_key(connection, "publication"))
    for post in read_posts(connection):
        yield _line(_position(post))
    for record in sourced_records(connection):
        for entity in maker.entities(record):
            yield _line(entity)


def _line(entity: Entity) -> str:
    return f"{json.dumps(entity, ensure_ascii=False)}\n"


def _entity(identity: str, schema: str, properties: _Properties) -> Entity:
    """Each property is a list of texts; those that have nothing are left out."""
    listed = {
        name: [str(each) for each in (value if isinstance(value, list) else [value]) if each]
        for name, value in properties.items()
    }
    given = {name: [*dict.fromkeys(values)] for name, values in listed.items() if values}
    return {"id": identity, "schema": schema, "properties": given}


def _position(post: Post) -> Entity:
    country = _country(post.state)
    properties = {"name": post.office, "organization": post.body, "country": country}
    return _entity(post.id, "Position", properties)


@dataclass(frozen=True)
class _Maker:
    """`templates` are the addresses of identifiers, `publications` the names of these."""

    root: str
    templates: Mapping[str, str]
    publications: Mapping[str, str]

    def entities(self, record: SourcedRecord) -> Iterator[Entity]:
        """The record, then links of it that are entities by themselves."""
        if record.type not in _MAKERS:
            return
        schema, make = _MAKERS[record.type]
        identity = local_id(record.type, record.key)
        properties = {**make(record.document), **self._shared(record)}
        yield _entity(identity, schema, properties)
        if record.type in ("Organisation", "State"):
            yield from _links(record.type, record.document, properties["proof"])

    def _shared(self, record: SourcedRecord) -> dict[str, object]:
        elsewhere = [*addresses(record.document, self.templates)]
        page = Describer(self.root).iri(record.type, record.key) if self.root else None
        shared: dict[str, object] = {
            "sourceUrl": [page, record.document.get("url") if record.type == "Article" else None],
            "proof": [local_id("Article", each.article) for each in record.sources],
        }
        if record.type == "Article":
            shared["publisher"] = self.publications[str(record.document["publication"])]
        elif record.type in ("Organisation", "State", "Official"):
            ids = [each[len(_WIKIDATA) :] for each in elsewhere if each.startswith(_WIKIDATA)]
            shared["wikidataId"] = ids
        return shared


def _links(record_type: str, document: Document, proof: object) -> Iterator[Entity]:
    """What it succeeds, and what it is a part of."""
    identity = local_id(record_type, document["key"])
    predecessors = [document.get("predecessor"), *_keys(document["predecessors"])]
    for key in dict.fromkeys(filter(None, predecessors)):
        before = local_id(record_type, key)
        ends = {"predecessor": before, "successor": identity, "proof": proof}
        yield _entity(f"{identity}.after.{before}", "Succession", ends)
    if parent := document.get("parent"):
        ends = {"subject": identity, "object": local_id(record_type, parent), "proof": proof}
        yield _entity(f"{identity}.parent", "UnknownLink", {**ends, "role": "part of"})


def _article(document: Document) -> _Properties:
    return {
        "title": document["headline"],
        "fileName": document["key"],
        "author": document["author"],
        "summary": document["summary"],
        "publishedAt": plain_date(document["issuedOn"]),
        "authoredAt": plain_date(document["datedOn"]),
    }


def _organisation(document: Document) -> _Properties:
    return {
        "name": document["name"],
        "abbreviation": document["acronym"],
        "alias": document["aliases"],
        "website": document["url"],
        "incorporationDate": plain_date(document["founded"]),
        "dissolutionDate": plain_date(document["dissolved"]),
    }


def _state(document: Document) -> _Properties:
    start, end = plain_ends(document["existence"])
    return {
        "name": document["name"],
        "alias": [document["officialName"], *_keys(document["aliases"])],
        "country": _country(document["key"]),
        "incorporationDate": start,
        "dissolutionDate": end,
    }


def _official(document: Document) -> _Properties:
    nationality = _country(document["nationality"])
    return {"name": document["name"], "alias": document["aliases"], "nationality": nationality}


def _membership(document: Document) -> _Properties:
    return {
        "member": local_id("State", document["state"]),
        "organization": local_id("Organisation", document["organisation"]),
        "role": str(document["status"]).lower(),
        **_span(document["period"]),
    }


def _term(document: Document) -> _Properties:
    holder = local_id("Official", document["official"])
    return {"holder": holder, "post": post_id(document), **_span(document["period"])}


def _summit(document: Document) -> _Properties:
    present = [each for each in mappings(document["participants"]) if _attended(each)]
    return {
        "name": document["name"],
        "date": plain_date(document["heldOn"]),
        "location": document["city"],
        "country": _country(document["host"]),
        "organizer": local_id("Organisation", document["organisation"]),
        "involved": [each for party in present for each in _parties(party)],
    }


def _attended(participant: Document) -> bool:
    return participant["attendance"] == "ATTENDED"


def _event(document: Document) -> _Properties:
    parties = [each for each in mappings(document["parties"]) if each["role"] != "DENIED"]
    listed = [
        local_id(record_type, key)
        for record_type, name in _LISTED.items()
        for key in _keys(document[name])
    ]
    return {
        "name": document["title"],
        "keywords": str(document["kind"]).lower(),
        "location": document["place"],
        "involved": [*(each for party in parties for each in _parties(party)), *listed],
        **_span(document["occurred"]),
    }


def _parties(document: Document) -> Iterator[str]:
    """The records that a party, or a participant, names."""
    if document["official"]:
        yield local_id("Official", document["official"])
    if document["state"] or document.get("organisation"):
        yield body_id(document)


def _span(span: object) -> dict[str, object]:
    start, end = plain_ends(span)
    return {"startDate": start, "endDate": end, "description": Period.parse(str(span)).text}


def _country(code: object) -> str | None:
    text = str(code or "")
    return text.lower() if len(text) == _COUNTRY_LETTERS else None


def _keys(values: object) -> Sequence[str]:
    return [*map(str, values)] if isinstance(values, list) else []


_LISTED: Final = {"Organisation": "organisations", "State": "states", "Official": "officials"}
_MAKERS: Final[Mapping[str, tuple[str, Callable[[Document], _Properties]]]] = {
    "Article": ("Article", _article),
    "Organisation": ("Organization", _organisation),
    "State": ("PublicBody", _state),
    "Official": ("Person", _official),
    "Membership": ("Membership", _membership),
    "Term": ("Occupancy", _term),
    "Summit": ("Event", _summit),
    "Event": ("Event", _event),
}
"""The schema that records of a type have, and what makes their properties."""
