"""A database brought to the newest form, in one transaction: killed, it leaves all as it was.

In: an engine. Out: whether the database was of another version. The structure comes first, by the
migrations; then what each of them has to do to what records say (`DATA_MIGRATIONS`), in the newest
structure; then, unless all are `NOTHING_TO_DERIVE`, all that is derived is worked out anew, and
whatever is not as the change feed last gave it enters the feed.
"""

from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import Connection, Engine, select
from sqlmodel import col

from kb import database
from kb.check.commit_hashes import store_rename
from kb.citations import article_texts
from kb.commit.feed import Origin
from kb.commit.finish import WriteSet, finish
from kb.models import Article
from kb.progress import Told, counted, tell_nobody
from kb.records import record_tables, write
from kb.records.id_set import IdSet
from kb.records.read import read_id_pages
from kb.upgrade.mark_opinions import mark_opinions
from kb.upgrade.renormalise import respell
from kb.upgrade.reword import reword_periods
from kb.upgrade.withhold_texts import withhold_texts

DataMigration = Callable[[Connection], None]
DATA_MIGRATIONS: Mapping[str, DataMigration] = {
    "0006": store_rename,
    "0007": respell,
    "0010": reword_periods,
    "0017": mark_opinions,
    "0024": withhold_texts,
}
"""By migration, its work on data: it may change any record, and need not derive or number it."""
NOTHING_TO_DERIVE = frozenset(
    {"0035", "0036", "0037", "0038", "0039", "0040", "0041", "0042", "0043", "0044"}
)
"""Migrations of indexes, of tables that nothing is derived into, and those that bring what is
derived along themselves. After all others it is worked out anew, which of ten million records takes
hours."""
_DERIVED = "All that is derived, worked out anew"
_ORIGIN = Origin("kb migrate")


def upgrade(
    engine: Engine,
    origin: Origin = _ORIGIN,
    work: Mapping[str, DataMigration] = DATA_MIGRATIONS,
    told: Told = tell_nobody,
    told_step: Told = tell_nobody,
) -> bool:
    """As `database.apply_migrations`; tells if there was anything to do."""
    finish = partial(_migrate_data, origin, work, told, told_step)
    return database.apply_migrations(engine, finish, told, told_step)


def _migrate_data(
    origin: Origin,
    work: Mapping[str, DataMigration],
    told: Told,
    told_step: Told,
    connection: Connection,
    version: str | None,
) -> None:
    applied = {number for number in database.migrations() if number > (version or "")}
    for number in sorted(applied & work.keys()):
        work[number](connection)
    if applied - NOTHING_TO_DERIVE:
        tell_step = told_step if version else tell_nobody
        tell_step(_DERIVED, 0, 1)
        _derive_all(connection, origin, told)
        tell_step(_DERIVED, 1, 1)


def _derive_all(connection: Connection, origin: Origin, told: Told) -> None:
    touched = _read_texts_again(connection, told)
    for type_name in record_tables.TYPE_NAMES:
        for page in read_id_pages(connection, type_name):
            write.spread_names(connection, page)
    finish(connection, WriteSet(touched, None), origin, told)


def _read_texts_again(connection: Connection, told: Told) -> IdSet:
    """Verify citations and find names in all texts; the records that are not as they were."""
    touched, names = IdSet(), article_texts.read_names(connection)
    articles = IdSet(connection.execute(select(col(Article.id))).scalars())
    for batch in counted(told, "Articles", record_tables.batches(articles), len(articles)):
        touched.update(
            article_texts.update_from_texts(
                connection, article_texts.read_texts(connection, batch), names
            )
        )
    return touched
