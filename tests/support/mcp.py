"""Clients of `/mcp`, as hosts of language models have them, by either era of the protocol.

In: a client of HTTP. Out: what methods and tools answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from httpx2 import Response
from starlette.testclient import TestClient

MODERN, LEGACY = "2026-07-28", "2025-11-25"
META = "io.modelcontextprotocol/"
CLIENT = {"name": "a client of the tests", "version": "1"}
_NAMED = {"tools/call": "name", "resources/read": "uri"}
Json = dict[str, object]


@dataclass(frozen=True)
class McpClient:
    """One host."""

    http: TestClient
    version: str = MODERN

    def send(
        self, method: str, /, sent: Mapping[str, str] | None = None, **params: object
    ) -> Response:
        """A request, with all that goes with it by the version."""
        own = {
            "MCP-Protocol-Version": self.version,
            "Accept": "application/json, text/event-stream",
        }
        if self.version == MODERN:
            params["_meta"] = {
                f"{META}protocolVersion": MODERN,
                f"{META}clientInfo": CLIENT,
                f"{META}clientCapabilities": {},
            }
            own["Mcp-Method"] = method
            if method in _NAMED:
                own["Mcp-Name"] = str(params[_NAMED[method]])
        body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
        return self.http.post("/mcp", json=body, headers={**own, **(sent or {})})

    def ask(self, method: str, /, **params: object) -> Json:
        """The result; fails where there is none."""
        response = self.send(method, None, **params)
        answer: Json = response.json()
        assert response.status_code == 200, answer
        assert answer["id"] == 7
        result = answer["result"]
        assert isinstance(result, dict), answer
        return result

    def call(self, tool: str, **arguments: object) -> Json:
        """What a tool answers, as structured content."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert not result.get("isError"), result
        structured = result["structuredContent"]
        assert isinstance(structured, dict)
        return structured

    def fault(self, tool: str, **arguments: object) -> str:
        """What is wrong with a call."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert result["isError"] is True, result
        assert "structuredContent" not in result
        return text_of(result)


def text_of(result: Json) -> str:
    """What a result says in words."""
    content = result["content"]
    assert isinstance(content, list)
    (block,) = content
    assert block["type"] == "text"
    return str(block["text"])


def rows(told: Json, name: str) -> list[Json]:
    """A list of structured content."""
    found = told[name]
    assert isinstance(found, list)
    return found
