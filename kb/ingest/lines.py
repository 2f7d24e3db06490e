"""A snapshot read back: lines of JSON to the same entries as seed files give.

In: the path of an NDJSON file, and where to stage its lines. Out: every fault with its line: a line
that is no record, a record that stands twice, a file that was cut off or whose records are not
those that its last line counts. What was staged becomes `Entry` objects, with the texts of articles
beside them. Memory does not grow with the file.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from kb.dates import quoted
from kb.errors import Fault
from kb.ingest.anchors import Anchor, holds, shifted
from kb.ingest.documents import FILES, PARAGRAPHS, AnchorDocument, SourcedDocument, is_key
from kb.ingest.files import FIX, Entry, Lines, Place, fault_of_form, not_utf8
from kb.ingest.records import Ref
from kb.ingest.snapshot import FORM
from kb.ingest.staging import Held, Staged, Staging
from kb.normalisation import normalise

_FORMS = dict(FILES.values())
_SOURCED = {kind for kind, form in _FORMS.items() if issubclass(form, SourcedDocument)}
_WHOLE = "take the snapshot again"
_MODULUS = 2**256
_SHOWN = 60
"""Letters of what is no key that a fault tells."""
Fields = dict[str, object]


def is_snapshot(path: Path) -> bool:
    return path.suffix == ".ndjson"


def stage_lines(path: Path, file: int, staging: Staging) -> Iterator[Fault]:
    """Stage the records of a file, which has this number."""
    try:
        yield from _Reader(str(path), file, staging).read(_numbered(path))
    except _NotUtf8 as error:
        yield error.fault
    except OSError:
        yield Fault(str(path), 1, "there is no such file", "name another")


class _NotUtf8(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers from 1 on."""
    before = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                if text := line.decode().rstrip("\r\n"):
                    yield number, text
            except UnicodeDecodeError as error:
                error.start += before
                raise _NotUtf8(not_utf8(path, error)) from None
            before += len(line)


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
        number = 1
        for number, text in lines:
            found = _object(text)
            if found is None:
                yield self._fault(number, "the line is no JSON object")
            else:
                last = found
                yield from self._take(number, text, found)
        yield from self._check_whole(number, last)

    def _take(self, number: int, text: str, found: Fields) -> Iterator[Fault]:
        ref = _ref(found.get("id"))
        if ref.type not in _FORMS and ref.type != "Citation":
            if found.get("form") != FORM and "end" not in found:
                yield self._fault(number, "the line is no record")
            return
        self._amounts[ref.type].add(text)
        subject = _ref(found.get("subject")) if ref.type == "Citation" else None
        if not is_key(ref.type, ref.key):
            what = f"{quoted(ref.key[:_SHOWN])} is no key of a {ref.type.lower()}"
            yield Fault(self._name, number, what, FIX["string_pattern_mismatch"])
        elif subject and subject.type not in _SOURCED:
            yield self._fault(number, f"{ref.key}: it speaks of nothing that can be cited")
        elif not self._staging.add(ref.type, Staged(ref.key, self._file, number, text), subject):
            yield self._fault(number, f"the {ref.type.lower()} `{ref.key}` is there twice")

    def _check_whole(self, number: int, last: Fields) -> Iterator[Fault]:
        found = [
            {"type": kind.upper(), "count": one.count, "checksum": f"{one.total % _MODULUS:064x}"}
            for kind, one in sorted(self._amounts.items())
        ]
        if "counts" not in last:
            yield self._fault(number, "the file has no last line: it was cut off")
        elif last["counts"] != found:
            yield self._fault(number, "its records are not those that the last line counts")

    def _fault(self, number: int, what: str) -> Fault:
        return Fault(self._name, number, what, _WHOLE)


def _object(text: str) -> Fields | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _ref(own: object) -> Ref:
    kind, _, key = normalise(str(own)).partition(":")
    return Ref(kind, key)


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
        if holds(anchor, [text for text in plain if text]) or not holds(anchor, old):
            return given
        moved = shifted(anchor, old, plain)
        return asdict(moved) if moved else given

    def _texts(self, article: str) -> tuple[list[str], list[str]]:
        (staged,) = self._staging.find("Article", article)
        texts: list[str] = json.loads(str(staged))["paragraphs"]
        return texts, [normalise(text) for text in texts]


@dataclass
class Read:
    """What a chunk holds; `paragraphs` are by the key of the article."""

    respelled: Respelled
    entries: list[Entry] = field(default_factory=list)
    paragraphs: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def enter(self, name: str, held: Held) -> None:
        """A staged record of the file of this name."""
        own, fields = held.own, _fields(held.own)
        if held.type == "Article":
            self._keep(name, own, fields.pop("paragraphs", None))
        places: dict[Place, int] = {("citations", one.key): one.line for one in held.cited}
        lines = Lines(name, {(): own.line} | places)
        if held.type in _SOURCED:
            fields["citations"] = {one.key: self._citation(one) for one in held.cited}
        try:
            document = _FORMS[held.type].model_validate(fields)
        except ValidationError as error:
            self.faults += _faults(lines, own.key, error)
        else:
            self.entries.append(Entry(held.type, own.key, document, lines))

    def _citation(self, staged: Staged) -> Fields:
        fields = _fields(staged, "subject")
        return fields | ({"anchor": self.respelled.anchor(fields)} if "anchor" in fields else {})

    def _keep(self, name: str, own: Staged, texts: object) -> None:
        if texts is None:
            return
        try:
            self.paragraphs[own.key] = plain = PARAGRAPHS.validate_python(texts)
        except ValidationError as error:
            self.faults += _faults(Lines(name, {(): own.line}), own.key, error, "paragraphs")
        else:
            if plain != texts:
                self.respelled.note(own.key)


def _faults(lines: Lines, key: str, error: ValidationError, *place: str) -> list[Fault]:
    return [
        fault_of_form(lines, key, one["type"], one["msg"], (*place, *one["loc"]))
        for one in error.errors()
    ]


def _fields(staged: Staged, *left_out: str) -> Fields:
    fields: Fields = json.loads(str(staged.text))
    for name in ("id", "key", *left_out):
        fields.pop(name, None)
    return fields
