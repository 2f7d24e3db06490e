"""Site descriptions: what a curator writes of how the articles of pages are told.

In: plain values. Out: a `SiteDescription`, which reads pages by the words of their lines, or by the
elements of their HTML. `site_schema` gives the same rules to editors. Pure: no I/O.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue

from kb.archive.day_forms import EDTF, ISO_8601, RFC_822
from kb.models import ArticleKind
from kb.records.field_types import Name, Url

_Words = Annotated[list[Name], Field(min_length=1, max_length=100)]
_Months = Annotated[list[_Words], Field(min_length=12, max_length=12)]
_Selector = Annotated[str, Field(min_length=1, max_length=500)]


class _Form(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=False
    )


class LineWords(_Form):
    """The words by which lines are told from others, in any case; how they stand is the grammar's.

    A footer reads `(SORT from ISSUE NUMBER 5)`, or `This SORT was first PRINTED in ISSUE 5`.
    """

    weekdays: _Words
    labels: _Words = Field(description="What a headline, or a footer, calls an opinion.")
    sorts: _Words = Field(description="What a footer calls an article: story, report.")
    printed: _Words = Field(description="What was done to it in its issue: published.")
    issue: _Words = Field(description="What an issue is called.")
    number: _Words = Field(description="What may stand before its number, such as `No`.")
    copyright: _Words
    rights: _Words = Field(description="What ends a line on rights.")
    ends: _Words = Field(description="What closes a text, alone in capitals.")
    byline: _Words = Field(description="What a byline begins with.")
    credit: _Words = Field(description="What stands before the author at a standfirst's end.")


class Pick(_Form):
    """A text of an element, or of an attribute of it.

    `after` and `before` are words: what stands between them is taken. What is `optional` may be
    found nowhere.
    """

    select: _Selector
    attribute: Name | None = None
    after: Name | None = None
    before: Name | None = None
    optional: bool = False


class DayPick(Pick):
    """A day, in one of these forms: the first that fits."""

    forms: Annotated[
        list[
            Annotated[
                str,
                Field(
                    description=f"`{EDTF}`, `{ISO_8601}`, `{RFC_822}`, or as strptime has it:"
                    " `%d.%m.%Y`."
                ),
            ]
        ],
        Field(min_length=1),
    ]
    zone: Name | None = Field(
        None, description="Of which the day of a time with an offset is: `Europe/Berlin`."
    )


class AddressPick(Pick):
    """An address, which may be relative to a `base`."""

    base: Url | None = None


class LabelPick(Pick):
    """What an article is called, and which kinds such `values` are; others tell none."""

    values: Annotated[dict[Name, ArticleKind], Field(min_length=1)]


class PageElements(_Form):
    """The elements that articles are in, by selectors of CSS.

    Without `article`, a page is one. The number and the author may be told once, outside of all
    articles; all else is looked for in the article alone.
    """

    article: _Selector | None = None
    headline: Pick
    date: DayPick
    paragraphs: _Selector
    number: Pick | None = Field(None, description="The issue's, the only number of its text.")
    author: Pick | None = None
    address: AddressPick | None = Field(None, description="Where the article is on the web.")
    label: LabelPick | None = Field(None, description="What tells opinions from reports.")
    skip: _Selector | None = Field(None, description="Elements that are no part of a text.")


class SiteDescription(_Form):
    """A whole description: of lines, whose datelines name publications, or of elements.

    `months` are the twelve, each with all its spellings.
    """

    publication: Name | None = Field(None, description="The name of that which elements are of.")
    kind: ArticleKind | None = Field(
        None, description="Of all in elements that no label tells; a report if it is left out."
    )
    months: _Months | None = None
    lines: LineWords | None = None
    elements: PageElements | None = None


def site_schema() -> JsonSchemaValue:
    """For editors that complete and check."""
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, **SiteDescription.model_json_schema(by_alias=True)}
