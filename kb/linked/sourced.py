"""The records of a snapshot, each with the articles that support it, and where others have it.

In: an open read transaction. Out: records in the order of snapshots, without citations. Memory does
not grow with their number.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

from sqlalchemy import Connection, func, select

from kb.database.in_array import in_array
from kb.files.snapshot_writer import snapshot_lines
from kb.folding import fold_office
from kb.linked.description import Document, mappings
from kb.models import Table
from kb.periods import Period
from kb.records.types import record_type as find_type

_BATCH: Final = 500
_PLAIN_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_TABLES: Final = Table.metadata.tables


@dataclass(frozen=True, slots=True)
class SupportingArticle:
    """An article by its key and headline."""

    article: str
    headline: str


@dataclass(frozen=True, slots=True)
class SourcedRecord:
    type: str
    document: Document
    sources: Sequence[SupportingArticle]

    @property
    def key(self) -> str:
        return str(self.document["key"])


@dataclass(frozen=True, slots=True)
class Post:
    """An office of an organisation or of a state, as the first of its spellings has it."""

    office: str
    folded: str
    organisation: str | None
    state: str | None

    @property
    def id(self) -> str:
        return _post_id(self.body, self.folded)

    @property
    def body(self) -> str:
        """The id of what has the office."""
        return body_id({"organisation": self.organisation, "state": self.state})


def local_id(record_type: str, key: object) -> str:
    """The same wherever the service runs, of letters that all formats take in ids."""
    return f"{find_type(record_type).table}-{key}"


def body_id(document: Document) -> str:
    """Of the organisation or the state that a term, or a party of an event, names."""
    if organisation := document.get("organisation"):
        return local_id("Organisation", organisation)
    return local_id("State", document["state"])


def post_id(term: Document) -> str:
    """The id of the post that a term is of."""
    return _post_id(body_id(term), fold_office(str(term["office"])))


def _post_id(body: str, folded: str) -> str:
    """Offices are written in any letters, and ids in few."""
    return f"post-{hashlib.sha256(f'{body} {folded}'.encode()).hexdigest()[:20]}"


def plain_date(edtf: object) -> str | None:
    """A date that is a day, a month or a year, and nothing less certain."""
    return edtf if isinstance(edtf, str) and _PLAIN_DATE.fullmatch(edtf) else None


def plain_ends(span: object) -> tuple[str | None, str | None]:
    """Those ends of a span that are such dates."""
    if not span:
        return None, None
    period = Period.parse(str(span))
    start, end = (plain_date(each.edtf) if each else None for each in (period.start, period.end))
    return start, end


def sourced_records(connection: Connection) -> Iterator[SourcedRecord]:
    with closing(snapshot_lines(connection, textless=True)) as lines:
        documents = (json.loads(line) for line in lines)
        records = (each for each in documents if _type_of(each) not in ("", "Citation"))
        while batch := [*islice(records, _BATCH)]:
            for record_type, alike in groupby(batch, _type_of):
                yield from _with_sources(connection, record_type, [*alike])


def _type_of(document: Document) -> str:
    """Empty for the first and the last line of a snapshot, which are no records."""
    return str(document.get("id", "")).partition(":")[0]


def _with_sources(
    connection: Connection, record_type: str, documents: Sequence[Document]
) -> Iterator[SourcedRecord]:
    record, citation, article = (_TABLES[name] for name in ("record", "citation", "article"))
    query = (
        select(record.c.key, article.c.key.label("article"), article.c.headline)
        .distinct()
        .join_from(record, citation, citation.c.subject_id == record.c.id)
        .join(article, article.c.id == citation.c.article_id)
        .where(record.c.type == record_type, citation.c.stance == "SUPPORTS")
        .where(in_array(record.c.key, [str(each["key"]) for each in documents]))
        .order_by(article.c.key)
    )
    by_key: dict[str, list[SupportingArticle]] = {}
    for row in connection.execute(query):
        by_key.setdefault(row.key, []).append(SupportingArticle(row.article, row.headline))
    for each in documents:
        yield SourcedRecord(record_type, each, by_key.get(str(each["key"]), []))


def read_posts(connection: Connection) -> Iterator[Post]:
    """The offices of which there are terms."""
    term, organisation, state = (_TABLES[name] for name in ("term", "organisation", "state"))
    place = organisation.c.key, state.c.key, term.c.office_key
    query = (
        select(*place, func.min(term.c.office))
        .outerjoin_from(term, organisation, organisation.c.id == term.c.organisation_id)
        .outerjoin(state, state.c.id == term.c.state_id)
        .group_by(*place)
        .order_by(*place)
    )
    for of_organisation, of_state, folded, office in connection.execute(query):
        yield Post(office, folded, of_organisation, of_state)


def names_by_key(connection: Connection, name: str) -> Mapping[str, str]:
    """The names of all records of one table, by their keys: of states, say, which are few."""
    table = _TABLES[name]
    return {row.key: row.name for row in connection.execute(select(table.c.key, table.c.name))}


def read_templates(connection: Connection) -> Mapping[str, str]:
    """The web addresses of identifiers, by the keys of their schemes."""
    scheme = _TABLES["scheme"]
    query = select(scheme.c.key, scheme.c.template).where(scheme.c.template.is_not(None))
    return {row.key: row.template for row in connection.execute(query)}


def addresses(document: Document, templates: Mapping[str, str]) -> Iterator[str]:
    """Where others have the same thing, as `url` of an identifier tells."""
    for each in mappings(document.get("identifiers")):
        if template := templates.get(str(each["scheme"])):
            yield template.replace("{value}", str(each["value"]))
