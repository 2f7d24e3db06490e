"""`POST /import`: many records at once, as lines of JSON, written as `kb load` writes a snapshot.

In: a curator's token, parameters of the URL, and a body of NDJSON, put on disk as it comes.
Out: as JSON what was added, changed and left, or every fault with its line. All is written in one
transaction, in a turn of the one that writes, or nothing is.
"""

from collections.abc import AsyncIterator
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kb.errors import Fault, InputError, KBError, LargeRequest, RequestError, Unauthenticated
from kb.files.load import Report
from kb.models import Role
from kb.server.context import Context
from kb.server.import_request import read_import_request
from kb.server.import_task import Imported, ImportTask
from kb.server.plain_refusal import plain_refusal
from kb.telemetry.record import note_code

PATH = "/import"
MEDIA = "application/x-ndjson"
MOST_BYTES = 100_000_000
"""How long a body may be."""


class ImportEndpoint:
    """Of one service."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def route(self) -> Route:
        return Route(PATH, self.post, methods=["POST"])

    async def post(self, request: Request) -> Response:
        try:
            return await self._import(request)
        except ClientDisconnect:
            # Nobody is left to be answered, and what came is not whole.
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except InputError as error:
            note_code(error.code)
            told = {"faults": [_fault(error.code, fault) for fault in error.faults]}
            return JSONResponse(told, HTTPStatus.UNPROCESSABLE_ENTITY)
        except KBError as error:
            return plain_refusal(error)

    async def _import(self, request: Request) -> Response:
        context = self._context.sent_by(request)
        if context.bearer is None or context.token is None:
            raise Unauthenticated("this takes a token", "send one as `Authorization: Bearer …`")
        if not context.bearer.role.includes(Role.CURATOR):
            raise RequestError("the token is no curator's", "send a curator's", 403)
        wanted = read_import_request(request)
        _check_headers(request)
        with TemporaryDirectory(prefix="kb-import-") as folder:
            path = Path(folder) / "import.ndjson"
            digest = await _spool(request.stream(), path)
            task = ImportTask(path, digest, wanted, context.bearer, context.token)
            imported = await context.writer.run(task)
        return JSONResponse(_as_json(imported), headers=_headers(imported))


def _check_headers(request: Request) -> None:
    """Before the body is read."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != MEDIA:
        raise RequestError("the body is no NDJSON by its content type", f"send it as {MEDIA}", 415)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestError("the body is compressed", "send it uncompressed", 415)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES):
        raise _large_body()


async def _spool(stream: AsyncIterator[bytes], path: Path) -> str:
    """The SHA-256 of what comes, which is put into the file."""
    digest, size = sha256(), 0
    with path.open("wb") as file:
        async for chunk in stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise _large_body()
            digest.update(chunk)
            await run_in_threadpool(file.write, chunk)
    return digest.hexdigest()


def _large_body() -> LargeRequest:
    what = f"the body is longer than {MOST_BYTES:,} bytes"
    return LargeRequest(what, "send it in parts, or use `kb load`", 413)


def _fault(code: str, fault: Fault) -> dict[str, str]:
    column = f", column {fault.column}" if fault.column else ""
    place = f"line {fault.line}{column}"
    return {"code": code, "message": fault.what, "place": place, "remedy": fault.remedy}


def _headers(imported: Imported) -> dict[str, str]:
    return {} if imported.revision is None else {"X-KB-Revision": str(imported.revision)}


def _as_json(imported: Imported) -> dict[str, object]:
    revision = None if imported.revision is None else str(imported.revision)
    if imported.report is None:
        return {"revision": revision, "again": True}
    return {"revision": revision, "again": False, **_counts(imported.report)}


def _counts(report: Report) -> dict[str, int]:
    return {
        "added": report.added.count,
        "changed": report.changed.count,
        "left": report.left,
        "skipped": report.skipped.count,
    }
