"""What can be downloaded: a snapshot of all records, and each flat table as CSV or Parquet.

In: GET or HEAD requests. Out: files of one moment, each read in one transaction, in memory that
does not grow with the records; for a slow client the rest is put aside, so that this ends.
"""

import asyncio
import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain

from anyio import CancelScope
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kb import database
from kb.admission.rates import household_of
from kb.admission.seats import Seats
from kb.admission.shared_counts import SeatTable
from kb.commit.feed import read_feed_state
from kb.config import Settings
from kb.database.read_pool import Reader
from kb.errors import (
    DatabaseMissing,
    KBError,
    Overloaded,
    TooManyRequests,
    Unavailable,
    for_client,
)
from kb.files.snapshot_writer import snapshot_lines
from kb.server.bearers import bearer_and_token
from kb.server.endpoint import RETRY
from kb.server.spool import spooled
from kb.tables.flat_table import FlatTable, read_rows
from kb.tables.formats import FORMATS, TableFormat
from kb.telemetry.record import note_code
from schema.flat import flat_tables

_LOGGER = logging.getLogger("kb")
_Blocks = Callable[[Connection], Iterator[bytes]]
_BLOCK = 64_000
"""Characters of a snapshot that are sent at once."""
MOST_DOWNLOADS, MOST_OF_CLIENT = 8, 4
"""How many there may be at once, and of one client."""
DEADLINE = 1_800.0
"""Seconds that one may take; what a client leaves unread ends sooner, with its connection."""
_NO_PARAMETERS = (
    "a download is of all that is known now, and takes no parameters; the tables of a record's page"
    " take those of the page, such as /organisations/KEY/memberships.csv?known=2018-01-01\n"
)
_AGAIN = 10
"""Seconds after which there may be room again."""


def download_routes(
    settings: Settings, reader: Reader, table: SeatTable | None = None
) -> list[Route]:
    """`table` is what workers count in together."""
    seats = Seats(MOST_DOWNLOADS, MOST_OF_CLIENT, table)

    def withholds_text(request: Request) -> bool:
        bearer, _ = bearer_and_token(request.scope)
        return bearer is None and not settings.shows_text

    async def answer(request: Request, blocks: _Blocks, headers: dict[str, str]) -> Response:
        """Reads the first block before it answers: if the database is gone, the status says so."""
        if request.query_params:
            return PlainTextResponse(_NO_PARAMETERS, 400)
        client = household_of(request.client.host) if request.client else ""
        try:
            _check_room(seats, client)
            with ExitStack() as seat:
                seat.enter_context(seats.occupy(client))
                # Whatever else is in its place is not what is served.
                await reader.state()
                first, stream = await _begin(settings, reader, blocks)
                if request.method == "HEAD":
                    await run_in_threadpool(stream.close)
                    # With the block, which is not sent: it has the headers of what is compressed.
                    return StreamingResponse([first], headers=headers)
                return Download(first, spooled(stream), headers, seat.pop_all())
        except (DatabaseMissing, Unavailable, TooManyRequests) as error:
            return _refusal(error)

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


def _check_room(seats: Seats, client: str) -> None:
    if seats.are_full_for(client):
        what = f"{MOST_OF_CLIENT} downloads at once are all that one client may have"
        raise TooManyRequests(what, _AGAIN)
    if seats.are_full():
        what = f"{MOST_DOWNLOADS} downloads are under way, which are all that there may be"
        raise Overloaded(what, f"come again in {_AGAIN} seconds")


def _refusal(error: KBError) -> Response:
    note_code(error.code)
    status = error.status if isinstance(error, TooManyRequests) else 503
    is_full = isinstance(error, TooManyRequests | Overloaded)
    headers = {"Retry-After": str(_AGAIN)} if is_full else RETRY
    return PlainTextResponse(f"{for_client(error)}\n", status, headers)


class Download(StreamingResponse):
    """A file while it is made; its transaction and its seat end with the client, or by a deadline.

    They are not left to be collected as garbage, which may take as long as it likes.
    """

    def __init__(
        self,
        first: bytes,
        rest: Generator[bytes, None, None],
        headers: dict[str, str],
        seat: ExitStack,
    ) -> None:
        super().__init__(chain([first], rest), headers=headers)
        self._rest, self._seat = rest, seat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            # The connection is closed amid the file: so the client knows that it is not whole.
            _LOGGER.warning("a download was cut off after %d minutes", DEADLINE // 60)
        except Unavailable as error:
            note_code(error.code)
            _LOGGER.warning("a download was cut off: %s", error.whole())
        finally:
            with self._seat, CancelScope(shield=True):
                await run_in_threadpool(self._rest.close)


async def _begin(
    settings: Settings, reader: Reader, blocks: _Blocks
) -> tuple[bytes, Generator[bytes, None, None]]:
    """The first block and the rest, by the primary if a replica does not give it."""
    url = reader.url
    try:
        stream = _read_blocks(settings, url, blocks)
        return await run_in_threadpool(next, stream), stream
    except Unavailable:
        if url == reader.primary.url or reader.primary.is_gone():
            raise
    stream = _read_blocks(settings, reader.primary.url, blocks)
    return await run_in_threadpool(next, stream), stream


def _read_blocks(settings: Settings, url: str, blocks: _Blocks) -> Generator[bytes, None, None]:
    engine = database.open_reading_engine(settings.model_copy(update={"database_url": url}))
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
