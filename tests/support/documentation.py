"""What README and the guides in `docs` show as code: each block with its language.

In: the checkout. Out: blocks in the order in which a reader meets them.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = (
    "README.md",
    *(
        f"docs/{name}.md"
        for name in (
            *(
                "walk",
                "citing",
                "your-own",
                "curating",
                "copying",
                "tables",
                "linked-data",
                "importing",
                "limits",
                "documents",
                "agents",
            ),
            "operating",
        )
    ),
)
_NAMED = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(name: str) -> list[tuple[str, str]]:
    """Language and text of each."""
    return _BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))


def blocks_in(name: str, language: str) -> list[str]:
    return [text for block_language, text in blocks(name) if block_language == language]


def named_files(name: str) -> dict[str, str]:
    """The blocks before which stands the name of the file that each is."""
    return dict(_NAMED.findall((ROOT / name).read_text(encoding="utf-8")))


def fact() -> str:
    """The record that the README adds to `seeds/events.yaml`."""
    (text,) = blocks_in("README.md", "yaml")
    assert text.startswith("# seeds/events.yaml\n")
    return text


def sections(name: str) -> dict[str, list[tuple[str, str]]]:
    """The blocks below each heading, down to the next one."""
    text = (ROOT / name).read_text(encoding="utf-8")
    _, *parts = re.split(r"^##+ (.+)\n", text, flags=re.MULTILINE)
    found = zip(parts[::2], map(_BLOCK.findall, parts[1::2]), strict=True)
    return {heading: shown for heading, shown in found if shown}
