"""Words of names and their trigrams, by which a name is found that is spelt otherwise.

The tables are empty until they are derived anew, as search texts are: their words are in Latin
letters from now on.
"""

from alembic import op

from kb.database.dialects import dialect_of_engine

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

_TABLES = {
    "name_word": """source_id integer not null, word {text} not null, written {text} not null,
 known_from {text} not null, constraint pk_name_word primary key (source_id, word, written),
 constraint fk_name_word_source_id foreign key (source_id) references record (id)
 deferrable initially deferred""",
    "name_trigram": """gram {text} not null, word {text} not null, size integer not null,
 constraint pk_name_trigram primary key (gram, word)""",
}
# SQLite has it; PostgreSQL's own takes its `json` alone, which is no word for both.
_JSON_EACH = """create function json_each(document text)
 returns table (key text, value text) language sql immutable strict parallel safe rows 50
 as $$ select key, value from json_each_text(document::json) $$"""
_INDEXES = (("name_word", "word", "written", "known_from"), ("name_trigram", "word"))


def upgrade() -> None:
    text = dialect_of_engine(op.get_bind()).text
    for table, declared in _TABLES.items():
        op.execute(f"create table {table} ({declared.format(text=text)})")
    for table, *columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_JSON_EACH)
    op.execute(
        "create view every_name_word as select source_id, word, written, known_from from name_word"
    )


def downgrade() -> None:
    op.execute("drop view every_name_word")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function json_each(text)")
    for table in _TABLES:
        op.execute(f"drop table {table}")
