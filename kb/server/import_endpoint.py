"""`POST /import`: many records at once, written as `kb load` and `kb import` write them.

In: a curator's token, parameters of the URL, and a body: lines of JSON, or tables with a mapping.
Out: as JSON what was added, changed and left, or every fault with its place. All is written in one
transaction, in a turn of the one that writes, or nothing is.
"""

from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kb.errors import Fault, InputError, KBError, RoleRefused, Unauthenticated
from kb.files.report import Report
from kb.roles import Role
from kb.server.context import Context
from kb.server.import_body import LINES, read_body
from kb.server.import_request import read_import_request
from kb.server.import_task import Imported, ImportTask
from kb.server.plain_refusal import plain_refusal
from kb.telemetry.record import note_code

PATH = "/import"


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
            told: dict[str, object] = {
                "faults": [_fault(error.code, fault) for fault in error.faults],
                **({"more": True} if error.more else {}),
            }
            return JSONResponse(told, HTTPStatus.UNPROCESSABLE_ENTITY)
        except KBError as error:
            return plain_refusal(error)

    async def _import(self, request: Request) -> Response:
        context = self._context.sent_by(request)
        if context.bearer is None or context.token is None:
            raise Unauthenticated("this takes a token", "send one as `Authorization: Bearer …`")
        if not context.bearer.role.includes(Role.CURATOR):
            raise RoleRefused("the token is no curator's", "send a curator's")
        wanted = read_import_request(request)
        with TemporaryDirectory(prefix="kb-import-") as folder:
            sent = await read_body(request, Path(folder))
            task = ImportTask(sent, wanted, context.bearer, context.token)
            imported = await context.writer.run(task)
        return JSONResponse(_as_json(imported), headers=_headers(imported))


def _fault(code: str, fault: Fault) -> dict[str, str]:
    file = Path(fault.file).name
    of_table = "" if file == LINES else f"{file}, "
    column = f", column {fault.column}" if fault.column else ""
    place = f"{of_table}line {fault.line}{column}"
    return {"code": code, "message": fault.what, "place": place, "remedy": fault.remedy}


def _headers(imported: Imported) -> dict[str, str]:
    return {} if imported.revision is None else {"X-KB-Revision": str(imported.revision)}


def _as_json(imported: Imported) -> dict[str, object]:
    revision = None if imported.revision is None else str(imported.revision)
    if imported.taken is None:
        return {"revision": revision, "again": True}
    shown = {"shown": imported.taken.shown} if revision is None and imported.taken.shown else {}
    return {"revision": revision, "again": False, **_counts(imported.taken.report), **shown}


def _counts(report: Report) -> dict[str, int]:
    return {
        "added": report.added.count,
        "changed": report.changed.count,
        "left": report.left,
        "skipped": report.skipped.count,
    }
