"""Databases with as many events as a test wants, in no time.

In: the settings of a migrated database. Out: the same, with thousands of events in it.
"""

from sqlalchemy import Engine

from kb import database
from kb.config import Settings
from kb.models import Table
from tests.bench.world import Sizes, generate

_GENERATED = 1_000


def many_events(settings: Settings, count: int) -> Settings:
    """`count` is a multiple of a thousand."""
    sizes = dict.fromkeys(Sizes.__dataclass_fields__, 10) | {"events": _GENERATED, "citations": 0}
    engine = database.open_engine(settings)
    generate(engine, Sizes(**sizes))
    _multiply_events(engine, count // _GENERATED)
    engine.dispose()
    return settings


def _multiply_events(engine: Engine, times: int) -> None:
    """Events may overlap: the same again under other keys breaks no rule."""
    with database.write_transaction(engine) as connection:
        top = connection.exec_driver_sql("select max(id) from record").scalar_one()
        copies = [number * top for number in range(1, times)]
        for table in ("record", "event", "event_state"):
            for shift in copies:
                connection.exec_driver_sql(_insert_copies(table, top, shift))


def _insert_copies(table: str, top: int, shift: int) -> str:
    key_column = "event_id" if table == "event_state" else "id"
    changed = {key_column: f"{key_column} + {shift}", "key": f"key || '-{shift}'"}
    names = [column.name for column in Table.metadata.tables[table].columns]
    values = [changed.get(name, name) for name in names]
    only = "type = 'Event'" if table == "record" else "true"
    return (
        f"insert into {table} ({', '.join(names)})"
        f" select {', '.join(values)} from {table} where {only} and {key_column} <= {top}"
    )
