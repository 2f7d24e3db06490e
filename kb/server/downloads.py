"""What can be downloaded: a snapshot, N-Quads, and flat tables as CSV or Parquet.

In: GET or HEAD requests. Out: files of one moment (each table, or all of them in an archive), read
in one transaction, in memory that does not grow with the records; for a slow client the rest is put
aside, so that this ends.
"""

import asyncio
import logging
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain

from anyio import CancelScope
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kb.admission.rates import household_of
from kb.admission.seats import Seats
from kb.admission.shared_counts import SeatTable
from kb.commit.feed import read_feed_state
from kb.config import Settings
from kb.database.read_pool import Reader
from kb.errors import KBError, Overloaded, TooManyRequests, Unavailable, UnknownFile, alternatives
from kb.files.snapshot_writer import snapshot_lines
from kb.linked.nquads import NQUADS_TYPE, nquads
from kb.server.bearers import bearer_and_token
from kb.server.download_reading import Content, ReadContent, begin_reading
from kb.server.plain_refusal import plain_refusal
from kb.server.spool import spooled
from kb.server.strict_json import show_text
from kb.server.table_request import read_archive_request, read_extract, read_parameters
from kb.tables.archive import ARCHIVES, ArchiveFormat
from kb.tables.extract import Extract, narrowed, read_place
from kb.tables.flat_table import TABLES_FORM, FlatTable, read_rows
from kb.tables.formats import FORMATS, TableFormat
from kb.tables.whole_tables import DESCRIPTIONS, archive_members, live_description
from kb.telemetry.record import note_code
from schema.flat import flat_tables

_LOGGER = logging.getLogger("kb")
_BLOCK = 64_000
"""Characters of a snapshot that are sent at once."""
MOST_DOWNLOADS, MOST_OF_CLIENT = 8, 4
"""How many there may be at once, and of one client."""
DEADLINE = 1_800.0
"""Seconds that one may take; what a client leaves unread ends sooner, with its connection."""
_AGAIN = 10
"""Seconds after which there may be room again."""


class Downloads:
    """Those of one database; `table` is what workers count in together."""

    def __init__(self, settings: Settings, reader: Reader, table: SeatTable | None) -> None:
        self._settings, self._reader = settings, reader
        self._seats = Seats(MOST_DOWNLOADS, MOST_OF_CLIENT, table)

    def routes(self) -> list[Route]:
        # Without a URL of the service its records have no names of which RDF could speak.
        linked = [Route("/export.nq", self._nquads)] if self._settings.public_url else []
        return [
            *linked,
            Route("/export", self._snapshot),
            *(Route(f"/export/{file}", self._archive) for file in ARCHIVES),
            *(Route(f"/export/{file}", self._description) for file in DESCRIPTIONS),
            Route("/export/{file}", self._table),
        ]

    async def _snapshot(self, request: Request) -> Response:
        headers = {"content-type": "application/x-ndjson; charset=utf-8"}
        try:
            read_parameters(request.scope["query_string"], ())
            read = partial(_read_snapshot, textless=self._withholds_text(request))
            return await self._answer(request, read, headers)
        except KBError as error:
            return _refusal(error)

    async def _nquads(self, request: Request) -> Response:
        try:
            read_parameters(request.scope["query_string"], ())
            read = partial(_read_nquads, self._settings.public_url)
            return await self._answer(request, read, {"content-type": NQUADS_TYPE})
        except KBError as error:
            return _refusal(error)

    async def _table(self, request: Request) -> Response:
        file: str = request.path_params["file"]
        name, _, form = file.rpartition(".")
        try:
            if name not in flat_tables() or form not in FORMATS:
                raise _unknown_table(file)
            table = flat_tables()[name]
            extract = read_extract(request.scope["query_string"], table)
            textless = self._withholds_text(request)
            read = partial(_read_table, table, FORMATS[form], extract, textless)
            return await self._answer(request, read, _file_headers(file, FORMATS[form].media_type))
        except KBError as error:
            return _refusal(error)

    async def _archive(self, request: Request) -> Response:
        file = request.url.path.rpartition("/")[2]
        try:
            form, extract = read_archive_request(request.scope["query_string"])
            textless = self._withholds_text(request)
            read = partial(_read_archive, ARCHIVES[file], form, extract, textless)
            headers = _file_headers(file, ARCHIVES[file].media_type)
            return await self._answer(request, read, headers)
        except KBError as error:
            return _refusal(error)

    async def _description(self, request: Request) -> Response:
        file = request.url.path.rpartition("/")[2]
        try:
            read_parameters(request.scope["query_string"], ())
            read = partial(_read_description, file, self._settings.public_url)
            return await self._answer(request, read, _file_headers(file, "application/json"))
        except KBError as error:
            return _refusal(error)

    def _withholds_text(self, request: Request) -> bool:
        bearer, _ = bearer_and_token(request.scope)
        return bearer is None and not self._settings.shows_text

    async def _answer(
        self, request: Request, read: ReadContent, headers: dict[str, str]
    ) -> Response:
        """Reads the first block before it answers: if the database is gone, the status says so."""
        client = household_of(request.client.host) if request.client else ""
        self._check_room(client)
        with ExitStack() as seat:
            seat.enter_context(self._seats.occupy(client))
            # Whatever else is in its place is not what is served.
            await self._reader.state()
            state, first, rest = await begin_reading(self._settings, self._reader, read)
            headers = {**headers, "X-KB-Revision": str(state.revision)}
            if request.method == "HEAD":
                await run_in_threadpool(rest.close)
                # With the block, which is not sent: it has the headers of what is compressed.
                return StreamingResponse([first], headers=headers)
            return Download(first, spooled(rest), headers, seat.pop_all())

    def _check_room(self, client: str) -> None:
        if self._seats.are_full_for(client):
            what = f"{MOST_OF_CLIENT} downloads at once are all that one client may have"
            raise TooManyRequests(what, _AGAIN)
        if self._seats.are_full():
            what = f"{MOST_DOWNLOADS} downloads are under way, which are all that there may be"
            raise Overloaded(what, f"come again in {_AGAIN} seconds")


def _file_headers(file: str, media_type: str) -> dict[str, str]:
    return {
        "content-type": media_type,
        "content-disposition": f'attachment; filename="{file}"',
        "X-KB-Form": TABLES_FORM,
    }


def _refusal(error: KBError) -> Response:
    headers = {"Retry-After": str(_AGAIN)} if isinstance(error, Overloaded) else {}
    return plain_refusal(error, headers)


def _unknown_table(file: str) -> UnknownFile:
    tables, forms = ", ".join(flat_tables()), alternatives(f".{form}" for form in FORMATS)
    whole = alternatives(ARCHIVES)
    remedy = f"ask for one of {tables}, with {forms} behind it, or for all: {whole}"
    return UnknownFile(f"there is no table {show_text(file)}", remedy)


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


def _read_table(
    table: FlatTable,
    form: TableFormat,
    extract: Extract,
    textless: bool,
    connection: Connection,
) -> Content:
    """No table has texts; of what proves it, the checksums may rest on them."""
    state = read_place(connection, extract, textless=textless)
    rows = read_rows(connection, narrowed(table, extract))
    return Content(state, form.encode(table, rows, state))


def _read_archive(
    archive: ArchiveFormat,
    form: str,
    extract: Extract,
    textless: bool,
    connection: Connection,
) -> Content:
    state = read_place(connection, extract, textless=textless)
    tables = [*flat_tables().values()]
    members = archive_members(connection, tables, form, extract, state)
    return Content(state, archive.pack(members))


def _read_description(file: str, public_url: str, connection: Connection) -> Content:
    """It has nothing of the checksums."""
    state = read_feed_state(connection)
    tables = [*flat_tables().values()]
    return Content(state, iter([live_description(connection, file, tables, state, public_url)]))


def _read_snapshot(connection: Connection, *, textless: bool) -> Content:
    state = read_feed_state(connection, textless=textless)
    lines = snapshot_lines(connection, textless=textless)
    return Content(state, _blocks_of(f"{line}\n" for line in lines))


def _read_nquads(root: str, connection: Connection) -> Content:
    """The same for all: there is no text of an article in it."""
    state = read_feed_state(connection)
    return Content(state, _blocks_of(nquads(connection, root, state)))


def _blocks_of(lines: Iterator[str]) -> Iterator[bytes]:
    """Blocks of whole lines."""
    block, size = [], 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield "".join(block).encode()
            block, size = [], 0
    yield "".join(block).encode()
