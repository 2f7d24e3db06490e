"""Answers with permanent links, as clients keep them and ask for them again.

In: settings of a database that has `ADA`, a record of which an article is cited. Out: a client of
the application, what it is answered, and the record under another name.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Keepers, Settings
from tests.support.curated import ADA, ARTICLE, curator, expect_payload
from tests.support.databases import Database, open_database
from tests.support.service import JSON

ADA_NOW = '{ official(slug: "ada") { name } revision }'
WORDS = "Nothing that anybody wrote."
NAMED = {**ADA, "citations": [{"key": "ada-named", "article": ARTICLE, "claim": "It names her."}]}


def add_ada(settings: Settings) -> None:
    """To the database, and a text of the article that names her."""
    with open_database(settings) as database:
        writer = curator(database)
        expect_payload(writer.record("Article", slug=ARTICLE, paragraphs=[WORDS]))
        expect_payload(writer.record("Official", **NAMED))


@dataclass(frozen=True)
class Service:
    """A client of the application, and the database behind it."""

    client: TestClient
    db: Database

    def ask(self, query: str, **more: object) -> bytes:
        response = self.client.post(
            "/graphql", json={"query": query, **more}, headers={"accept": JSON}
        )
        assert response.status_code == 200, response.text
        return response.content

    def post(self, query: str, status: int = 201, /, **more: object) -> dict[str, Any]:
        response = self.client.post("/answers", json={"query": query, **more})
        assert response.status_code == status, response.text
        told: dict[str, Any] = response.json()
        if status in (200, 201):
            assert response.headers["location"] == told["url"]
            assert told["url"].endswith(f"/answers/{told['id']}")
        return told

    def again(self, kept: Mapping[str, str], status: int = 200, /, bearer: str = "") -> bytes:
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        response = self.client.get(f"{kept['url']}.json", headers=headers)
        assert response.status_code == status, response.text
        return response.content

    def code(self, kept: Mapping[str, str], status: int) -> str:
        return code_of(json.loads(self.again(kept, status)))

    def rename(self, name: str) -> None:
        (revision,) = self.db.ask('{ official(slug: "ada") { revision } }').values()
        assert isinstance(revision, dict)
        given = {**NAMED, "name": name, "expectedRevision": revision["revision"]}
        expect_payload(curator(self.db).record("Official", **given))


def code_of(told: Mapping[str, Any]) -> str:
    (error,) = told["errors"]
    return str(error["extensions"]["code"])


@contextmanager
def service(settings: Settings, **changed: object) -> Iterator[Service]:
    changed = {"answers": Keepers.PUBLIC} | changed
    app = create_app(settings.model_copy(update=changed))
    with open_database(settings) as db, TestClient(app) as client:
        yield Service(client, db)
