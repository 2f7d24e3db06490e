"""A curator's program: it records officials by mutations, and keeps a journal of the answers.

In: `python writer.py ADDRESS TOKEN JOURNAL BATCHES`. Out: for each batch a line of the journal with
the revisions answered, on the disk before the next batch is sent. Killed and started again, it
sends the batch that has no line again, with the same keys. It ends once all batches have theirs.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

BATCH = 2
"""Mutations of one request."""
CITATIONS = 19
"""Of each official; all of them change with it."""
OFFICIALS = 50
"""Of one writer; each is recorded again and again, under another name."""
PAUSE = 0.05
ANCHOR = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}
RESULT_FRAGMENT = """fragment Told on RecordOfficialResult { __typename
  ... on RecordOfficialPayload { revision } ... on Invalid { problems { path message } } }"""


class UnavailableError(Exception):
    """The server is gone or busy, or its answer was cut off."""


def official(writer: str, number: int) -> dict[str, object]:
    """The input that this writer sends under this number, from 0 on."""
    slug, name = f"{writer}-{number % OFFICIALS}", f"Official {writer} {number}"
    common = {"article": "gazette-1-union-formed", "anchor": ANCHOR, "claim": f"It names {name}."}
    return {
        "slug": slug,
        "name": name,
        "citations": [{"key": f"{slug}-{index}"} | common for index in range(CITATIONS)],
        "idempotencyKey": f"{writer}-{number}",
    }


def record(address: str, token: str, inputs: Sequence[dict[str, object]]) -> list[int]:
    """The revisions answered; raises UnavailableError, and RuntimeError for any other answer."""
    given = {f"i{number}": official_input for number, official_input in enumerate(inputs)}
    declared = ", ".join(f"${name}: RecordOfficialInput!" for name in given)
    roots = " ".join(f"{name}: recordOfficial(input: ${name}) {{ ...Told }}" for name in given)
    query = f"mutation({declared}) {{ {roots} }} {RESULT_FRAGMENT}"
    answer = post(address, token, {"query": query, "variables": given})
    results = answer.get("data")
    if not isinstance(results, dict) or "errors" in answer:
        raise RuntimeError(answer)
    if wrong := [
        result for result in results.values() if result["__typename"] != "RecordOfficialPayload"
    ]:
        raise RuntimeError(wrong)
    return [int(results[name]["revision"]) for name in given]


def post(address: str, token: str, body: dict[str, object]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{address}/graphql", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.SERVICE_UNAVAILABLE:
            raise UnavailableError from error
        raise RuntimeError(error.code, error.read().decode()) from error
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError from error


def record_with_retries(address: str, token: str, inputs: Sequence[dict[str, object]]) -> list[int]:
    while True:
        try:
            return record(address, token, inputs)
        except UnavailableError:
            time.sleep(PAUSE)


def journal_lines(journal: Path) -> Iterator[list[int]]:
    """The batches acknowledged; a line that is not whole does not count."""
    for line in journal.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)


def main(address: str, token: str, journal: Path, batches: int) -> None:
    journal.touch()
    done = list(journal_lines(journal))
    with journal.open("r+") as file:
        file.truncate(sum(len(f"{json.dumps(revisions)}\n") for revisions in done))
        file.seek(0, os.SEEK_END)
        for batch in range(len(done), batches):
            numbers = range(batch * BATCH, (batch + 1) * BATCH)
            revisions = record_with_retries(
                address, token, [official("writer", number) for number in numbers]
            )
            file.write(f"{json.dumps(revisions)}\n")
            file.flush()
            os.fsync(file.fileno())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
