"""The body of `POST /import`, put on disk as it comes: lines of JSON, or a form with tables.

In: a request, and a folder for what it brings. Out: `SentRecords`; or an error for a body that is
none, that is too long, or that does not come whole.
"""

import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from kb.errors import LargeRequest, RequestError, alternatives
from kb.server.sent_records import SentLines, SentRecords, SentTables
from kb.server.strict_json import show_text

NDJSON, FORM = "application/x-ndjson", "multipart/form-data"
LINES = "import.ndjson"
"""The file that lines are put into."""
MOST_BYTES = 100_000_000
"""How long a body may be."""
MOST_TABLES = 100
MOST_MAPPING = 1_000_000
"""Bytes."""
_ROW_BY_ROW = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson")
"""How much memory others take nobody knows before they are read."""
_MAP, _FILE = "map", "file"
_HOW = f"send a mapping as the file `{_MAP}`, and each table as a file `{_FILE}`"
_MOST_NAME = 200


class _Form(MultiPartParser):
    """Raises RequestError if it was cut off: it would lack its last files, and nothing else."""

    def __init__(self, request: Request) -> None:
        self._ended = False
        super().__init__(request.headers, self._to_end(request), max_part_size=_MOST_NAME)

    def on_end(self) -> None:
        self._ended = True

    async def _to_end(self, request: Request) -> AsyncGenerator[bytes, None]:
        async for chunk in _bounded(request):
            yield chunk
        if not self._ended:
            # Here, and not later: who parses it then closes its files.
            raise RequestError("the form was cut off", "send it whole")


async def read_body(request: Request, folder: Path) -> SentRecords:
    media = _check_headers(request)
    if media == NDJSON:
        path = folder / LINES
        return SentLines(path, await _spool(request, path))
    form = await _parse(request)
    try:
        return await run_in_threadpool(_keep_tables, _files_of(form), folder)
    finally:
        await form.close()


def _check_headers(request: Request) -> str:
    """The form of the body, before it is read."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in (NDJSON, FORM):
        what = "the body is neither NDJSON nor a form by its content type"
        raise RequestError(what, f"send lines as {NDJSON}, or tables as {FORM}", 415)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestError("the body is compressed", "send it uncompressed", 415)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES):
        raise _large_body()
    return media


def _large_body() -> LargeRequest:
    what = f"the body is longer than {MOST_BYTES:,} bytes"
    return LargeRequest(what, "send it in parts, or use `kb load` or `kb import`", 413)


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise _large_body()
        yield chunk


async def _spool(request: Request, path: Path) -> str:
    """The SHA-256 of what comes, which is put into the file."""
    digest = sha256()
    with path.open("wb") as file:
        async for chunk in _bounded(request):
            digest.update(chunk)
            await run_in_threadpool(file.write, chunk)
    return digest.hexdigest()


async def _parse(request: Request) -> FormData:
    try:
        return await _Form(request).parse()
    except MultiPartException:
        raise RequestError("the body is no form with files in it", _HOW) from None


_Files = Mapping[str, Sequence[UploadFile]]


def _files_of(form: FormData) -> _Files:
    files: dict[str, list[UploadFile]] = {_MAP: [], _FILE: []}
    for name, part in form.multi_items():
        if name not in files or not isinstance(part, UploadFile):
            what = "is no file" if name in files else "is none that this takes"
            raise RequestError(f"the part {show_text(name)} of the form {what}", _HOW)
        files[name].append(part)
    return files


def _keep_tables(files: _Files, folder: Path) -> SentTables:
    mappings, tables = files[_MAP], files[_FILE]
    if len(mappings) != 1 or not 1 <= len(tables) <= MOST_TABLES:
        what = f"the form has {len(mappings)} mappings and {len(tables)} tables"
        raise RequestError(what, f"send one `{_MAP}`, and 1 to {MOST_TABLES} `{_FILE}`s")
    content = mappings[0].file.read(MOST_MAPPING + 1)
    if len(content) > MOST_MAPPING:
        raise LargeRequest(
            f"the mapping is longer than {MOST_MAPPING:,} bytes", "shorten it, or send several", 413
        )
    # Seldom needed, and 40 ms of each start.
    from kb.imports.mapping_reader import parse_mapping

    paths = [_keep_table(file, folder) for file in tables]
    mapping = parse_mapping(mappings[0].filename or _MAP, content)
    return SentTables(paths, mapping, _digest_of(content, paths))


def _keep_table(file: UploadFile, folder: Path) -> Path:
    name = file.filename or ""
    path = folder / name
    if not name.isprintable() or len(name) > _MOST_NAME or path.parent != folder or not path.stem:
        what, remedy = f"{show_text(name)} is no name of a file", "send one without its folder"
        raise RequestError(what, remedy)
    if path.suffix.lower() not in _ROW_BY_ROW:
        remedy = f"send {alternatives(_ROW_BY_ROW)}, or use `kb import`"
        raise RequestError(f"{show_text(name)} is read by the command alone", remedy, 415)
    try:
        with path.open("xb") as kept:
            shutil.copyfileobj(file.file, kept)
    except FileExistsError:
        raise RequestError(f"two tables are called {show_text(name)}", "rename one") from None
    return path


def _digest_of(mapping: bytes, paths: Sequence[Path]) -> str:
    """The boundary of a form is another each time it is sent."""
    digest = sha256(sha256(mapping).digest())
    for path in paths:
        digest.update(sha256(path.name.encode()).digest())
        with path.open("rb") as file:
            digest.update(file_digest(file, "sha256").digest())
    return digest.hexdigest()
