"""The records of `POST /import` written, in a turn of the one that writes.

In: what a body brought, what the request asks for, and who sent it. Out: `Imported`, or an error;
nothing is written then. A request that was carried out under its key is not again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Engine

from kb import database, tokens
from kb.commit.feed import Origin, read_head
from kb.commit.request import Receipt, find_receipt, store_receipt
from kb.errors import KeyReused, Unauthenticated
from kb.records.rows import Ref
from kb.server.import_request import ImportRequest
from kb.server.mutations import Writer
from kb.server.sent_records import SentRecords, Taken, Taking
from kb.tokens import Bearer

_NAME = "import"
"""As a key is remembered with it; no mutation is called so."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Nothing taken: it was carried out before; no revision: nothing is written."""

    taken: Taken | None
    revision: int | None


class _DoneBefore(Exception):
    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt


@dataclass(frozen=True)
class ImportTask:
    """One request."""

    sent: SentRecords
    wanted: ImportRequest
    bearer: Bearer
    token: str

    def execute(self, writer: Writer, until: float) -> Imported:
        origin = Origin(self.bearer.name, writer.kept, self.wanted.reason)
        heads: list[int] = []
        with writer.telling() as told:
            try:
                writing = partial(self._writing, until, heads)
                terms, dry_run = self.wanted.terms, self.wanted.dry_run
                taken = self.sent.take(writer.engine, Taking(terms, dry_run, origin, told, writing))
            except _DoneBefore as done:
                return Imported(None, done.receipt.revision)
        return Imported(taken, heads[0] if heads else None)

    @contextmanager
    def _writing(self, until: float, heads: list[int], engine: Engine) -> Iterator[Connection]:
        """The transaction; `heads` is told the revision that it ends with, unless it runs dry."""
        with database.write_transaction(engine, until) as connection:
            if tokens.confirm(connection, self.bearer, self.token) is None:
                raise Unauthenticated("the token holds no longer", "send another one")
            tokens.enrol(connection, self.bearer)
            given = self.wanted.given(self.sent.digest)
            self._check_key(connection, given)
            yield connection
            if not self.wanted.dry_run:
                heads.append(read_head(connection))
                receipt = Receipt(Ref(_NAME, self.wanted.terms.set_name), heads[0], None)
                store_receipt(connection, _NAME, given, self.bearer, receipt)

    def _check_key(self, connection: Connection, given: dict[str, object]) -> None:
        earlier = find_receipt(connection, _NAME, given, self.bearer)
        if isinstance(earlier, Receipt):
            raise _DoneBefore(earlier)
        for fault in earlier:
            raise KeyReused(fault.what, fault.remedy)
