"""Who may ask `/mcp` and `kb mcp`, and what is kept from whom: as it is for GraphQL."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Audience, Profile
from kb.mcp.resources import DATA, WITHHELD
from tests.support.command import DATABASE_URL, bare_environment
from tests.support.curated import token
from tests.support.databases import Database
from tests.support.manifests import write_pairs
from tests.support.mcp import LEGACY, McpClient, rows
from tests.worlds.accented import ARTICLE, TEXT

pytestmark = pytest.mark.sweep

WORDS = "keeps military bases"


@contextmanager
def served(database: Database, **settings: object) -> Iterator[McpClient]:
    app = create_app(database.settings.model_copy(update=settings))
    with TestClient(app, "http://127.0.0.1") as http:
        yield McpClient(http)


def refusal(response: Response) -> str:
    """The code of what refuses a request, which is a message of the protocol, too."""
    assert response.headers["content-type"] == "application/json"
    told = response.json()
    assert (told["jsonrpc"], told["error"]["code"]) == ("2.0", -32600)
    return str(told["error"]["data"]["code"])


def article(host: McpClient) -> str:
    (contents,) = rows(host.ask("resources/read", uri=f"kb://articles/{ARTICLE}"), "contents")
    return str(contents["text"])


def test_texts_are_data_and_for_those_who_may_read_them(accented: Database) -> None:
    secret = token(accented)
    with served(accented, text=Audience.PUBLIC) as host:
        head, _, text = article(host).partition(DATA)
        assert head
        assert text.strip() == f"[1] {TEXT}"
        told = host.call("check_quote", words=WORDS, article=f"Article:{ARTICLE}")
        assert told["stands"] == "YES"
        (place,) = rows(told, "places")
        start, end = place["start"], place["end"]
        assert isinstance(start, int)
        assert isinstance(end, int)
        assert TEXT[start:end] == WORDS
        assert host.call("check_quote", words="keeps no bases", article=ARTICLE)["stands"] == "NO"
    with served(accented, text=Audience.TOKEN) as host:
        assert WORDS not in article(host)
        assert WITHHELD in article(host)
        for words in (WORDS, "keeps no bases"):
            fault = host.fault("check_quote", words=words, article=ARTICLE)
            assert fault.startswith("TEXT_WITHHELD")
        host.http.headers["authorization"] = f"Bearer {secret}"
        assert WORDS in article(host)
        assert host.call("check_quote", words=WORDS, article=ARTICLE)["stands"] == "YES"


def test_a_token_that_does_not_hold_is_refused_and_reading_may_take_one(
    accented: Database,
) -> None:
    with served(accented, read=Audience.TOKEN) as host:
        refused = host.send("tools/list")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert refusal(refused) == "UNAUTHENTICATED"
        host.http.headers["authorization"] = "Bearer kb_nothing"
        assert refusal(host.send("tools/list")) == "UNAUTHENTICATED"
        host.http.headers["authorization"] = f"Bearer {token(accented)}"
        assert host.send("tools/list").status_code == 200


def test_the_locked_profile_answers_listed_documents_alone(
    accented: Database, tmp_path: Path
) -> None:
    listed = "{ revision }"
    write_pairs(tmp_path / "listed.json", {"a": listed})
    locked = {"profile": Profile.LOCKED, "documents": str(tmp_path)}
    with served(accented, **locked) as host:
        assert host.call("query", query=listed)["data"]
        for asked in (
            {"query": "{ feed { head } }"},
            {"schema": "feed"},
            {"query": listed, "knownAt": "2020-01-01"},
        ):
            assert "BAD_REQUEST" in (told := host.fault("query", **asked)) or "UNLISTED" in told
        # What the tools ask by themselves is the service's own.
        assert host.call("find", name="union")["total"]


def test_messages_of_a_client_are_counted(accented: Database) -> None:
    app = create_app(accented.settings.model_copy(update={"most_requests": 1}))
    with TestClient(app, client=("192.0.2.1", 1)) as http:
        host = McpClient(http)
        told = [host.send("tools/list") for _ in range(12)]
    assert {each.status_code for each in told} == {200, 429}
    assert refusal(told[-1]) == "TOO_MANY_REQUESTS"
    assert int(told[-1].headers["retry-after"]) >= 1


def test_what_is_said_over_standard_input(accented: Database) -> None:
    """Each message is answered, notifications are not, and what is none ends nothing."""
    lines: list[dict[str, object]] = [
        {"id": 1, "method": "initialize", "params": {"protocolVersion": LEGACY}},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "find", "arguments": {"name": "un"}}},
        {"id": 3, "method": "nothing"},
    ]
    said = [json.dumps({"jsonrpc": "2.0", **line}) for line in lines]
    environment = {**bare_environment(), DATABASE_URL: accented.settings.database_url}
    done = subprocess.run(
        [sys.executable, "-m", "kb", "mcp"],
        input="\n".join([*said[:2], "{", *said[2:], ""]),
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each.get("id") for each in told] == [1, None, 2, 3]
    assert told[0]["result"]["protocolVersion"] == LEGACY
    assert told[1]["error"]["code"] == -32700
    assert told[2]["result"]["structuredContent"]["found"]
    assert told[3]["error"]["code"] == -32601
