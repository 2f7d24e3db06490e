"""Descriptions that curators write as YAML, such as mappings, read and checked for their form.

In: the path of a file, or its name and text, and what type of description it is. Out: its form, or
that type's error with every fault, each with its line and column.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Members
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kb.errors import Fault, InputError
from kb.files.seed_files import UnreadableFile, open_file, unreadable_fault
from kb.files.yaml_reader import PositionMarks, YamlRecord, find_mark, read_yaml
from kb.records.entries import Place
from kb.records.form_errors import YAML, describe_error


class DescriptionFault(NamedTuple):
    """What is wrong at a place of a description."""

    place: Place
    what: str
    remedy: str


Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True)
class DescriptionType(Generic[Form]):
    """A kind of description: its form, what else must hold of it, and the error of what is wrong.

    `tags` are names of pydantic's in the places of its errors.
    """

    form: type[Form]
    check: Callable[[Form], Iterable[DescriptionFault]]
    error: type[InputError]
    tags: frozenset[str] = frozenset()

    def read_file(self, name: str) -> Form:
        """The one of that path."""
        path = Path(name)
        try:
            with open_file(path) as file:
                read = [*read_yaml(name, file)]
        except UnreadableFile as error:
            raise self.error([error.fault]) from None
        except OSError as error:
            raise self.error([unreadable_fault(path, error)]) from None
        return self._make(name, read)

    def read_bytes(self, name: str, content: bytes) -> Form:
        return self._make(name, [*read_yaml(name, BytesIO(content))])

    def _make(self, file: str, read: list[YamlRecord | Fault]) -> Form:
        if faults := [each for each in read if isinstance(each, Fault)]:
            raise self.error(faults)
        records = [each for each in read if not isinstance(each, Fault)]
        marks = {record.key: record.marks for record in records}
        if len(marks) < len(records):
            (twice, _), *_ = Counter(record.key for record in records).most_common(1)
            again = DescriptionFault((twice,), "it is there twice", "merge them")
            raise self.error([_fault(file, marks, again)])
        try:
            made = self.form.model_validate({record.key: record.value for record in records})
        except ValidationError as error:
            findings = findings_of(error, self.tags)
        else:
            findings = [*self.check(made)]
            if not findings:
                return made
        raise self.error([_fault(file, marks, finding) for finding in findings])


def findings_of(error: ValidationError, tags: frozenset[str]) -> list[DescriptionFault]:
    """In the words of whoever wrote the description."""
    return [_finding_of(detail, tags) for detail in error.errors(include_url=False)]


def _finding_of(detail: ErrorDetails, tags: frozenset[str]) -> DescriptionFault:
    place = tuple(step for step in detail["loc"] if step not in tags and step != "[key]")
    context = detail.get("ctx", {})
    match detail["type"]:
        case "literal_error":
            return DescriptionFault(place, detail["msg"].lower(), "correct it")
        case "too_short":
            what = f"it has {context['actual_length']} items, fewer than {context['min_length']}"
            return DescriptionFault(place, what, "add what is missing")
    return DescriptionFault(place, *describe_error(detail, YAML))


def _fault(file: str, marks: Members[str, PositionMarks], finding: DescriptionFault) -> Fault:
    place = finding.place
    first = marks.get(str(place[0])) if place else None
    line, column = find_mark(first, place[1:]) if first else (1, 0)
    where = f"{'.'.join(map(str, place))}: " if place else ""
    return Fault(file, line, f"{where}{finding.what}", finding.remedy, place, column)
