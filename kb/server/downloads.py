"""What can be downloaded: a snapshot of all records, and each flat table as CSV or Parquet.

In: GET or HEAD requests. Out: files of one moment, each read in one transaction as fast as the
client takes it, in memory that does not grow with the records.
"""

from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import chain

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from kb import database
from kb.commit.feed import read_feed_state
from kb.config import Settings
from kb.database.read_pool import Reader
from kb.errors import DatabaseMissing, KBError, Unavailable, for_client
from kb.files.snapshot_writer import snapshot_lines
from kb.server.bearers import bearer_and_token
from kb.server.endpoint import RETRY
from kb.tables.flat_table import FlatTable, read_rows
from kb.tables.formats import FORMATS, TableFormat
from schema.flat import flat_tables

_Blocks = Callable[[Connection], Iterator[bytes]]
_BLOCK = 64_000
"""Characters of a snapshot that are sent at once."""


def download_routes(settings: Settings, reader: Reader) -> list[Route]:
    def withholds_text(request: Request) -> bool:
        bearer, _ = bearer_and_token(request.scope)
        return bearer is None and not settings.shows_text

    async def answer(request: Request, blocks: _Blocks, headers: dict[str, str]) -> Response:
        try:
            # Whatever else is in its place is not what is served.
            await reader.state()
        except Unavailable as error:
            return _unavailable_response(error)
        return await run_in_threadpool(_answer, settings, request, blocks, headers)

    async def snapshot_download(request: Request) -> Response:
        headers = {"content-type": "application/x-ndjson; charset=utf-8"}
        blocks = partial(_snapshot_blocks, textless=withholds_text(request))
        return await answer(request, blocks, headers)

    async def table_download(request: Request) -> Response:
        file: str = request.path_params["file"]
        name, _, form = file.rpartition(".")
        if name not in flat_tables() or form not in FORMATS:
            return PlainTextResponse(_unknown_table(file), 404)
        headers = {
            "content-type": FORMATS[form].media_type,
            "content-disposition": f'attachment; filename="{file}"',
        }
        textless = withholds_text(request)
        blocks = partial(_table_blocks, flat_tables()[name], FORMATS[form], textless)
        return await answer(request, blocks, headers)

    return [Route("/export", snapshot_download), Route("/export/{file}", table_download)]


def _unknown_table(file: str) -> str:
    tables, forms = ", ".join(flat_tables()), " or ".join(f".{form}" for form in FORMATS)
    return f"there is no table {file}; ask for one of {tables}, with {forms} behind it\n"


def _answer(
    settings: Settings, request: Request, blocks: _Blocks, headers: dict[str, str]
) -> Response:
    """Reads the first block before it answers: if the database is gone, the status says so."""
    stream = _read_blocks(settings, blocks)
    try:
        first = next(stream)
    except (DatabaseMissing, Unavailable) as error:
        return _unavailable_response(error)
    if request.method == "HEAD":
        stream.close()
        # With its first block, which is not sent: it has the headers of what is compressed.
        return StreamingResponse([first], headers=headers)
    return StreamingResponse(chain([first], stream), headers=headers)


def _unavailable_response(error: KBError) -> Response:
    return PlainTextResponse(f"{for_client(error)}\n", 503, RETRY)


def _read_blocks(settings: Settings, blocks: _Blocks) -> Generator[bytes, None, None]:
    engine = database.open_reading_engine(settings)
    try:
        with database.read_transaction(engine) as connection:
            yield from blocks(connection)
    finally:
        engine.dispose()


def _table_blocks(
    table: FlatTable, form: TableFormat, textless: bool, connection: Connection
) -> Iterator[bytes]:
    """No table has texts; of what proves it, the checksums may rest on them."""
    state = read_feed_state(connection, textless=textless)
    return form.encode(table, read_rows(connection, table), state)


def _snapshot_blocks(connection: Connection, *, textless: bool) -> Iterator[bytes]:
    """Blocks of whole lines."""
    block, size = [], 0
    for line in snapshot_lines(connection, textless=textless):
        block.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield "\n".join([*block, ""]).encode()
            block, size = [], 0
    yield "\n".join([*block, ""]).encode()
