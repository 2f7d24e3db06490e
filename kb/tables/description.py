"""What a set of tables is: what it is about, which revision, which files; for whoever describes it.

In: an open read transaction. Out: a `Description`, of which descriptions in the forms of others are
made.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from kb.commit.feed import FeedState
from kb.query.as_recorded import after_revision
from kb.query.sql import Sql
from kb.tables.extract import Extract
from kb.tables.flat_table import TABLES_FORM, FlatTable

_ABOUT = "select a.title, a.description, a.licence, a.contact from about a"
_AT = "select c.at from change c where c.revision = {}"
_UNTITLED = "Knowledge base"
MEDIA_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


@dataclass(frozen=True, slots=True)
class Description:
    """`entries` are those of the manifest, by table; none of what is live. `published` is a day."""

    title: str
    description: str
    licence: str
    contact: str
    published: str
    revision: int
    tables: Sequence[FlatTable]
    form: str
    entries: Mapping[str, Mapping[str, object]]

    @property
    def name(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-") or "tables"

    @property
    def version(self) -> str:
        """Semantic, as others have it: that of the form, then the revision."""
        return f"{TABLES_FORM.rpartition('-')[2]}.0.{self.revision}"


def read_description(
    connection: Connection,
    extract: Extract,
    state: FeedState,
    tables: Sequence[FlatTable],
    form: str,
    entries: Mapping[str, Mapping[str, object]],
) -> Description:
    query = (
        Sql(_ABOUT) if extract.revision is None else after_revision(extract.revision, Sql(_ABOUT))
    )
    row = connection.exec_driver_sql(query.text).first() or (_UNTITLED, None, None, None)
    at = connection.exec_driver_sql(_AT.format(state.revision)).scalar() or ""
    title, description, licence, contact = (text or "" for text in row)
    return Description(
        title=title,
        description=description,
        licence=licence,
        contact=contact,
        published=str(at)[:10],
        revision=state.revision,
        tables=tables,
        form=form,
        entries=entries,
    )
