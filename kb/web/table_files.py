"""Tables as files, as browsers and spreadsheets take them.

In: a table. Out: it as CSV or JSON. Pure: no I/O.
"""

import csv
from collections.abc import Callable, Mapping
from io import StringIO

from starlette.responses import JSONResponse, Response

from kb.web.presentation import ListTable


def _csv(table: ListTable) -> Response:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(table.headings)
    writer.writerows([cell.text for cell in row] for row in table.rows)
    return Response(text.getvalue(), media_type="text/csv")


def _json(table: ListTable) -> Response:
    return JSONResponse(
        [
            {head: cell.text or None for head, cell in zip(table.headings, row, strict=True)}
            for row in table.rows
        ]
    )


TABLE_FORMS: Mapping[str, Callable[[ListTable], Response]] = {"csv": _csv, "json": _json}
