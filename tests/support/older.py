"""Databases as programs of older versions left them.

In: a database of this version. Out: the same of another, whole or torn.
"""

from itertools import groupby

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from kb import database
from kb.commit.hashes import Chain, digest
from kb.upgrade.upgrade import upgrade
from tests.support.databases import Database

OLDER = sorted(database.migrations())[:-1]


WITH_FEED = OLDER[3]


def forget_what_is_newer(engine: Engine) -> None:
    """What only newer versions can say, such as kinds of events: it is lost on the way down."""
    database.revert_migrations(engine, WITH_FEED)
    assert upgrade(engine)


def tear(db: Database, older: str) -> None:
    """As programs up to 0005 left a database when they were killed between two transactions."""
    database.revert_migrations(db.engine, older)
    with db.engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "kb:migrations")
        command.upgrade(config, "0005")


def hash_with_texts(db: Database) -> None:
    """As programs up to 0023 hashed the commits of the feed: over documents with their texts."""
    ((stream, before),) = db.rows("select stream, dropped_chain from head")
    changes = db.rows("select commit_end, type, key, document from change order by revision")
    for end, commit in groupby(changes, key=lambda change: change[0]):
        chain = Chain(str(before), str(stream))
        for _, type_name, key, document in commit:
            chain.add(str(type_name), str(key), digest(str(document)) if document else "")
        before = chain.end()
        db.run(f"update change set chain = '{before}' where commit_end = {end}")
    db.run(f"update head set chain = '{before}', renamed = 0")
