"""The articles behind an answer: those that are cited for the records that it tells of.

In: an answer that is kept. Out: articles as they were recorded at its revision, each once, in the
order of the answer; or that they are not told, as of an answer that is too long.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.errors import AnswerGone
from kb.models import KeptAnswer
from kb.query.pagination import MOST_ROWS
from kb.query.questions import Question, canonical_json
from kb.query.record_ids import record_ids, with_record_ids
from kb.server.answers import Answers, question_in
from kb.server.context import Context
from kb.web.page_queries import query_text
from kb.web.presentation import JsonObject, list_rows, value_at

MOST_RECORDS = 10 * MOST_ROWS
"""Of which the articles are looked for."""


@dataclass(frozen=True)
class Sources:
    """`records` is how many records the answer tells of, `left_out` of how many nothing is told;
    `cut` says that of some the newest articles alone are among these."""

    articles: Sequence[JsonObject]
    records: int
    left_out: int
    cut: bool


async def sources_of(answers: Answers, context: Context, answer: KeptAnswer) -> Sources | None:
    """None where they cannot be told."""
    executor, question = context.executor, question_in(answer)
    async with executor.background.turn():
        text = await executor.background.run(with_record_ids, executor.schema, question.document)
    try:
        told = await answers.tell_again(context, answer, Question(text, question.variables))
        ids = record_ids(told)
        nodes = [
            node
            for at in range(0, min(len(ids), MOST_RECORDS), MOST_ROWS)
            for node in await _records(answers, context, answer, ids[at : at + MOST_ROWS])
        ]
    except AnswerGone:
        return None
    articles = {str(article["id"]): article for node in nodes for article in _articles_of(node)}
    cut = any(value_at(node, "articles.pageInfo.hasNextPage") is True for node in nodes)
    return Sources([*articles.values()], len(ids), max(0, len(ids) - MOST_RECORDS), cut)


async def _records(
    answers: Answers, context: Context, answer: KeptAnswer, ids: Sequence[str]
) -> list[JsonObject]:
    """Each with its articles."""
    question = Question(query_text("sources"), canonical_json({"ids": ids}))
    data = json.loads(await answers.tell_again(context, answer, question))
    return [node for node in data["nodes"] if node]


def _articles_of(node: JsonObject) -> Iterator[JsonObject]:
    """Of an article itself, of a citation that of its passage, of a record all that are cited."""
    if "headline" in node:
        yield node
    elif isinstance(article := node.get("article"), dict):
        yield article
    else:
        yield from list_rows(node, "articles")
