"""Seed files read: YAML text to checked documents that remember their lines.

In: paths of `.yaml` files or folders of them. Out: `Entry` objects, one a record, and every fault
found on the way, each with file and line. The only module of the loader that reads the disk.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import ReaderError

from kb.errors import Fault
from kb.ingest.documents import FILES, Document, is_key
from kb.normalisation import normalise

Place = tuple[str | int, ...]
Plain = str | bool | None | list["Plain"] | dict[str, "Plain"]

FIX = {
    "extra_forbidden": "remove it, or correct its name",
    "missing": "add it",
    "enum": "write one of these",
    "too_short": "cite at least one passage that supports it",
    "text": "leave it out",
    "string_too_long": "shorten it",
    "string_too_short": "write something, or leave it out",
    "greater_than_equal": "count from there",
    "string_pattern_mismatch": "write lower-case words joined by hyphens, or a two-letter code",
}
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class Lines:
    """Where the parts of one record stand in its file; with `one`, all faults are told of that."""

    file: str
    lines: Mapping[Place, int]
    one: Place | None = None

    def fault(self, what: str, remedy: str, *place: str | int) -> Fault:
        """A fault at the part, or at the nearest thing around it."""
        place = place if self.one is None else self.one
        near = place
        while near not in self.lines and near:
            near = near[:-1]
        return Fault(self.file, self.lines[near], what, remedy, place)


@dataclass(frozen=True)
class Entry:
    """One record of one file."""

    type: str
    key: str
    document: Document
    lines: Lines


def read_entries(paths: Sequence[Path]) -> tuple[list[Entry], list[Fault]]:
    """All records of the files, and all faults of form; order is that of the files."""
    entries: list[Entry] = []
    faults: list[Fault] = []
    for path in _seed_files(paths, faults):
        for found in _read_file(path):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                entries.append(found)
    return entries, faults


def _seed_files(paths: Sequence[Path], faults: list[Fault]) -> Iterator[Path]:
    for path in paths:
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not files:
            faults.append(Fault(str(path), 1, "the folder has no .yaml files", "name another"))
        for file in files:
            if not file.is_file():
                faults.append(Fault(str(file), 1, "there is no such file", "name another"))
            elif file.stem not in FILES:
                names = ", ".join(f"{name}.yaml" for name in FILES)
                faults.append(Fault(str(file), 1, "the name tells no type", f"use one of {names}"))
            else:
                yield file


def _read_file(path: Path) -> Iterator[Entry | Fault]:
    try:
        yield from parse(str(path), path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        yield not_utf8(path, error)


def not_utf8(path: Path, error: UnicodeDecodeError) -> Fault:
    return Fault(str(path), 1, f"not UTF-8 at byte {error.start}", "save the file as UTF-8")


def parse(file: str, text: str) -> Iterator[Entry | Fault]:
    """The records and faults of a file's text; its name tells their type. Pure."""
    try:
        root = _yaml().compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        yield Fault(file, line, f"not YAML: {error.problem}", "correct the file's form")
        return
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        yield Fault(file, line, f"not YAML: {error.reason}", "remove the character")
        return
    if root is None:
        return
    if not isinstance(root, MappingNode):
        yield Fault(file, 1, "the file is no mapping", "write each record under its key")
        return
    for key, node in root.value:
        yield from _read_record(file, key, node)
    yield from _repeated(file, root)


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Parser, yaml.Composer = _Parser, _Composer
    return yaml


# The library looks for its own parts at every token; here it does so once for each text.
class _Parser(Parser):
    scanner = cached_property(lambda self: self.loader.scanner)


class _Composer(Composer):
    parser = cached_property(lambda self: self.loader.parser)
    resolver = cached_property(lambda self: self.loader.resolver)


def _read_record(file: str, key: Node, node: Node) -> Iterator[Entry | Fault]:
    kind, form = FILES[Path(file).stem]
    places: dict[Place, int] = {}
    value = _plain(node, (), places)
    places[()] = key.start_mark.line + 1
    lines, name = Lines(file, places), normalise(str(key.value))
    if not is_key(kind, name):
        yield lines.fault(f"`{name}` is no key", FIX["string_pattern_mismatch"])
    try:
        document = form.model_validate(value)
    except ValidationError as error:
        for fault in error.errors():
            yield fault_of_form(lines, name, fault["type"], fault["msg"], fault["loc"])
    else:
        yield Entry(kind, name, document, lines)


def fault_of_form(lines: Lines, key: str, kind: str, message: str, place: Place) -> Fault:
    where = ".".join(str(part) for part in (key, *place) if part != "[key]")
    remedy = FIX.get(kind, "see the JSON Schema beside the file")
    if kind == "date":
        message, _, remedy = message.partition("; ")
    return lines.fault(f"{where}: {message[:1].lower()}{message[1:]}", remedy, *place)


def _plain(node: Node, place: Place, lines: dict[Place, int]) -> Plain:
    """Scalars stay the text that was written, so that `2002` or `NO` mean just that."""
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        values: dict[str, Plain] = {}
        for key, value in node.value:
            name = normalise(str(key.value))
            inner = (*place, name)
            lines[inner] = key.start_mark.line + 1
            values[name] = _plain(value, inner, lines)
        return values
    if isinstance(node, SequenceNode):
        return [_plain(item, (*place, index), lines) for index, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: Node) -> str | bool | None:
    text = str(node.value)
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    return None if text in ("", "~", "null") else _BOOLEANS.get(text, text)


def _repeated(file: str, node: Node) -> Iterator[Fault]:
    """Keys that stand twice in one mapping, at any depth: YAML would keep only the last."""
    if isinstance(node, SequenceNode):
        for item in node.value:
            yield from _repeated(file, item)
    if not isinstance(node, MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = normalise(str(key.value))
        if name in seen:
            line = key.start_mark.line + 1
            yield Fault(file, line, f"`{name}` is there twice", "merge them, or rename one")
        seen.add(name)
        yield from _repeated(file, value)
