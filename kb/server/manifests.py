"""Manifests: the documents that a client's compiler found in its program, each with its id.

In: a folder of them, as relay-compiler, Apollo's generator of manifests and GraphQL Code Generator
write them, read once. Out: the texts by their ids, valid by the schema and within the limits of all
documents; or ManifestError, which tells every fault with its file and line.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from graphql import GraphQLError, GraphQLSchema, NoSchemaIntrospectionCustomRule

from kb.errors import Fault, ManifestError, SettingsError
from kb.server.document_cache import read_document
from kb.server.strict_json import show_text

MOST_BYTES = 20_000_000
"""Of all files together."""
_APOLLO = "apollo-persisted-query-manifest"
_WRITE_ANEW = "have it written anew by relay-compiler, Apollo's generator or GraphQL Code Generator"


class ListedDocument(NamedTuple):
    """A document of a manifest, and where that is."""

    id: str
    text: str
    file: str
    line: int

    def fault(self, what: str, remedy: str) -> Fault:
        return Fault(self.file, self.line, f"the document `{self.id}` {what}", remedy)


class _RepeatedName(Exception):
    """A name that stands twice in one object."""


def read_manifests(folder: Path, schema: GraphQLSchema, *, locked: bool) -> dict[str, str]:
    """The texts by their ids; with `locked`, none may ask for the schema itself."""
    documents, faults = list[ListedDocument](), list[Fault]()
    for path in _files(folder):
        try:
            documents += _read_file(path)
        except ManifestError as error:
            faults += error.faults
    faults += _clashes(documents)
    for document in documents:
        faults += _invalid(document, schema, locked=locked)
    if faults:
        raise ManifestError(faults)
    return {document.id: document.text for document in documents}


def _files(folder: Path) -> Sequence[Path]:
    files = sorted(folder.glob("*.json"))
    if not files:
        raise SettingsError("KB_DOCUMENTS: there is no manifest", "name a folder of `.json` files")
    if sum(path.stat().st_size for path in files) > MOST_BYTES:
        what = f"KB_DOCUMENTS: the manifests have more than {MOST_BYTES:,} bytes together"
        raise SettingsError(what, "remove those that no client uses any more")
    return files


def _read_file(path: Path) -> list[ListedDocument]:
    """Raises ManifestError."""
    try:
        text = path.read_text(encoding="utf-8")
        value = json.loads(text, object_pairs_hook=_unique_members)
    except UnicodeDecodeError:
        raise _fault(path, 1, "it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _fault(path, error.lineno, "it is not JSON", error.colno) from None
    except RecursionError:
        raise _fault(path, 1, "it nests too deeply") from None
    except ValueError:
        raise _fault(path, 1, "it has a number of thousands of digits") from None
    except _RepeatedName as error:
        name = str(error)
        raise _fault(path, _line(text, name), f"{show_text(name)} is there twice") from None
    return [
        ListedDocument(*_checked(path, text, id_, document), str(path), _line(text, str(id_)))
        for id_, document in _pairs(path, value)
    ]


def _checked(path: Path, text: str, id_: object, document: object) -> tuple[str, str]:
    if isinstance(id_, str) and id_ and id_.isprintable() and isinstance(document, str):
        return id_, document
    what = f"what is listed as {show_text(str(id_))} is no text with an id"
    raise _fault(path, _line(text, str(id_)), what)


def _pairs(path: Path, value: object) -> Iterable[tuple[object, object]]:
    match value:
        case {"format": str() as name, **rest} if "operations" in rest:
            operations = rest["operations"]
            if name != _APOLLO or rest.get("version") != 1 or not isinstance(operations, list):
                raise _fault(path, 1, f"it is no `{_APOLLO}` of version 1")
            return [_operation(operation) for operation in operations]
        case dict():
            return value.items()
    raise _fault(path, 1, "it is no object of documents by their ids")


def _operation(operation: object) -> tuple[object, object]:
    match operation:
        case {"id": id_, "body": body}:
            return id_, body
    return None, None


def _clashes(documents: Sequence[ListedDocument]) -> Iterator[Fault]:
    first = dict[str, ListedDocument]()
    for document in documents:
        other = first.setdefault(document.id, document)
        if other.text != document.text:
            yield document.fault(f"is another one in {other.file}", "leave one of them out")


def _invalid(document: ListedDocument, schema: GraphQLSchema, *, locked: bool) -> Iterator[Fault]:
    rules = (NoSchemaIntrospectionCustomRule,) if locked else ()
    try:
        _, errors, _ = read_document(schema, document.text, *rules)
    except GraphQLError as unread:
        errors = [unread]
    for error in errors:
        yield document.fault("is not valid", f"mend it or leave it out: {error.message}")


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict[str, object]()
    for name, value in pairs:
        if name in members:
            raise _RepeatedName(name)
        members[name] = value
    return members


def _line(text: str, id_: str) -> int:
    """Where an id stands first; the first line if it is spelt otherwise there."""
    position = text.find(json.dumps(id_, ensure_ascii=False))
    return text.count("\n", 0, max(position, 0)) + 1


def _fault(path: Path, line: int, what: str, column: int = 0) -> ManifestError:
    return ManifestError([Fault(str(path), line, what, _WRITE_ANEW, column=column)])
