"""Traces of requests by OpenTelemetry, where its extra is installed and told where to send them.

In: an application. Out: the same one within OpenTelemetry's middleware. Its own environment
variables say the rest: the service's name, how many requests are traced, by what headers it sends.
"""

import logging
import os
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_NAME = "csto-kb"
_QUERY = "kb.query_string"
_LOGGER = logging.getLogger(__name__)


def traced(app: ASGIApp) -> ASGIApp:
    if not os.environ.get(_ENDPOINT):
        return app
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        # A platform may set it for all that it runs.
        _LOGGER.warning("%s is ignored: install the extra, `pip install '.[otel]'`", _ENDPOINT)
        return app
    return with_spans(app, BatchSpanProcessor(OTLPSpanExporter()))


def with_spans(app: ASGIApp, processor: "SpanProcessor") -> ASGIApp:
    """Each request as a span; the middleware sees no query of a URL, which it would tell."""
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    name = os.environ.get("OTEL_SERVICE_NAME", _NAME)
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(processor)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "query_string": scope[_QUERY]}, receive, send)

    within = OpenTelemetryMiddleware(
        answer,
        default_span_details=_span_details,
        tracer_provider=provider,
        exclude_spans=["receive", "send"],
    )

    async def trace(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        else:
            hidden = {**scope, "query_string": b"", _QUERY: scope["query_string"]}
            await within(hidden, receive, send)

    return trace


def _span_details(scope: Scope) -> tuple[str, dict[str, str]]:
    """The name of a span: no path, of which there are as many as records."""
    return str(scope.get("method", "GET")), {}
