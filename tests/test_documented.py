"""Documents become rows and documents again, whatever their type."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.derive.assertions import span_of
from kb.periods import EndKind
from kb.records.documents import FILES, Document, EventDocument, SourcedDocument
from kb.records.rows import Ref, citation_rows, rows_of
from kb.records.to_documents import document_of
from tests.worlds.documents import documents
from tests.worlds.periods import ATTESTED, MEANING

pytestmark = pytest.mark.slow

CITATION = {
    "article": "gazette-1-union-formed",
    "anchor": {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64},
    "claim": "It says so.",
}


@pytest.mark.parametrize("text", [*MEANING, "2016/2016", "[..2012,2015..]/[..2012,2015..]"])
def test_a_period_reads_as_it_was_written(text: str) -> None:
    form = {"kind": "OTHER", "title": "It", "occurred": text, "citations": {"it": CITATION}}
    document = EventDocument.model_validate(form)
    assert round_trip(Ref("Event", "it"), document) == document


@settings(max_examples=40)
@given(st.data())
@pytest.mark.parametrize("name", FILES)
def test_rows_give_back_their_document(name: str, data: st.DataObject) -> None:
    document = data.draw(documents(name))
    assert round_trip(Ref(FILES[name][0], "it"), document) == document


def round_trip(ref: Ref, document: Document) -> Document:
    """To rows and to a document again."""
    span = span_of(document)
    ongoing = span and span.end_kind is EndKind.ONGOING
    cited = document.citations if isinstance(document, SourcedDocument) else {}
    return document_of(
        rows_of(ref, document, ATTESTED if ongoing else None),
        {key: citation_rows(ref, key, citation) for key, citation in cited.items()},
    )
