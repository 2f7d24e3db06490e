"""Traces, where OpenTelemetry's extra is installed."""

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from kb.app import create_app
from kb.process.traces import traced, with_spans
from tests.support.databases import SqlitePlace, prepare

pytestmark = pytest.mark.long
TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_request_is_a_span_of_the_trace_that_it_belongs_to(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    spans = InMemorySpanExporter()
    app = create_app(prepare(SqlitePlace(tmp_path_factory.mktemp("traces")).create()))
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "Accept": "application/json"}
    with TestClient(with_spans(app, SimpleSpanProcessor(spans))) as client:
        answer = client.get("/graphql?query={revision}", headers=headers)
        assert answer.json() == {"data": {"revision": "0"}}
        assert answer.headers["x-request-id"] == TRACE
        # What is no UTF-8 the middleware would fail at.
        assert client.get("/graphql?canary=%FF").status_code == 400
    span, other = spans.get_finished_spans()
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.name == "GET"
    assert span.attributes is not None
    assert span.attributes["http.status_code"] == 200
    assert "revision" not in span.to_json()
    assert "canary" not in other.to_json()


def test_none_are_made_unless_it_is_said_where_to_send_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def app(*_: object) -> None: ...

    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert traced(app) is app
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert traced(app) is not app
