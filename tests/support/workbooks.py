"""Workbooks of a sheet, written as Excel would write them: nothing that is installed does.

In: a path, and rows of numbers, texts and days. Out: a file of XLSX.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZipFile

_SPACE = "http://schemas.openxmlformats.org"
_MAIN = f"{_SPACE}/spreadsheetml/2006/main"
_RELATED = f"{_SPACE}/officeDocument/2006/relationships"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_SPACE}/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_SPACE}/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_SPACE}/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_RELATED}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
# Days are counted from here, since Excel has a 29th of February 1900.
_FIRST = date(1899, 12, 30)


def write_workbook(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """With the names of the first row as its header."""
    lines: list[list[object]] = [[*rows[0]], *([*row.values()] for row in rows)]
    sheet = "".join(
        f'<row r="{number}">{"".join(_cell(number, *cell) for cell in enumerate(line))}</row>'
        for number, line in enumerate(lines, 1)
    )
    with ZipFile(path, "w") as file:
        for name, text in _PARTS.items():
            file.writestr(name, text)
        data = f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
        file.writestr("xl/worksheets/sheet1.xml", data)


def _cell(row: int, column: int, value: object) -> str:
    place = f"{chr(ord('A') + column)}{row}"
    match value:
        case None:
            return ""
        case date():
            return f'<c r="{place}" s="1"><v>{(value - _FIRST).days}</v></c>'
        case int():
            return f'<c r="{place}"><v>{value}</v></c>'
        case _:
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
