"""A stream of events that is quiet ends after a while: who reads nothing keeps no seat."""

import json

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.server import endpoint, subscriptions
from kb.server.requests import EVENT_STREAM
from tests.support.databases import Database

SUBSCRIBE = "subscription ($after: String) { changes(after: $after) { revision } }"


def test_it_ends_with_the_cursor_that_leads_on(
    csto: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "_QUIET", 0.05)
    monkeypatch.setattr(endpoint, "LIFETIME", 0.3)
    feed = csto.ask("{ feed { headCursor } }")["feed"]
    assert isinstance(feed, dict)
    cursor = feed["headCursor"]
    body = {"query": SUBSCRIBE, "variables": {"after": cursor}}
    app = create_app(csto.settings)
    with TestClient(app) as client:
        answer = client.post("/graphql", json=body, headers={"accept": EVENT_STREAM})
        assert app.context.seats.taken == {}
    *signs, last, complete, end = answer.text.split("\r\n\r\n")
    assert set(signs) == {": nothing new"}
    assert (complete, end) == ("event: complete\r\ndata: ", "")
    (error,) = json.loads(last.partition("data: ")[2])["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "cursor": cursor}
    assert error["message"].endswith("subscribe again after the cursor in `extensions`")
