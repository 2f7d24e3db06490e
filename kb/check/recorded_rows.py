"""Whether what is kept as recorded now is what the tables hold.

In: an open read transaction. Out: a `Finding` for each table of which rows differ.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from kb.check.findings import RESTORE, Finding
from kb.models import RECORDED, STILL_RECORDED, Table

_DIFFERING = (
    "select count(*) from (select * from ({held} except {kept}) a"
    " union all select * from ({kept} except {held}) b) d"
)


def check_recorded(connection: Connection) -> Iterator[Finding]:
    for table in RECORDED:
        columns = ", ".join(f'"{each.name}"' for each in Table.metadata.tables[table].columns)
        kept = f"select {columns} from recorded_{table} where recorded_to = {STILL_RECORDED}"
        query = _DIFFERING.format(held=f"select {columns} from {table}", kept=kept)
        if count := connection.execute(text(query)).scalar_one():
            what = f"{count} rows of the table `{table}` are not those that are recorded of it"
            yield Finding("Record", "", what, RESTORE)
