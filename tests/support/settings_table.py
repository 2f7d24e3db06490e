"""README's table of settings, made of the settings themselves.

In: README. Out: the same with the table as it should be; `make schema` writes it.
"""

import re
from pathlib import Path

from kb.config import Settings

README = Path(__file__).parents[2] / "README.md"
_TABLE = re.compile(r"^\| name \| default \| what it is \|\n(?:\|.*\n)+", re.MULTILINE)


def with_settings(readme: str) -> str:
    """The text with the newest table in the place of its own."""
    rows = (
        f"| `KB_{name.upper()}` | `{field.default}` | {' '.join(str(field.description).split())} |"
        for name, field in Settings.model_fields.items()
    )
    table = "\n".join(["| name | default | what it is |", "|---|---|---|", *rows, ""])
    text, count = _TABLE.subn(lambda _: table, readme)
    assert count == 1
    return text


if __name__ == "__main__":
    README.write_text(with_settings(README.read_text(encoding="utf-8")), encoding="utf-8")
