"""A snapshot read back: lines of JSON to the same entries as seed files give.

In: the path of an NDJSON file, and where to stage its lines. Out: every fault with its line: a line
that is no record, a record that occurs twice, a file that was cut off or whose records are not
those that its last line counts. Staged records become `Entry` objects, with the texts of articles
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
from kb.files.json_reader import JsonLineError, JsonObject, find_column, read_object, reread_object
from kb.files.seed_files import NoteRead, UnreadableFile, open_file, unreadable_fault
from kb.files.snapshot_writer import SNAPSHOT_FORM
from kb.files.staging import StagedItem, StagedRecord, Staging
from kb.normalisation import normalise
from kb.records.documents import FORMS, SOURCED, AnchorDocument
from kb.records.entries import EntryCollection, Lines, Place, Position, parse_own_key
from kb.records.form_errors import JSON
from kb.records.rows import Ref
from kb.records.types import in_words

MOST_SNAPSHOT_LINE = 32_000_000
"""Bytes: an article with its whole text has room."""
_CORRECT_LINE = "take the snapshot again, or correct the line"
RETAKE_SNAPSHOT = "take the snapshot again"
_MODULUS = 2**256


def is_snapshot(path: Path) -> bool:
    return path.suffix == ".ndjson"


def stage_snapshot(
    path: Path, file: int, staging: Staging, note_read: NoteRead, *, framed: bool = False
) -> Iterator[Fault]:
    """Stage the records of a snapshot; `file` is its number.

    One that is `framed` is known to be whole, and may lack its last line.
    """
    try:
        yield from _Reader(str(path), file, staging, framed=framed).read(
            _numbered_lines(path, note_read)
        )
    except UnreadableFile as error:
        yield error.fault
    except OSError as error:
        yield unreadable_fault(path, error)


def _numbered_lines(path: Path, note_read: NoteRead) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers from 1 on."""
    before = number = 0
    with open_file(path, note_read) as lines:
        while line := lines.readline(MOST_SNAPSHOT_LINE + 1):
            number += 1
            if text := _text(path, number, before, line).rstrip("\r\n"):
                yield number, text
            before += len(line)


def _text(path: Path, number: int, before: int, line: bytes) -> str:
    if len(line) > MOST_SNAPSHOT_LINE:
        what = f"a line of more than {MOST_SNAPSHOT_LINE:,} bytes"
        raise UnreadableFile(Fault(str(path), number, what, "split the record"))
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        what, column = f"not UTF-8 at byte {before + error.start}", error.start + 1
        fault = Fault(str(path), number, what, "save the file as UTF-8", column=column)
        raise UnreadableFile(fault) from None
    return text if before else text.removeprefix("\ufeff")


@dataclass
class _Tally:
    """How many records of a type there are, and what their digests add up to."""

    count: int = 0
    total: int = 0

    def add(self, text: str) -> None:
        self.count += 1
        self.total += int.from_bytes(hashlib.sha256(text.encode()).digest())


class _Reader:
    def __init__(self, name: str, file: int, staging: Staging, *, framed: bool) -> None:
        self._name, self._file, self._staging, self._framed = name, file, staging, framed
        self._tallies: defaultdict[str, _Tally] = defaultdict(_Tally)

    def read(self, lines: Iterator[tuple[int, str]]) -> Iterator[Fault]:
        last: JsonObject = {}
        number, is_sound = 1, True
        for number, text in lines:
            try:
                last = read_object(text)
                self._stage(number, text, last)
            except JsonLineError as error:
                is_sound = False
                yield Fault(self._name, number, error.what, _CORRECT_LINE, column=error.column)
            except _FaultyLine as error:
                is_sound = False
                yield error.fault
        yield from self._check_whole(number, last, is_sound=is_sound)

    def _stage(self, number: int, text: str, fields: JsonObject) -> None:
        record_type, _, _ = normalise(str(fields.get("id"))).partition(":")
        if record_type not in FORMS and record_type != "Citation":
            if fields.get("form") != SNAPSHOT_FORM and "end" not in fields:
                raise JsonLineError("the line is no record")
            return
        self._tallies[record_type].add(text)
        lines = Lines(self._name, lambda place: Position(number, find_column(text, place)))
        ref = _parse_ref(fields, "id", lines)
        if normalise(str(fields.get("key", ref.key))) != ref.key:
            raise JsonLineError(
                f"{ref.key}: its key is not that of its id", find_column(text, ("key",))
            )
        subject = _parse_ref(fields, "subject", lines) if record_type == "Citation" else None
        if subject and subject.type not in SOURCED:
            what = f"{ref.key}: it speaks of nothing that can be cited"
            raise JsonLineError(what, find_column(text, ("subject",)))
        if not self._staging.add(
            record_type, StagedItem(ref.key, self._file, number, text), subject
        ):
            raise JsonLineError(
                f"the {in_words(record_type)} `{ref.key}` is there twice",
                find_column(text, ("id",)),
            )

    def _check_whole(self, number: int, last: JsonObject, *, is_sound: bool) -> Iterator[Fault]:
        """Compare the counts of the last line; not if a line has a fault, which is reported."""
        counts = [
            {
                "type": record_type.upper(),
                "count": tally.count,
                "checksum": f"{tally.total % _MODULUS:064x}",
            }
            for record_type, tally in sorted(self._tallies.items())
        ]
        if "counts" not in last:
            if self._framed:
                if is_sound and not last:
                    yield Fault(self._name, 1, "it has no record", "send at least one")
                return
            what = "the file has no last line: it was cut off"
            yield Fault(self._name, number, what, RETAKE_SNAPSHOT)
        elif is_sound and last["counts"] != counts:
            yield self._fault(number, "its records are not those that the last line counts")

    def _fault(self, number: int, what: str) -> Fault:
        return Fault(self._name, number, what, _CORRECT_LINE)


class _FaultyLine(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def _parse_ref(fields: JsonObject, name: str, lines: Lines) -> Ref:
    """The record that a field names, such as `State:UZ`."""
    record_type, _, key = normalise(str(fields.get(name))).partition(":")
    key_or_fault = parse_own_key(record_type, key, lines, JSON, name)
    if isinstance(key_or_fault, Fault):
        raise _FaultyLine(key_or_fault)
    return Ref(record_type, key_or_fault)


def stray_citation_fault(name: str, subject: Ref, staged: StagedItem) -> Fault:
    """The fault of a citation whose subject the file does not have."""
    what = f"{staged.key}: it speaks of `{subject.type}:{subject.key}`, which has no line"
    return Fault(name, staged.line, what, _CORRECT_LINE)


class UnnormalisedArticles:
    """Articles whose texts are not in normal form in a snapshot.

    Older versions wrote such texts, with anchors that count in them: the anchors are shifted to
    where the same words stand in the normal form.
    """

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._keys: set[str] = set()
        self._read = lru_cache(1)(self._texts)

    def note(self, article: str) -> None:
        self._keys.add(article)

    def anchor(self, fields: JsonObject) -> object:
        """The anchor of a citation, shifted if need be; its form has not been checked yet."""
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
        texts = cast(list[str], reread_object(str(staged))["paragraphs"])
        return texts, [normalise(text) for text in texts]


def read_snapshot_line(
    name: str, record: StagedRecord, read: EntryCollection, unnormalised: UnnormalisedArticles
) -> None:
    """Read a staged record, with its citations, of the file with this name."""
    key, fields = record.item.key, _fields(record.item)
    lines = Lines(name, lambda place: _position_of(record, place))
    if record.type == "Article":
        texts = fields.pop("paragraphs", None)
        read.add_text(key, texts, lines, JSON)
        if key in read.paragraphs and read.paragraphs[key] != texts:
            unnormalised.note(key)
    if record.type in SOURCED:
        if "citations" in fields:
            what = f"{key}.citations: they stand in lines of their own"
            read.faults.append(lines.fault(what, "write a line for each", "citations"))
        fields["citations"] = {
            citation.key: _read_citation(citation, unnormalised) for citation in record.citations
        }
    read.add(Ref(record.type, key), fields, lines, JSON)


def _read_citation(staged: StagedItem, unnormalised: UnnormalisedArticles) -> JsonObject:
    fields = _fields(staged, "subject")
    return fields | ({"anchor": unnormalised.anchor(fields)} if "anchor" in fields else {})


def _position_of(record: StagedRecord, place: Place) -> Position:
    """The position of a part of the record; a citation has a line of its own."""
    match place:
        case "citations", key, *steps:
            for citation in record.citations:
                if citation.key == key:
                    return Position(citation.line, find_column(str(citation.text), tuple(steps)))
    return Position(record.item.line, find_column(str(record.item.text), place))


def _fields(staged: StagedItem, *left_out: str) -> JsonObject:
    fields = reread_object(str(staged.text))
    for name in ("id", "key", *left_out):
        fields.pop(name, None)
    return fields
