"""Manifests of documents, as the compilers of clients write them, and a service that reads them.

In: a folder, and documents by their ids. Out: files in each of the formats; a client of that.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Profile, Settings


def write_pairs(path: Path, documents: Mapping[str, str]) -> None:
    """As relay-compiler and GraphQL Code Generator write it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(documents, indent=2, ensure_ascii=False), encoding="utf-8")


def write_apollo(path: Path, documents: Mapping[str, str], version: int = 1) -> None:
    operations = [
        {"id": id_, "name": "A", "type": "query", "body": text} for id_, text in documents.items()
    ]
    manifest = {
        "format": "apollo-persisted-query-manifest",
        "version": version,
        "operations": operations,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")


@contextmanager
def listing_service(
    settings: Settings, documents: Path, profile: Profile = Profile.OPEN
) -> Iterator[TestClient]:
    """A service with these documents, on a database that is there."""
    listing = settings.model_copy(update={"documents": str(documents), "profile": profile})
    with TestClient(create_app(listing), follow_redirects=False) as client:
        yield client
