"""Flat tables as a Frictionless Data Package describes them: `datapackage.json`.

In: a `Description`. Out: the descriptor, with the schema of each table. Pure: no I/O.
"""

from kb.tables.description import MEDIA_TYPES, Description
from kb.tables.flat_table import FlatTable, FlatType

_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_TYPES = {FlatType.JSON: "array", FlatType.TEXT: "string"}
_LICENCE = "other"
"""The short name that is wanted of a licence; what it says is its title."""


def data_package(described: Description) -> dict[str, object]:
    licences = [{"name": _LICENCE, "title": described.licence}] if described.licence else []
    contact = [{"title": described.contact, "roles": ["contact"]}] if described.contact else []
    told = {
        "$schema": _PROFILE,
        "name": described.name,
        "title": described.title,
        "description": described.description,
        "version": described.version,
        "licenses": licences,
        "contributors": contact,
        "resources": [_resource(described, table) for table in described.tables],
    }
    return {name: value for name, value in told.items() if value}


def _resource(described: Description, table: FlatTable) -> dict[str, object]:
    entry = described.entries.get(table.name)
    proof = {"bytes": entry["bytes"], "hash": f"sha256:{entry['sha256']}"} if entry else {}
    return {
        "name": table.name,
        "type": "table",
        "path": f"{table.name}.{described.form}",
        "format": described.form,
        "mediatype": MEDIA_TYPES[described.form],
        "encoding": "utf-8",
        **proof,
        "schema": _schema(table),
    }


def _schema(table: FlatTable) -> dict[str, object]:
    references = [
        {
            "fields": [column.name],
            "reference": {"resource": column.refers, "fields": ["key"]},
        }
        for column in table.columns
        if column.refers
    ]
    told = {
        "fields": [
            {
                "name": column.name,
                "type": _TYPES.get(column.type, column.type.lower()),
                "description": column.description,
            }
            for column in table.columns
        ],
        "missingValues": [""],
        "primaryKey": [*table.identity],
        "foreignKeys": references,
    }
    return {name: value for name, value in told.items() if value}
