"""Mentions are known from day to day, by the names that records had: derived anew after this."""

from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_COLUMNS = "article_id, subject_id, count"
_KEY = "article_id, subject_id"


def upgrade() -> None:
    days = {"known_from": "-infinity", "known_to": "infinity"}
    text = dialect_of_engine(op.get_bind()).text
    declared = [f"{name} {text} default '{day}' not null" for name, day in days.items()]
    op.execute("drop view every_mention")
    if _is_sqlite():
        _rebuild(f"{_KEY}, known_from", *declared)
    else:
        _settle()
        for column in declared:
            op.execute(f"alter table mention add column {column}")
        _change_key(f"{_KEY}, known_from")
    op.execute(f"create view every_mention as select {_COLUMNS}, known_from, known_to from mention")


def downgrade() -> None:
    """Of the mentions by day, those that hold to this day are left."""
    op.execute("drop view every_mention")
    op.execute("delete from mention where known_to <> 'infinity'")
    if _is_sqlite():
        _rebuild(_KEY)
    else:
        _settle()
        _change_key(_KEY)
        for name in ("known_from", "known_to"):
            op.execute(f"alter table mention drop column {name}")
    op.execute(f"create view every_mention as select {_COLUMNS} from mention")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _settle() -> None:
    """PostgreSQL alters no table while references from it are still to be checked."""
    op.execute("set constraints all immediate")
    op.execute("set constraints all deferred")


def _change_key(columns: str) -> None:
    op.execute("alter table mention drop constraint pk_mention")
    op.execute(f"alter table mention add constraint pk_mention primary key ({columns})")


def _rebuild(key: str, *days: str) -> None:
    """The same rows in a table with these columns and this key, which SQLite cannot alter."""
    references = (
        f"CONSTRAINT fk_mention_{column} FOREIGN KEY({column}) REFERENCES {target} (id)"
        " DEFERRABLE INITIALLY DEFERRED"
        for column, target in (("article_id", "article"), ("subject_id", "record"))
    )
    parts = (
        *("article_id INTEGER NOT NULL", "subject_id INTEGER NOT NULL", "count INTEGER NOT NULL"),
        *days,
        f"CONSTRAINT pk_mention PRIMARY KEY ({key})",
        "CONSTRAINT ck_mention_positive CHECK (count > 0)",
        *references,
    )
    op.execute(f"create table mention_rebuilt ({', '.join(parts)})")
    op.execute(f"insert into mention_rebuilt ({_COLUMNS}) select {_COLUMNS} from mention")
    op.execute("drop table mention")
    op.execute("alter table mention_rebuilt rename to mention")
    op.execute("create index ix_mention_subject_id on mention (subject_id)")
