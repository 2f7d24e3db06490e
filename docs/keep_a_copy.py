"""Keep a copy in SQLite: python keep_a_copy.py http://127.0.0.1:8000 copy.db"""

import json
import sqlite3
import sys
from urllib.request import Request, urlopen

CHANGES = """query ($after: String) { changes(after: $after, first: 1000) {
  nodes { cursor commitEnd recordId document } } }"""
STORE = "replace into record values (:recordId, :document)"
REMOVE = "delete from record where id = :recordId"


def begin(copy: sqlite3.Connection, server: str) -> None:
    """Take a snapshot, whole or not at all; changes go on from the cursor in its first line."""
    copy.execute("delete from record")
    with urlopen(f"{server}/export") as lines:
        copy.execute("replace into place values (1, :cursor)", json.loads(next(lines)))
        for line in map(bytes.decode, lines):
            if "id" not in (record := json.loads(line)):  # The last line: none is missing.
                return copy.commit()
            copy.execute(STORE, {"recordId": record["id"], "document": line.rstrip("\n")})
    sys.exit("The snapshot was cut off: run this again.")


def follow(copy: sqlite3.Connection, server: str) -> None:
    """Apply what has changed: a page in one transaction, up to the last commit that is whole."""
    copy.executescript("""pragma journal_mode = wal;
      create table if not exists place (one integer primary key, cursor text);
      create table if not exists record (id text primary key, document text);""")
    changes = True
    while changes:
        ((after,),) = copy.execute("select max(cursor) from place")
        body = json.dumps({"query": CHANGES, "variables": {"after": after}}).encode()
        asked = Request(f"{server}/graphql", body, {"Content-Type": "application/json"})
        answer = json.load(urlopen(asked))
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        if after is None or codes & {"CURSOR_EXPIRED", "CURSOR_FORKED"}:
            begin(copy, server)
            continue
        assert not codes, answer["errors"]
        changes = answer["data"]["changes"]["nodes"]
        ends = [change["cursor"] for change in changes if change["commitEnd"]]
        for change in changes:
            copy.execute(STORE if change["document"] else REMOVE, change)
            copy.execute("update place set cursor = :cursor", change)
            if [change["cursor"]] == ends[-1:]:
                copy.commit()


follow(sqlite3.connect(sys.argv[2]), sys.argv[1])
