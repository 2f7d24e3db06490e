"""An empty service that is asked by HTTP as anybody likes, and whose answers must have their form.

In: a client of the application. Out: the status of an answer and its first message.
"""

from collections.abc import Iterator

from starlette.testclient import TestClient

from tests.support.service import JSON
from tests.support.transports import Response

GOOD = b'{"query":"{ revision }"}'


class StrictServer:
    """An empty knowledge base on one engine; the form of its answers is checked."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def post(self, body: bytes | Iterator[bytes], *headers: tuple[str, str]) -> tuple[int, str]:
        """Status and first message, if any; sent as JSON unless the headers say otherwise."""
        sent = headers or (("content-type", JSON),)
        return self._status_and_message(
            "POST", "/graphql", body, [(k.encode(), _bytes(v)) for k, v in sent]
        )

    def get(self, query: str, *headers: tuple[str, str]) -> tuple[int, str]:
        sent = [(k.encode(), _bytes(v)) for k, v in headers]
        return self._status_and_message("GET", f"/graphql?{query}", None, sent)

    def _status_and_message(
        self,
        method: str,
        url: str,
        body: bytes | Iterator[bytes] | None,
        headers: list[tuple[bytes, bytes]],
    ) -> tuple[int, str]:
        response = self.client.request(method, url, content=body, headers=headers)
        assert response.status_code < 500, response.text
        assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
        answer = response.json()
        errors = answer.get("errors", [])
        assert errors or "data" in answer
        assert all(error["message"] and error["extensions"]["code"] for error in errors)
        if response.status_code >= 400:
            (error,) = errors
            large = response.status_code in (413, 414, 431)
            assert error["extensions"] == {"code": "TOO_LARGE" if large else "BAD_REQUEST"}
        return response.status_code, errors[0]["message"] if errors else ""


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def closing_of(response: Response) -> tuple[int, str]:
    closed = response["closed"]
    assert isinstance(closed, tuple)
    code, reason = closed
    assert reason
    assert len(reason.encode()) <= 123
    return code, reason
