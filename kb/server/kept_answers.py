"""Answers with permanent links, as the database keeps them: found by id, and added once.

In: a row to be kept, or the id of one. Out: the row that is there. The same question with
the same answer has one link, whenever it is asked again.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select
from sqlmodel import col

from kb import database
from kb.database.read_pool import TRY_AGAIN, Reader, fetch_newest
from kb.errors import NotKept, Unavailable
from kb.models import KeptAnswer, Table
from kb.server.mutations import Writer

_TABLE = Table.metadata.tables["kept_answer"]
_COLUMNS = _TABLE.columns.keys()
_LOOKUP = (
    f"select {', '.join(f'max({name})' for name in _COLUMNS)} from kept_answer where id = ",
    "",
)
"""The pieces of a statement that always has one row; between them stands the id."""
_CHAIN = (
    "select case when h.dropped = m.revision then h.dropped_chain"
    " else (select c.chain from change c where c.revision = m.revision) end"
    " from head h cross join (select cast(",
    " as bigint) as revision) m",
)


async def fetch_chain(reader: Reader, revision: int) -> str:
    """The hash of a revision's commit; raises Unavailable where it is not known yet."""
    (chain,) = await fetch_newest(reader, _CHAIN, (revision,))
    if chain is None:
        raise Unavailable(f"revision {revision} cannot be read just now", TRY_AGAIN)
    return str(chain)


async def find_answer(reader: Reader, key: str) -> KeptAnswer | None:
    values = dict(zip(_COLUMNS, await fetch_newest(reader, _LOOKUP, (key,)), strict=True))
    return None if values["id"] is None else KeptAnswer.model_validate(values)


@dataclass(frozen=True)
class Kept:
    """An answer that has a link, and whether it has just got it."""

    answer: KeptAnswer
    is_new: bool


@dataclass(frozen=True)
class KeepTask:
    """One to be kept, as long as there are less than the most."""

    answer: KeptAnswer
    most: int

    def execute(self, writer: Writer, until: float) -> Kept:
        """Raises NotKept."""
        with database.write_transaction(writer.engine, until) as connection:
            if same := _find_same(connection, self.answer):
                return Kept(same, False)
            count = connection.scalar(select(func.count()).select_from(_TABLE)) or 0
            if count >= self.most:
                what = f"this service keeps {self.most:,} answers, which are all that it may"
                raise NotKept(what, "ask whoever runs it for more (KB_MOST_ANSWERS)", 507)
            connection.execute(insert(_TABLE).values(self.answer.model_dump()))
        return Kept(self.answer, True)


def _find_same(connection: Connection, answer: KeptAnswer) -> KeptAnswer | None:
    """The first that the same question was given by then, if it can still be told."""
    head = Table.metadata.tables["head"]
    query = (
        select(*_TABLE.columns)
        .where(
            col(KeptAnswer.question) == answer.question,
            col(KeptAnswer.sha256) == answer.sha256,
            col(KeptAnswer.withheld) == answer.withheld,
            col(KeptAnswer.revision) <= answer.revision,
            col(KeptAnswer.revision) >= head.c.dropped,
            col(KeptAnswer.revision) >= head.c.recorded_since,
        )
        .order_by(col(KeptAnswer.revision))
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return KeptAnswer.model_validate(row) if row else None
