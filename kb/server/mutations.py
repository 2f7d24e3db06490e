"""Mutations carried out: one root after the other, each in a transaction of its own.

In: a mutation, and who sent it. Out: its answer; what is selected of each outcome is read by one
statement within the transaction. Everything that can be wrong with the operation itself is found
before anything is written, and nothing is planned or compiled from then on
(`kb.query.mutation_plans`). One thread writes, so that the event loop never waits for a disk.
"""

import asyncio
import json
import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Protocol, TypeVar, cast

from graphql import ExecutionResult, GraphQLError, GraphQLSchema
from sqlalchemy import Connection, Engine

from kb import database, tokens
from kb.commit.feed import Origin
from kb.commit.request import CuratorRequest, Outcome, Receipt, Rejection, carry_out
from kb.config import Settings
from kb.database.file_watch import lost_error
from kb.database.read_pool import Reader
from kb.errors import DatabaseMissing, KBError, Overloaded, QueryError, Unavailable
from kb.progress import Told
from kb.query.executor import Answer, Chosen, Refused, to_graphql
from kb.query.mutation import OUTCOME, OutcomeAnswer, OutcomeRow
from kb.query.mutation_plans import BoundRoot, MutationPlans
from kb.query.refusals import find_refusals
from kb.records.rows import Ref
from kb.server.error_codes import failure
from kb.tokens import Bearer
from schema import mutation as mutations
from schema.mutation import Forbidden, MutationRequest, Stale

_LOGGER = logging.getLogger(__name__)
Result = TypeVar("Result", covariant=True)
_NOTHING: OutcomeRow = dict.fromkeys(OUTCOME)
_NO_TOKEN = "this takes a token; send one as `Authorization: Bearer …`"
_UNKNOWN = (
    "the token that was sent is unknown, revoked or has expired; `kb token create` makes another"
)
MOST_WAITING = 100
"""Mutations that wait for the one that is carried out."""
PATIENCE = 10.0
"""Seconds that one waits for its turn, from its arrival."""
_AGAIN = "nothing was written; try again in a moment"
_TOO_LITTLE = "the token of {} is a {}'s; this takes a {}'s"


class WriteTask(Protocol[Result]):
    """What is written in a turn of its own."""

    def execute(self, writer: "Writer", until: float) -> Result:
        """In a thread; waits for other writers no longer than that, by the monotonic clock."""
        ...


@dataclass
class _LongWrite:
    """An import that is being written, and how far it has come."""

    begun: float
    what: str = "Files"
    done: int = 0
    total: int = 0

    def tell(self, what: str, done: int, total: int) -> None:
        self.what, self.done, self.total = what, done, total

    def words(self) -> str:
        seconds = time.monotonic() - self.begun
        far = f"{self.what.lower()}: {self.done:,} of {self.total:,}"
        return f"an import is written since {seconds:.0f} seconds ({far})"


class Writer:
    """The one that writes to a database for this process, as long as `reader` finds that there."""

    def __init__(self, settings: Settings, reader: Reader) -> None:
        self._settings, self._reader = settings, reader
        self._thread = ThreadPoolExecutor(1, "writer")
        self._engine: Engine | None = None
        self._waiting = 0
        self._long: _LongWrite | None = None
        self.kept = settings.kept_changes

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = database.open_engine(self._settings, new=False)
        return self._engine

    async def run(self, task: WriteTask[Result]) -> Result:
        """What the task gives, such as the part of `data` of one root; once begun it is finished,
        whoever still waits.

        Raises Overloaded if its turn does not come in time, DatabaseLost if what was written may be
        lost too, and Unavailable at once while the database is known to be gone.
        """
        await self._reader.state()
        if self._reader.primary.is_gone():
            raise Unavailable("the database cannot be written to just now", _AGAIN)
        try:
            result = await self._take_turn(task)
        except DatabaseMissing as error:
            # The reader looks at most every few milliseconds: the file may have gone since.
            raise lost_error("the database is gone", error.whole()) from None
        await self._reader.state()
        return result

    async def _take_turn(self, task: WriteTask[Result]) -> Result:
        if self._waiting >= MOST_WAITING:
            raise Overloaded(f"{MOST_WAITING} mutations wait already", _AGAIN)
        until = time.monotonic() + PATIENCE
        turn = self._thread.submit(task.execute, self, until)
        self._waiting += 1
        try:
            done, _ = await asyncio.wait([result := asyncio.wrap_future(turn)], timeout=PATIENCE)
            # One that has begun is not taken back: what became of it would not be known.
            if not done and turn.cancel():
                raise self._too_long()
            return await result
        finally:
            turn.cancel()
            self._waiting -= 1

    @contextmanager
    def telling(self) -> Iterator[Told]:
        """While something long is written: whoever waits for it in vain is told how far it is."""
        self._long = _LongWrite(time.monotonic())
        try:
            yield self._long.tell
        finally:
            self._long = None

    def _too_long(self) -> Overloaded:
        waited = f"it waited for {PATIENCE:g} seconds"
        if long := self._long:
            return Overloaded(f"{waited} while {long.words()}", _AGAIN)
        return Overloaded(f"{waited}: the mutations before this one take too long", _AGAIN)

    def note_use(self, bearer: Bearer) -> None:
        """Soon, where the database can be written; nobody waits for it."""
        if self._reader.primary.is_gone():
            return  # To try would keep others waiting.
        self._thread.submit(self._note_use, bearer)

    def _note_use(self, bearer: Bearer) -> None:
        try:
            until = time.monotonic() + PATIENCE
            with database.write_transaction(self.engine, until) as connection:
                tokens.enrol(connection, bearer)
                tokens.note_use(connection, bearer.id)
        except KBError as error:
            _LOGGER.info("the use of a token was not noted: %s", error.whole())

    def close(self) -> None:
        self._thread.shutdown()
        if self._engine is not None:
            self._engine.dispose()


@dataclass(frozen=True)
class MutationTask:
    """One root, as it was asked for by the bearer of a token."""

    root: BoundRoot
    request: MutationRequest
    bearer: Bearer | None
    token: str | None

    def execute(self, writer: Writer, until: float) -> str:
        with database.read_transaction(writer.engine) as connection:
            bearer = self._confirm_bearer(connection)
            if refusal := _refusal(bearer, self.request, self.token):
                return self._answer(connection, refusal)
        assert bearer is not None
        origin = Origin(bearer.name, writer.kept)
        with database.write_transaction(writer.engine, until) as connection:
            tokens.enrol(connection, bearer)
            outcome = carry_out(connection, self._curator_request(), bearer, origin)
            answer = self._answer(connection, _outcome_answer(outcome, self.request.payload))
            if self.root.arguments["dryRun"]:
                connection.rollback()
            return answer

    def _confirm_bearer(self, connection: Connection) -> Bearer | None:
        """The token may have been revoked since the request came."""
        if self.bearer is None or self.token is None:
            return None
        return tokens.confirm(connection, self.bearer, self.token)

    def _curator_request(self) -> CuratorRequest:
        given = self.root.arguments["input"]
        assert isinstance(given, Mapping)
        return CuratorRequest(self.root.name, self.request.draft, given, self.request.lists)

    def _answer(self, connection: Connection, answer: OutcomeAnswer) -> str:
        """Raises QueryError for what only the rows can tell; then nothing is written."""
        bound = self.root.answer(answer)
        return _checked(str(database.fetch(connection, bound.pieces, bound.values)))


def _refusal(
    bearer: Bearer | None, request: MutationRequest, token: str | None
) -> OutcomeAnswer | None:
    if bearer is None:
        return _forbidden(_UNKNOWN if token else _NO_TOKEN)
    if bearer.role.includes(request.role):
        return None
    return _forbidden(_TOO_LITTLE.format(bearer.name, bearer.role.lower(), request.role.lower()))


def _forbidden(message: str) -> OutcomeAnswer:
    return OutcomeAnswer(Forbidden.__name__, {**_NOTHING, "message": message})


def _outcome_answer(outcome: Outcome, payload: str) -> OutcomeAnswer:
    match outcome:
        case Receipt():
            row = {"id": _id(outcome.ref), **_place(outcome.number, outcome.revision)}
            listed = [*map(_listed_row, count(), outcome.listed)]
            return OutcomeAnswer(payload, {**_NOTHING, **row}, listed=listed)
        case Rejection():
            return OutcomeAnswer(mutations.Invalid.__name__, _NOTHING, _problems(outcome))
        case _:
            return OutcomeAnswer(
                Stale.__name__, {**_NOTHING, **_place(outcome.number, outcome.revision)}
            )


def _listed_row(position: int, number: int | None) -> OutcomeRow:
    return {"position": position, "record_id": number}


def _id(ref: Ref) -> str:
    return f"{ref.type}:{ref.key}"


def _place(number: int | None, revision: int) -> OutcomeRow:
    return {"record_id": number, "revision": str(revision)}


def _problems(rejection: Rejection) -> list[OutcomeRow]:
    return [
        {
            "position": number,
            "path": json.dumps(["input", *map(str, fault.place)], ensure_ascii=False),
            "message": f"{fault.what}; {fault.remedy}",
        }
        for number, fault in enumerate(rejection.faults)
    ]


@dataclass(frozen=True)
class Curation:
    """What mutations of one client are carried out with."""

    schema: GraphQLSchema
    plans: MutationPlans
    reader: Reader
    writer: Writer
    bearer: Bearer | None
    token: str | None

    async def answer(self, chosen: Chosen) -> ExecutionResult:
        """The answer to a mutation; a root that fails is null, and those before it are done."""
        try:
            roots = await self.plans.bind(chosen)
        except Refused as refused:
            return ExecutionResult(None, [to_graphql(fault) for fault in refused.faults])
        except (QueryError, Unavailable) as error:
            return ExecutionResult(None, [to_graphql(error)])
        parts: list[str] = []
        errors: list[GraphQLError] = []
        for root in roots:
            try:
                parts.append(await self._part(root))
            except Exception as error:
                parts.append(f'{{"{root.key}":null}}')
                errors.append(_execution_error(error, root))
        text = "{" + ",".join(part[1:-1] for part in parts) + "}"
        # The library types data as a dict, but only passes it on.
        return ExecutionResult(cast(dict[str, object], Answer(text)), errors or None)

    async def _part(self, root: BoundRoot) -> str:
        if root.name == "__typename":
            return json.dumps({root.key: mutations.Mutation.__name__})
        request = request_of(self.schema, root.name)
        if refusal := _refusal(self.bearer, request, self.token):
            # Who may not write waits for nobody who does.
            bound = root.answer(refusal)
            text, *_ = await self.reader.fetch((*bound.pieces,), bound.values)
            return _checked(str(text))
        return await self.writer.run(MutationTask(root, request, self.bearer, self.token))


def _checked(text: str) -> str:
    """Raises QueryError for what only the rows can tell."""
    if refusals := find_refusals(text):
        raise refusals[0]
    return text


def request_of(schema: GraphQLSchema, name: str) -> MutationRequest:
    """What the field of this name of `Mutation` asks for."""
    mutation_type = schema.mutation_type
    assert mutation_type is not None
    field = mutation_type.fields[name].extensions["strawberry-definition"]
    request: MutationRequest = field.metadata["request"]
    return request


def _execution_error(error: Exception, root: BoundRoot) -> GraphQLError:
    graphql_error = to_graphql(error) if isinstance(error, KBError) else failure(error)
    path = graphql_error.path or [root.key]
    return GraphQLError(graphql_error.message, path=path, extensions=graphql_error.extensions)
