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


def test_who_was_cut_off_goes_on_after_the_last_event(
    csto: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `EventSource` of a browser does by itself; the document's own cursor is older."""
    monkeypatch.setattr(subscriptions, "_QUIET", 0.05)
    monkeypatch.setattr(endpoint, "LIFETIME", 0.3)
    headers = {"accept": EVENT_STREAM}
    with TestClient(create_app(csto.settings)) as client:
        whole = client.post("/graphql", json={"query": SUBSCRIBE}, headers=headers).text
        events = [
            event for event in whole.split("\r\n\r\n") if event.startswith("event: next\r\nid")
        ]
        ids = [event.split("\r\n")[1].removeprefix("id: ") for event in events]
        headers["last-event-id"] = ids[-3]
        rest = client.post("/graphql", json={"query": SUBSCRIBE}, headers=headers).text
        headers["last-event-id"] = "none of ours"
        wrong = client.post("/graphql", json={"query": SUBSCRIBE}, headers=headers).text
    assert len({*ids}) == len(ids) > 100
    assert rest.split("\r\n\r\n")[:2] == events[-2:]
    assert '"BAD_CURSOR"' in wrong
