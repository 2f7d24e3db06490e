"""Sources in the schema: publications, articles, the passages cited, and what they support."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from kb.query.fields import Arguments, ListSource, RowSet, RowSource
from kb.query.filters import among, standing
from kb.query.sql import Row, Sql, both, sql
from kb.records.types import type_of_enum
from schema.anchors import FIND, MOST_PLACES, NOT_TAKEN_DOWN, WORDS, TextAnchor, has_paragraphs
from schema.connections import Edge, PageInfo
from schema.enums import ArticleKind, DisagreementKind, Stance, SubjectType, Verification
from schema.fields import (
    HEADLINES_ALONE,
    Argument,
    column,
    column_equals,
    computed,
    is_record_disputed,
    node_id,
    page_field,
    partial_date,
    reference,
    revision,
    row_list,
    source_field,
    verification,
)
from schema.groups import ARTICLE_GROUPS, CITATION_GROUPS, ArticleGroup, CitationGroup
from schema.history_rows import history
from schema.identifiers import Identifier
from schema.lists import ARTICLES, CITATIONS
from schema.time import PartialDate, Revision

if TYPE_CHECKING:
    from schema.history import HistoryConnection

_HISTORY = strawberry.lazy("schema.history")


def _cited_by(row: Row, record: Row, _: Arguments) -> Sql:
    text = "{} in (select c.article_id from citation c where c.subject_id = {})"
    return sql(text, row["id"], record["id"])


def mentions_record(row: Row, record: Row, _: Arguments) -> Sql:
    text = "{} in (select m.article_id from mention m where m.subject_id = {} and {})"
    return sql(text, row["id"], record["id"], standing(Row("m", "mention")))


_SUBJECT = RowSet("record", column_equals("id", "subject_id"))


def _current_about(row: Row, record: Row, _: Arguments) -> Sql:
    return both(sql("{} = {}", row["subject_id"], record["id"]), standing(row))


_DISAGREEMENTS = ListSource(
    RowSet("disagreement", _current_about),
    lambda row: (row["key"],),
    most=RowSet("disagreement", column_equals("subject_id")),
)


def _asserts(row: Row, assertion: Row, _: Arguments) -> Sql:
    text = (
        "{} in (select l.citation_id from assertion_citation l"
        " where l.disagreement_id = {} and l.position = {})"
    )
    return sql(text, row["id"], assertion["disagreement_id"], assertion["position"])


def _of_assertion(row: Row, assertion: Row, _: Arguments) -> Sql:
    same = (sql("{} = {}", row[name], assertion[name]) for name in ("disagreement_id", "position"))
    return both(*same)


@strawberry.interface(description="Anything with an id of its own.")
class Node:
    table: ClassVar = "record"
    id: strawberry.ID = computed(
        node_id, "The same across reloads of the same data: its type and its permanent key."
    )


@strawberry.type(description="A page of articles.")
class ArticleConnection:
    edges: list[Edge["Article"]] = page_field("The rows of the page, each with its cursor.")
    nodes: list["Article"] = page_field("The rows of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many rows the whole list has under the filter.")
    groups: list[ArticleGroup] = ARTICLE_GROUPS


@strawberry.type(description="A page of citations.")
class CitationConnection:
    edges: list[Edge["Citation"]] = page_field("The rows of the page, each with its cursor.")
    nodes: list["Citation"] = page_field("The rows of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many rows the whole list has under the filter.")
    groups: list[CitationGroup] = CITATION_GROUPS


@strawberry.interface(description="Everything that articles support.")
class Sourced(Node):
    table: ClassVar = "record"
    citations: "CitationConnection" = CITATIONS.field(
        "The passages that bear on it, by their keys.", column_equals("subject_id")
    )
    articles: "ArticleConnection" = ARTICLES.field(
        "The articles behind the citations, each once, newest first.",
        _cited_by,
        filtered=False,
        ordered=False,
    )
    disagreements: list["Disagreement"] = source_field(
        _DISAGREEMENTS, "Fields for which articles assert values that cannot all be true, by name."
    )
    disputed: bool = computed(
        is_record_disputed,
        "Articles exclude each other on a field of it, or deny it as a whole.",
    )
    identifiers: list[Identifier] = row_list(
        "identifier",
        column_equals("record_id"),
        ("position",),
        "What it is called elsewhere, by curators: no article says so. A view has those that say"
        " nothing themselves, as codes do.",
    )
    revision: Revision = computed(revision, "The change that last touched it.")
    history: Annotated["HistoryConnection", _HISTORY] = history()


@strawberry.type(description="Where articles disagree about a record.")
class Disagreement:
    table: ClassVar = "disagreement"
    subject: Sourced = source_field(RowSource(_SUBJECT), "The record that they disagree about.")
    field: str | None = column(
        "field", "The field in question; null: the record as a whole, which an article denies."
    )
    kind: DisagreementKind = column("kind", "How the values differ.")
    recorded: str | None = column("recorded", "The value that the record carries.")
    values: list["AssertedValue"] = row_list(
        "assertion",
        column_equals("disagreement_id"),
        ("position",),
        "What articles assert; of the record as a whole, what those say that deny it.",
    )


@strawberry.type(description="A value, and who asserts it.")
class AssertedValue:
    table: ClassVar = "assertion"
    value: str = column("value", "The value, in the record's vocabulary; dates are EDTF.")
    text: str = column("text", "For people; equal to `value` where it is no date.")
    citations: list["Citation"] = source_field(
        ListSource(
            RowSet("citation", _asserts),
            lambda row: (row["key"],),
            most=RowSet("assertion_citation", _of_assertion),
        ),
        "The passages that assert it, by their keys.",
    )


@strawberry.type(description="A periodical, under the name that it had when an article appeared.")
class Publication(Node):
    table: ClassVar = "publication"
    slug: str = column("key", "Its permanent key.")
    name: str = column("name", "Its name.")
    publisher: str | None = column(
        "publisher", "Who owns the rights to its articles, by the full name that these give."
    )
    articles: "ArticleConnection" = ARTICLES.field(
        "Its articles, newest first.", column_equals("publication_id"), ordered=False
    )


@strawberry.type(description="One paragraph of an article's text.")
class Paragraph:
    table: ClassVar = "paragraph"
    number: int = column(
        "number", "From 1: the standfirst and the dateline's paragraph count, headlines do not."
    )
    text: str = column("text", "The words.")


@strawberry.type(description="That an article names a record.")
class Mention:
    table: ClassVar = "mention"
    subject: Sourced = source_field(RowSource(_SUBJECT), "What is named.")
    count: int = column("count", "How often.")


def _of_types(row: Row, article: Row, arguments: Arguments) -> Sql:
    of_article = both(sql("{} = {}", row["article_id"], article["id"]), standing(row))
    if not arguments.given("types"):
        return of_article
    type_names = (type_of_enum(name).name for name in arguments.names("types"))
    return both(of_article, among(_of_subject(row, "type"), type_names))


def _of_subject(row: Row, name: str) -> Sql:
    return sql(f"(select r.{name} from record r where r.id = {{}})", row["subject_id"])


def _most_often_first(row: Row) -> tuple[Sql, ...]:
    return sql("-{}", row["count"]), _of_subject(row, "type"), _of_subject(row, "key")


_MENTIONS = ListSource(
    RowSet("mention", _of_types),
    _most_often_first,
    most=RowSet("mention", column_equals("article_id")),
)


@strawberry.type(description="An article of the archive.")
class Article(Node):
    table: ClassVar = "article"
    slug: str = column("key", "Its permanent key.")
    headline: str = column("headline", "The headline as printed.")
    kind: ArticleKind = column("kind", "Whether it reports, comments, or is something else.")
    publication: Publication = reference("publication", "publication_id", "Where it appeared.")
    issue_number: int | None = column("issue_number", "The number of the issue.")
    issued_on: PartialDate | None = partial_date("issued_on", "When the issue appeared.")
    dated_on: PartialDate = partial_date("dated_on", "The article's own dateline.")
    place: str | None = column("place", "The place that the dateline names.")
    author: str | None = column("author", "Who signed it.")
    attribution: str | None = column(
        "attribution", "Whom it names as its source where that matters, in our own words."
    )
    summary: str | None = column("summary", "What it says, in our own words.")
    url: str | None = column("url", "Where it stands on the web, if known.")
    year_inferred: bool = column(
        "year_inferred", "The dateline has no year; the issue's number gave it."
    )
    known_from: date = column(
        "known_from",
        "The day from which a reader could know it: the latest day of `issuedOn`; without it the"
        " latest day of any dateline of the same issue; without an issue that of its own"
        " `datedOn`.",
    )
    paragraphs: list[Paragraph] | None = source_field(
        ListSource(
            RowSet("paragraph", column_equals("article_id")),
            lambda row: (row["number"],),
            present=has_paragraphs,
            requires=NOT_TAKEN_DOWN,
        ),
        "Its text; null until someone ingests a copy of the archive, where texts are not shown to"
        " who asks (`Query.textShown`), and once it was taken down. As of a revision at which it"
        " was there, and taken down since, it is the error TEXT_ERASED.",
    )
    find: list[TextAnchor] | None = source_field(
        FIND,
        "Where its text has exactly these words: one place, none, or several, of which the first"
        f" {MOST_PLACES} are told. Null until its text is ingested; where texts are not shown to"
        " who asks, it is the error TEXT_WITHHELD, whatever the words; as of a revision at which"
        " there was a text that was taken down since, TEXT_ERASED.",
        WORDS,
    )
    citations: "CitationConnection" = CITATIONS.field(
        "The passages cited from it, by their keys.", column_equals("article_id")
    )
    history: Annotated["HistoryConnection", _HISTORY] = history()
    mentions: list[Mention] = source_field(
        _MENTIONS,
        "Who its headline, summary and text name, by name or alias: the most often first, then by"
        f" type and key. {HEADLINES_ALONE}",
        Argument("types", list[SubjectType] | None, "Only these types.", strawberry.UNSET),
    )


def _quote(row: Row, _: Arguments) -> Sql:
    text = (
        "case when {} then (select substr(p.text, {} + 1, {} - {}) from paragraph p"
        " where p.article_id = {} and p.number = {}) end"
    )
    start, end = row["start_at"], row["end_at"]
    return sql(text, row["verified"], start, end, start, row["article_id"], row["paragraph"])


@strawberry.type(
    description="A passage of an article, or a source as a whole, that bears on one record."
)
class Citation(Node):
    table: ClassVar = "citation"
    key: str = column("key", "Its permanent key.")
    subject: Sourced = source_field(RowSource(_SUBJECT), "The record that it bears on.")
    field: str | None = column(
        "field", "The field of the record that it speaks of; null: the record as a whole."
    )
    value: str | None = column("value", "What it asserts for the field; dates are EDTF.")
    stance: Stance = column("stance", "Whether it supports or disputes.")
    article: Article = reference("article", "article_id", "Where the passage stands.")
    paragraph: int | None = column("paragraph", "In which paragraph, from 1.")
    locator: str | None = column(
        "locator",
        "Where in the source, if it has no paragraphs: a row, a page, a cell, a fragment. With"
        " neither, the source is cited as a whole.",
    )
    observed_on: date | None = column(
        "observed_on",
        "The day of which the source speaks, where that is not its own date: what goes on is"
        " attested up to it.",
    )
    claim: str = column("claim", "What the passage says, in our own words.")
    quote: str | None = computed(
        _quote,
        "The exact words; null until the text is ingested, where texts are not shown, and once the"
        " text was taken down, as of earlier revisions too.",
    )
    start: int | None = column("start_at", "The offset of the first code point of the quote.")
    end: int | None = column("end_at", "One past the last code point of the quote.")
    sha256: str | None = column("sha256", "The SHA-256 of the quote's UTF-8, in hex.")
    verified: bool = column("verified", "The ingested text has exactly these words there.")
    verification: Verification = computed(
        verification, "Whether it is verified, and why if it is not."
    )
