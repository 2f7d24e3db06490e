"""Which fields of a type are partial dates, so that what is made up and asked for has all of them.

In: the name of a type of records. Out: the fields of its document.
"""

from collections.abc import Mapping

from kb.records.documents import FILES, FORMS
from kb.records.traits import DocumentField, fields_of_document

FILE_TYPES: Mapping[str, str] = {name: type_name for name, (type_name, _) in FILES.items()}
"""The type of the records of a file."""


def date_fields(record_type: str) -> list[DocumentField]:
    return [field for field in fields_of_document(FORMS[record_type]).values() if field.is_date]


def date_names(record_type: str) -> tuple[str, ...]:
    """As files, citations and GraphQL have them."""
    return tuple(field.alias for field in date_fields(record_type))
