"""The first tables, and what each engine adds so that certain spans cannot overlap."""

from pathlib import Path

from alembic import op

from kb.dialects import dialect_of_engine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A statement ends where a line ends in `;` at the margin, which those inside a trigger do not.
_END = ";\n\n"


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for statement in _statements(".sql"):
        op.execute(statement.replace("VARCHAR", text))
    for statement in _statements(f".{op.get_bind().dialect.name}.sql"):
        op.execute(statement)
    op.execute("insert into head (id, revision) values (1, 0)")


def downgrade() -> None:
    for statement in _statements(f".{op.get_bind().dialect.name}.down.sql"):
        op.execute(statement)


def _statements(suffix: str) -> list[str]:
    script = Path(__file__).with_suffix(suffix).read_text(encoding="utf-8")
    return [statement for statement in script.split(_END) if statement.strip()]
