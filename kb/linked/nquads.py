"""Linked data as N-Quads: one statement a line, each with the graph that it is of.

In: nodes, as `kb.linked.description` makes them; the lines of a snapshot. Out: lines. The graph is
named by the revision, and says of itself which that is. Memory does not grow with the records.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Final

from sqlalchemy import Connection

from kb.commit.feed import FeedState
from kb.errors import KBError
from kb.files.snapshot_writer import snapshot_lines
from kb.linked.description import Describer, Document, Node
from kb.linked.sourced import addresses, read_templates
from kb.linked.terms import VOCABULARY, XSD, context

_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
NQUADS_TYPE: Final = "application/n-quads"


def nquads(connection: Connection, root: str, state: FeedState) -> Iterator[str]:
    """All records of one revision; raises KBError where no URL is told under which they stand."""
    if not root:
        what = "N-Quads name records by whole URLs, and none is told"
        raise KBError(what, "set KB_PUBLIC_URL to the URL under which all see the service")
    graph = f"{root}/export.nq#revision-{state.revision}"
    describer, templates = Describer(root), read_templates(connection)
    yield from quads({"@id": graph, "revision": state.revision, "stream": state.stream}, graph)
    with closing(snapshot_lines(connection, textless=True)) as lines:
        for line in lines:
            for node in _described(describer, templates, json.loads(line)):
                yield from quads(node, graph)


def _described(
    describer: Describer, templates: Mapping[str, str], document: Document
) -> Iterator[Node]:
    """The first and the last line of a snapshot are no records."""
    record_type, _, _ = str(document.get("id", "")).partition(":")
    if record_type == "Citation":
        yield describer.citation(document)
        yield describer.derived(document)
    elif record_type:
        yield describer.record(record_type, document, [*addresses(document, templates)])


def quads(node: Mapping[str, object], graph: str) -> Iterator[str]:
    """The statements of a node and of those within it."""
    subject = str(node["@id"])
    for term, value in node.items():
        if term != "@id":
            for each in value if isinstance(value, list) else [value]:
                yield from _statements(subject, term, each, graph)


def _statements(subject: str, term: str, value: object, graph: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from quads(value, graph)
        value = str(value["@id"])
        written = _iri(value)
    else:
        written = _value(term, value)
    definition = _definition(term)
    if "@reverse" in definition:
        yield f"{written} {_iri(definition['@reverse'])} {_iri(subject)} {_iri(graph)} .\n"
    else:
        yield f"{_iri(subject)} {_iri(definition['@id'])} {written} {_iri(graph)} .\n"


def _definition(term: str) -> Mapping[str, str]:
    if term == "@type":
        return {"@id": _RDF_TYPE, "@type": "@id"}
    definition = context().get(term, {"@id": VOCABULARY + term})
    assert isinstance(definition, Mapping)
    return definition


def _value(term: str, value: object) -> str:
    kind = _definition(term).get("@type")
    if kind == "@id":
        return _iri(str(value))
    if isinstance(value, bool):
        return f'"{str(value).lower()}"^^{_iri(XSD + "boolean")}'
    if isinstance(value, int):
        return f'"{value}"^^{_iri(XSD + "integer")}'
    text = f'"{str(value).translate(_ESCAPES)}"'
    return f"{text}^^{_iri(kind)}" if kind else text


def _iri(iri: str) -> str:
    """What no IRI may have is written as its number."""
    return f"<{''.join(_in_iri(letter) for letter in iri)}>"


def _in_iri(letter: str) -> str:
    return f"%{ord(letter):02X}" if letter <= " " or letter in '<>"{}|^`\\' else letter
