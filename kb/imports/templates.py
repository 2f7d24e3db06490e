"""Texts with the columns of a row in them: `{last}, {first}`.

In: a template, and the cells of a row. Out: the text, or None where it names columns and all of
them are blank. `{{` and `}}` stand for the brackets themselves. Pure: no I/O.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

_BRACKETS = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


class Template(NamedTuple):
    """Constant texts and names of columns by turns; there is one text more."""

    texts: tuple[str, ...]
    columns: tuple[str, ...]

    def fill(self, cells: Mapping[str, str]) -> str | None:
        """Columns that the row does not have are blank."""
        values = [cells.get(column, "") for column in self.columns]
        if self.columns and not any(values):
            return None
        parts = [self.texts[0]]
        for value, text in zip(values, self.texts[1:], strict=True):
            parts += (value, text)
        return "".join(parts).strip() or None


@lru_cache(2000)
def read_template(text: str) -> Template:
    texts, columns, at = [""], [], 0
    for part in _BRACKETS.finditer(text):
        texts[-1] += text[at : part.start()]
        at = part.end()
        if column := part[1]:
            columns.append(column.strip())
            texts.append("")
        else:
            texts[-1] += part[0][0]
    texts[-1] += text[at:]
    return Template(tuple(texts), tuple(columns))
