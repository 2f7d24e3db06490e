"""`python -m tests.bench.tools`: what a tool of `/mcp` takes longer than the same GraphQL.

In: nothing; the shipped seeds, on SQLite. Out: a line for each tool: the median and the 99th
percentile of calls and of the same queries to `/graphql`, asked by turns on one connection each, in
milliseconds, and by how much the percentiles differ. No answer is a kept one: queries differ in
`extensions`. The machine's load before and after says what else was at work.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from kb.mcp.asking import prepared
from tests.bench.serve import start_server
from tests.support.databases import SqlitePlace, prepare, shipped_seeds

CALLS, WARM = 1_500, 100
"""Of each tool, and how many before them."""
_CSTO, _USUAL, _DAY = "Organisation:csto", "Membership:csto-uz-suspended", "2016-10-14"
_NUMBERS = count()
CASES: Sequence[tuple[str, Mapping[str, object], Mapping[str, object]]] = (
    ("find", {"name": "Bordyuzha"}, {"query": "Bordyuzha", "first": 10}),
    ("record", {"id": _USUAL}, {"id": _USUAL}),
    ("record", {"id": _CSTO}, {"id": _CSTO}),
    (
        "as_of",
        {"of": _CSTO, "on": _DAY},
        {"of": _CSTO, "on": _DAY, "office": "", "one": False, "all": True},
    ),
    ("disagreements", {"of": _CSTO}, {"of": _CSTO, "one": True, "all": False}),
)
"""A tool, the arguments of a call, and the variables of the query that it asks.

The organisation is the largest record that there is: its answer is as large as one may be.
"""


def tools() -> None:
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with TemporaryDirectory() as name, shipped_seeds() as seeds:
        url = prepare(SqlitePlace(Path(name)).create(), seeds).database_url
        with start_server("ours", url, Path(name)) as server:
            server.wait("/", {})
            for tool, arguments, variables in CASES:
                print(_line(tool, *_measure(server.port, tool, arguments, variables)), flush=True)
    print(f"load after: {os.getloadavg()[0]:.1f}")


def _measure(
    port: int, tool: str, arguments: Mapping[str, object], variables: Mapping[str, object]
) -> tuple[list[float], list[float]]:
    """Milliseconds of calls, and of queries, by turns."""
    params = {"name": tool, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    asked = {"query": prepared(tool, "", "{ ...Page }"), "variables": variables}

    def query() -> Mapping[str, object]:
        return {**asked, "extensions": {"number": next(_NUMBERS)}}

    with (
        closing(HTTPConnection("127.0.0.1", port)) as first,
        closing(HTTPConnection("127.0.0.1", port)) as second,
    ):
        times = [
            (_time(first, "/mcp", lambda: message), _time(second, "/graphql", query))
            for _ in range(WARM + CALLS)
        ][WARM:]
    return [call for call, _ in times], [plain for _, plain in times]


def _time(connection: HTTPConnection, path: str, make: Callable[[], Mapping[str, object]]) -> float:
    body = json.dumps(make())
    begun = time.perf_counter()
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    told = response.read()
    taken = time.perf_counter() - begun
    assert response.status == 200, told
    assert b'"isError"' not in told, told
    assert b'"errors"' not in told, told
    return taken * 1_000


def _line(tool: str, calls: list[float], queries: list[float]) -> str:
    of_calls, of_queries = (quantiles(each, n=100)[98] for each in (calls, queries))
    return (
        f"{tool:14} call {median(calls):.2f} ms, p99 {of_calls:.2f};"
        f" query {median(queries):.2f} ms, p99 {of_queries:.2f}; p99 {of_calls - of_queries:+.2f}"
    )


if __name__ == "__main__":
    tools()
