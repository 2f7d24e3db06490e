"""The guides tell the truth: what they write is taken, answered as they say, and sound.

A hash that is wrong is found only by the text, so the archive is read first where it is at hand.
"""

import json
from pathlib import Path

from kb import database
from kb.archive.pages import page_paths
from kb.check.inspect import inspect
from kb.ingest.ingest import ingest
from tests.support.curated import ADA, as_bearer, curator, expect_payload, token
from tests.support.databases import Database
from tests.support.documentation import blocks_in, fact
from tests.support.sites import read_page

GUIDE = "docs/curating.md"
WRITTEN = ("Event:uzbek-return-speculation", "Event:dushanbe-guarded-for-summit")
VERIFIED = """query ($ids: [ID!]!) { nodes(ids: $ids) {
  ... on Event { citations { nodes { verified quote } } }
} }"""


def curate(filled: Database) -> None:
    query, *_ = blocks_in(GUIDE, "graphql")
    variables, answer = map(json.loads, blocks_in(GUIDE, "json"))
    assert as_bearer(filled, token(filled)).ask(query, **variables) == answer


def load(filled: Database, folder: Path) -> None:
    path = folder / "events.yaml"
    path.write_text(fact(), encoding="utf-8")
    assert len(filled.load(path).added) == 2


def test_the_mutation_gives_its_answer(filled: Database) -> None:
    curate(filled)


def test_the_list_is_taken(filled: Database) -> None:
    _, query, _ = blocks_in(GUIDE, "graphql")
    given = {"records": [{"official": ADA}], "reason": "The list of May"}
    done = as_bearer(filled, token(filled)).ask(query, input=given)["recordAll"]
    assert isinstance(done, dict)
    assert done["records"] == [{"id": f"Official:{ADA['slug']}"}]


def test_what_would_be_taken_down_is_told(filled: Database) -> None:
    *_, query = blocks_in(GUIDE, "graphql")
    made = curator(filled)
    ((publication,),) = filled.rows("select key from publication order by key limit 1")
    article = {"slug": "some-article", "publication": publication, "headline": "Some article"}
    expect_payload(made.record("Article", **article, datedOn="2016-10-21"))
    given = {"slug": "some-article", "reason": "the owner asked"}
    for _ in range(2):
        done = made.database.ask(query, input=given)["retractArticle"]
        assert done == {"erased": [{"recordId": "Article:some-article"}]}


def test_the_fact_is_taken(filled: Database, tmp_path: Path) -> None:
    load(filled, tmp_path)


def test_what_is_written_is_verified(filled: Database, archive: str, tmp_path: Path) -> None:
    """By the mutation and the file, and the database is sound with the archive in it."""
    page = tmp_path / "page.txt"
    page.write_text(archive, encoding="utf-8")
    ingest(filled.engine, page_paths([page]), read_page)
    curate(filled)
    load(filled, tmp_path)
    nodes = filled.ask(VERIFIED, ids=[*WRITTEN])["nodes"]
    assert isinstance(nodes, list)
    cited = [citation for node in nodes for citation in node["citations"]["nodes"]]
    assert len(cited) == 2
    assert all(citation["verified"] and citation["quote"] for citation in cited)
    with database.read_transaction(filled.engine) as connection:
        assert inspect(connection).findings == []
