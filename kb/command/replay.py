"""`kb replay`: the answers of all permanent links given again, and held against their hashes.

In: settings. Out: how many links there are, and what is wrong with each that does not give the same
answer. Nothing is written.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from kb import database
from kb.config import Settings
from kb.errors import AnswerError
from kb.models import KeptAnswer
from kb.progress import Told
from kb.server.answers import Answers
from kb.server.kept_answers import find_answer
from kb.server.served_schema import open_context


@dataclass(frozen=True)
class ReplayReport:
    links: int
    findings: Sequence[str]


def replay_links(settings: Settings, told: Told) -> ReplayReport:
    """Each as it was told to whoever made it, whatever is shown to others."""
    ids = _read_ids(settings)
    return ReplayReport(len(ids), asyncio.run(_replay_all(settings, ids, told)))


def _read_ids(settings: Settings) -> Sequence[str]:
    engine = database.open_reading_engine(settings)
    try:
        with database.read_transaction(engine) as connection:
            return connection.scalars(select(col(KeptAnswer.id)).order_by("id")).all()
    finally:
        engine.dispose()


async def _replay_all(settings: Settings, ids: Sequence[str], told: Told) -> Sequence[str]:
    reader = database.open_reader(settings)
    context, answers, findings = open_context(settings, reader), Answers(settings), list[str]()
    await reader.open()
    try:
        for done, key in enumerate(ids, 1):
            try:
                if answer := await find_answer(reader, key):
                    await answers.verify(context, answer)
            except AnswerError as error:
                findings.append(f"/answers/{key}: {error}")
            told("Giving answers again", done, len(ids))
    finally:
        context.executor.background.close()
        context.writer.close()
        await reader.close()
    return findings
