"""What Alembic runs: online only, on the connection that `counterfoil.db.schema` hands over."""

from alembic import context
from sqlalchemy import Connection


def run(connection: Connection) -> None:
    """Run the pending migrations, each release's set in one transaction."""
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
