"""Alembic's entry: runs the migrations on the connection that `kb.database` hands over."""

from alembic import context

from kb import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.Table.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
