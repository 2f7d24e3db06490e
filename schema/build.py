"""The schema made whole of its types and scalars.

In: nothing. Out: the schema, and its text in the schema definition language. What executes it is
given by whoever serves it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import TypeVar

from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from schema.about import Scheme
from schema.adapter import AdaptedSchema
from schema.mutation import Mutation
from schema.query import Query
from schema.records import Membership, Term
from schema.sources import Citation
from schema.subscription import Subscription
from schema.time import DATE_SCALAR, DATE_TIME_SCALAR, REVISION_SCALAR, Revision

SchemaClass = TypeVar("SchemaClass", bound=AdaptedSchema)


def build(
    schema: type[SchemaClass], extensions: Sequence[type[SchemaExtension]] = ()
) -> SchemaClass:
    """A schema of that class."""
    return schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Citation, Scheme, Membership, Term],
        extensions=extensions,
        config=StrawberryConfig(
            scalar_map={
                Revision: REVISION_SCALAR,
                date: DATE_SCALAR,
                datetime: DATE_TIME_SCALAR,
            }
        ),
    )


@cache
def build_schema() -> AdaptedSchema:
    """The schema to be looked at, which executes nothing."""
    return build(AdaptedSchema)


def sdl() -> str:
    """The schema in the schema definition language."""
    return build_schema().as_str() + "\n"
