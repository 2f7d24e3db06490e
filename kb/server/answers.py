"""Answers with permanent links: kept as questions with what proves their answers, and given again.

In: operations to be kept, and ids of those that were; settings that say who may keep how many. Out:
rows of `KeptAnswer`, and answers byte for byte as they were, or an AnswerError that says why not.
No answer is stored: each is worked out again, of what was recorded after its revision, for whom the
same was withheld.
"""

import json
from contextlib import suppress
from functools import cache
from hashlib import sha256
from typing import cast

from graphql import GraphQLError
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from kb.config import Keepers, Settings
from kb.errors import AnswerChanged, AnswerGone, AnswerWithheld, HistoryError, NotKept, QueryError
from kb.models import KeptAnswer, Withheld
from kb.models.base import now
from kb.query.executor import Answer, Chosen, Operation, Refused, to_graphql
from kb.query.questions import Question, hash_of, question_of
from kb.query.withheld import TABLES_WITHHELD
from kb.server.bearers import token_wanted
from kb.server.context import Context
from kb.server.kept_answers import KeepTask, Kept, fetch_chain
from kb.server.served_schema import served_schema
from schema.build import sdl

MOST_CHARACTERS = 20_000
"""Of the query and the variables of one that is kept."""
_ID_DIGITS = 32


class AnswerRefused(Exception):
    """An operation that has errors instead of an answer that could be kept."""

    def __init__(self, result: ExecutionResult) -> None:
        super().__init__()
        self.result = result


class Answers:
    """Those of one service."""

    def __init__(self, settings: Settings) -> None:
        self.keepers, self._most = settings.answers, settings.most_answers
        self._of_all = Withheld.NAMES if settings.shows_text else Withheld.TEXTS

    def withheld(self, context: Context) -> Withheld:
        """What is kept from whoever asks."""
        return Withheld.NOTHING if context.bearer else self._of_all

    def are_kept_for(self, context: Context) -> bool:
        if self.keepers is Keepers.TOKEN:
            return context.bearer is not None
        return self.keepers is Keepers.PUBLIC

    async def keep(self, context: Context, data: GraphQLRequestData, revision: str | None) -> Kept:
        """The answer as of that revision, or as of now; raises AnswerRefused, and NotKept."""
        self._check_keeper(context)
        newest_text, newest = await _answer_now(context, data)
        question = await _question(context, data)
        at = newest if revision is None else int(revision)
        told = await self._tell_new(context, question, at, self.withheld(context))
        if revision is None and told != newest_text:
            what = "the answer does not come out the same again"
            raise NotKept(what, "report it to whoever runs the service: `kb check` tells more", 409)
        withheld = await self._most_withheld(context, question, at, told)
        chain = await fetch_chain(context.reader, at)
        answer = _new_answer(question, at, chain, told, withheld)
        return await context.writer.run(KeepTask(answer, self._most))

    def _check_keeper(self, context: Context) -> None:
        if self.are_kept_for(context):
            return
        if self.keepers is Keepers.TOKEN:
            raise token_wanted("to keep an answer takes a token here")
        what = "this service keeps no answers"
        raise NotKept(what, "ask whoever runs it to allow it (KB_ANSWERS)", 403)

    async def _most_withheld(
        self, context: Context, question: Question, revision: int, told: str
    ) -> Withheld:
        """As much as changes nothing of the answer: more may read it, whatever is shown later."""
        shown = self.withheld(context)
        for withheld in reversed(Withheld):
            if withheld is shown:
                break
            with suppress(Refused, QueryError):
                if told == await answer_at(context, question, revision, withheld):
                    return withheld
        return shown

    async def _tell_new(
        self, context: Context, question: Question, revision: int, withheld: Withheld
    ) -> str:
        try:
            return await answer_at(context, question, revision, withheld)
        except Refused as refused:
            errors = [to_graphql(fault) for fault in refused.faults]
        except QueryError as error:
            errors = [to_graphql(error)]
        raise AnswerRefused(ExecutionResult(None, errors))

    def is_shown(self, context: Context, answer: KeptAnswer) -> bool:
        """Whether whoever asks may read it, and what could be guessed by its hash."""
        return Withheld(answer.withheld).covers(self.withheld(context))

    async def replay(self, context: Context, answer: KeptAnswer) -> bytes:
        """The answer as it was, byte for byte; raises AnswerError."""
        if not self.is_shown(context, answer):
            raise AnswerWithheld
        return await self.verify(context, answer)

    async def verify(self, context: Context, answer: KeptAnswer) -> bytes:
        """The same, whoever asks."""
        body = body_of(await self.tell_again(context, answer, question_in(answer)))
        if sha256(body).hexdigest() != answer.sha256:
            raise AnswerChanged(_why_changed(answer))
        return body

    async def tell_again(self, context: Context, answer: KeptAnswer, question: Question) -> str:
        """The JSON of what a question gives of the same moment, to the same readers.

        Raises AnswerGone.
        """
        try:
            text = await answer_at(context, question, answer.revision, Withheld(answer.withheld))
        except (Refused, QueryError, GraphQLError) as error:
            raise AnswerGone(_why_gone(answer, error)) from None
        if answer.chain != await fetch_chain(context.reader, answer.revision):
            raise AnswerGone("the base was put back to an earlier state, and is another one since")
        return text


async def answer_at(context: Context, question: Question, revision: int, withheld: Withheld) -> str:
    """The JSON of `data` as of a revision; raises Refused, QueryError and GraphQLError."""
    document, errors = await context.documents.read(context.executor, question.document)
    if errors:
        raise errors[0]
    operation = Operation(question.document, document, None, json.loads(question.variables))
    chosen = context.executor.choose(operation)
    if not isinstance(chosen, Chosen):
        raise (chosen.errors or [])[0]
    tables = TABLES_WITHHELD[withheld]
    return await context.executor.fetch_at(chosen, revision, tables, context.reader)


async def _answer_now(context: Context, data: GraphQLRequestData) -> tuple[str, int]:
    """The JSON of `data`, and its revision."""
    try:
        result = await served_schema().execute(
            data.query,
            data.variables,
            context,
            operation_name=data.operation_name,
            allowed_operation_types={OperationType.QUERY},
        )
    except InvalidOperationTypeError:
        raise NotKept("this is no query", "keep the answer of a query", 422) from None
    # The library types data as a dict, but only passes it on.
    answer = cast(object, result.data)
    if result.errors or not isinstance(answer, Answer):
        raise AnswerRefused(result)
    return answer.json, int(answer.revision or 0)


async def _question(context: Context, data: GraphQLRequestData) -> Question:
    """Of an operation that was answered."""
    executor = context.executor
    document, _ = await context.documents.read(executor, data.query or "")
    async with executor.background.turn():
        question = await executor.background.run(
            question_of, document, data.operation_name, data.variables or {}
        )
    if (count := len(question.document) + len(question.variables)) > MOST_CHARACTERS:
        what = f"query and variables have {count:,} characters"
        raise NotKept(what, f"an answer that is kept has at most {MOST_CHARACTERS:,}", 413)
    return question


def _new_answer(
    question: Question, revision: int, chain: str, told: str, withheld: Withheld
) -> KeptAnswer:
    return KeptAnswer(
        id=hash_of(question.sha256, revision, chain, withheld)[:_ID_DIGITS],
        document=question.document,
        variables=question.variables,
        question=question.sha256,
        revision=revision,
        chain=chain,
        sha256=sha256(body_of(told)).hexdigest(),
        schema_sha256=schema_sha256(),
        withheld=withheld,
        at=now(),
    )


def question_in(answer: KeptAnswer) -> Question:
    return Question(answer.document, answer.variables)


@cache
def schema_sha256() -> str:
    """Of the schema as it is now."""
    return sha256(sdl().encode()).hexdigest()


def body_of(text: str) -> bytes:
    """The whole answer as it is sent and hashed, of the JSON of its `data`."""
    return b'{"data":%b}' % text.encode()


def _why_gone(answer: KeptAnswer, error: Refused | QueryError | GraphQLError) -> str:
    first = error.faults[0] if isinstance(error, Refused) else error
    if isinstance(first, HistoryError):
        return first.what
    if isinstance(first, GraphQLError) and answer.schema_sha256 != schema_sha256():
        # A service that is locked tells nothing of its schema.
        fault, *_ = first.message.partition(" Did you mean")
        return f"the schema has changed since: {fault}"
    return str(first.message)


def _why_changed(answer: KeptAnswer) -> str:
    if answer.schema_sha256 != schema_sha256():
        return "the schema has changed since, and gives another answer"
    return "what it told was taken down since, or is worked out otherwise by this version"
