"""`/mcp`: what a host of a language model may rely on, by both eras of the protocol."""

import json
import re
from collections.abc import Iterator

import pytest
from graphql import parse, print_ast
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.mcp.asking import AskedMoment, prepared
from kb.mcp.facts import NAMING
from kb.mcp.resources import WITHHELD
from kb.mcp.server import INSTRUCTIONS
from kb.mcp.told import MOST_BYTES
from kb.mcp.tools import TOOLS
from kb.telemetry.record import RequestRecord
from tests.support.databases import Place
from tests.support.mcp import CLIENT, LEGACY, META, MODERN, McpClient, rows, text_of

pytestmark = pytest.mark.sweep

CSTO, SUSPENDED = "Organisation:csto", "Membership:csto-uz-suspended"
MOST_LISTED = 8_000
EACH_FACT = {"field", "value", "certainty", "disputed", "citations"}


@pytest.fixture(scope="module")
def records() -> list[RequestRecord]:
    return []


@pytest.fixture(scope="module")
def http(place: Place, loaded: Settings, records: list[RequestRecord]) -> Iterator[TestClient]:
    settings = place.create(loaded).model_copy(update={"public_url": "https://kb.example.org/at"})
    with TestClient(create_app(settings, records.append), "http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def host(http: TestClient) -> McpClient:
    return McpClient(http)


@pytest.fixture(scope="module", params=[MODERN, LEGACY, "2025-06-18"])
def either(request: pytest.FixtureRequest, http: TestClient) -> McpClient:
    return McpClient(http, request.param)


def test_the_modern_version_is_discovered(host: McpClient) -> None:
    told = host.ask("server/discover")
    assert told["supportedVersions"] == [MODERN, LEGACY, "2025-06-18", "2025-03-26"]
    assert told["capabilities"] == {"tools": {}, "resources": {}, "prompts": {}}
    assert told["instructions"] == INSTRUCTIONS
    assert told["resultType"] == "complete"
    assert (told["cacheScope"], told["ttlMs"]) == ("public", 3_600_000)
    meta = told["_meta"]
    assert isinstance(meta, dict)
    assert meta[f"{META}serverInfo"]["name"] == "csto-kb"


def test_an_older_client_begins_as_it_used_to(http: TestClient) -> None:
    client = McpClient(http, LEGACY)
    for wanted, given in (("2025-06-18",) * 2, (LEGACY,) * 2, ("1999-01-01", LEGACY)):
        asked = {"protocolVersion": wanted, "capabilities": {}, "clientInfo": CLIENT}
        told = client.ask("initialize", **asked)
        assert told["protocolVersion"] == given
        assert told["instructions"] == INSTRUCTIONS
        assert "resultType" not in told
    notified = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    done = http.post("/mcp", json=notified)
    assert (done.status_code, done.content) == (202, b"")
    assert client.ask("ping") == {}


def test_tools_are_few_and_small(either: McpClient) -> None:
    response = either.send("tools/list")
    assert len(response.content) <= MOST_LISTED
    tools = response.json()["result"]["tools"]
    assert [tool["name"] for tool in tools] == [*TOOLS]
    for tool in tools:
        assert tool["annotations"] == {"readOnlyHint": True}
        assert {"knownAt", "revision"} <= {*tool["inputSchema"]["properties"]}
        assert tool["outputSchema"]["type"] == "object"
    assert INSTRUCTIONS.count("\n") == 10


def test_what_is_found_has_an_id_and_an_address(either: McpClient) -> None:
    told = either.call("find", name="BORDYUZHA", types=["OFFICIAL"])
    (found,) = rows(told, "found")
    assert found["id"] == "Official:nikolai-bordyuzha"
    assert found["url"] == "https://kb.example.org/at/officials/nikolai-bordyuzha"
    assert found["disputed"] is False


def test_of_an_unknown_name_the_nearest_are_told(host: McpClient) -> None:
    for tool, asked in (
        ("find", {"name": "Bordyuza"}),
        ("record", {"id": "Official:nikolai-bordyuza"}),
        ("as_of", {"of": "Official:bordyuza", "on": "2016-01-01"}),
        ("disagreements", {"of": "Official:bordyuza"}),
    ):
        told = host.call(tool, **asked)
        assert "Official:nikolai-bordyuzha" in {near["id"] for near in rows(told, "nearest")}, tool


def test_what_only_has_a_word_in_its_text_is_not_near(host: McpClient) -> None:
    near = rows(host.call("record", id="Official:putin"), "nearest")
    assert near[0]["id"] == "Official:vladimir-putin"
    assert all("Putin" in str(each["name"]) for each in near)


def test_of_an_unknown_article_the_nearest_are_articles(host: McpClient) -> None:
    """For a word that other records have, too."""
    for article in ("uzbekistan", "Article:no-uzbekistan"):
        near = rows(host.call("check_quote", words="x", article=article), "nearest")
        assert {str(each["id"]).partition(":")[0] for each in near} <= {"Article"}, near
    assert rows(host.call("check_quote", words="x", article="uzbekistan"), "nearest")


def test_no_word_is_one_of_the_programs_language(host: McpClient) -> None:
    """Of records that lack a value, and of such as have a truth value."""
    cited = "Citation:csto-uz-suspended-status-in-rejoin-2017"
    told = host.ask("tools/call", name="record", arguments={"id": cited})
    assert "verified: false (CERTAIN)" in text_of(told)
    calls = [("disagreements", {}), ("record", {"id": cited}), ("record", {"id": CSTO})]
    for tool, arguments in calls:
        text = text_of(host.ask("tools/call", name=tool, arguments=arguments))
        assert not {"None", "False", "True"} & {*re.findall(r"\w+", text)}, text


def test_a_record_is_told_with_its_sources(host: McpClient) -> None:
    told = host.call("record", id=SUSPENDED)
    facts = {str(fact["field"]): fact for fact in rows(told, "facts")}
    assert all(fact.keys() >= EACH_FACT for fact in facts.values())
    assert facts["status"]["value"] == "SUSPENDED"
    assert facts["period"]["value"] == "1999 to 2006"
    assert (facts["period"]["certainFrom"], facts["period"]["possibleTo"]) == (
        "1999-12-31",
        "2006-12-31",
    )
    assert told["disputed"] is True
    stances = {citation["stance"] for citation in rows(told, "citations")}
    assert stances == {"SUPPORTS", "DISPUTES"}
    for citation in rows(told, "citations"):
        key = str(citation["id"]).removeprefix("Citation:")
        assert citation["url"] == f"https://kb.example.org/at/citations/{key}"
        assert citation["claim"]
        # Where to look for the words that are quoted.
        assert citation["paragraph"] in (5, 6)


def test_no_fact_rests_on_what_disputes_it(host: McpClient) -> None:
    """What supports the record stands first, also where only other fields of it have a source."""
    told = host.call("record", id="Membership:csto-uz-suspended")
    (state,) = [fact for fact in rows(told, "facts") if fact["field"] == "state"]
    assert [each["stance"] for each in rows(state, "citations")] == ["SUPPORTS", "DISPUTES"]


def test_who_held_an_office_rests_on_what_names_the_holder(host: McpClient) -> None:
    """Not on the first by its key, such as of a day on which nobody had been chosen yet."""
    named = ["Citation:csto-sg-zas-office-in-zas-2020"]
    told = host.call("record", id="Term:csto-sg-zas")
    on = host.call("as_of", of=CSTO, on="2020-01-10", office="Secretary-General")
    beside = host.call("record", id="Official:stanislav-zas")
    for facts, field in (
        (told, "official"),
        (on, "Secretary-General: holder"),
        (beside, "terms"),
    ):
        (row,) = [each for each in rows(facts, "facts") if each["field"] == field]
        assert [each["id"] for each in rows(row, "citations")] == named


@pytest.mark.parametrize("name", ["record", "as_of"])
def test_queries_ask_first_for_what_facts_lead_with(name: str) -> None:
    assert f"field: {{ in: {json.dumps([*NAMING])} }}" in prepared(name, "", "{ ...Page }")


def test_where_only_what_belongs_to_it_is_disputed_that_is_said(host: McpClient) -> None:
    result = host.ask("tools/call", name="disagreements", arguments={"of": "State:UZ"})
    (content,) = rows(result, "content")
    assert str(content["text"]).startswith("None about fields of its own.")


def test_the_schema_is_told_to_clients_that_read_text_alone(host: McpClient) -> None:
    result = host.ask("tools/call", name="query", arguments={"schema": "tenure verdict"})
    (content,) = rows(result, "content")
    assert str(content["text"]).startswith("type Tenure {")


def test_a_disputed_field_is_told_beside_others_that_are_not(host: McpClient) -> None:
    told = host.call("record", id=CSTO)
    facts = {str(fact["field"]): fact for fact in rows(told, "facts")}
    assert facts["founded"]["disputed"] is True
    assert facts["founded"]["value"] == "2002"
    assert (
        rows(facts["founded"], "citations")[0]["id"] == "Citation:csto-founded-2002-in-comment-2019"
    )
    assert facts["name"]["disputed"] is False


def test_what_has_no_room_follows_by_the_cursor(host: McpClient) -> None:
    """All facts and citations come once, each answer within its bound."""
    said: list[str] = []
    more: dict[str, object] = {}
    while True:
        response = host.send("tools/call", name="record", arguments={"id": CSTO, **more})
        assert len(response.content) <= 10_000
        told = response.json()["result"]["structuredContent"]
        said += [json.dumps(row) for name in ("facts", "citations") for row in told[name]]
        if "more" not in told:
            break
        more = {"cursor": told["cursor"]}
    assert more
    assert len({*said}) == len(said)
    citations = [row for row in said if '"claim"' in row]
    query = f'{{ node(id: "{CSTO}") {{ ... on Sourced {{ citations {{ totalCount }} }} }} }}'
    counted = host.call("query", query=query)["data"]
    assert counted == {"node": {"citations": {"totalCount": len(citations)}}}


def test_what_held_on_a_day(either: McpClient) -> None:
    told = either.call("as_of", of=CSTO, on="2019-06-15")
    facts = rows(told, "facts")
    members = [fact for fact in facts if fact["field"] == "member"]
    assert len(members) == 6
    assert all("because" in fact for fact in members if fact["certainty"] == "POSSIBLE")
    (tenure,) = [fact for fact in facts if fact["field"] == "Secretary-General"]
    assert (tenure["value"], tenure["certainty"]) == ("VACANT", "CERTAIN")
    assert tenure["because"] == "Nobody held it (The CSTO has no Secretary-General)."
    assert all(fact.keys() >= EACH_FACT and rows(fact, "citations") for fact in facts)
    assert "note" not in told


def test_a_day_after_all_that_is_known_is_told_to_be(host: McpClient) -> None:
    told = host.call("as_of", of=CSTO, on="2024-01-01")
    assert "of later days nothing is attested" in str(told["note"])
    for fact in rows(told, "facts"):
        assert fact["certainty"] == "POSSIBLE", fact
        assert fact["because"]


def test_an_unknown_office_is_told_with_those_that_there_are(host: McpClient) -> None:
    told = host.call("as_of", of=CSTO, on="2016-01-01", office="boss")
    assert told["note"] == "It has no office `boss`: it has Secretary-General."
    assert rows(told, "facts") == []
    one = host.call("as_of", of=CSTO, on="2016-01-01", office="secretary general")
    assert next(fact["field"] for fact in rows(one, "facts")) == "Secretary-General"


@pytest.mark.parametrize(
    ("of", "on", "certainty"),
    [
        (SUSPENDED, "2003-06-01", "CERTAIN"),
        (SUSPENDED, "2010-06-10", "RULED_OUT"),
        (SUSPENDED, "1999-06-01", "POSSIBLE"),
    ],
)
def test_one_span_on_a_day(host: McpClient, of: str, on: str, certainty: str) -> None:
    (fact,) = rows(host.call("as_of", of=of, on=on), "facts")
    assert (fact["field"], fact["certainty"], fact["disputed"]) == ("held", certainty, True)


def test_every_disagreement_names_who_says_what(host: McpClient) -> None:
    (told,) = rows(host.call("disagreements", of=CSTO), "disagreements")
    assert (told["field"], told["kind"], told["recorded"]) == ("founded", "CONFLICT", "2002")
    assert [value["value"] for value in rows(told, "values")] == ["1992", "2002", "[1991..1994]"]
    assert all(rows(value, "citations") for value in rows(told, "values"))
    counted = host.call("query", query="{ disagreements { totalCount } }")["data"]
    total = host.call("disagreements")["total"]
    assert counted == {"disagreements": {"totalCount": total}}


def test_what_could_be_known_on_a_day(host: McpClient) -> None:
    early = host.call("record", id=CSTO, knownAt="2018-01-01")
    facts = {str(fact["field"]): fact["value"] for fact in rows(early, "facts")}
    assert facts["founded"] == "1992"
    assert early["url"] == "https://kb.example.org/at/organisations/csto?known=2018-01-01"
    query = "query Q($s: String!) { organisation(slug: $s) { founded { text } } }"
    asked = {"query": query, "variables": {"s": "csto"}, "knownAt": "2018-01-01"}
    assert host.call("query", **asked)["data"] == {"organisation": {"founded": {"text": "1992"}}}
    assert "known then" in str(host.call("record", id=SUSPENDED, knownAt="2015-01-01")["note"])


def test_as_of_a_revision(host: McpClient) -> None:
    revision = host.call("query", query="{ revision }")["data"]
    assert isinstance(revision, dict)
    asked = {"revision": int(str(revision["revision"]))}
    now = host.call("as_of", of=CSTO, on="2016-10-14")
    assert host.call("as_of", of=CSTO, on="2016-10-14", **asked) == now
    (found,) = rows(host.call("find", name="Bordyuzha", types=["OFFICIAL"], **asked), "found")
    assert found["id"] == "Official:nikolai-bordyuzha"
    assert rows(host.call("find", name="CSTO", **asked), "found")[0]["id"] == CSTO
    (state,) = rows(host.call("find", name="UZ", types=["STATE"], **asked), "found")
    assert state["id"] == "State:UZ"
    assert "REVISION_UNKNOWN" in host.fault("record", id=CSTO, revision=10**12)


def test_what_is_not_told_of_a_revision_is_counted(host: McpClient) -> None:
    counted = '{ revision states(filter: {name: {contains: "a"}}) { totalCount } }'
    data = host.call("query", query=counted)["data"]
    assert isinstance(data, dict)
    total = data["states"]["totalCount"]
    given = {"types": ["STATE", "SUMMIT"], "revision": int(data["revision"])}
    found = host.call("find", name="a", **given)
    assert found["total"] == total
    left = total - len(rows(found, "found"))
    assert left > 0
    assert f" {left} more are not told" in str(found["note"])


def test_queries_are_prepared_for_each_moment() -> None:
    """Each in a form that stays what it is, and is planned once."""
    moment = AskedMoment("2018-01-01", 5)
    text = prepared("find", moment.declared, moment.within("{ ...Page }"))
    head = "query McpFind($query: String!, $types: [RecordType!], $first: Int!, $after: String,"
    assert print_ast(parse(text)).replace("\n  ", " ").startswith(head.partition("(")[0])
    assert "{ at(revision: $revision) { view(knownAt: $knownAt) { ...Page } } }" in text


def test_the_query_tool_only_reads_and_answers_what_is_small(host: McpClient) -> None:
    told = host.fault("query", query="mutation { recordState(input: {}) { __typename } }")
    assert told.startswith("BAD_ARGUMENT: a tool only reads")
    for moment in ({}, {"knownAt": "2018-01-01"}, {"revision": 1}):
        told = host.fault("query", query="{ nope }", **moment)
        assert told.startswith("GRAPHQL_VALIDATION_FAILED")
    large = "{ citations(first: 100) { nodes { key claim } } }"
    assert host.fault("query", query=large).startswith("TOO_LARGE: the answer has ")
    schema = str(host.call("query", schema="tenure verdict")["schema"])
    assert schema.startswith("type Tenure {")
    assert len(schema) < MOST_BYTES // 2


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("find", {"nme": "x"}, "BAD_ARGUMENT: `find` takes no"),
        ("find", {}, "BAD_ARGUMENT: `find` wants `name`"),
        ("find", {"name": 1}, "BAD_ARGUMENT: `name` is no string"),
        ("find", {"name": "x", "types": ["NONE"]}, "BAD_ARGUMENT: `types` is no list of types"),
        ("find", {"name": "x", "cursor": "0:zz"}, "BAD_CURSOR"),
        ("find", {"name": "x", "cursor": "zz"}, "BAD_CURSOR"),
        ("record", {"id": CSTO, "cursor": "1234567:"}, "BAD_CURSOR"),
        ("as_of", {"of": CSTO, "on": "2016"}, "BAD_ARGUMENT: `on` is no day"),
        ("as_of", {"of": CSTO, "on": "2016-02-30"}, "BAD_ARGUMENT: `on` is no day"),
        ("record", {"id": "x", "revision": True}, "BAD_ARGUMENT: `revision` is no integer"),
        ("check_quote", {"words": "x" * 2_001, "article": "x"}, "BAD_ARGUMENT: `words` has more"),
    ],
)
def test_a_model_is_told_what_to_do_better(
    host: McpClient, tool: str, arguments: dict[str, object], said: str
) -> None:
    assert host.fault(tool, **arguments).startswith(said)


def test_an_article_is_a_resource_in_our_own_words(host: McpClient) -> None:
    listed = host.ask("resources/list")
    first = rows(listed, "resources")[0]
    assert str(first["uri"]).startswith("kb://articles/")
    (contents,) = rows(host.ask("resources/read", uri=first["uri"]), "contents")
    assert contents["uri"] == first["uri"]
    assert str(contents["text"]).startswith(str(first["title"]))
    assert WITHHELD in str(contents["text"])
    (record,) = rows(host.ask("resources/read", uri=f"kb://records/{CSTO}"), "contents")
    assert json.loads(str(record["text"]))["id"] == CSTO
    templates = rows(host.ask("resources/templates/list"), "resourceTemplates")
    assert [each["name"] for each in templates] == ["record", "article"]
    nowhere = ("kb://records/State:NO", "kb://articles/none", "file:///etc/passwd", "kb://")
    for missing in (*nowhere, f"{first['uri']}/0"):
        response = host.send("resources/read", uri=missing)
        error = response.json()["error"]
        assert (error["code"], error["data"]) == (-32602, {"uri": missing}), missing
    assert host.ask("prompts/list")["prompts"] == []


def test_the_log_has_the_tool_and_no_argument(
    host: McpClient, records: list[RequestRecord]
) -> None:
    records.clear()
    host.call("find", name="Bordyuzha")
    host.fault("find", name="")
    done, refused = records
    assert done.operation == ("tool", "find", "")
    assert (done.route, done.code) == ("/mcp", "")
    assert done.price
    assert (refused.operation, refused.code) == (("tool", "find", ""), "BAD_ARGUMENT")


def test_words_say_what_the_structure_says(host: McpClient) -> None:
    result = host.ask("tools/call", name="as_of", arguments={"of": CSTO, "on": "2016-10-14"})
    text, structured = text_of(result), result["structuredContent"]
    assert isinstance(structured, dict)
    for fact in rows(structured, "facts"):
        assert f"{fact['field']}: {fact['value']} ({fact['certainty']}" in text
        for citation in rows(fact, "citations")[:1]:
            assert str(citation["id"]) in text
