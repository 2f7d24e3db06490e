"""The history of a record in the schema: its changes, and the fields that each made differ.

In: the sources of `schema.history_rows`. Out: the types of entries and their pages.
"""

from typing import ClassVar

import strawberry

from schema.connections import PageInfo
from schema.feed import Change
from schema.fields import column, computed, page_field, same_row, source_field
from schema.history_rows import DIFFERENCES, Compared, compared


@strawberry.type(
    description="A field of which two versions of a record have other values. Values as"
    " `Citation.value` writes them; lists as JSON."
)
class FieldDifference:
    table: ClassVar = "change"
    field: str = column("field", "Its name in the document.")
    before: str | None = column("before", "As it was; null if there was none.")
    after: str | None = column("after", "As it is from then on; null if there is none.")


@strawberry.type(description="One change of one record, with what it made differ.")
class HistoryEntry:
    table: ClassVar = "change"
    change: Change = same_row("The change.")
    compared_with: Compared = computed(compared, "What `fields` tells the difference to.")
    fields: list[FieldDifference] = source_field(
        DIFFERENCES,
        "The fields of the document that differ from the version before, by name; every field that"
        " there is where the record was not there before, or is removed. Empty if no field that"
        " is shown to who asks differs, as where a text is withheld; and where `comparedWith` is"
        " UNKNOWN or ERASED.",
    )


@strawberry.type(description="One row of a page, with its place in the list.")
class HistoryEdge:
    node: HistoryEntry = same_row("The row itself.")
    cursor: str = page_field("The row's place in the list; give it as `after`.")


@strawberry.type(description="A page of a history.")
class HistoryConnection:
    edges: list[HistoryEdge] = page_field("The rows of the page, each with its cursor.")
    nodes: list[HistoryEntry] = page_field("The rows of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many changes of it are kept.")
