"""Worlds made up, and the oracle that they are held against, know of every field of a document."""

import pytest

from kb.derive.assertions import DATE_FIELDS, END_FIELDS, NEVER_DISPUTED, START_FIELDS
from kb.records.documents import FILES, FORMS, SOURCED
from kb.records.traits import NameTrait, fields_of_document
from tests.oracle import disagreements as oracle
from tests.worlds import citations, known_archives, odd


def varying_fields(name: str) -> set[str]:
    """What citations may assert of a type so that its versions differ."""
    return {
        asserted
        for field in fields_of_document(SOURCED[name]).values()
        if not (field.many or field.has(NameTrait) or field.is_identity)
        for asserted in field.assertable
    }


@pytest.mark.parametrize("name", SOURCED)
def test_citations_made_up_assert_every_field_that_may_vary(name: str) -> None:
    files = {record_type: file for file, (record_type, _) in FILES.items()}
    assert varying_fields(name) <= {*citations.ASSERTED[name]}
    assert varying_fields(name) <= {*known_archives.ASSERTED[files[name]]}


@pytest.mark.parametrize("name", FORMS)
def test_the_odd_world_has_every_field(name: str) -> None:
    """Within a few draws, each with something in it."""
    drawn = {
        alias
        for seed in range(5)
        for ref, fields in odd.records_of(seed)
        if ref.type == name
        for alias, value in fields.items()
        if value not in (None, [])
    }
    assert drawn == {str(info.alias) for info in FORMS[name].model_fields.values()}


def test_the_oracle_knows_every_date_and_what_may_differ() -> None:
    assert {*oracle.DATES} == DATE_FIELDS - START_FIELDS - END_FIELDS
    assert oracle.NEVER_DISPUTED == NEVER_DISPUTED
