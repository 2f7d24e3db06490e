"""The form of seed files as JSON Schemas, for editors that complete and check.

In: nothing. Out: a schema for each file. They are made of the documents' classes, and so tell the
same rules. Pure: no I/O.
"""

from pydantic.json_schema import JsonSchemaValue

from kb.records.documents import FILES
from kb.records.field_types import key_schema


def json_schemas() -> dict[str, JsonSchemaValue]:
    """A JSON Schema for each file, for editors that complete and check."""
    schemas = {}
    for name, (type_name, form) in FILES.items():
        record = form.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions = record.pop("$defs", {})
        schemas[name] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": name,
            "type": "object",
            "propertyNames": _names(type_name),
            "additionalProperties": {"$ref": f"#/$defs/{form.__name__}"},
            "$defs": {**definitions, form.__name__: record},
        }
    return schemas


def _names(type_name: str) -> JsonSchemaValue:
    return {name: value for name, value in key_schema(type_name).items() if name != "type"}
