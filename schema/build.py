"""The schema made whole: types, scalars, and the way from an operation to its one statement."""

from collections.abc import AsyncIterator
from datetime import date
from functools import cache

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from kb.config import Settings
from kb.news import News
from kb.query.execute import Executor, Operation
from kb.readers import Reader
from schema.adapter import operation_name
from schema.articles import Citation, Publication
from schema.curating import Writer
from schema.dates import DAY, REVISION, Revision
from schema.entities import Membership, Term
from schema.faults import CodedSchema
from schema.following import Context, Following, Subscription
from schema.mutations import Mutation
from schema.queries import Query


class Planned(SchemaExtension):
    """Takes documents as read by `schema.documents`, and sets the result from one statement.

    So Strawberry parses and validates nothing, and resolves no field.
    """

    _errors: list[GraphQLError]

    async def on_parse(self) -> AsyncIterator[None]:
        execution = self.execution_context
        given: Context | Following = execution.context
        context = given.context if isinstance(given, Following) else given
        read = context.documents.read(context.executor, execution.query or "")
        execution.graphql_document, self._errors = await read
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        self.execution_context.pre_execution_errors = self._errors
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        execution = self.execution_context
        context: Context | Following = execution.context
        document = execution.graphql_document
        assert document is not None
        operation = Operation(
            execution.query or "",
            document,
            operation_name(execution),
            execution.variables or {},
        )
        if isinstance(context, Context):
            context.learn(operation)
        execution.result = await context.answer(operation)
        yield


@cache
def build_schema() -> CodedSchema:
    """The one schema of this service."""
    return CodedSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Publication, Citation, Membership, Term],
        extensions=[Planned],
        config=StrawberryConfig(scalar_map={Revision: REVISION, date: DAY}),
    )


def open_context(settings: Settings, reader: Reader) -> Context:
    """What the operations on one database run with; its writer opens it when first asked."""
    executor = Executor(build_schema().core)
    return Context(executor, reader, News(reader), Writer(settings, reader))


def sdl() -> str:
    """The schema in the schema definition language."""
    return build_schema().as_str() + "\n"
