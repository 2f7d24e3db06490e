"""Records as a dry run shows them: as a seed file would have them.

In: records as an import makes them. Out: YAML text. Pure: no I/O.
"""

from collections.abc import Sequence

from kb.files.yaml_style import Tree, entry
from kb.imports.record_maker import MadeRecord
from kb.imports.values import Made
from kb.records.types import record_type


def show_records(records: Sequence[MadeRecord]) -> str:
    """Each under the name of the file that it would stand in."""
    return "\n".join(
        f"# {record_type(record.type).plural}.yaml\n"
        + entry(record.key, _tree(record.fields), 0).rstrip("\n")
        for record in records
    )


def _tree(value: Made) -> Tree:
    match value:
        case dict():
            return {name: _tree(member) for name, member in value.items()}
        case list():
            return [_tree(member) for member in value]
        case None:
            return ""
        case _:
            return value
