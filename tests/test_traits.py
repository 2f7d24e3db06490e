"""Facts about types and fields stand once: a document's annotations, and `RECORD_TYPES`."""

from typing import Annotated, cast

import pytest

from kb.commit.rules import SPANS
from kb.derive.assertions import AssertableKinds, span_of
from kb.derive.versions import FREE, POINTING, identity_columns
from kb.folding import fold_code, fold_slug, folding_of
from kb.periods import Period
from kb.records.documents import FORMS, SOURCED, Document, Edtf, Name, Slug, SourcedDocument, Span
from kb.records.traits import NameTrait, Reference, assertable_fields, fields_of_document
from kb.records.types import (
    RECORD_TYPES,
    RecordType,
    in_words,
    record_type,
    type_of_enum,
    type_of_table,
)


def test_a_type_of_two_words_is_called_right_everywhere() -> None:
    mission = RecordType("PeaceMission", "peace-missions")
    assert mission.table == "peace_mission"
    assert mission.enum_name == "PEACE_MISSION"
    assert in_words(mission.name) == "peace mission"


def test_each_type_is_found_by_each_of_its_names() -> None:
    for each in RECORD_TYPES:
        assert record_type(each.name) is type_of_table(each.table) is type_of_enum(each.enum_name)


def test_keys_of_each_type_are_folded_as_they_are_written() -> None:
    for each in RECORD_TYPES:
        assert folding_of(each.table) is (fold_code if each.is_coded else fold_slug)


def test_each_type_but_citations_has_a_form() -> None:
    assert {each.name for each in RECORD_TYPES} == {*FORMS, "Citation"}


@pytest.mark.parametrize("hint", [str, Slug, list[str], list[Slug], str | None, float, object])
def test_a_field_without_a_trait_is_refused_when_its_class_is_made(hint: type) -> None:
    with pytest.raises(TypeError, match=r"BornDocument\.born"):
        type("BornDocument", (SourcedDocument,), {"__annotations__": {"born": hint}})


def test_a_reference_is_to_a_type_that_there_is() -> None:
    with pytest.raises(TypeError, match="refers to Nation"):

        class _Document(SourcedDocument):
            nation: Annotated[Slug, Reference("Nation")]


def test_a_name_of_a_field_means_one_thing_in_all_sourced_documents() -> None:
    class _Born(SourcedDocument):
        born: Edtf

    class _Named(SourcedDocument):
        born: Name

    with pytest.raises(TypeError, match=r"_Named\.born"):
        assertable_fields([_Born, _Named])


def test_citations_speak_of_the_bounds_of_a_period() -> None:
    class _Lived(SourcedDocument):
        life: Span

    assert [*assertable_fields([_Lived])] == ["life.start", "life.end"]
    assert [*fields_of_document(_Lived)] == ["life"]


class _LivedDocument(SourcedDocument):
    """A type that there is not: what its fields are follows from the annotations alone."""

    name: Annotated[Name, NameTrait(1)]
    born: Edtf | None = None
    life: Span
    home: Annotated[Slug, Reference("State")] | None = None
    of: Annotated[Slug, Reference("Organisation", identity=True)]
    friends: list[Annotated[Slug, Reference("Official")]]


def test_a_new_date_is_taken_as_a_date() -> None:
    kinds = AssertableKinds(assertable_fields([_LivedDocument]))
    assert kinds.dates == {"born", "life.start", "life.end"}
    assert kinds.starts == {"life.start"}
    assert kinds.ends == {"life.end"}


def test_a_new_name_or_list_may_differ_between_articles() -> None:
    kinds = AssertableKinds(assertable_fields([_LivedDocument]))
    assert kinds.names_and_lists == {"name", "friends"}


def test_a_new_identity_is_what_a_record_shows_with() -> None:
    assert identity_columns(_LivedDocument) == ("of_id",)
    assert {*POINTING, *FREE} == {*SOURCED}


def test_a_new_period_is_the_span_of_its_document() -> None:
    document = _LivedDocument.model_construct(life="2001/2002", citations={})
    assert span_of(cast(Document, document)) == Period.parse("2001/2002")


def test_the_spans_that_must_not_overlap_are_of_fields_that_there_are() -> None:
    assert {name: [field.column for field in fields] for name, fields in SPANS.items()} == {
        "Membership": ["organisation_id", "state_id"],
        "Term": ["official_id", "office", "organisation_id", "state_id"],
    }
