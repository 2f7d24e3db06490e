"""Databases as programs of older versions left them.

In: a database of this version. Out: the same of another, whole or torn.
"""

from alembic import command
from alembic.config import Config

from kb import database
from kb.upgrade.upgrade import upgrade
from tests.support.databases import Database

OLDER = sorted(database.migrations())[:-1]


WITH_FEED = OLDER[3]


def forget_what_is_newer(db: Database) -> None:
    """What only newer versions can say, such as kinds of events: it is lost on the way down."""
    database.revert_migrations(db.engine, WITH_FEED)
    assert upgrade(db.engine)


def tear(db: Database, older: str) -> None:
    """As programs up to 0005 left a database when they were killed between two transactions."""
    database.revert_migrations(db.engine, older)
    with db.engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "kb:migrations")
        command.upgrade(config, "0005")
