"""The knowledge base itself in the schema: what it is about, and the schemes that it knows.

In: the record of each, which is data like all others. Out: the types, and where the field `about`
of the roots has its row from, whether or not anybody has said what it is about.
"""

from datetime import date
from typing import ClassVar

import strawberry

from kb.query.fields import RowSet, RowSource
from kb.query.sql import Sql
from schema.fields import all_rows, column, column_equals, computed, reference, row_list
from schema.records import Organisation
from schema.sources import Node

_KEY = "Its permanent key."
_COLUMNS = "a.id, a.key, a.title, a.description, a.licence, a.contact, a.organisation_id, a.offices"
_UNTITLED = "Knowledge base"


@strawberry.type(description="A list of codes or addresses that others keep, for identifiers.")
class Scheme(Node):
    table: ClassVar = "scheme"
    slug: str = column("key", _KEY)
    name: str = column("name", "What it is called.")
    pattern: str | None = column(
        "pattern", "The regular expression that each identifier of it matches as a whole."
    )
    template: str | None = column(
        "template", "The web address of an identifier, which stands in the place of `{value}`."
    )
    telling: bool = column(
        "telling",
        "Its identifiers are made of words, which may say what no article did: no view has them.",
    )


@strawberry.type(description="A query that the explorer opens with.")
class Example:
    table: ClassVar = "example"
    title: str = column("title", "What it asks, in words.")
    query: str = column("query", "The GraphQL document.")


def _known_to(*_: object) -> Sql:
    return Sql("(select max(a.known_from) from article a where a.known_from < 'infinity')")


@strawberry.type(
    description="What this knowledge base is about, as its curators put it: what heads its pages."
    " A view has its title, but nothing else that is told in their words."
)
class About(Node):
    table: ClassVar = "about"
    slug: str = column("key", "`about`: there is no other.")
    title: str = column("title", "What it is called.")
    description: str | None = column("description", "What it has, in a sentence or two.")
    licence: str | None = column("licence", "Under which terms its data may be used.")
    contact: str | None = column("contact", "Whom to ask.")
    organisation: Organisation | None = reference(
        "organisation", "organisation_id", "The one that its home page begins with."
    )
    offices: list[str] = column("offices", "The offices that its home page begins with, by name.")
    examples: list[Example] = row_list(
        "example", column_equals("about_id"), ("position",), "What its explorer opens with."
    )
    known_to: date | None = computed(_known_to, "The newest `knownFrom` of its articles.")


def _first(*_: object) -> Sql:
    """What is recorded, else a row that says no more than what this is."""
    return Sql(
        f"select {_COLUMNS} from about a union all"
        f" select 0, 'about', '{_UNTITLED}', null, null, null, null, '[]'"
        " where not exists (select 1 from about a)"
    )


ABOUT = RowSource(RowSet("about", all_rows, _first))
