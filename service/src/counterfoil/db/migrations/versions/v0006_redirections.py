"""Browsers that are at a provider, and what came of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("superseded_by", sa.Text(), nullable=True))
    op.create_table(
        "redirections",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("integration_id", sa.Integer(), nullable=False),
        sa.Column("session_pk", sa.BigInteger(), nullable=False),
        sa.Column("state_digest", sa.LargeBinary(), nullable=False),
        sa.Column("ticket_digest", sa.LargeBinary(), nullable=True),
        sa.Column("browser_digest", sa.LargeBinary(), nullable=True),
        sa.Column("watcher_digest", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name="fk_redirections_environment_id"
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name="fk_redirections_integration_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_redirections"),
        sa.UniqueConstraint("state_digest", name="uq_redirections_state_digest"),
        sa.UniqueConstraint("ticket_digest", name="uq_redirections_ticket_digest"),
    )
    op.create_index("ix_redirections_expires_at", "redirections", ["expires_at"])
    op.create_table(
        "redirection_outcomes",
        sa.Column("watcher_digest", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("watcher_digest", name="pk_redirection_outcomes"),
    )
    op.create_index("ix_redirection_outcomes_created_at", "redirection_outcomes", ["created_at"])
