"""How seed files are written: values as YAML text, in the style of the shipped ones.

In: plain values. Out: YAML that the loader reads back as the same values. Text that other tools may
read as a number, a date or a boolean is in double quotes, and long text is folded. Pure: no I/O.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap

YamlScalar = str | int
Tree = YamlScalar | list["Tree"] | dict[str, "Tree"]

_WIDTH = 100
_STEP = 2
# Mappings that stand on one line, however long it is.
_ON_ONE_LINE = {"anchor"}
_NUMBER = re.compile(r"\d[\d.,:/eE+_~?%XTZ[\] -]*|0[xX][\da-fA-F_]+|0[oO][0-7_]+|0b[01_]+")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def scalar(value: YamlScalar, *, flow: bool = False, quote: str = "") -> str:
    """The value on one line; `flow` inside brackets, `quote` the sign that it had before."""
    if not isinstance(value, str):
        return str(value).lower()
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if quote != '"' and _is_plain(value) and not (flow and re.search("[][{},:]", value)):
        return value
    return '"' + "".join(_ESCAPES.get(character) or _escape(character) for character in value) + '"'


def _is_plain(text: str) -> bool:
    """Whether YAML, old or new, reads the bare text as just that text."""
    if not text.isprintable() or not text[:1].isalnum() or text.endswith((" ", ":")):
        return False
    if ": " in text or " #" in text:
        return False
    return text.lower() not in _WORDS and not _NUMBER.fullmatch(text)


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def flow(tree: Tree) -> str:
    """The value on one line, mappings in braces and lists in brackets."""
    match tree:
        case dict():
            inside = (f"{scalar(key, flow=True)}: {flow(value)}" for key, value in tree.items())
            return "{" + ", ".join(inside) + "}"
        case list():
            return "[" + ", ".join(flow(value) for value in tree) + "]"
        case _:
            return scalar(tree, flow=True)


def entry(key: str, tree: Tree, indent: int) -> str:
    """`key: value`, in as many lines as that takes, each with its line break."""
    start = f"{' ' * indent}{scalar(key)}:"
    match tree:
        case dict() if key not in _ON_ONE_LINE:
            return f"{start}\n{entries(tree, indent + _STEP)}"
        case list() if any(isinstance(member, dict) for member in tree):
            return f"{start}\n{''.join(item(member, indent + _STEP) for member in tree)}"
        case dict() | list():
            return f"{start} {flow(tree)}\n"
    line = f"{start} {scalar(tree)}\n"
    if len(line) <= _WIDTH + 1 or not isinstance(tree, str) or not _is_foldable(tree):
        return line
    return f"{start} >-\n{_fold(tree, indent + _STEP)}"


def entries(trees: Mapping[str, Tree], indent: int) -> str:
    return "".join(entry(key, tree, indent) for key, tree in trees.items())


def item(tree: Tree, indent: int) -> str:
    """`- ` in place of the first line's own indentation."""
    if not isinstance(tree, dict):
        return f"{' ' * indent}- {flow(tree)}\n"
    lines = entries(tree, indent + _STEP)
    return f"{' ' * indent}- {lines[indent + _STEP :]}"


def _is_foldable(text: str) -> bool:
    """Whether YAML puts the text together again as it was."""
    return text.isprintable() and "  " not in text and text == text.strip()


def _fold(text: str, indent: int) -> str:
    lines = wrap(text, _WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def file_parts(name: str, records: Iterable[tuple[str, Tree]]) -> Iterator[str]:
    """A whole file: the line that tells editors its schema, and the records."""
    yield f"# yaml-language-server: $schema=schemas/{name}.json\n"
    for key, tree in records:
        yield "\n" + entry(key, tree, 0)
