"""Mappings: what a curator writes of how the rows of tables become records.

In: plain values. Out: a `Mapping`. Which fields records have is asked of their documents; only what
reads tables is said here. `mapping_schema` gives the same rules to editors. Pure: no I/O.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema

from kb.archive.day_forms import EDTF, ISO_8601, RFC_822
from kb.records.field_types import Key, Name

TAGS = frozenset({"text", "truth", "expression", "period", "list", "parts"})
"""How a fault of pydantic calls the forms of a value, in its place."""
_DayForm = Annotated[
    str,
    Field(description=f"`{EDTF}`, `{ISO_8601}`, `{RFC_822}`, or as strptime has it: `%d.%m.%Y`."),
]
# An editor reads `-9` in YAML as a number, though it is read as text.
_Cell = Annotated[str, WithJsonSchema({"type": ["string", "integer"]})]


class _Form(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=False
    )


class ByIdentifier(_Form):
    """A record is found by what it is called in this scheme."""

    identifier: Name


def _kind(value: object) -> str:
    """Which of the forms a value is meant to have."""
    match value:
        case bool():
            return "truth"
        case list():
            return "list"
        case {"from": _} | {"each": _}:
            return "expression"
        case {**members} if members and members.keys() <= {"start", "end"}:
            return "period"
        case dict():
            return "parts"
        case _:
            return "text"


class Expression(_Form):
    """A value made of a template, step by step, in the order of these fields.

    With `each`, one value for each member of what nests: `{each.name}` is a member's. Of a list of
    templates it is the first that says something.
    """

    each: str | None = None
    from_: "FieldValue" = Field(alias="from")
    blank: str | None = Field(None, description="What it is where there is nothing.")
    empty: list[_Cell] = Field([], description="Texts that say nothing.")
    split: str | None = Field(None, min_length=1, description="What parts a list of texts.")
    html: bool = Field(False, description="It is HTML: the text of it, or paragraphs of a list.")
    values: dict[str, str | bool | None] | None = Field(
        None, description="What each text stands for; `null` is nothing."
    )
    otherwise: str | bool | None = Field(
        None, description="What all others stand for; `null` is nothing."
    )
    others: Literal["faults", "as they are"] = Field(
        "faults", description="What becomes of texts that `values` lacks, without `otherwise`."
    )
    dates: list[_DayForm] = Field([], description="The forms of days; the first that fits.")
    find: Literal["own", "name"] | ByIdentifier | None = Field(
        None, description="How a record is named: `own` as keys of this mapping are made."
    )

    @property
    def tells_otherwise(self) -> bool:
        """Whether `otherwise` is given, be it as nothing."""
        return "otherwise" in self.model_fields_set


class PeriodForm(_Form):
    """A period; a blank end is unknown, and one that is `..` has not come."""

    start: "FieldValue | None" = None
    end: "FieldValue | None" = None


class ListForm(RootModel[list["FieldValue"]]):
    """A list; members that come out empty are left out."""


class PartsForm(RootModel[dict[str, "FieldValue"]]):
    """A document within a document, by its fields."""


FieldValue = Annotated[
    Annotated[str, Tag("text")]
    | Annotated[bool, Tag("truth")]
    | Annotated[Expression, Tag("expression")]
    | Annotated[PeriodForm, Tag("period")]
    | Annotated[ListForm, Tag("list")]
    | Annotated[PartsForm, Tag("parts")],
    Discriminator(_kind),
]
"""A text is a template: `{column}` stands for the cell of the row."""


Condition = dict[str, list[_Cell]]
"""By column, the texts of which it must have one; an empty one is blank."""


class _Conditional(_Form):
    """It counts for the rows for which `when` holds and `unless` does not."""

    when: Condition = {}
    unless: Condition = {}


class CitationMap(_Conditional):
    """A citation: what `source` says of all, and these fields.

    One with a `value` that comes out blank is left out. Its key is made of the record's, unless it
    is given.
    """

    key: str | None = None
    fields: dict[str, FieldValue] = {}


class RecordMap(_Conditional):
    """A record that a row gives."""

    type: str
    key: str
    fields: dict[str, FieldValue]
    citations: list[CitationMap] = [CitationMap()]


class Spells(_Form):
    """Rows of following years, which share the columns `by`, become one.

    It has these columns, `first` and `last`, and `end`: the last year, or `..` where the whole
    table ends with it.
    """

    by: Annotated[list[str], Field(min_length=1)]
    year: str


class Unpivot(_Form):
    """Each column but those that are kept becomes a row: its name, and its value."""

    keep: Annotated[list[str], Field(min_length=1)]
    name: str
    value: str


class Join(_Form):
    """The row of another table whose column `to` has what the column `by` has."""

    table: str
    by: str
    to: str


class TableMap(_Form):
    """What becomes of the rows of a table; one that is `optional` may be absent from its file."""

    delimiter: Annotated[str, Field(max_length=1)] = ""
    encoding: str = "utf-8-sig"
    join: dict[str, Join] = {}
    unpivot: Unpivot | None = None
    spells: Spells | None = None
    optional: bool = False
    records: list[RecordMap] = []


class Mapping(_Form):
    """A whole mapping.

    `set` is the set of all its records, `prefix` begins their keys. `source` has what
    all citations say; `records` are made once; `tables` are by the names of their
    files, in which `*` stands for any letters.
    """

    set: Name
    prefix: Key | None = None
    source: dict[str, FieldValue] = {}
    records: list[RecordMap] = []
    tables: Annotated[dict[str, TableMap], Field(min_length=1)]


for _form in (
    Expression,
    PeriodForm,
    ListForm,
    PartsForm,
    CitationMap,
    RecordMap,
    TableMap,
    Mapping,
):
    _form.model_rebuild()


def mapping_schema() -> JsonSchemaValue:
    """For editors that complete and check."""
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, **Mapping.model_json_schema(by_alias=True)}
