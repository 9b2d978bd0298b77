"""Alembic's entry: runs on the connection that `store.Store` hands over."""

from __future__ import annotations

from alembic import context

from titan.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
