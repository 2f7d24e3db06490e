"""Mappings read from YAML and held against the documents of records.

In: the path of a file, or the name of a shipped mapping. Out: a `Mapping`, or `MappingError` with
every fault, each with its line and column.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Members
from importlib.resources import files

from pydantic import BaseModel, ValidationError

from kb.archive.day_forms import is_form
from kb.errors import Fault, MappingError
from kb.files.set_names import SET_REMEDY, is_set_name
from kb.imports.form_reader import DescriptionFault, DescriptionType, findings_of
from kb.imports.mapping import (
    TAGS,
    Expression,
    FieldValue,
    ListForm,
    Mapping,
    PartsForm,
    PeriodForm,
    RecordMap,
)
from kb.records.documents import FORMS, CitationDocument
from kb.records.entries import Place
from kb.records.form_errors import quote_shortened
from kb.records.traits import DocumentField, fields_of_document


def shipped_mappings() -> dict[str, str]:
    """The text of each, by the name that it is asked for by."""
    folder = files("kb.imports") / "mappings"
    return {
        file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
    }


def read_mapping(name: str) -> Mapping:
    """Of the file of that path, or the shipped one of that name; raises MappingError."""
    text = shipped_mappings().get(name)
    return parse_mapping(f"{name}.yaml", text.encode()) if text else _type().read_file(name)


def parse_mapping(name: str, content: bytes) -> Mapping:
    """Of its text, under the name that faults have; raises MappingError."""
    return _type().read_bytes(name, content)


def _type() -> DescriptionType[Mapping]:
    return DescriptionType(Mapping, _check_mapping, MappingError, TAGS)


def name_mapping(mapping: Mapping, prefix: str | None, set_name: str) -> Mapping:
    """The mapping with another prefix or set; raises MappingError."""
    given = {"prefix": prefix or mapping.prefix, "set": set_name or mapping.set}
    try:
        Mapping.model_validate({**given, "tables": {"*": {}}})
    except ValidationError as error:
        faults = [
            Fault("--prefix or --set", 1, f"{each.place[0]}: {each.what}", each.remedy, each.place)
            for each in findings_of(error, TAGS)
        ]
        raise MappingError(faults) from None
    return mapping.model_copy(update=given)


def _check_mapping(mapping: Mapping) -> Iterator[DescriptionFault]:
    """What the documents of records, and the tables of the mapping, do not have."""
    if not is_set_name(mapping.set):
        yield DescriptionFault(("set",), "it is no name of a set", SET_REMEDY)
    cited = fields_by_alias(CitationDocument)
    yield from _check_fields(("source",), mapping.source, cited)
    for number, record in enumerate(mapping.records):
        yield from _check_record(("records", number), record)
    for name, table in mapping.tables.items():
        if not _is_encoding(table.encoding):
            what = f"{quote_shortened(table.encoding)} is no encoding"
            yield DescriptionFault(("tables", name, "encoding"), what, "write one, such as `utf-8`")
        for joined, join in table.join.items():
            if join.table not in mapping.tables:
                what = f"no table is called {quote_shortened(join.table)}"
                place = ("tables", name, "join", joined, "table")
                yield DescriptionFault(place, what, "write one of this mapping")
        for number, record in enumerate(table.records):
            yield from _check_record(("tables", name, "records", number), record)


def _is_encoding(name: str) -> bool:
    """Of texts: some of the names that Python knows are of other codecs."""
    try:
        "a".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def _check_record(place: Place, record: RecordMap) -> Iterator[DescriptionFault]:
    if record.type not in FORMS:
        what = f"{quote_shortened(record.type)} is no type of records"
        yield DescriptionFault((*place, "type"), what, f"write one of {', '.join(FORMS)}")
        return
    fields = fields_of_record(record.type)
    yield from _check_fields((*place, "fields"), record.fields, fields)
    cited = fields_by_alias(CitationDocument)
    for number, citation in enumerate(record.citations):
        yield from _check_fields((*place, "citations", number, "fields"), citation.fields, cited)


FieldsByAlias = Members[str, DocumentField | None]
"""None for what is given beside a document, such as the paragraphs of an article."""


def fields_by_alias(form: type[BaseModel]) -> dict[str, DocumentField | None]:
    return {field.alias: field for field in fields_of_document(form).values()}


def fields_of_record(type_name: str) -> FieldsByAlias:
    beside: dict[str, DocumentField | None] = {"paragraphs": None} if type_name == "Article" else {}
    return fields_by_alias(FORMS[type_name]) | beside


def _check_fields(
    place: Place, given: Members[str, FieldValue], fields: FieldsByAlias
) -> Iterator[DescriptionFault]:
    for name, value in given.items():
        if name in fields:
            yield from _check_value((*place, name), value, fields[name])
        else:
            what, remedy = "there is no such field", f"write one of {', '.join(fields)}"
            yield DescriptionFault((*place, name), what, remedy)


def _check_value(
    place: Place, value: FieldValue | None, field: DocumentField | None
) -> Iterator[DescriptionFault]:
    match value:
        case Expression():
            yield from _check_expression(place, value, field)
        case PeriodForm():
            if field is None or not field.is_span:
                yield DescriptionFault(
                    place, "it is no period", "write a text, or a mapping of its fields"
                )
            yield from _check_value((*place, "start"), value.start, None)
            yield from _check_value((*place, "end"), value.end, None)
        case ListForm():
            for number, member in enumerate(value.root):
                yield from _check_value((*place, number), member, field)
        case PartsForm():
            yield from _check_parts(place, value, field)


def _check_parts(
    place: Place, value: PartsForm, field: DocumentField | None
) -> Iterator[DescriptionFault]:
    form = field.plain_type if field else None
    if isinstance(form, type) and issubclass(form, BaseModel):
        yield from _check_fields(place, value.root, fields_by_alias(form))
    else:
        yield DescriptionFault(place, "it is a mapping, not a text", "write a text, or `from:`")


def _check_expression(
    place: Place, value: Expression, field: DocumentField | None
) -> Iterator[DescriptionFault]:
    yield from _check_value((*place, "from"), value.from_, field)
    yield from _check_others(place, value)
    for number, form in enumerate(value.dates):
        if not is_form(form):
            what = f"{quote_shortened(form)} is no form of days"
            remedy = "write `edtf`, `iso8601`, `rfc822`, or one with `%Y`, such as `%d.%m.%Y`"
            yield DescriptionFault((*place, "dates", number), what, remedy)
    if value.find and (field is None or field.reference is None):
        yield DescriptionFault((*place, "find"), "it names no other record", "leave it out")


def _check_others(place: Place, value: Expression) -> Iterator[DescriptionFault]:
    """What becomes of texts that `values` lacks is told once, and of some values."""
    given = value.model_fields_set & {"otherwise", "others"}
    if value.values is None:
        for name in sorted(given):
            what = "there are no `values` that others would be beside"
            yield DescriptionFault((*place, name), what, "add them, or leave it out")
    elif len(given) > 1:
        what = "`otherwise` tells already what becomes of them"
        yield DescriptionFault((*place, "others"), what, "leave one of the two out")
