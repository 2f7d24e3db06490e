"""A curator at work: mutations on a database, and what became of them.

In: a database, and records as seed files have them. Out: answers as they were given, and inputs of
mutations made from documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kb import database, tokens
from kb.files.seed_files import parse_seed
from kb.records.documents import CitationDocument, Document, SourcedDocument
from kb.records.entries import Entry
from kb.records.types import record_type
from kb.roles import Role
from tests.support.databases import Database, shipped_seeds

Answer = dict[str, object]
ARTICLE = "conway-bulletin-301-csto-agree-on-crises-centre"
ANCHOR: Answer = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}
CITATION: Answer = {
    "key": "ada-named",
    "article": ARTICLE,
    "anchor": ANCHOR,
    "claim": "It names her.",
}
ADA: Answer = {"slug": "ada", "name": "Ada", "citations": [CITATION]}
OUTCOMES = """__typename
  ... on Invalid { problems { path message } }
  ... on Stale { current { id } revision }
  ... on Forbidden { message }"""


def token(of: Database, role: Role = Role.CURATOR, name: str = "Ada") -> str:
    with database.write_transaction(of.engine) as connection:
        return tokens.issue_token(connection, name, role)


def as_bearer(of: Database, token: str | None) -> Database:
    """The same database, asked by the bearer of a token, or by whoever sends one that is none."""
    with database.read_transaction(of.engine) as connection:
        bearer = tokens.find_bearer(connection, token) if token else None
    return replace(of, context=replace(of.context, bearer=bearer, token=token))


def mutation_text(field: str, payload: str, *, dry_run: bool = False) -> str:
    """A mutation of one root, named `done`."""
    name = field[0].upper() + field[1:]
    dry = ", dryRun: true" if dry_run else ""
    return (
        f"mutation ($input: {name}Input!) {{ done: {field}(input: $input{dry})"
        f" {{ {OUTCOMES} ... on {name}Payload {{ {payload} }} }} }}"
    )


@dataclass(frozen=True)
class Curator:
    """Writes to a database by mutations, or tells what they would do."""

    database: Database
    dry_run: bool = False

    def ask(self, field: str, payload: str, /, **given: object) -> Answer:
        """What became of it; its type is `__typename`."""
        answer = self.database.ask(
            mutation_text(field, payload, dry_run=self.dry_run), input=given
        )["done"]
        assert isinstance(answer, dict)
        return answer

    def record(self, record_type: str, /, **given: object) -> Answer:
        return self.ask(f"record{record_type}", f"revision {record_type.lower()} {{ id }}", **given)

    def retract(self, record_type: str, /, **given: object) -> Answer:
        return self.ask(f"retract{record_type}", "revision id", **given)

    def cite(self, **given: object) -> Answer:
        return self.ask("addCitation", "revision citation { id }", **given)

    def uncite(self, **given: object) -> Answer:
        return self.ask("removeCitation", "revision id", **given)


def seeds() -> list[Entry]:
    """The shipped records."""
    with shipped_seeds() as folder:
        texts = {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
    parsed = [record for path, text in texts.items() for record in parse_seed(str(path), text)]
    return [record for record in parsed if isinstance(record, Entry)]


def curator(of: Database) -> Curator:
    return Curator(as_bearer(of, token(of)))


def expect_payload(answer: Answer) -> Answer:
    """The answer, if what was asked for is done."""
    assert str(answer["__typename"]).endswith("Payload"), answer
    return answer


def problems(answer: Answer) -> list[tuple[str, str]]:
    """The place and the words of each, if the input was at fault."""
    assert answer["__typename"] == "Invalid", answer
    faults = answer["problems"]
    assert isinstance(faults, list)
    return [(".".join(fault["path"]), fault["message"]) for fault in faults]


def input_of(entry: Entry) -> Answer:
    """The input that records an entry of a seed file."""
    fields = _dump(entry.document)
    if isinstance(entry.document, SourcedDocument):
        cited = entry.document.citations.items()
        fields["citations"] = [citation(key, document) for key, document in cited]
    return {record_type(entry.type).key: entry.key, **fields}


def citation(key: str, document: CitationDocument) -> Answer:
    return {"key": key, **_dump(document)}


def written_rows(of: Database) -> list[list[tuple[object, ...]]]:
    """All that a request may write."""
    return [
        of.rows("select type, key, revision, disputed from record order by type, key"),
        of.rows("select revision, document from change order by revision"),
        of.rows("select token_id, key, revision from request order by key"),
    ]


def all_rows(of: Database) -> list[list[tuple[object, ...]]]:
    """All that a commit leaves a mark on."""
    return [
        *written_rows(of),
        of.rows("select stream, revision, chain from head"),
        of.rows("select type, count, checksum, textless_checksum from tally order by type"),
        of.rows("select id, name from official order by id"),
        of.rows("select id, article_id, verified from citation order by id"),
    ]


def _dump(document: Document | CitationDocument) -> Answer:
    fields: Mapping[str, object] = document.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude={"citations"}
    )
    return dict(fields)
