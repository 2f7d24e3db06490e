"""Facts about types and fields stand once: a document's annotations, and `RECORD_TYPES`."""

from typing import Annotated, cast

import pytest
from hypothesis import Phase, find, settings

from kb.commit.overlaps import SPANS
from kb.dates import UNKNOWN_DATE
from kb.derive.assertions import AssertableFields, span_of
from kb.derive.search_texts import searched_fields
from kb.derive.support import DEPENDENTS_FIRST, identity_columns
from kb.folding import fold_code, fold_slug, folding_of
from kb.models import Table
from kb.models.base import AFTER_ALL, BEFORE_ALL, day_columns
from kb.models.versions import VERSIONED
from kb.periods import Period
from kb.records.documents import FILES, FORMS, SOURCED, Document, SourcedDocument
from kb.records.field_types import Edtf, Name, Slug, Span
from kb.records.record_tables import KEPT_NAMES, OWNER_COLUMNS, kept_names
from kb.records.rows import date_columns
from kb.records.traits import (
    FoldedText,
    NameTrait,
    Reference,
    assertable_fields,
    fields_of_document,
)
from kb.records.types import (
    RECORD_TYPES,
    RecordType,
    in_words,
    record_type,
    type_of_enum,
    type_of_table,
)
from kb.web import json_ld
from kb.web.page_queries import query_text
from kb.web.presentation import FOLDERS
from schema import enums
from tests.worlds.documents import document_fields


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
    assert [*fields_of_document(_Lived)] == ["identifiers", "life"]


class _LivedDocument(SourcedDocument):
    """A type that there is not: what its fields are follows from the annotations alone."""

    name: Annotated[Name, NameTrait(1)]
    born: Edtf | None = None
    life: Span
    home: Annotated[Slug, Reference("State")] | None = None
    of: Annotated[Slug, Reference("Organisation", identity=True)]
    friends: list[Annotated[Slug, Reference("Official")]]
    post: Annotated[Name, FoldedText()]


def test_a_new_date_is_taken_as_a_date() -> None:
    kinds = AssertableFields(assertable_fields([_LivedDocument]))
    assert kinds.dates == {"born", "life.start", "life.end"}
    assert kinds.starts == {"life.start"}
    assert kinds.ends == {"life.end"}


def test_a_new_name_list_or_office_may_differ_between_articles() -> None:
    kinds = AssertableFields(assertable_fields([_LivedDocument]))
    assert kinds.never_disputed == {"name", "friends", "post"}


def test_a_new_identity_is_what_a_record_supports() -> None:
    assert identity_columns(_LivedDocument) == {"of_id": "Organisation"}


def test_what_supports_others_is_derived_before_them() -> None:
    assert {*DEPENDENTS_FIRST} == {*SOURCED}
    for name, form in SOURCED.items():
        for target in identity_columns(form).values():
            assert DEPENDENTS_FIRST.index(name) < DEPENDENTS_FIRST.index(target)


def test_a_new_period_is_the_span_of_its_document() -> None:
    document = _LivedDocument.model_construct(life="2001/2002", citations={})
    assert span_of(cast(Document, document)) == Period.parse("2001/2002")


def test_a_new_list_has_a_table_of_its_own_and_a_new_reference_a_column() -> None:
    fields = fields_of_document(_LivedDocument)
    assert {name: field.part_table("saint") for name, field in fields.items()} == {
        "identifiers": "identifier",
        "name": None,
        "born": None,
        "life": None,
        "home": None,
        "of": None,
        "friends": "saint_official",
        "post": None,
    }
    assert fields["home"].column == "home_id"


@pytest.mark.parametrize(
    ("edtf", "order", "earliest", "latest"),
    [
        ("2001", "2001-01-01", "2001-01-01", "2001-12-31"),
        ("[..2001]", AFTER_ALL, BEFORE_ALL, "2001-12-31"),
        ("[2001..]", "2001-01-01", "2001-01-01", AFTER_ALL),
        (UNKNOWN_DATE.edtf, AFTER_ALL, BEFORE_ALL, AFTER_ALL),
        (None, AFTER_ALL, BEFORE_ALL, BEFORE_ALL),
    ],
)
def test_a_new_date_fills_in_all_that_stands_beside_a_date(
    edtf: str | None, order: str, earliest: str, latest: str
) -> None:
    row = date_columns("born_on", edtf)
    assert row.keys() == {"born_on", *(column.name for column in day_columns("born_on"))}
    days = {"born_order": order, "born_earliest": earliest, "born_latest": latest}
    assert {**row, "born_on": edtf, **days} == row
    assert (row["born_fork"] == 0) is (edtf is None)


def test_a_new_name_is_searched_by() -> None:
    fields = fields_of_document(_LivedDocument)
    assert searched_fields(_LivedDocument) == {fields["name"]: 1}


def test_a_name_kept_beside_a_reference_is_that_of_the_record_referred_to() -> None:
    class _Kept(SourcedDocument):
        home: Annotated[Slug, Reference("State", name_column="home_name")]

    assert [*kept_names("saint", _Kept)] == [("saint", "home_name", "home_id", "state")]


def test_every_table_of_parts_and_kept_name_is_there() -> None:
    tables = Table.metadata.tables
    assert all(owner in tables[part].c for part, owner in OWNER_COLUMNS.items())
    assert all(each.column in tables[each.table].c for each in KEPT_NAMES)
    assert all(each.reference in tables[each.table].c for each in KEPT_NAMES)


@pytest.mark.parametrize("name", FORMS)
def test_each_field_has_its_columns(name: str) -> None:
    """A field without them would be lost on its way into the tables."""
    table = record_type(name).table
    for field in fields_of_document(FORMS[name]).values():
        if not field.is_span and field.part_table(table) is None:
            assert field.column in Table.metadata.tables[table].c


def test_what_may_change_as_articles_become_known_has_versions() -> None:
    assert sorted(VERSIONED) == sorted(record_type(name).table for name in SOURCED)


def test_the_enums_of_the_schema_have_every_type() -> None:
    assert {each.name for each in enums.RecordTypeName} == {each.enum_name for each in RECORD_TYPES}
    sourced = {record_type(name).enum_name for name in SOURCED}
    assert {each.name for each in enums.SubjectType} == sourced


DRAWN = settings(phases=[Phase.generate])


@pytest.mark.parametrize("name", FILES)
def test_the_documents_made_up_have_every_field(name: str) -> None:
    _, form = FILES[name]
    fields = document_fields(form)
    assert {*fields} == {str(info.alias) for info in form.model_fields.values()}
    for field in fields_of_document(form).values():
        # The least example is of no use here, and takes long to be had.
        assert find(fields[field.alias], bool, settings=DRAWN) not in (None, [], {})


def test_there_are_pages_and_words_of_schema_org_for_each_type() -> None:
    assert {*FOLDERS} == {*json_ld.SCHEMA_ORG_TYPES} == {*FORMS}


def test_what_is_found_while_typing_has_a_name() -> None:
    """Names are asked for of whatever a search can find."""
    document = query_text("typed")
    assert all(f"... on {name} {{" in document for name in FORMS if searched_fields(FORMS[name]))


def test_the_spans_that_must_not_overlap_are_of_fields_that_there_are() -> None:
    assert {name: [field.column for field in fields] for name, fields in SPANS.items()} == {
        "Membership": ["organisation_id", "state_id"],
        "Term": ["official_id", "office", "organisation_id", "state_id"],
    }
