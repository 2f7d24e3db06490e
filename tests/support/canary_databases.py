"""Databases of archives with canaries, and what they are asked as known on a day.

In: a place for databases, and an archive. Out: a `CanaryReader`, of which each question tells what
came out too early. A question counts once for each set of variables and each day.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from graphql import GraphQLError, OperationDefinitionNode, parse

from kb.config import Settings
from tests.support.curated import curator, expect_payload
from tests.support.databases import Database, Place, open_database
from tests.support.leaks import Leak, find_leaks, text_leaks
from tests.worlds.canaries import CanaryArchive
from tests.worlds.known_archives import write_seed_files

Errors = list[tuple[str, object, object]]


@dataclass
class CanaryReader:
    """A database that holds an archive; it counts what it was asked, and what was refused."""

    database: Database
    archive: CanaryArchive
    questions: int = 0
    refused: int = 0

    def begin(self) -> None:
        """Count from here."""
        self.questions = self.refused = 0

    def days(self) -> list[date]:
        """Those on which an article becomes known, and those before them."""
        return sorted({day - timedelta(step) for day in self.archive.days for step in (0, 1)})

    def leaks(self, query: str, variables: Mapping[str, object], day: date) -> list[Leak]:
        """Of an operation, asked as a view of a day."""
        data, errors = self.ask(query, variables, day)
        request = f"{query} {variables}"
        told = [
            leak
            for message, *_ in errors
            for leak in text_leaks(self.archive, message, day, "error", request)
        ]
        return [*find_leaks(self.archive, data, day), *told]

    def ask(
        self, query: str, variables: Mapping[str, object], day: date
    ) -> tuple[dict[str, object] | None, Errors]:
        """The data and the errors of an operation within the view of a day."""
        data, errors = self.database.answer(within_view(query, day), **variables)
        self.questions += 1
        self.refused += bool(errors)
        return data, errors


def differences(answer: object, other: object, path: str = "") -> Iterator[str]:
    """Where two answers differ, and in what."""
    match answer, other:
        case (dict(), dict()) if answer.keys() == other.keys():
            for key in answer:
                yield from differences(answer[key], other[key], f"{path}.{key}")
        case (list(), list()) if len(answer) == len(other):
            for place, both in enumerate(zip(answer, other, strict=True)):
                yield from differences(*both, f"{path}.{place}")
        case _ if answer != other:
            yield f"{path}: {answer} and {other}"


def within_view(query: str, day: date) -> str:
    """The same operation in the view of a day."""
    for node in parse(query).definitions:
        if isinstance(node, OperationDefinitionNode) and node.selection_set.loc:
            start, end = node.selection_set.loc.start, node.selection_set.loc.end
            return f'{query[:start]}{{ view(knownAt: "{day}") {query[start:end]} }}{query[end:]}'
    raise GraphQLError("it holds no operation")


@contextmanager
def open_archive(
    place: Place, migrated: Settings, folder: Path, archive: CanaryArchive
) -> Iterator[CanaryReader]:
    """A database with the documents of the archive, and then with the texts of its articles."""

    def make(settings: Settings) -> None:
        with open_database(settings) as database:
            database.load(write_seed_files(folder, archive.documents))
            writer = curator(database)
            for key, paragraphs in archive.paragraphs.items():
                expect_payload(writer.record("Article", slug=key, paragraphs=[*paragraphs]))

    told = repr((archive.documents, archive.paragraphs))
    name = f"canaries-{hashlib.sha256(told.encode()).hexdigest()}"
    with open_database(place.create(place.keep(name, migrated, make))) as database:
        yield CanaryReader(database, archive)
