"""Keep a copy in DuckDB with dlt: python keep_with_dlt.py http://127.0.0.1:8000 copy.duckdb

It ends when the copy has all that there is, and has proven it by the counts and checksums.
"""

import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from urllib.request import Request, urlopen

import dlt

CHANGES = """query ($after: String, $first: Int) {
  changes(after: $after, first: $first) { nodes { revision cursor commitEnd recordId document } }
  feed { counts { type count checksum } } }"""
MOST = 2_000  # Changes that are loaded at once, unless one commit has more.
HINTS = {
    "revision": {"data_type": "bigint", "dedup_sort": "desc"},  # A record's latest change counts.
    "removed": {"data_type": "bool", "hard_delete": True},
}
dlt.config["runtime.dlthub_telemetry"] = False


def ask(server: str, after: str, first: int) -> dict:
    asked = {"query": CHANGES, "variables": {"after": after, "first": first}}
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{server}/graphql", json.dumps(asked).encode(), headers)) as answer:
        return json.load(answer)


def row(record: str, revision: int, document: str | None) -> dict:
    kind = record.partition(":")[0].upper()
    found = {"record_id": record, "type": kind, "revision": revision, "document": document}
    return found | {"removed": document is None}


@dlt.resource(name="records", write_disposition="replace", primary_key="record_id")
def snapshot(server: str) -> Iterator[dict]:
    """All records, in the place of the copy's; changes go on from the cursor in the first line."""
    with urlopen(f"{server}/export") as lines:
        first = json.loads(next(lines))
        for line in map(bytes.decode, lines):
            if "id" not in (record := json.loads(line)):  # The last line: none is missing.
                dlt.current.resource_state()["cursor"] = first["cursor"]
                return
            yield row(record["id"], first["revision"], line.rstrip("\n"))
    raise EOFError("the snapshot was cut off: run this again")


@dlt.resource(name="records", write_disposition="merge", primary_key="record_id", columns=HINTS)
def changes(server: str, after: str) -> Iterator[list[dict]]:
    """What has changed since, page by page, up to where a commit ends."""
    count, full = 0, False
    while not full and (page := ask(server, after, 1000)["data"]["changes"]["nodes"]):
        count += len(page)
        ends = [place for place, change in enumerate(page, 1) if change["commitEnd"]]
        if full := count >= MOST and bool(ends):
            page = page[: ends[-1]]
        after = page[-1]["cursor"]
        yield [row(one["recordId"], int(one["revision"]), one["document"]) for one in page]
    dlt.current.resource_state()["cursor"] = after


def cursor(copy: dlt.Pipeline) -> str | None:
    try:
        return copy.state["sources"]["kb"]["resources"]["records"]["cursor"]
    except KeyError:
        return None


def held(copy: dlt.Pipeline) -> list[dict]:
    """Counts and checksums of the copy, as the server gives its own."""
    found = {}
    asked = "select type, document from records"
    with copy.sql_client() as client, client.execute_query(asked) as records:
        for kind, document in iter(records.fetchone, None):
            found.setdefault(kind, []).append(int(sha256(document.encode()).hexdigest(), 16))
    return [
        {"type": kind, "count": len(digests), "checksum": f"{sum(digests) % 2**256:064x}"}
        for kind, digests in sorted(found.items())
    ]


def keep(server: str, file: str) -> None:
    # Without these, whoever reads would see the old rows gone and the new ones not yet there.
    whole = {"replace_strategy": "insert-from-staging", "supports_transactions": True}
    duckdb = dlt.destinations.duckdb(file, **whole)
    # What a run leaves beside the copy is dropped: the cursor that counts is in the copy.
    copy = dlt.pipeline("kb", f"{file}.dlt", destination=duckdb, dataset_name="kb").drop()
    copy.sync_destination()
    while True:
        after = cursor(copy)
        answer = ask(server, after, 1) if after else {}
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        if not after or codes & {"CURSOR_EXPIRED", "CURSOR_FORKED"}:
            copy.run(snapshot(server))
        elif codes:
            sys.exit(f"The server refuses: {answer['errors']}")
        elif answer["data"]["changes"]["nodes"]:
            copy.run(changes(server, after))
        elif held(copy) == answer["data"]["feed"]["counts"]:
            return
        else:
            sys.exit("The copy is not what the server has: remove it and run this again.")


if __name__ == "__main__":
    keep(sys.argv[1], sys.argv[2])
