"""The schema as it is served: the way from an operation to its one statement.

In: settings and a reader of a database. Out: the schema, whose execution goes by the planner, and
the context that its operations run with.
"""

from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from graphql import GraphQLError, get_operation_ast
from strawberry.extensions import SchemaExtension

from kb.admission.rates import BURST, Rates
from kb.admission.shared_counts import SharedCounts
from kb.background import Background
from kb.config import Audience, Settings
from kb.database.commit_watch import CommitWatch
from kb.database.read_pool import Reader
from kb.query.executor import Executor, Operation
from kb.query.mutation_plans import MutationPlans
from kb.query.sql import Tables
from kb.query.withheld import NOTHING, withheld_tables
from kb.server.bearers import Bearers
from kb.server.context import Access, Context, subscription_seats
from kb.server.document_store import DocumentStore
from kb.server.error_codes import CodedSchema
from kb.server.manifests import read_manifests
from kb.server.mutations import Writer
from kb.server.subscriptions import SubscriptionContext
from kb.telemetry.record import current, label
from schema.adapter import operation_name
from schema.build import build

if TYPE_CHECKING:
    from kb.oidc import Issuer

_NONE: Mapping[str, str] = MappingProxyType({})


class PlannedExecution(SchemaExtension):
    """Takes documents from `kb.server.document_cache`, and sets the result from one statement.

    So Strawberry parses and validates nothing, and resolves no field.
    """

    _errors: list[GraphQLError]

    async def on_parse(self) -> AsyncIterator[None]:
        execution = self.execution_context
        given: Context | SubscriptionContext = execution.context
        context = given.context if isinstance(given, SubscriptionContext) else given
        text = execution.query or ""
        # Known better once it is read, if it can be.
        current().operation = label(text)
        read = context.documents.read(context.executor, text)
        execution.graphql_document, self._errors = await read
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        self.execution_context.pre_execution_errors = self._errors
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        execution = self.execution_context
        context: Context | SubscriptionContext = execution.context
        document = execution.graphql_document
        assert document is not None
        operation = Operation(
            execution.query or "",
            document,
            operation_name(execution),
            execution.variables or {},
        )
        current().operation = label(operation.text, get_operation_ast(document, operation.name))
        if isinstance(context, Context):
            context.keep_document(operation)
        execution.result = await context.answer(operation)
        yield


@cache
def served_schema() -> CodedSchema:
    """The one schema of this service."""
    return build(CodedSchema, [PlannedExecution])


def open_context(
    settings: Settings,
    reader: Reader,
    own_documents: Mapping[str, str] = _NONE,
    shared: SharedCounts | None = None,
) -> Context:
    """What the operations on one database run with; its writer opens it when first asked.

    `own_documents` are asked by the service's own pages; `shared` is what workers count in
    together. Raises ManifestError.
    """
    background, writer = Background(), Writer(settings, reader)
    withheld = withheld_tables(texts=not settings.shows_text)
    return Context(
        _access(settings, background, withheld),
        _access(settings, background, NOTHING),
        reader,
        CommitWatch(reader),
        writer,
        Bearers(reader, writer, _issuer(settings), shared.failures if shared else None),
        _open_store(settings, own_documents),
        seats=subscription_seats(shared.subscriptions if shared else None),
        rates=_rates(settings.most_requests, shared),
        is_closed=settings.read is Audience.TOKEN,
    )


def _rates(most: int, shared: SharedCounts | None) -> Rates | None:
    return Rates(most, most * BURST, shared.requests if shared else None) if most else None


def _access(settings: Settings, background: Background, withheld: Tables) -> Access:
    schema = served_schema().core
    executor = Executor(schema, background, withheld, hide_suggestions=settings.is_locked)
    return Access(executor, MutationPlans(executor))


def _issuer(settings: Settings) -> "Issuer | None":
    if not settings.oidc_issuer:
        return None
    # Its cryptography takes long to import, and few services need it.
    from kb.oidc import Issuer

    return Issuer(settings.oidc_issuer, settings.oidc_audience, settings.oidc_role_claim)


def _open_store(settings: Settings, own_documents: Mapping[str, str]) -> DocumentStore:
    listed, locked = dict[str, str](), settings.is_locked
    if settings.documents:
        listed = read_manifests(Path(settings.documents), served_schema().core, locked=locked)
    return DocumentStore({**listed, **own_documents}, locked=locked)
