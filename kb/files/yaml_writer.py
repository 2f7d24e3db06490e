"""`kb export --format yaml`: the database as seed files, and files edited in place.

In: an open read transaction and a folder. Out: a `WrittenFile` for each file that the folder then
has. Exporting again changes nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection

from kb.errors import Fault, KBError, SeedError
from kb.files.folder import WrittenFile, atomic_file, unwritable_error
from kb.files.seed_files import parse_seed
from kb.files.yaml_editor import edit_text
from kb.files.yaml_style import Tree, new_file
from kb.records.documents import FILES, Document
from kb.records.entries import Entry
from kb.records.read import read_ids, read_records
from kb.records.to_documents import citations_by_subject, document_of
from kb.records.types import in_words

DocumentsByKey = Mapping[str, Document]


def export(connection: Connection, folder: Path) -> list[WrittenFile]:
    """Write the records to the folder's files; raises SeedError if one cannot be edited."""
    documents = _documents(connection)
    texts = dict(_texts(folder, documents))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [WrittenFile(path, _write(path, text)) for path, text in texts.items()]
    except OSError as error:
        raise unwritable_error(error, folder) from None


def _documents(connection: Connection) -> dict[str, dict[str, Document]]:
    """The documents of all records, by type and key."""
    stored = read_records(connection, read_ids(connection))
    cited = citations_by_subject(stored.values())
    documents: dict[str, dict[str, Document]] = {
        record_type: {} for record_type, _ in FILES.values()
    }
    for ref in sorted(stored):
        if ref.type in documents:
            try:
                documents[ref.type][ref.key] = document_of(stored[ref], cited[ref])
            except ValidationError:
                what = f"the {in_words(ref.type)} `{ref.key}` is not what a seed file can say"
                raise KBError(what, "run `kb check`, which tells what is wrong") from None
    return documents


def _texts(folder: Path, documents: Mapping[str, DocumentsByKey]) -> Iterator[tuple[Path, str]]:
    """What each file should hold; a type without file or records needs none."""
    for name, (record_type, _) in FILES.items():
        path = folder / f"{name}.yaml"
        if path.is_file():
            yield path, revise_text(path, _read(path), documents[record_type])
        elif documents[record_type]:
            yield path, new_file(name, _trees(documents[record_type]))


def revise_text(path: Path, text: str, wanted: DocumentsByKey) -> str:
    """The file's text, changed in place to hold these documents; raises SeedError if it is none."""
    current, faults = _parse(path, text)
    if faults:
        raise SeedError(faults)
    if current == wanted:
        return text
    changed = edit_text(text, _trees(current), _trees(wanted))
    # The edited text is read back: with aliases and the like an edit may have another effect.
    if changed is None or _parse(path, changed) != (wanted, []):
        return new_file(path.stem, _trees(wanted))
    return changed


def _parse(path: Path, text: str) -> tuple[DocumentsByKey, list[Fault]]:
    parsed = list(parse_seed(str(path), text))
    entries = {entry.key: entry.document for entry in parsed if isinstance(entry, Entry)}
    return entries, [entry for entry in parsed if isinstance(entry, Fault)]


def _trees(documents: DocumentsByKey) -> dict[str, Tree]:
    return {
        key: document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for key, document in sorted(documents.items())
    }


def _read(path: Path) -> str:
    """With the line breaks that it has."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        what = f"not UTF-8 at byte {error.start}"
        raise SeedError([Fault(str(path), 1, what, "save the file as UTF-8")]) from None


def _write(path: Path, text: str) -> bool:
    """Whether there was anything to write."""
    target = path.resolve()
    if target.is_file() and _read(target) == text:
        return False
    with atomic_file(target) as file:
        file.write(text.encode())
    return True
