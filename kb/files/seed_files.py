"""Seed files: found by their paths, and their records staged and read.

In: paths of `.yaml` files or folders of them, and where to stage their records. Out: every fault
with its place; staged records become `Entry` objects. Memory does not grow with the files.
"""

import json
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.resources import as_file, files
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kb.errors import Fault
from kb.files.staging import StagedItem, StagedRecord, Staging
from kb.files.yaml_reader import PositionMarks, YamlRecord, find_mark, read_yaml
from kb.records.documents import FILES
from kb.records.entries import Entry, EntryCollection, Lines, parse_own_key
from kb.records.form_errors import YAML
from kb.records.rows import Ref
from kb.records.types import in_words

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SUFFIXES = frozenset({".yaml", ".yml"})
_KNOWN_FOLDERS = frozenset({"schemas", "sites"})
_ABOUT = frozenset({"README", "LICENSE"})
"""Files that are for people, whatever their names end in."""
_NAME_ANOTHER = "name another"


class UnreadableFile(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


@contextmanager
def shipped_seeds() -> Iterator[Path]:
    """The folder of the shipped seeds: within the package if installed, beside it in a checkout."""
    package = files("kb")
    with as_file(package / "seeds") as installed:
        yield installed if installed.is_dir() else Path(str(package)).parent / "seeds"


def find_seed_files(paths: Sequence[Path]) -> Iterator[Path | Fault]:
    """The files that may hold records; a folder's files are sorted by name."""
    for path in paths:
        try:
            path.stat()  # Of what is not there, its name need not be looked at.
            in_path = _files_in(path) if path.is_dir() else [path]
        except OSError as error:
            yield unreadable_fault(path, error)
            continue
        if not in_path:
            yield Fault(str(path), 1, "the folder has no .yaml files", _NAME_ANOTHER)
        for file in in_path:
            if file.stem in FILES:
                yield file
            else:
                names = ", ".join(f"{name}.yaml" for name in FILES)
                yield Fault(str(file), 1, "the name tells no type", f"use one of {names}")


def _files_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in _SUFFIXES)


def find_left_aside(paths: Sequence[Path], database: str) -> Iterator[Path]:
    """What stands in folders and is not loaded, but for what nobody takes for seeds.

    The database's own files begin with its name.
    """
    for folder in (path for path in paths if path.is_dir()):
        yield from sorted(path for path in folder.iterdir() if not _is_known(path, database))


def _is_known(path: Path, database: str) -> bool:
    if path.suffix in _SUFFIXES or path.name.startswith((".", database)):
        return True
    return path.name in _KNOWN_FOLDERS if path.is_dir() else path.stem in _ABOUT


NoteRead = Callable[[int], None]
"""Is told how many more bytes of files were read."""


def note_nothing(size: int) -> None:
    """Whoever wants what the files hold alone."""


class _CountedFile(FileIO):
    def __init__(self, path: Path, note_read: NoteRead) -> None:
        super().__init__(path)
        self._note_read = note_read

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        size = super().readinto(buffer)
        self._note_read(size or 0)
        return size


def open_file(path: Path, note_read: NoteRead = note_nothing) -> BinaryIO:
    """Raises UnreadableFile if it is no regular file, which might never end, and OSError."""
    if fault := find_path_fault(path):
        raise UnreadableFile(fault)
    if not path.is_file():
        raise UnreadableFile(Fault(str(path), 1, "it is no file", _NAME_ANOTHER))
    return BufferedReader(_CountedFile(path, note_read))


def find_path_fault(path: Path) -> Fault | None:
    """None if it is there, and no folder."""
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        return unreadable_fault(path, error)
    return Fault(str(path), 1, "it is a folder", "name the files in it") if is_folder else None


def unreadable_fault(path: Path, error: OSError) -> Fault:
    if isinstance(error, FileNotFoundError):
        return Fault(str(path), 1, "there is no such file", _NAME_ANOTHER)
    why = (error.strerror or "unknown").lower()
    return Fault(str(path), 1, f"it cannot be read: {why}", _NAME_ANOTHER)


def stage_seeds(path: Path, file: int, staging: Staging, note_read: NoteRead) -> Iterator[Fault]:
    """Stage the records of a seed file; `file` is its number."""
    try:
        with open_file(path, note_read) as opened:
            for record in read_yaml(str(path), opened):
                yield from (
                    [record]
                    if isinstance(record, Fault)
                    else _stage_record(path, file, staging, record)
                )
    except UnreadableFile as error:
        yield error.fault
    except OSError as error:
        yield unreadable_fault(path, error)


def _stage_record(path: Path, file: int, staging: Staging, record: YamlRecord) -> Iterator[Fault]:
    """Stage a record and the keys of its citations, each of which may occur once."""
    record_type, _ = FILES[path.stem]
    lines = _lines(str(path), record.marks)
    key = parse_own_key(record_type, record.key, lines, YAML)
    if isinstance(key, Fault):
        yield key
        return
    text = json.dumps([record.value, record.marks])
    if not staging.add(record_type, StagedItem(key, file, 0, text)):
        yield _duplicate_fault(lines, record_type, key)
        return
    cited = record.value.get("citations") if isinstance(record.value, dict) else None
    for name in cited if isinstance(cited, dict) else ():
        citation_key = parse_own_key("Citation", name, lines, YAML)
        # A key that is none is reported when the record is checked.
        if isinstance(citation_key, str) and not staging.add(
            "Citation", StagedItem(citation_key, file, 0, None), Ref(record_type, key)
        ):
            yield _duplicate_fault(lines, "Citation", citation_key, "citations", name)


def read_seed(name: str, record: StagedRecord, read: EntryCollection) -> None:
    """Read a staged record of the file with this name."""
    value, marks = json.loads(str(record.item.text))
    read.add(Ref(record.type, record.item.key), value, _lines(name, marks), YAML)


def _lines(name: str, marks: PositionMarks) -> Lines:
    return Lines(name, partial(find_mark, marks))


def _duplicate_fault(lines: Lines, record_type: str, key: str, *place: str) -> Fault:
    what = f"the {in_words(record_type)} `{key}` is there twice"
    return lines.fault(what, "merge them, or rename one", *place)


def parse_seed(file: str, text: str) -> Iterator[Entry | Fault]:
    """The records and faults of a file's text; its name tells their type. Pure."""
    record_type, _ = FILES[Path(file).stem]
    seen: set[str] = set()
    for record in read_yaml(file, BytesIO(text.encode())):
        if isinstance(record, Fault):
            yield record
            continue
        lines = _lines(file, record.marks)
        key = parse_own_key(record_type, record.key, lines, YAML)
        if isinstance(key, Fault) or key in seen:
            yield key if isinstance(key, Fault) else _duplicate_fault(lines, record_type, key)
            continue
        seen.add(key)
        read = EntryCollection()
        read.add(Ref(record_type, key), record.value, lines, YAML)
        yield from read.faults or read.entries
