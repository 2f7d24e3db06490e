"""Reads the service's schema with the graphql-core that is installed, as its clients do.

In: the service's address. Out: nothing, or an error.
"""

import json
import sys
from urllib.request import Request, urlopen

from graphql import build_client_schema, build_schema, get_introspection_query, parse, validate

ADDRESS = sys.argv[1]
OPTIONS = (
    "descriptions",
    "specified_by_url",
    "directive_is_repeatable",
    "schema_description",
    "input_value_deprecation",
)
DOCUMENT = """query ($day: Date!) {
  organisation(slug: "csto") { members(asOf: $day) { certainty state { name } } }
}"""


def ask(query: str) -> dict[str, object]:
    body = json.dumps({"query": query}).encode()
    request = Request(f"{ADDRESS}/graphql", body, {"Content-Type": "application/json"})
    with urlopen(request) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer
    data: dict[str, object] = answer["data"]
    return data


for wanted in (True, False):
    query = get_introspection_query(**dict.fromkeys(OPTIONS, wanted))
    schema = build_client_schema(ask(query))  # type: ignore[arg-type]  # Its own form of it.
    assert not validate(schema, parse(DOCUMENT))
with urlopen(f"{ADDRESS}/schema.graphql") as response:
    schema = build_schema(response.read().decode())
assert not validate(schema, parse(DOCUMENT))
