"""Connections count how often the provider has refused the very secrets that are sealed in them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "connections",
        sa.Column("secret_refusals", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
