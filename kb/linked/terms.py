"""The terms of the linked data: which word of which vocabulary stands for each field.

In: the forms of documents, and their traits. Out: the context of JSON-LD, which each document
carries, so that nothing has to be fetched to read it. A field that no other vocabulary has a word
for is called by its own name in ours. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from pydantic import BaseModel

from kb.records.documents import FORMS, CitationDocument
from kb.records.traits import DayTrait, DocumentField, fields_of_document

VOCABULARY: Final = "urn:x-kb:"
"""Ours, the same wherever the service runs: it names no host, as that may change."""
EDTF: Final = "http://id.loc.gov/datatypes/edtf/EDTF"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_SCHEMA: Final = "https://schema.org/"
_ELEMENTS: Final = "http://purl.org/dc/elements/1.1/"
_PROV: Final = "http://www.w3.org/ns/prov#"
_OA: Final = "http://www.w3.org/ns/oa#"
_CITO: Final = "http://purl.org/spar/cito/"

CLASSES: Final[Mapping[str, str]] = {
    "Scheme": f"{_SCHEMA}DefinedTermSet",
    "Publication": f"{_SCHEMA}Periodical",
    "Article": f"{_SCHEMA}Article",
    "Organisation": f"{_SCHEMA}Organization",
    "About": f"{_SCHEMA}Dataset",
    "State": f"{_SCHEMA}Country",
    "Official": f"{_SCHEMA}Person",
    "Membership": f"{_SCHEMA}OrganizationRole",
    "Term": f"{_SCHEMA}OrganizationRole",
    "Summit": f"{_SCHEMA}Event",
    "Event": f"{_SCHEMA}Event",
    "Citation": f"{_OA}Annotation",
}
"""What records are to others; each is of the class of its own name in our vocabulary as well."""
_RENAMED: Final[Mapping[tuple[str, str], str]] = {
    ("Organisation", "predecessor"): "predecessors",
    ("Membership", "organisation"): "memberOf",
    ("Membership", "state"): "member",
    ("Term", "official"): "member",
    ("Term", "organisation"): "memberOf",
    ("Term", "state"): "memberOf",
    ("Summit", "organisation"): "organizer",
    ("About", "organisation"): "mainEntity",
    ("Citation", "article"): "target",
}
"""Fields whose word depends on the type of the record."""
_WORDS: Final[Mapping[str, str]] = {
    "name": f"{_SCHEMA}name",
    "title": f"{_SCHEMA}name",
    "aliases": f"{_SCHEMA}alternateName",
    "description": f"{_SCHEMA}description",
    "url": f"{_SCHEMA}url",
    "founded": f"{_SCHEMA}foundingDate",
    "dissolved": f"{_SCHEMA}dissolutionDate",
    "parent": f"{_SCHEMA}parentOrganization",
    "nationality": f"{_SCHEMA}nationality",
    "memberOf": f"{_SCHEMA}memberOf",
    "member": f"{_SCHEMA}member",
    "office": f"{_SCHEMA}roleName",
    "startDate": f"{_SCHEMA}startDate",
    "endDate": f"{_SCHEMA}endDate",
    "heldOn": f"{_SCHEMA}startDate",
    "city": f"{_SCHEMA}location",
    "organizer": f"{_SCHEMA}organizer",
    "mainEntity": f"{_SCHEMA}mainEntity",
    "headline": f"{_SCHEMA}headline",
    "summary": f"{_SCHEMA}abstract",
    "publication": f"{_SCHEMA}isPartOf",
    "issueNumber": f"{_SCHEMA}issueNumber",
    "issuedOn": f"{_SCHEMA}datePublished",
    "datedOn": f"{_SCHEMA}dateCreated",
    "author": f"{_ELEMENTS}creator",
    "publisher": f"{_ELEMENTS}publisher",
    "licence": f"{_ELEMENTS}rights",
    "sameAs": f"{_SCHEMA}sameAs",
    "identifiers": f"{_SCHEMA}identifier",
    "scheme": f"{_SCHEMA}inDefinedTermSet",
    "value": f"{_SCHEMA}value",
    "field": f"{_SCHEMA}propertyID",
    "subject": f"{_SCHEMA}about",
    "claim": f"{_OA}bodyValue",
    "target": f"{_OA}hasTarget",
    "stance": f"{_CITO}hasCitationCharacterization",
    "wasDerivedFrom": f"{_PROV}wasDerivedFrom",
}
STANCES: Final[Mapping[str, str]] = {
    "SUPPORTS": f"{_CITO}supports",
    "DISPUTES": f"{_CITO}disputes",
}
CITATIONS: Final = "citations"
"""What the citations of a record stand under, each of which is about it."""
_LINKS = ("subject", "stance", "sameAs", "url", "wasDerivedFrom", *(_RENAMED.values()))
_BOUNDS: Final = ("Earliest", "Latest")
ENDS: Final = ("startDate", "endDate")
"""What the ends of a record's span are called."""


def term_of(record_type: str, field: str) -> str:
    return _RENAMED.get((record_type, field), field)


def bounds_of(term: str) -> tuple[str, str]:
    """What the first and the last day of a date are called: of `founded`, `foundedEarliest`."""
    earliest, latest = (f"{term}{bound}" for bound in _BOUNDS)
    return earliest, latest


@cache
def context() -> Mapping[str, object]:
    """The context of all documents."""
    definitions: dict[str, object] = {term: {"@id": iri} for term, iri in _WORDS.items()}
    definitions |= {term: _definition(term, "@id") for term in _LINKS}
    for term, kind in _typed_terms():
        definitions[term] = _definition(term, kind)
    definitions[CITATIONS] = {"@reverse": _WORDS["subject"]}
    return {"@vocab": VOCABULARY, **definitions}


def _typed_terms() -> Iterator[tuple[str, str]]:
    """Those that a field's traits give a type: links to records, dates and their bounds."""
    for end in ENDS:
        yield from _date_terms(end)
    for record_type, form in {**FORMS, "Citation": CitationDocument}.items():
        for term, field in _nested_fields(record_type, form):
            if field.reference:
                yield term, "@id"
            elif field.has(DayTrait):
                yield term, f"{XSD}date"
            elif field.is_date:
                yield from _date_terms(term)
            elif field.is_span:
                yield term, EDTF


def _date_terms(term: str) -> Iterator[tuple[str, str]]:
    yield term, EDTF
    yield from ((bound, f"{XSD}date") for bound in bounds_of(term))


def _nested_fields(record_type: str, form: type[BaseModel]) -> Iterator[tuple[str, DocumentField]]:
    """The fields of a form and of its parts, of which no word depends on the type."""
    for field in fields_of_document(form).values():
        if field.parts:
            assert isinstance(field.plain_type, type)
            assert issubclass(field.plain_type, BaseModel)
            yield from _nested_fields("", field.plain_type)
        else:
            yield term_of(record_type, field.alias), field


def _definition(term: str, kind: str) -> dict[str, str]:
    return {"@id": _WORDS.get(term, VOCABULARY + term), "@type": kind}
