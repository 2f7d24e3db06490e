"""`kb export --format yaml`: the database as seed files, and files edited in place.

In: an open read transaction and a folder. Out: a `WrittenFile` for each file that the folder then
has. Exporting again changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import chain
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, func, select
from sqlmodel import col

from kb.database.in_array import in_array
from kb.errors import Fault, KBError, SeedError
from kb.files.folder import WrittenFile, atomic_file, unwritable_error
from kb.files.seed_files import parse_seed
from kb.files.yaml_editor import edit_text
from kb.files.yaml_style import Tree, file_parts
from kb.models import Citation, Record
from kb.progress import Told, tell_nobody
from kb.records.documents import FILES, Document
from kb.records.entries import Entry
from kb.records.read import read_batch, read_id_pages
from kb.records.record_tables import batches
from kb.records.rows import Rows
from kb.records.to_documents import CitationsByKey, citations_by_subject, document_of
from kb.records.types import in_words

DocumentsByKey = Mapping[str, Document]


def export(connection: Connection, folder: Path, told: Told = tell_nobody) -> list[WrittenFile]:
    """Write the records to the folder's files; raises SeedError if one cannot be edited."""
    records = _StoredRecords(connection, told)
    try:
        # All take their places in the end, or none.
        with _made(folder), ExitStack() as files:
            written = [_write(folder / f"{name}.yaml", records, files) for name in FILES]
    except OSError as error:
        raise unwritable_error(error, folder) from None
    return [file for file in written if file]


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder; one that is new goes again if nothing could be written to it."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:  # A signal that ends the command, too; it is raised on.
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise


class _StoredRecords:
    """The documents of records, a page at a time, so that memory does not grow with them."""

    def __init__(self, connection: Connection, told: Told) -> None:
        self._connection = connection
        of_files = col(Record.type).in_([record_type for record_type, _ in FILES.values()])
        total = connection.execute(select(func.count()).where(of_files)).scalar_one()
        self._told, self._done = partial(told, "Records", total=total), 0

    def pages(self, record_type: str) -> Iterator[dict[str, Document]]:
        """By key, in the order of keys."""
        for ids in read_id_pages(self._connection, record_type):
            stored = read_batch(self._connection, ids.values())
            cited = citations_by_subject(self._citations(ids.values()))
            yield {ref.key: _document(stored[ids[ref]], cited[ref]) for ref in ids}
            self._done += len(ids)
            self._told(self._done)

    def _citations(self, subjects: Collection[int]) -> Iterator[Rows]:
        query = select(col(Citation.id)).where(in_array(col(Citation.subject_id), subjects))
        for batch in batches(self._connection.execute(query).scalars().all()):
            yield from read_batch(self._connection, batch).values()


def _document(rows: Rows, cited: CitationsByKey) -> Document:
    try:
        return document_of(rows, cited)
    except ValidationError:
        what = f"the {in_words(rows.ref.type)} `{rows.ref.key}` is not what a seed file can say"
        raise KBError(what, "run `kb check`, which tells what is wrong") from None


def _write(path: Path, records: _StoredRecords, files: ExitStack) -> WrittenFile | None:
    """The file of a type as it should be; a type without file or records needs none."""
    record_type, _ = FILES[path.stem]
    parts = _new_parts(path.stem, records.pages(record_type))
    if path.is_file():
        if _holds(path, parts):
            return WrittenFile(path, False)
        # What differs may be the hand of a curator: it is read whole, and edited in its place.
        text, wanted = _read(path), dict[str, Document]()
        for page in records.pages(record_type):
            wanted |= page
        revised = revise_text(path, text, wanted)
        if revised == text:
            return WrittenFile(path, False)
        parts = iter([revised])
    elif (first := next(parts, None)) is None:
        return None
    else:
        parts = chain([first], parts)
    file = files.enter_context(atomic_file(path.resolve()))
    file.writelines(part.encode() for part in parts)
    return WrittenFile(path, True)


def _new_parts(name: str, pages: Iterable[DocumentsByKey]) -> Iterator[str]:
    """A file that holds these and nothing else, if there are any."""
    records = (item for page in pages for item in _trees(page).items())
    if first := next(records, None):
        yield from file_parts(name, chain([first], records))


def _holds(path: Path, parts: Iterable[str]) -> bool:
    """Whether these are what stands in the file, to the byte."""
    with path.open("rb") as file:
        return all(file.read(len(part)) == part for part in map(str.encode, parts)) and (
            not file.read(1)
        )


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
        return "".join(file_parts(path.stem, _trees(wanted).items()))
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
