"""Webhooks: settings, endpoints, messages, deliveries, and the outbox that every new event goes into."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(none_as_null=True)
_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("now()")
_ZERO = sa.text("0")

# In the transaction of the event: the event's row in the outbox, and the job that looks into it. Environments
# that send no webhooks pay one look at an index.
_FUNCTION = """
CREATE FUNCTION webhooks_take_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_outbox (event_id)
    SELECT added.id FROM added JOIN webhook_settings USING (environment_id);
    IF FOUND THEN
        PERFORM procrastinate_defer_jobs_v1(ARRAY[
            ROW('default', 'webhooks:dispatch', 0, NULL, NULL, '{}'::jsonb, NULL)
        ]::procrastinate_job_to_defer_v1[]);
    END IF;
    RETURN NULL;
END;
$$
"""
_TRIGGER = """
CREATE TRIGGER webhooks_take_events AFTER INSERT ON events
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION webhooks_take_events()
"""


def upgrade() -> None:
    _settings()
    _messages()
    _deliveries()
    op.create_table(
        "webhook_outbox",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_webhook_outbox"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_webhook_outbox_event_id"),
    )
    connection = op.get_bind()
    connection.exec_driver_sql(_FUNCTION)
    connection.exec_driver_sql(_TRIGGER)


def _settings() -> None:
    op.create_table(
        "webhook_settings",
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("flags", _JSON, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_next_key", sa.LargeBinary(), nullable=True),
        sa.Column("next_key_from", _TIME, nullable=True),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _TIME, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("environment_id", name="pk_webhook_settings"),
        _environment_key("webhook_settings"),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=_ZERO, nullable=False),
        sa.Column("failing_since", _TIME, nullable=True),
        sa.Column("openings", sa.Integer(), server_default=_ZERO, nullable=False),
        sa.Column("open_until", _TIME, nullable=True),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        _environment_key("webhook_endpoints"),
    )
    op.create_index(
        "uq_webhook_endpoints_environment_id_slot",
        "webhook_endpoints",
        ["environment_id", "slot"],
        unique=True,
        postgresql_where=sa.text("slot <> 'override'"),
    )
    op.create_index(
        "uq_webhook_endpoints_environment_id_url",
        "webhook_endpoints",
        ["environment_id", "url"],
        unique=True,
        postgresql_where=sa.text("slot = 'override'"),
    )


def _messages() -> None:
    op.create_table(
        "webhook_sequences",
        # No foreign key: connections may be purged, and nothing here keeps them.
        sa.Column("connection_pk", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_pk", name="pk_webhook_sequences"),
    )
    op.create_table(
        "webhook_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("connection_pk", sa.BigInteger(), nullable=True),
        sa.Column("connection_id", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_messages"),
        sa.UniqueConstraint("uid", name="uq_webhook_messages_uid"),
        sa.UniqueConstraint("event_id", name="uq_webhook_messages_event_id"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_webhook_messages_event_id"),
        _environment_key("webhook_messages"),
    )


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=_ZERO, nullable=False),
        sa.Column("failures", sa.Integer(), server_default=_ZERO, nullable=False),
        sa.Column("next_attempt_at", _TIME, nullable=False),
        sa.Column("gives_up_at", _TIME, nullable=False),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("message_id", "endpoint_id", name="uq_webhook_deliveries_message_id_endpoint_id"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["webhook_messages.id"], name="fk_webhook_deliveries_message_id"
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name="fk_webhook_deliveries_endpoint_id"
        ),
        _environment_key("webhook_deliveries"),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["endpoint_id", "next_attempt_at", "id"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_webhook_deliveries_environment_id_id", "webhook_deliveries", ["environment_id", "id"])
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempts"),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_deliveries.id"],
            name="fk_webhook_attempts_delivery_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_webhook_attempts_delivery_id", "webhook_attempts", ["delivery_id"])


def _environment_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["environment_id"], ["environments.id"], name=f"fk_{table}_environment_id")
