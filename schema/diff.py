"""What differs between two moments, in the schema.

In: the sources of `schema.diff_rows`. Out: the types of differences and their pages, and the root
field.
"""

from datetime import date
from enum import StrEnum
from typing import ClassVar

import strawberry

from kb.query.sql import Row, Sql, join, literal, sql
from schema.connections import PageInfo
from schema.diff_rows import (
    AFTER,
    BECAUSE,
    BEFORE,
    DIFFERENCES,
    ERASED_AFTER,
    ERASED_BEFORE,
    FROM,
    TO,
)
from schema.enums import RecordTypeName
from schema.fields import (
    AFTER_ARGUMENT,
    FIRST_ARGUMENT,
    Argument,
    Field,
    computed,
    describe_enum,
    node_id,
    page_field,
    same_row,
    source_field,
)
from schema.filters import TYPES
from schema.history import FieldDifference
from schema.history_rows import differing_fields, field_list
from schema.inputs import input_field
from schema.sources import Citation, Node
from schema.time import Revision


class DifferenceKind(StrEnum):
    ADDED = "ADDED"
    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    ERASED = "ERASED"


describe_enum(
    DifferenceKind,
    "What became of a record between two moments.",
    ADDED="It was not there at `from`.",
    CHANGED="It is there at both, and its fields differ.",
    REMOVED="It is not there at `to`.",
    ERASED="What it was at one of the moments was taken down since: nobody can tell in what it"
    " differs.",
)


@strawberry.input(
    name="Moment",
    one_of=True,
    description="Exactly one: the recorded state after a revision, or what a reader could know on a"
    " day, of what is recorded now.",
)
class MomentInput:
    revision: Revision | None = input_field("A revision, as an answer gave it.")
    known_at: date | None = input_field("A day.")


def _kind(row: Row, _: object) -> Sql:
    text = (
        "case when {} then 'ERASED' when {} is null then 'ADDED' when {} is null then 'REMOVED'"
        " else 'CHANGED' end"
    )
    return sql(text, _is_erased(row), row["before_document"], row["after_document"])


def _is_erased(row: Row) -> Sql:
    """Without it at one of them there is none that is null."""
    documents = row["before_document"], row["after_document"]
    erased = zip(documents, (ERASED_BEFORE, ERASED_AFTER), strict=True)
    return join(
        " or ", (sql("coalesce({},'') = {}", document, literal(text)) for document, text in erased)
    )


def _differing(row: Row, _: object) -> Sql:
    fields = differing_fields(row["before_document"], row["after_document"])
    return sql("select f.* from ({}) f where not ({})", fields, _is_erased(row))


@strawberry.type(description="A record that differs between two moments, and in what.")
class Difference:
    table: ClassVar = "record"
    kind: DifferenceKind = computed(_kind, "Whether it is there at both.")
    record_id: strawberry.ID = computed(node_id, "Its id.")
    type: RecordTypeName = computed(lambda row, _: sql("upper({})", row["type"]), "Its type.")
    before: Node | None = source_field(
        BEFORE, "The record as it was at `from`; null if ADDED, and if that was taken down since."
    )
    after: Node | None = source_field(
        AFTER, "The record as it is at `to`; null if REMOVED, and if that was taken down since."
    )
    fields: list[FieldDifference] = source_field(
        field_list("record", _differing),
        "The fields that differ, by name; every field that there is if ADDED or REMOVED, none if"
        " ERASED.",
    )
    because: list[Citation] = source_field(
        BECAUSE,
        "The citations known at `to` and not at `from` that bear on it, by their keys: why it"
        " differs. Of a citation that is new it is that itself.",
    )


@strawberry.type(description="One row of a page, with its place in the list.")
class DifferenceEdge:
    node: Difference = same_row("The row itself.")
    cursor: str = page_field("The row's place in the list; give it as `after`.")


@strawberry.type(description="A page of differences.")
class DifferenceConnection:
    edges: list[DifferenceEdge] = page_field("The rows of the page, each with its cursor.")
    nodes: list[Difference] = page_field("The rows of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many records differ.")


def diff() -> Field:
    return source_field(
        DIFFERENCES,
        "What differs between two moments, by type and key. Applied to what there is at `from` it"
        " gives what there is at `to`: each field of each record's document. A day is told of what"
        " is recorded now, so that `to` may be earlier, and one of them a revision.",
        Argument(FROM, MomentInput, "What is compared."),
        Argument(TO, MomentInput, "With what it is compared."),
        TYPES,
        FIRST_ARGUMENT,
        AFTER_ARGUMENT,
    )
