"""Publications, their articles, the passages cited from them and the names found in them."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from kb.models.base import (
    AFTER_ALL,
    BEFORE_ALL,
    Table,
    day_columns,
    derived,
    falling_index,
    foreign_key,
    one_of,
    own_id,
)


class Stance(StrEnum):
    SUPPORTS = "SUPPORTS"
    DISPUTES = "DISPUTES"


class ArticleKind(StrEnum):
    REPORT = "REPORT"
    OPINION = "OPINION"
    DATASET = "DATASET"
    DOCUMENT = "DOCUMENT"


class Publication(Table, table=True):
    id: int = own_id()
    key: str = Field(unique=True)
    name: str
    publisher: str | None


class Article(Table, table=True):
    """`known_from` is the day from which a reader could know the article, as text."""

    __table_args__ = (
        one_of("kind", ArticleKind),
        *day_columns("dated_on", required=True),
        *day_columns("issued_on"),
        Index(None, "dated_order", "key"),
        falling_index("ix_article_dated_falling", "dated_earliest", "dated_latest", "known_from"),
        # None as a rule: a view takes the others for dated no later than they are known.
        Index(
            "ix_article_ahead",
            "dated_earliest",
            "known_from",
            sqlite_where=text("dated_earliest > known_from"),
            postgresql_where=text("dated_earliest > known_from"),
        ),
        Index(None, "dated_latest"),
        Index(None, "known_from"),
        Index(None, "headline", "key"),
        falling_index("ix_article_headline_falling", "headline"),
        falling_index("ix_article_publication_falling", "dated_earliest", within="publication_id"),
        Index(None, "publication_id", "issue_number"),
        Index(None, "issue_number"),
        Index(None, "author"),
        falling_index("ix_article_kind_falling", "dated_earliest", within="kind"),
        Index(None, "dated_fork"),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    headline: str
    kind: str = Field(default=ArticleKind.REPORT, sa_column_kwargs=derived("'REPORT'"))
    publication_id: int = Field(sa_column_args=[foreign_key("publication.id")])
    issue_number: int | None
    issued_on: str | None = Field(sa_column_args=[foreign_key("partial_date.edtf")])
    dated_on: str = Field(sa_column_args=[foreign_key("partial_date.edtf")])
    place: str | None
    author: str | None
    attribution: str | None
    summary: str | None
    url: str | None
    year_inferred: bool
    known_from: str


class Paragraph(Table, table=True):
    """Present only where a reader has ingested a copy of the archive of their own."""

    __table_args__ = (CheckConstraint("number > 0", name="from_one"),)
    article_id: int = Field(primary_key=True, sa_column_args=[foreign_key("article.id")])
    number: int = Field(primary_key=True)
    text: str


class Citation(Table, table=True):
    """One passage for one record; offsets are code points, `end_at` one past the last.

    It names words, or a place by a `locator`, or the source as a whole. `observed_on` is the day of
    which the source speaks, where that is not its own; `visible_from` the day from which both its
    article and its subject show. Both are text.
    """

    __table_args__ = (
        one_of("stance", Stance),
        CheckConstraint("paragraph > 0", name="paragraph"),
        CheckConstraint("start_at >= 0 and start_at < end_at", name="offsets"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint(
            "(paragraph is null) = (start_at is null) and (paragraph is null) = (end_at is null)"
            " and (paragraph is null) = (sha256 is null)",
            name="anchor",
        ),
        CheckConstraint("paragraph is null or locator is null", name="one_place"),
        Index(None, "subject_id", "key"),
        Index(None, "article_id", "key"),
        Index("ix_citation_articles", "subject_id", "article_id"),
    )
    id: int = own_id()
    key: str = Field(unique=True)
    subject_id: int = Field(sa_column_args=[foreign_key("record.id")])
    field: str | None
    value: str | None
    stance: str
    article_id: int = Field(sa_column_args=[foreign_key("article.id")])
    paragraph: int | None
    start_at: int | None
    end_at: int | None
    sha256: str | None
    locator: str | None
    observed_on: str | None
    claim: str
    visible_from: str = Field(default=AFTER_ALL, sa_column_kwargs=derived(f"'{AFTER_ALL}'"))
    verified: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class Mention(Table, table=True):
    """How often an article names a record, by the names that the record had from one day until
    before another; the last holds to this day. `outside_text` counts its headline and summary.
    """

    __table_args__ = (CheckConstraint("count > 0", name="positive"), Index(None, "subject_id"))
    article_id: int = Field(primary_key=True, sa_column_args=[foreign_key("article.id")])
    subject_id: int = Field(primary_key=True, sa_column_args=[foreign_key("record.id")])
    count: int
    outside_text: int = Field(default=0, sa_column_kwargs=derived("0"))
    known_from: str = Field(
        default=BEFORE_ALL, primary_key=True, sa_column_kwargs=derived(f"'{BEFORE_ALL}'")
    )
    known_to: str = Field(default=AFTER_ALL, sa_column_kwargs=derived(f"'{AFTER_ALL}'"))
