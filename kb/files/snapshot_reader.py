"""A snapshot read back: lines of JSON to the same entries as seed files give.

In: the path of an NDJSON file, and where to stage its lines. Out: every fault with its line: a line
that is no record, a record that stands twice, a file that was cut off or whose records are not
those that its last line counts. What was staged becomes `Entry` objects, with the texts of articles
beside them. Memory does not grow with the file.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from kb.citations.anchors import Anchor, anchor_holds, shift_anchor
from kb.errors import Fault
from kb.files.json_reader import BadLine, Fields, find_column, read_again, read_object
from kb.files.seed_files import Unreadable, open_file, unreadable
from kb.files.snapshot_writer import FORM
from kb.files.staging import Held, Staged, Staging
from kb.normalisation import normalise
from kb.records.documents import FORMS, SOURCED, AnchorDocument
from kb.records.entries import Lines, Place, Position, Read, own_key
from kb.records.form_errors import JSON
from kb.records.rows import Ref
from kb.records.types import in_words

MOST_LINE = 32_000_000
"""Bytes: an article with its whole text has room."""
_WHOLE = "take the snapshot again, or correct the line"
INCOMPLETE = "take the snapshot again"
_MODULUS = 2**256


def is_snapshot(path: Path) -> bool:
    return path.suffix == ".ndjson"


def stage_lines(path: Path, file: int, staging: Staging) -> Iterator[Fault]:
    """Stage the records of a file, which has this number."""
    try:
        yield from _Reader(str(path), file, staging).read(_numbered(path))
    except Unreadable as error:
        yield error.fault
    except OSError as error:
        yield unreadable(path, error)


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers from 1 on."""
    before = number = 0
    with open_file(path) as lines:
        while line := lines.readline(MOST_LINE + 1):
            number += 1
            if text := _text(path, number, before, line).rstrip("\r\n"):
                yield number, text
            before += len(line)


def _text(path: Path, number: int, before: int, line: bytes) -> str:
    if len(line) > MOST_LINE:
        what = f"a line of more than {MOST_LINE:,} bytes"
        raise Unreadable(Fault(str(path), number, what, "split the record"))
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        what, column = f"not UTF-8 at byte {before + error.start}", error.start + 1
        fault = Fault(str(path), number, what, "save the file as UTF-8", column=column)
        raise Unreadable(fault) from None
    return text if before else text.removeprefix("\ufeff")


@dataclass
class _Amount:
    """How many records of a type there are, and what their digests add up to."""

    count: int = 0
    total: int = 0

    def add(self, text: str) -> None:
        self.count += 1
        self.total += int.from_bytes(hashlib.sha256(text.encode()).digest())


class _Reader:
    def __init__(self, name: str, file: int, staging: Staging) -> None:
        self._name, self._file, self._staging = name, file, staging
        self._amounts: defaultdict[str, _Amount] = defaultdict(_Amount)

    def read(self, lines: Iterator[tuple[int, str]]) -> Iterator[Fault]:
        last: Fields = {}
        number, is_sound = 1, True
        for number, text in lines:
            try:
                last = read_object(text)
                self._take(number, text, last)
            except BadLine as bad:
                is_sound = False
                yield Fault(self._name, number, bad.what, _WHOLE, column=bad.column)
            except _AtFault as error:
                is_sound = False
                yield error.fault
        yield from self._check_whole(number, last, is_sound=is_sound)

    def _take(self, number: int, text: str, found: Fields) -> None:
        kind, _, _ = normalise(str(found.get("id"))).partition(":")
        if kind not in FORMS and kind != "Citation":
            if found.get("form") != FORM and "end" not in found:
                raise BadLine("the line is no record")
            return
        self._amounts[kind].add(text)
        lines = Lines(self._name, lambda place: Position(number, find_column(text, place)))
        own = _ref(found, "id", lines)
        if normalise(str(found.get("key", own.key))) != own.key:
            raise BadLine(f"{own.key}: its key is not that of its id", find_column(text, ("key",)))
        subject = _ref(found, "subject", lines) if kind == "Citation" else None
        if subject and subject.type not in SOURCED:
            what = f"{own.key}: it speaks of nothing that can be cited"
            raise BadLine(what, find_column(text, ("subject",)))
        if not self._staging.add(kind, Staged(own.key, self._file, number, text), subject):
            raise BadLine(
                f"the {in_words(kind)} `{own.key}` is there twice", find_column(text, ("id",))
            )

    def _check_whole(self, number: int, last: Fields, *, is_sound: bool) -> Iterator[Fault]:
        """A line at fault is not counted, and is told by itself."""
        found = [
            {"type": kind.upper(), "count": one.count, "checksum": f"{one.total % _MODULUS:064x}"}
            for kind, one in sorted(self._amounts.items())
        ]
        if "counts" not in last:
            what = "the file has no last line: it was cut off"
            yield Fault(self._name, number, what, INCOMPLETE)
        elif is_sound and last["counts"] != found:
            yield self._fault(number, "its records are not those that the last line counts")

    def _fault(self, number: int, what: str) -> Fault:
        return Fault(self._name, number, what, _WHOLE)


class _AtFault(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def _ref(found: Fields, name: str, lines: Lines) -> Ref:
    """The record that a field names, such as `State:UZ`."""
    kind, _, key = normalise(str(found.get(name))).partition(":")
    own = own_key(kind, key, lines, JSON, name)
    if isinstance(own, Fault):
        raise _AtFault(own)
    return Ref(kind, own)


def stray(name: str, subject: Ref, staged: Staged) -> Fault:
    """The fault of a citation whose subject the file does not have."""
    what = f"{staged.key}: it speaks of `{subject.type}:{subject.key}`, which has no line"
    return Fault(name, staged.line, what, _WHOLE)


class Respelled:
    """Articles whose texts stand in a snapshot in another form than the normal one.

    Older versions wrote such, and anchors that count in them: these move as the words do.
    """

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._keys: set[str] = set()
        self._read = lru_cache(1)(self._texts)

    def note(self, article: str) -> None:
        self._keys.add(article)

    def anchor(self, fields: Fields) -> object:
        """That of a citation's fields, of whatever form it is."""
        article, given = normalise(str(fields.get("article"))), fields.get("anchor")
        if article not in self._keys:
            return given
        try:
            anchor = Anchor(**AnchorDocument.model_validate(given).model_dump())
        except ValidationError:
            return given
        old, plain = self._read(article)
        if anchor_holds(anchor, [text for text in plain if text]) or not anchor_holds(anchor, old):
            return given
        moved = shift_anchor(anchor, old, plain)
        return asdict(moved) if moved else given

    def _texts(self, article: str) -> tuple[list[str], list[str]]:
        (staged,) = self._staging.find("Article", article)
        texts = cast(list[str], read_again(str(staged))["paragraphs"])
        return texts, [normalise(text) for text in texts]


def read_line(name: str, held: Held, read: Read, respelled: Respelled) -> None:
    """A record that was staged, of the file of this name, with the citations beside it."""
    key, fields = held.own.key, _fields(held.own)
    lines = Lines(name, lambda place: _find(held, place))
    if held.type == "Article":
        texts = fields.pop("paragraphs", None)
        read.keep(key, texts, lines, JSON)
        if key in read.paragraphs and read.paragraphs[key] != texts:
            respelled.note(key)
    if held.type in SOURCED:
        if "citations" in fields:
            what = f"{key}.citations: they stand in lines of their own"
            read.faults.append(lines.fault(what, "write a line for each", "citations"))
        fields["citations"] = {one.key: _citation(one, respelled) for one in held.cited}
    read.enter(Ref(held.type, key), fields, lines, JSON)


def _citation(staged: Staged, respelled: Respelled) -> Fields:
    fields = _fields(staged, "subject")
    return fields | ({"anchor": respelled.anchor(fields)} if "anchor" in fields else {})


def _find(held: Held, place: Place) -> Position:
    """Where a part of the record stands: a citation in its own line."""
    match place:
        case "citations", key, *steps:
            for one in held.cited:
                if one.key == key:
                    return Position(one.line, find_column(str(one.text), tuple(steps)))
    return Position(held.own.line, find_column(str(held.own.text), place))


def _fields(staged: Staged, *left_out: str) -> Fields:
    fields = read_again(str(staged.text))
    for name in ("id", "key", *left_out):
        fields.pop(name, None)
    return fields
