"""Alembic's entry: runs the migrations on the connection that `kb.database` hands over.

In: that connection, and on the way up `told_step` and the version that the database is of. Out:
nothing; each migration is told as it begins, and as it ends, and so is what follows them all.
"""

from collections.abc import Iterator

from alembic import context

from kb import models
from kb.migrations.recorded_tables import keep_recorded, release_recorded
from kb.progress import Told, tell_nobody

_RECORDED = "0039"
"""The migration from which on what was recorded is kept."""
_KEPT = "What is recorded, held against the tables"
attributes = context.config.attributes


def _steps() -> Iterator[None]:
    """On the way up: goes on whenever a migration has ended."""
    if "told_step" not in attributes:
        return
    told_step: Told = attributes["told_step"]
    for step in reversed([*context.script.iterate_revisions("head", attributes["version"])]):
        what = f"Migration {step.revision}: {' '.join(step.doc.split())}"
        told_step(what, 0, 1)
        yield
        told_step(what, 1, 1)


steps = _steps()
next(steps, None)
context.configure(
    connection=attributes["connection"],
    target_metadata=models.Table.metadata,
    render_as_batch=True,
    on_version_apply=lambda **_: next(steps, None),
)
with context.begin_transaction():
    release_recorded(attributes["connection"])
    context.run_migrations()
    if (context.get_context().get_current_revision() or "") >= _RECORDED:
        tell = attributes.get("told_step", tell_nobody)
        tell(_KEPT, 0, 1)
        keep_recorded(attributes["connection"])
        tell(_KEPT, 1, 1)
