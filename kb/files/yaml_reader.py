"""YAML read as a stream: the records of the one mapping that a seed file is, one after the other.

In: the bytes of a file. Out: a `YamlRecord` for each entry of the mapping, as plain values with
their positions, and every fault; memory holds one record. Scalars stay the text that was written,
so that `2002` or `NO` mean just that. Aliases, anchors and tags are refused: with them a value
would be read as something other than what is written.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import BinaryIO, NamedTuple, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader

from kb.errors import Fault
from kb.normalisation import normalise
from kb.records.entries import Place, Position
from kb.records.form_errors import quote_shortened

MOST_YAML_LINE = 1_000_000
"""Bytes of a line, and how much there may be of one record: a scanner keeps either whole."""
MOST_YAML_RECORD = 16_000_000
MOST_YAML_DEPTH = 20
Plain = str | bool | None | list["Plain"] | dict[str, "Plain"]
PositionMarks = list["int | dict[str, PositionMarks] | list[PositionMarks]"]
"""Line and column of a value, then the marks of its parts; plain lists that JSON can hold."""

_BOOLEANS = {"true": True, "false": False}
_QUOTED = frozenset("'\"|>")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTE = "put the text in quotes"
_PROBLEMS = (
    ("'\\t' that cannot", "a tab stands where a value begins", "indent with spaces"),
    ("cannot start any token", "no text begins with this sign", _QUOTE),
    ("values are not allowed", "a `:` stands within a text", "put a text that has `: ` in quotes"),
    ("expected ':'", "it is no `key: value`", "write one; a key has at most 1,000 characters"),
    ("end of stream", "quotes are not closed", "close them"),
    ("document separator", "quotes are not closed", "close them"),
    ("escape", "`\\` stands before what it cannot escape", "write it twice, or use single quotes"),
    ("',' or", "a bracket is not closed, or a comma missing", "write `[a, b]` or `{a: b}`"),
    ("block end", "it does not fit what stands before it", "indent it as what it belongs to"),
    ("document start", "it does not fit what stands before it", "indent it as what it belongs to"),
    ("sequence entries", "a `-` stands where no list can begin", "put it on a line of its own"),
    ("mapping keys", "a `?` stands where no key can begin", _QUOTE),
    ("node content", "a value is missing", "write it, or put a text that has brackets in quotes"),
    ("chomping", "more stands behind `|` or `>`", "begin the text on the next line"),
    ("alphabetic", "`&`, `*` or `%` stands before what is no name", _QUOTE),
    ("URI", "`!` stands before what is no tag", _QUOTE),
    ("tag", "`!` stands before what is no tag", _QUOTE),
    ("directive", "it is no directive", "leave the line out"),
    ("digit", "it is no directive", "leave the line out"),
    ("document", "it is no YAML 1.2", "leave the line out"),
)
"""What is wrong and what to do, by the first text that occurs in the library's message."""


class YamlRecord(NamedTuple):
    """One entry of the file's mapping."""

    key: str
    value: Plain
    marks: PositionMarks


class _YamlFault(Exception):
    """A fault after which a file cannot be read on."""

    def __init__(self, position: Position, what: str, remedy: str) -> None:
        self.position, self.what, self.remedy = position, what, remedy


def read_yaml(name: str, file: BinaryIO) -> Iterator[YamlRecord | Fault]:
    """`name` is that of the file. Raises OSError if reading fails."""
    try:
        for record in _Records(_Source(file)).read():
            if isinstance(record, YamlRecord):
                yield record
            else:
                yield _fault(name, record)
    except _YamlFault as refused:
        yield _fault(name, refused)


def _fault(name: str, refused: _YamlFault) -> Fault:
    line, column = refused.position
    return Fault(name, line, refused.what, refused.remedy, column=column)


def find_mark(marks: PositionMarks, place: Place) -> Position:
    """Where a part stands, or the nearest thing around it."""
    for step in place:
        parts = marks[2] if len(marks) > 2 else None
        if isinstance(parts, dict) and str(step) in parts:
            marks = parts[str(step)]
        elif isinstance(parts, list) and isinstance(step, int) and step < len(parts):
            marks = parts[step]
        else:
            break
    line, column, *_ = marks
    assert isinstance(line, int)
    assert isinstance(column, int)
    return Position(line, column)


class _Source:
    """The text of a file as the library reads it, of whole lines."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._line = self._bytes = 0
        self.given = self.most = 0

    def read(self, size: int) -> str:
        parts: list[str] = []
        length = 0
        while length < size and (line := self._file.readline(MOST_YAML_LINE + 1)):
            self._line += 1
            parts.append(self._text(line))
            length += len(line)
            self._bytes += len(line)
        self.given += length
        if self.most and self.given > self.most:
            self._refuse(1, f"a record of more than {MOST_YAML_RECORD:,} bytes", "split it")
        return "".join(parts)

    def _text(self, line: bytes) -> str:
        if len(line) > MOST_YAML_LINE:
            self._refuse(1, f"a line of more than {MOST_YAML_LINE:,} bytes", "break it")
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            what = f"not UTF-8 at byte {self._bytes + error.start}"
            self._refuse(len(line[: error.start].decode()) + 1, what, "save the file as UTF-8")
        if self._bytes == 0:
            text = text.removeprefix("\ufeff")
        if odd := _UNPRINTABLE.search(text):
            what = f"not YAML: it has the character U+{ord(odd[0]):04X}"
            self._refuse(odd.start() + 1, what, "leave it out, or write it as an escape in quotes")
        return text

    def _refuse(self, column: int, what: str, remedy: str) -> NoReturn:
        raise _YamlFault(Position(self._line, column), what, remedy)


# The library looks up scanner and resolver at every token; here once for each text. The characters
# were checked by `_Source`.
class _Parser(Parser):
    scanner = cached_property(lambda self: self.loader.scanner)
    resolver = cached_property(lambda self: self.loader.resolver)


class _Reader(Reader):
    def check_printable(self, data: object) -> None:
        pass


class _Records:
    """The records of a source, and the faults that do not keep it from being read on."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        yaml = YAML(typ="safe", pure=True)
        yaml.Parser, yaml.Reader = _Parser, _Reader
        self._events = yaml.parse(source)
        self._faults: list[_YamlFault] = []
        self._last = Position(1, 1)

    def read(self) -> Iterator[YamlRecord | _YamlFault]:
        event = self._next()
        while not isinstance(event, DocumentStartEvent | StreamEndEvent):
            event = self._next()
        if isinstance(event, StreamEndEvent):
            return
        event = self._next()
        if isinstance(event, MappingStartEvent) and not _find_ambiguity(event):
            yield from self._entries()
        elif not _is_empty(event):
            raise self._fault_at(event, "the file is no mapping", "write each record under its key")
        self._next()
        event = self._next()
        if not isinstance(event, StreamEndEvent):
            remedy = "leave out its `---`, and write all records in one mapping"
            raise self._fault_at(event, "a second document begins", remedy)

    def _entries(self) -> Iterator[YamlRecord | _YamlFault]:
        while not isinstance(event := self._next(), MappingEndEvent):
            self._source.most = self._source.given + MOST_YAML_RECORD
            key = self._key(event, 1)
            value, parts = self._value(self._next(), 1)
            faults, self._faults = self._faults, []
            yield from faults
            if not faults:
                yield YamlRecord(key, value, _marks(event, parts))

    def _value(self, event: Event, depth: int) -> tuple[Plain, list[object]]:
        """The value of a node, and the marks of its parts if it can have any."""
        if depth > MOST_YAML_DEPTH:
            what = f"nested more than {MOST_YAML_DEPTH} deep"
            raise self._fault_at(event, what, "write what the JSON Schema beside the file has")
        if ambiguity := _find_ambiguity(event):
            self._faults.append(self._fault_at(event, *ambiguity))
        if isinstance(event, MappingStartEvent):
            return self._mapping(depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(depth)
        return (_scalar(event) if isinstance(event, ScalarEvent) else None), []

    def _mapping(self, depth: int) -> tuple[Plain, list[object]]:
        values: dict[str, Plain] = {}
        marks: dict[str, PositionMarks] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event, depth + 1)
            if key in values:
                what = f"{quote_shortened(key)} is there twice"
                self._faults.append(self._fault_at(event, what, "merge them, or rename one"))
            values[key], parts = self._value(self._next(), depth + 1)
            marks[key] = _marks(event, parts)
        return values, [marks]

    def _sequence(self, depth: int) -> tuple[Plain, list[object]]:
        values: list[Plain] = []
        marks: list[PositionMarks] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            value, parts = self._value(event, depth + 1)
            values.append(value)
            marks.append(_marks(event, parts))
        return values, [marks]

    def _key(self, event: Event, depth: int) -> str:
        if isinstance(event, ScalarEvent) and not _find_ambiguity(event):
            return normalise(str(event.value))
        if ambiguity := _find_ambiguity(event):
            self._faults.append(self._fault_at(event, *ambiguity))
        else:
            what = "a key that is no text"
            self._faults.append(self._fault_at(event, what, "write `key: value`"))
        self._value(event, depth)
        return ""

    def _next(self) -> Event:
        try:
            event: Event = next(self._events)
        except MarkedYAMLError as error:
            mark = error.problem_mark
            position = Position(mark.line + 1, mark.column + 1) if mark else self._last
            raise _translate_library_error(position, error) from None
        # What it raises at an escape beyond Unicode, and at a version of thousands of digits.
        except (ValueError, OverflowError):
            what, remedy = "not YAML: a number stands for no character", "use single quotes"
            raise _YamlFault(self._last, what, remedy) from None
        self._last = Position(event.end_mark.line + 1, event.end_mark.column + 1)
        return event

    def _fault_at(self, event: Event, what: str, remedy: str) -> _YamlFault:
        mark = event.start_mark
        return _YamlFault(Position(mark.line + 1, mark.column + 1), what, remedy)


def _translate_library_error(position: Position, error: MarkedYAMLError) -> _YamlFault:
    message = str(error.problem)
    problems = ((what, remedy) for part, what, remedy in _PROBLEMS if part in message)
    what, remedy = next(problems, ("its form is another", _QUOTE))
    return _YamlFault(position, f"not YAML: {what}", remedy)


def _find_ambiguity(event: Event) -> tuple[str, str] | None:
    """An alias, anchor or tag, by which a value is not what is written; and what to do."""
    if isinstance(event, AliasEvent):
        return (
            f"{quote_shortened(f'*{event.anchor}')} stands for another value",
            "write it out, or put it in quotes",
        )
    if isinstance(event, NodeEvent):
        if event.anchor is not None:
            what = (
                f"{quote_shortened(f'&{event.anchor}')} names a value, for others to stand for it"
            )
            return what, "leave the name out, or put all in quotes"
        if (tag := getattr(event, "ctag", None)) is not None:
            return f"{quote_shortened(str(tag))} is a tag", "leave it out, or put all in quotes"
    return None


def _is_empty(event: Event) -> bool:
    return isinstance(event, ScalarEvent) and _scalar(event) is None


def _scalar(event: ScalarEvent) -> str | bool | None:
    text = str(event.value)
    if event.style in _QUOTED:
        return text
    return None if text in ("", "~", "null") else _BOOLEANS.get(text, text)


def _marks(event: Event, parts: list[object]) -> PositionMarks:
    return [event.start_mark.line + 1, event.start_mark.column + 1, *parts]
