"""How an engine comes by the rows of an operation: the plan of its one statement."""

from kb.database.dialects import dialect_of_engine
from tests.support.databases import Database


def plan_of_large_tables(db: Database, operation: str) -> str:
    """That of PostgreSQL, where it scans no table that an index can be used of."""
    db.reader.statements.clear()
    db.ask(operation)
    ((pieces, values),) = db.reader.statements
    with db.engine.begin() as connection:
        connection.exec_driver_sql("set local enable_seqscan = off")
        # To read an index from end to end is no better.
        connection.exec_driver_sql("set local cpu_index_tuple_cost = 1")
        statement = f"explain {dialect_of_engine(connection).join_pieces(pieces)}"
        plan = connection.exec_driver_sql(statement, tuple(values)).scalars()
        return "\n".join(plan)


def step_of(db: Database, operation: str) -> str:
    """How the rows of its list are come by."""
    steps = steps_of(db, operation)
    return next(step for step in steps if step.startswith(("SCAN t1", "SEARCH t1")))


def steps_of(db: Database, operation: str) -> list[str]:
    """Of the plan of its one statement."""
    db.reader.statements.clear()
    db.ask(operation)
    ((pieces, values),) = db.reader.statements
    with db.engine.connect() as connection:
        statement = "explain query plan " + "?".join(pieces)
        plan = connection.exec_driver_sql(statement, tuple(values)).all()
    return [str(step[3]) for step in plan]
