"""The evaluation: questions asked of a service over `/mcp`, and what is found of each answer.

In: a service over a made-up archive, its worlds, and questions. Out: for each question, asked now
and as known on its day, whether the answer is right, how many calls it took, and which words of
later articles came out. The answer of now is looked through in the same way: where it has such
words, none in the other is no accident.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from tests.agents.answers import Answer
from tests.agents.expected import expected_answer
from tests.agents.questions import Question, make_questions
from tests.agents.scripted import Dialogue, answer_question
from tests.oracle.as_known import WorldsByDay
from tests.oracle.data import World
from tests.support.canary_databases import open_archive
from tests.support.databases import Place
from tests.support.leaks import Leak, page_leaks
from tests.support.mcp import LEGACY, McpClient
from tests.worlds.canaries import ARTICLES, CanaryArchive, make_canary_archive


@dataclass(frozen=True)
class Result:
    """`now` and `then` are pairs of what was answered and what is right; `told_later` tells how
    many words of later articles the answer of now has.
    """

    question: Question
    now: tuple[Answer, Answer]
    then: tuple[Answer, Answer]
    calls: int
    leaks: Sequence[Leak]
    told_later: int

    @property
    def is_right(self) -> bool:
        return self.now[0] == self.now[1] and self.then[0] == self.then[1]


@dataclass(frozen=True)
class Examiner:
    """One archive and the service over it."""

    host: McpClient
    archive: CanaryArchive
    worlds: WorldsByDay

    def questions(self, count: int) -> list[Question]:
        return make_questions(self.worlds, Random(0), count)

    def ask(self, question: Question) -> Result:
        now, then = Dialogue(self.host), Dialogue(self.host)
        day = question.known_at
        answers = (
            answer_question(now, question, None),
            answer_question(then, question, day),
        )
        expected = (
            expected_answer(self.worlds.present, question),
            expected_answer(self.worlds.on(day), question),
        )
        return Result(
            question,
            (answers[0], expected[0]),
            (answers[1], expected[1]),
            max(len(now.told), len(then.told)),
            self._leaks(then, question),
            len(self._leaks(now, question)),
        )

    def _leaks(self, dialogue: Dialogue, question: Question) -> list[Leak]:
        """What only articles after the day say; but for what was said by whoever asked."""
        told = "\n".join(dialogue.told)
        return [*page_leaks(self.archive, told, question.known_at, question.words)]


@contextmanager
def examine(place: Place, migrated: Settings, folder: Path, seed: int) -> Iterator[Examiner]:
    """Of the archive of a seed."""
    archive = make_canary_archive([seed] * ARTICLES)
    with open_archive(place, migrated, folder, archive) as reader:
        worlds = WorldsByDay(World(reader.database.engine), reader.database.ask)
        with TestClient(create_app(reader.database.settings)) as http:
            yield Examiner(McpClient(http), archive, worlds)


@contextmanager
def legacy_host(settings: Settings) -> Iterator[McpClient]:
    """A client of the older era, of a service over this database."""
    with TestClient(create_app(settings)) as http:
        yield McpClient(http, LEGACY)
