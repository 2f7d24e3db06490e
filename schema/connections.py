"""Relay in the schema: pages of a list, with cursors that stay right while rows are added.

Strawberry's own Relay types would not do: they call resolvers for nodes and slice what those return
in Python, where here one statement makes the whole answer; their cursors are positions in the list,
which shift when a row is added before them; and they have neither `nodes` nor `totalCount`.
"""

from typing import Generic, TypeVar

import strawberry

from kb.query.fields import PageFieldSource
from schema.fields import page_field, same_row, source_field

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = page_field("Whether the list goes on after this page.")
    has_previous_page: bool = page_field("Whether the list has rows before this page.")
    start_cursor: str | None = page_field("The cursor of the first row; null if there is none.")
    end_cursor: str | None = page_field("The cursor of the last row; null if there is none.")


@strawberry.type(description="One row of a page, with its place in the list.")
class Edge(Generic[T]):
    node: T = same_row("The row itself.")
    cursor: str = page_field("The row's place in the list; give it as `after` or `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = source_field(
        PageFieldSource(), "The rows of the page, each with its cursor."
    )
    nodes: list[T] = source_field(PageFieldSource(), "The rows of the page.")
    page_info: PageInfo = source_field(PageFieldSource(), "Whether there is more, and where.")
    total_count: int = page_field("How many rows the whole list has under the filter.")
