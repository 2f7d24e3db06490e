"""Records as linked data: each a node of JSON-LD with all that is recorded of it.

In: documents, as snapshots have them, and the URL that all records' addresses begin with. Out:
nodes whose keys are the terms of `kb.linked.terms`. Texts of articles and cited words are not among
them. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final
from urllib.parse import quote

from pydantic import BaseModel

from kb.dates import PartialDate
from kb.linked.terms import CITATIONS, CLASSES, ENDS, STANCES, VOCABULARY, bounds_of, term_of
from kb.periods import EndKind, Period
from kb.records.documents import FORMS
from kb.records.traits import DocumentField, fields_of_document
from kb.records.types import record_type as find_type

Document = Mapping[str, object]
Node = dict[str, object]
_CITATION_FIELDS: Final = ("claim", "field", "value", "observedOn", "locator")
_ANCHOR_FIELDS: Final = ("paragraph", "start", "end", "sha256")


@dataclass(frozen=True)
class Describer:
    """`root` is what the addresses of all records begin with; without it they are paths."""

    root: str

    def iri(self, record_type: str, key: str) -> str:
        return f"{self.root}/{find_type(record_type).plural}/{quote(key)}"

    def record(
        self,
        record_type: str,
        document: Document,
        same_as: Sequence[str],
        citations: Sequence[Document] = (),
    ) -> Node:
        """The record, with the citations that are about it and what it is derived from.

        `same_as` is where others have the same thing.
        """
        iri = self.iri(record_type, str(document["key"]))
        node: Node = {"@id": iri, "@type": [CLASSES[record_type], VOCABULARY + record_type]}
        node |= self._fields(record_type, FORMS[record_type], document, iri)
        derived = [article for each in citations for article in self._sources(each)]
        described = [self.citation(each) for each in citations]
        listed: Node = {
            "sameAs": [*same_as],
            "wasDerivedFrom": [*dict.fromkeys(derived)],
            CITATIONS: described,
        }
        return node | _given(listed)

    def citation(self, document: Document) -> Node:
        """A citation as an annotation; its own address gives it with its selectors."""
        iri = self.iri("Citation", str(document["key"]))
        node: Node = {"@id": iri, "@type": [CLASSES["Citation"], f"{VOCABULARY}Citation"]}
        node["subject"] = self._iri_of_id(str(document["subject"]))
        node["target"] = self.iri("Article", str(document["article"]))
        node["stance"] = STANCES[str(document["stance"])]
        node |= _given({name: document[name] for name in _CITATION_FIELDS})
        anchor = document["anchor"]
        if isinstance(anchor, Mapping):
            node["anchor"] = {"@id": f"{iri}#anchor", **{n: anchor[n] for n in _ANCHOR_FIELDS}}
        return node

    def derived(self, document: Document) -> Node:
        """Of the record that a citation is about, what it is derived from by that."""
        subject = self._iri_of_id(str(document["subject"]))
        return {"@id": subject, "wasDerivedFrom": [*self._sources(document)]}

    def _sources(self, citation: Document) -> Iterator[str]:
        if citation["stance"] == "SUPPORTS":
            yield self.iri("Article", str(citation["article"]))

    def _iri_of_id(self, identity: str) -> str:
        record_type, _, key = identity.partition(":")
        return self.iri(record_type, key)

    def _fields(
        self, record_type: str, form: type[BaseModel], document: Document, iri: str
    ) -> Node:
        node: Node = {}
        for field in fields_of_document(form).values():
            term, value = term_of(record_type, field.alias), document.get(field.alias)
            if field.parts and isinstance(field.plain_type, type):
                part = field.plain_type
                assert issubclass(part, BaseModel)
                node[term] = [*self._parts(part, value, f"{iri}#{term}")]
            elif field.joined_by:
                node[term] = self._joined(field, document)
            elif field.is_span and value:
                node |= _span(term, Period.parse(str(value)))
            elif field.is_date and value:
                node |= _date(term, PartialDate.parse(str(value)))
            else:
                _add(node, term, self._value(field, value))
        return _given(node)

    def _value(self, field: DocumentField, value: object) -> object:
        if not field.reference or value is None:
            return value
        type_name = field.reference.type
        if isinstance(value, list):
            return [self.iri(type_name, str(key)) for key in value]
        return self.iri(type_name, str(value))

    def _parts(self, form: type[BaseModel], values: object, iri: str) -> Iterator[Node]:
        """Each has an address of its own within that of the record."""
        for number, part in enumerate(mappings(values), 1):
            place = f"{iri}-{number}"
            # What a word means for the record it need not for its parts.
            yield {"@id": place, **self._fields("", form, part, place)}

    def _joined(self, field: DocumentField, document: Document) -> list[str]:
        """Those of the parts that count, then those of the list itself."""
        rule, reference = field.joined_by, field.reference
        assert rule
        assert reference
        name = find_type(reference.type).table
        parts = [
            str(part[name])
            for part in mappings(document.get(rule.field))
            if part.get(name) and part[rule.column] != rule.excluded
        ]
        listed = document.get(field.alias)
        keys = [*parts, *(map(str, listed) if isinstance(listed, list) else ())]
        return [self.iri(reference.type, key) for key in dict.fromkeys(keys)]


def _date(term: str, when: PartialDate) -> Node:
    earliest, latest = bounds_of(term)
    days = {earliest: when.earliest, latest: when.latest}
    return {term: when.edtf, **{name: day.isoformat() for name, day in days.items() if day}}


def _span(term: str, span: Period) -> Node:
    node: Node = {term: span_text(span)}
    for end, when in zip(ENDS, (span.start, span.end), strict=True):
        if when:
            node |= _date(end, when)
    return node


def span_text(span: Period) -> str:
    """In one form, whether it was written as one date or as two that are the same."""
    start = span.start.edtf if span.start else ""
    end = span.end.edtf if span.end else ".." if span.end_kind is EndKind.ONGOING else ""
    return start if start and start == end else f"{start}/{end}"


def _add(node: Node, term: str, value: object) -> None:
    """What two fields call alike is one list: what an organisation came from, say."""
    if value in (None, []):
        return
    if term not in node:
        node[term] = value
        return
    both = (each if isinstance(each, list) else [each] for each in (node[term], value))
    node[term] = [*dict.fromkeys(chain.from_iterable(both))]


def _given(node: Node) -> Node:
    return {term: value for term, value in node.items() if value not in (None, [], "")}


def mappings(values: object) -> list[Document]:
    """The objects of a list; none of anything else."""
    return (
        [each for each in values if isinstance(each, Mapping)] if isinstance(values, list) else []
    )
