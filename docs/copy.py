"""Keep a copy of the knowledge base in SQLite: python copy.py http://127.0.0.1:8000 copy.db"""

import json
import sqlite3
import sys
import urllib.request

CHANGES = """query ($after: String) { changes(after: $after, first: 1000) {
  nodes { cursor commitEnd recordId document } pageInfo { hasNextPage } } }"""
EXPIRED = {"CURSOR_EXPIRED", "CURSOR_FORKED"}


def ask(server: str, after: str | None) -> dict:
    body = json.dumps({"query": CHANGES, "variables": {"after": after}}).encode()
    request = urllib.request.Request(
        f"{server}/graphql", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def start(server: str, copy: sqlite3.Connection) -> None:
    """From a snapshot: whole, or not at all."""
    with urllib.request.urlopen(f"{server}/export") as response, copy:
        first, *records, last = map(bytes.decode, response.read().splitlines())
        assert json.loads(last)["end"], "the snapshot was cut off"
        copy.execute("delete from record")
        copy.executemany(
            "insert into record values (?, ?)", ((json.loads(r)["id"], r) for r in records)
        )
        copy.execute("insert or replace into place values (1, ?)", (json.loads(first)["cursor"],))


def follow(server: str, copy: sqlite3.Connection) -> None:
    """Apply what has changed, each page in one transaction with the cursor that it leads to."""
    more = True
    while more:
        ((after,),) = copy.execute("select cursor from place").fetchall() or [(None,)]
        answer = ask(server, after)
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        if after is None or codes & EXPIRED:
            start(server, copy)
            continue
        changes = answer["data"]["changes"]
        more = changes["pageInfo"]["hasNextPage"]
        with copy:
            for change in changes["nodes"]:
                copy.execute("delete from record where id = ?", (change["recordId"],))
                if change["document"]:
                    copy.execute(
                        "insert into record values (?, ?)", (change["recordId"], change["document"])
                    )
                copy.execute("update place set cursor = ?", (change["cursor"],))


if __name__ == "__main__":
    opened = sqlite3.connect(sys.argv[2])
    opened.execute("create table if not exists record (id text primary key, document text)")
    opened.execute("create table if not exists place (one integer primary key, cursor text)")
    follow(sys.argv[1], opened)
