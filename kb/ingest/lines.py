"""A snapshot read back: lines of JSON to the same entries as seed files give.

In: the path of an NDJSON file. Out: `Entry` objects, with the texts of articles beside them, and
every fault with its line: a line that is no record, a record that stands twice, a file that was cut
off or whose records are not those that its last line counts.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from kb.errors import Fault
from kb.ingest.documents import FILES
from kb.ingest.files import Entry, Lines, Place, fault_of_form, not_utf8
from kb.ingest.snapshot import FORM

_FORMS = dict(FILES.values())
_WHOLE = "take the snapshot again"
Fields = dict[str, object]


@dataclass
class Read:
    """What a snapshot holds; `paragraphs` are by the key of the article."""

    entries: list[Entry] = field(default_factory=list)
    paragraphs: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def is_snapshot(path: Path) -> bool:
    return path.suffix == ".ndjson"


def read_lines(path: Path) -> Read:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return Read(faults=[not_utf8(path, error)])
    except OSError:
        return Read(faults=[Fault(str(path), 1, "there is no such file", "name another")])
    return _Reader(str(path)).read(text.split("\n"))


@dataclass(frozen=True)
class _Line:
    """A record's line: its number, type, key and the rest of its fields."""

    number: int
    kind: str
    key: str
    fields: Fields


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._read = Read()
        self._digests: defaultdict[str, list[int]] = defaultdict(list)
        self._records: list[_Line] = []
        self._cited: defaultdict[str, Fields] = defaultdict(dict)
        self._cited_at: dict[str, int] = {}

    def read(self, lines: list[str]) -> Read:
        last: object = None
        for number, text in enumerate(lines, 1):
            if not text:
                continue
            found = self._json(number, text)
            if isinstance(found, dict):
                last = found
                self._take(number, text, found)
        self._check_whole(len(lines), last)
        for line in self._records:
            self._enter(line)
        for subject, cited in self._cited.items():
            what = f"it speaks of `{subject}`, which has no line"
            for key in cited:
                self._fault(self._cited_at[key], f"{key}: {what}", _WHOLE)
        return self._read

    def _json(self, number: int, text: str) -> object:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self._fault(number, "the line is no JSON object", _WHOLE)
        return found

    def _take(self, number: int, text: str, found: Fields) -> None:
        kind, _, key = str(found.get("id", "")).partition(":")
        if kind in _FORMS or kind == "Citation":
            digest = hashlib.sha256(text.encode()).hexdigest()
            self._digests[kind].append(int(digest, 16))
            rest = {name: value for name, value in found.items() if name not in ("id", "key")}
            if kind == "Citation":
                self._cited[str(rest.pop("subject", ""))][key] = rest
                self._cited_at[key] = number
            else:
                self._records.append(_Line(number, kind, key, rest))
        elif found.get("form") != FORM and "end" not in found:
            self._fault(number, "the line is no record", _WHOLE)

    def _check_whole(self, number: int, last: object) -> None:
        counts = last.get("counts") if isinstance(last, dict) else None
        found = [
            {"type": kind.upper(), "count": len(each), "checksum": f"{sum(each) % 2**256:064x}"}
            for kind, each in sorted(self._digests.items())
        ]
        if counts is None:
            self._fault(number, "the file has no last line: it was cut off", _WHOLE)
        elif counts != found:
            self._fault(number, "its records are not those that the last line counts", _WHOLE)

    def _enter(self, line: _Line) -> None:
        fields = dict(line.fields)
        if line.kind == "Article":
            self._keep(line, fields.pop("paragraphs", None))
        cited = self._cited.pop(f"{line.kind}:{line.key}", {})
        places: dict[Place, int] = {("citations", key): self._cited_at[key] for key in cited}
        lines = Lines(self._file, {(): line.number} | places)
        if "citations" in _FORMS[line.kind].model_fields:
            fields["citations"] = cited
        try:
            document = _FORMS[line.kind].model_validate(fields)
        except ValidationError as error:
            for fault in error.errors():
                told = fault_of_form(lines, line.key, fault["type"], fault["msg"], fault["loc"])
                self._read.faults.append(told)
        else:
            self._read.entries.append(Entry(line.kind, line.key, document, lines))

    def _keep(self, line: _Line, texts: object) -> None:
        if isinstance(texts, list):
            self._read.paragraphs[line.key] = [str(text) for text in texts]
        elif texts is not None:
            self._fault(line.number, f"{line.key}: its paragraphs are no list", _WHOLE)

    def _fault(self, number: int, what: str, remedy: str) -> None:
        self._read.faults.append(Fault(self._file, number, what, remedy))
