"""How SQLite comes by the rows of an operation: the steps of the plan of its one statement."""

from tests.support.databases import Database


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
