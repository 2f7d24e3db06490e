"""Facts about types and fields stand once: a document's annotations, and `RECORD_TYPES`."""

from typing import Annotated

import pytest

from kb.folding import fold_code, fold_slug, folding_of
from kb.records.documents import FORMS, Edtf, Name, Slug, SourcedDocument, Span
from kb.records.traits import Reference, assertable_fields, fields_of_document
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
