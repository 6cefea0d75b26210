"""Run by Alembic: applies the migrations on the connection that ``migrate`` hands in."""

from alembic import context

from cevvo.foundation.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
