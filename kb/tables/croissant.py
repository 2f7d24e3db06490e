"""Flat tables as Croissant 1.1 describes them: `croissant.json`.

In: a `Description`, and where its files are. Out: the JSON-LD, with a record set for each table.
Pure: no I/O.
"""

from collections.abc import Mapping

from kb.tables.description import MEDIA_TYPES, Description
from kb.tables.flat_table import FlatColumn, FlatTable, FlatType

_CONFORMS = "http://mlcommons.org/croissant/1.1"
_TYPES = {
    FlatType.TEXT: "sc:Text",
    FlatType.INTEGER: "cr:Int64",
    FlatType.BOOLEAN: "sc:Boolean",
    FlatType.DATE: "sc:Date",
    FlatType.JSON: "sc:Text",
}
_OF_CROISSANT = (
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "excludes",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "readLines",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
    "transform",
    "unArchive",
    "value",
)
_CONTEXT: Mapping[str, object] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    **{name: f"cr:{name}" for name in _OF_CROISSANT},
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}


def croissant(described: Description, base: str, homepage: str = "") -> dict[str, object]:
    """`base` stands before the names of files; what has no checksums is live."""
    told = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _CONFORMS,
        "name": described.name,
        "alternateName": described.title,
        "description": described.description or described.title,
        "license": described.licence,
        "creator": {"@type": "sc:Organization", "name": described.contact or described.title},
        "citeAs": f"{described.title}, revision {described.revision} ({described.published})",
        "datePublished": described.published,
        "version": described.version,
        "url": homepage,
        "isLiveDataset": not described.entries,
        "distribution": [_file(described, table, base) for table in described.tables],
        "recordSet": [_record_set(described, table) for table in described.tables],
    }
    return {name: value for name, value in told.items() if value}


def _file(described: Description, table: FlatTable, base: str) -> dict[str, object]:
    name = f"{table.name}.{described.form}"
    entry = described.entries.get(table.name)
    size = {"contentSize": f"{entry['bytes']} B", "sha256": entry["sha256"]} if entry else {}
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": f"{base}{name}",
        "encodingFormat": _encoding(described.form),
        **size,
    }


def _encoding(form: str) -> str:
    """As Croissant calls it."""
    return "application/x-parquet" if form == "parquet" else MEDIA_TYPES[form]


def _record_set(described: Description, table: FlatTable) -> dict[str, object]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.identity],
        "field": [_field(described, table, column) for column in table.columns],
    }


def _field(described: Description, table: FlatTable, column: FlatColumn) -> dict[str, object]:
    refers = {"references": {"field": {"@id": f"{column.refers}/key"}}} if column.refers else {}
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": column.description,
        "dataType": _TYPES[column.type],
        "source": {
            "fileObject": {"@id": f"{table.name}.{described.form}"},
            "extract": {"column": column.name},
        },
        **refers,
    }
