"""The same answers as a good developer gets them from Strawberry, over the same tables.

In: the URL of a database. Out: an ASGI application: types with resolvers, a DataLoader for each
relation, one statement of SQLAlchemy for each batch, caches of documents and of their validation.
It is what the service is measured against.
"""

import json
from collections.abc import Iterator

import pysqlite3
import strawberry
from sqlalchemy import Engine, and_, create_engine, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache

from kb import models
from tests.bench.idiomatic_types import (
    ArticleConnection,
    Info,
    MembershipConnection,
    Organisation,
    State,
    Summit,
)
from tests.bench.loaders import Loaders

_DOCUMENTS, _CONNECTIONS = 500, 32
_ARTICLE = models.Table.metadata.tables["article"].c


@strawberry.type
class Query:
    @strawberry.field
    def summit(self, info: Info, slug: str) -> Summit | None:
        row = info.context.session.scalar(
            select(models.Summit).where(col(models.Summit.key) == slug)
        )
        return Summit.of(row) if row else None

    @strawberry.field
    def state(self, info: Info, code: str) -> State | None:
        row = info.context.session.scalar(select(models.State).where(col(models.State.key) == code))
        return State.of(row) if row else None

    @strawberry.field
    def organisation(self, info: Info, slug: str) -> Organisation | None:
        statement = select(models.Organisation).where(col(models.Organisation.key) == slug)
        row = info.context.session.scalar(statement)
        return Organisation.of(row) if row else None

    @strawberry.field
    def memberships(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> MembershipConnection:
        start, key = col(models.Membership.start_latest), col(models.Membership.key)
        statement = select(models.Membership).order_by(start, key).limit(first + 1)
        if after:
            _, day, last = json.loads(bytes.fromhex(after))
            statement = statement.where(or_(start > day, and_(start == day, key > last)))
        return MembershipConnection.of(info.context.session.scalars(statement).all(), first)

    @strawberry.field
    def articles(self, info: Info, first: int = 20, after: str | None = None) -> ArticleConnection:
        dated, key = _ARTICLE.dated_earliest, _ARTICLE.key
        statement = select(models.Article).order_by(dated.desc(), key).limit(first + 1)
        if after:
            _, day, last = json.loads(bytes.fromhex(after))
            statement = statement.where(or_(dated < day, and_(dated == day, key > last)))
        return ArticleConnection.of(info.context.session.scalars(statement).all(), first)


class _SessionCloser(SchemaExtension):
    """The session ends with the operation."""

    def on_operation(self) -> Iterator[None]:
        yield
        self.execution_context.context.session.close()


class _Endpoint(GraphQL[Loaders, None]):
    def __init__(self, url: str) -> None:
        extensions = [
            lambda: ParserCache(_DOCUMENTS),
            lambda: ValidationCache(_DOCUMENTS),
            _SessionCloser,
        ]
        super().__init__(strawberry.Schema(Query, extensions=extensions))
        self._engine = _open(url)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Loaders:
        del request, response
        return Loaders(Session(self._engine))


def _open(url: str) -> Engine:
    """With a connection for each request that may be at work."""
    if url.startswith("sqlite"):
        return create_engine(url, module=pysqlite3, pool_size=_CONNECTIONS)
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(driver, pool_size=_CONNECTIONS)


def idiomatic(url: str) -> Starlette:
    return Starlette(routes=[Route("/graphql", _Endpoint(url))])
