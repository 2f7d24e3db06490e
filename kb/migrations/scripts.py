"""Migrations written as SQL beside their module: for both engines, and for each what is its own.

In: the path of the module. Out: nothing; its statements are run.
"""

from pathlib import Path

from alembic import op

from kb.database.dialects import dialect_of_engine

# A statement ends where a line ends in `;` at the margin, which those inside a trigger do not.
_END = ";\n\n"


def run_up(module: str) -> None:
    """`….sql`, then `….ENGINE.sql`, where there are such."""
    text = dialect_of_engine(op.get_bind()).text
    for statement in _statements(module, ".sql"):
        op.execute(statement.replace("VARCHAR", text))
    run(module, "sql")


def run_down(module: str) -> None:
    """`….ENGINE.down.sql`."""
    run(module, "down.sql")


def run(module: str, suffix: str) -> None:
    for statement in _statements(module, f".{op.get_bind().dialect.name}.{suffix}"):
        op.execute(statement)


def _statements(module: str, suffix: str) -> list[str]:
    path = Path(module).with_suffix(suffix)
    script = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [statement for statement in script.split(_END) if statement.strip()]
