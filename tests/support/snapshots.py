"""Snapshots as they are downloaded, as they are exported, and as somebody else may write them.

In: a database, or documents. Out: lines, documents or the path of a snapshot file.
"""

import hashlib
import json
from collections import defaultdict
from pathlib import Path

from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.files.snapshot_writer import SNAPSHOT_FORM
from kb.normalisation import normalise
from kb.tables.manifest import export_snapshot
from tests.support.databases import Database
from tests.worlds.accented import Tree


def lines_of(db: Database) -> list[str]:
    with TestClient(create_app(db.settings)) as client:
        response = client.get("/export")
    assert response.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert response.text.endswith("}\n")
    return response.text.splitlines()


def write_snapshot(db: Database, folder: Path) -> Path:
    with database.read_transaction(db.engine) as connection:
        export_snapshot(connection, folder)
    return folder / "kb.ndjson"


def snapshot(db: Database) -> list[dict[str, Tree]]:
    rows = db.rows("select document from snapshot order by type, key")
    return [json.loads(str(document)) for (document,) in rows]


def write_lines(path: Path, documents: list[dict[str, Tree]]) -> Path:
    """A snapshot file of any documents, with what its last line counts."""
    lines = [json.dumps(document) for document in documents]
    by_type: defaultdict[str, list[str]] = defaultdict(list)
    for line, document in zip(lines, documents, strict=True):
        by_type[normalise(str(document["id"])).partition(":")[0]].append(line)
    counts = [
        {
            "type": record_type.upper(),
            "count": len(lines_of_type),
            "checksum": f"{_sum(lines_of_type):064x}",
        }
        for record_type, lines_of_type in sorted(by_type.items())
    ]
    first, last = json.dumps({"form": SNAPSHOT_FORM}), json.dumps({"end": True, "counts": counts})
    path.write_text("\n".join([first, *lines, last, ""]), encoding="utf-8")
    return path


def _sum(lines: list[str]) -> int:
    return sum(int(hashlib.sha256(line.encode()).hexdigest(), 16) for line in lines) % 2**256
