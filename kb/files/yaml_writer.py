"""`kb export --format yaml`: the database as seed files, and files edited in place.

In: an open read transaction and a folder. Out: a `Written` for each file that the folder then has.
Exporting again changes nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection

from kb.errors import Fault, KBError, SeedError
from kb.files.folder import Written, unwritable, whole_file
from kb.files.seed_files import parse
from kb.files.yaml_editor import edited
from kb.files.yaml_style import Tree, new_file
from kb.records.documents import FILES, Document
from kb.records.entries import Entry
from kb.records.read import read_ids, read_records
from kb.records.to_documents import cited_by_subject, document_of
from kb.records.types import in_words

Documents = Mapping[str, Document]


def export(connection: Connection, folder: Path) -> list[Written]:
    """Write the records to the folder's files; raises SeedError if one cannot be edited."""
    documents = _documents(connection)
    texts = dict(_texts(folder, documents))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [Written(path, _write(path, text)) for path, text in texts.items()]
    except OSError as error:
        raise unwritable(error, folder) from None


def _documents(connection: Connection) -> dict[str, dict[str, Document]]:
    """The documents of all records, by type and key."""
    stored = read_records(connection, read_ids(connection))
    cited = cited_by_subject(stored.values())
    documents: dict[str, dict[str, Document]] = {kind: {} for kind, _ in FILES.values()}
    for ref in sorted(stored):
        if ref.type in documents:
            try:
                documents[ref.type][ref.key] = document_of(stored[ref], cited[ref])
            except ValidationError:
                what = f"the {in_words(ref.type)} `{ref.key}` is not what a seed file can say"
                raise KBError(what, "run `kb check`, which tells what is wrong") from None
    return documents


def _texts(folder: Path, documents: Mapping[str, Documents]) -> Iterator[tuple[Path, str]]:
    """What each file should hold; a type without file or records needs none."""
    for name, (kind, _) in FILES.items():
        path = folder / f"{name}.yaml"
        if path.is_file():
            yield path, revised(path, _read(path), documents[kind])
        elif documents[kind]:
            yield path, new_file(name, _trees(documents[kind]))


def revised(path: Path, text: str, then: Documents) -> str:
    """The file's text, changed in place to hold these documents; raises SeedError if it is none."""
    now, faults = _parsed(path, text)
    if faults:
        raise SeedError(faults)
    if now == then:
        return text
    changed = edited(text, _trees(now), _trees(then))
    # Proof that the edit says what it should: YAML has ways, such as aliases, that defy it.
    if changed is None or _parsed(path, changed) != (then, []):
        return new_file(path.stem, _trees(then))
    return changed


def _parsed(path: Path, text: str) -> tuple[Documents, list[Fault]]:
    found = list(parse(str(path), text))
    entries = {one.key: one.document for one in found if isinstance(one, Entry)}
    return entries, [one for one in found if isinstance(one, Fault)]


def _trees(documents: Documents) -> dict[str, Tree]:
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
    with whole_file(target) as file:
        file.write(text.encode())
    return True
