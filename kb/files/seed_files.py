"""Seed files read: paths to the records that they hold.

In: paths of `.yaml` files or folders of them, and where to stage their records. Out: every fault
found on the way, each with its place; what was staged becomes `Entry` objects. With
`snapshot_reader.py`, all of the loader that reads files. Memory does not grow with them.
"""

import json
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from kb.errors import Fault
from kb.files.staging import Held, Staged, Staging
from kb.files.yaml_reader import Marks, Record, find_mark, read_yaml
from kb.records.documents import FILES
from kb.records.entries import Entry, Lines, Read, own_key
from kb.records.form_errors import YAML
from kb.records.rows import Ref
from kb.records.types import in_words

_SUFFIXES = frozenset({".yaml", ".yml"})
_OTHER = "name another"


class Unreadable(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


@contextmanager
def shipped_seeds() -> Iterator[Path]:
    """The folder of the shipped seeds: within the package if installed, beside it in a checkout."""
    package = files("kb")
    with as_file(package / "seeds") as installed:
        yield installed if installed.is_dir() else Path(str(package)).parent / "seeds"


def seed_files(paths: Sequence[Path]) -> Iterator[Path | Fault]:
    """The files that may hold records, those of folders by their names."""
    for path in paths:
        try:
            files = _files_in(path) if path.is_dir() else [path]
        except OSError as error:
            yield unreadable(path, error)
            continue
        if not files:
            yield Fault(str(path), 1, "the folder has no .yaml files", _OTHER)
        for file in files:
            if file.stem in FILES:
                yield file
            else:
                names = ", ".join(f"{name}.yaml" for name in FILES)
                yield Fault(str(file), 1, "the name tells no type", f"use one of {names}")


def _files_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in _SUFFIXES)


def open_file(path: Path) -> BinaryIO:
    """Raises Unreadable for what is no file, which might never end, and OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unreadable(Fault(str(path), 1, "it is no file", _OTHER))
    return path.open("rb")


def unreadable(path: Path, error: OSError) -> Fault:
    if isinstance(error, FileNotFoundError):
        return Fault(str(path), 1, "there is no such file", _OTHER)
    why = (error.strerror or "unknown").lower()
    return Fault(str(path), 1, f"it cannot be read: {why}", _OTHER)


def stage_seeds(path: Path, file: int, staging: Staging) -> Iterator[Fault]:
    """Stage the records of a seed file, which has this number."""
    try:
        with open_file(path) as opened:
            for found in read_yaml(str(path), opened):
                yield from (
                    [found] if isinstance(found, Fault) else _stage(path, file, staging, found)
                )
    except Unreadable as error:
        yield error.fault
    except OSError as error:
        yield unreadable(path, error)


def _stage(path: Path, file: int, staging: Staging, found: Record) -> Iterator[Fault]:
    """The keys of a record, each of which may be there once."""
    kind, _ = FILES[path.stem]
    lines = _lines(str(path), found.marks)
    key = own_key(kind, found.key, lines, YAML)
    if isinstance(key, Fault):
        yield key
        return
    text = json.dumps([found.value, found.marks])
    if not staging.add(kind, Staged(key, file, 0, text)):
        yield _twice(lines, kind, key)
        return
    cited = found.value.get("citations") if isinstance(found.value, dict) else None
    for name in cited if isinstance(cited, dict) else ():
        other = own_key("Citation", name, lines, YAML)
        # What is no key is told with the record.
        if isinstance(other, str) and not staging.add(
            "Citation", Staged(other, file, 0, None), Ref(kind, key)
        ):
            yield _twice(lines, "Citation", other, "citations", name)


def read_seed(name: str, held: Held, read: Read) -> None:
    """A record that was staged, of the file of this name."""
    value, marks = json.loads(str(held.own.text))
    read.enter(Ref(held.type, held.own.key), value, _lines(name, marks), YAML)


def _lines(name: str, marks: Marks) -> Lines:
    return Lines(name, partial(find_mark, marks))


def _twice(lines: Lines, kind: str, key: str, *place: str) -> Fault:
    what = f"the {in_words(kind)} `{key}` is there twice"
    return lines.fault(what, "merge them, or rename one", *place)


def parse(file: str, text: str) -> Iterator[Entry | Fault]:
    """The records and faults of a file's text; its name tells their type. Pure."""
    kind, _ = FILES[Path(file).stem]
    seen: set[str] = set()
    for found in read_yaml(file, BytesIO(text.encode())):
        if isinstance(found, Fault):
            yield found
            continue
        lines = _lines(file, found.marks)
        key = own_key(kind, found.key, lines, YAML)
        if isinstance(key, Fault) or key in seen:
            yield key if isinstance(key, Fault) else _twice(lines, kind, key)
            continue
        seen.add(key)
        read = Read()
        read.enter(Ref(kind, key), found.value, lines, YAML)
        yield from read.faults or read.entries
