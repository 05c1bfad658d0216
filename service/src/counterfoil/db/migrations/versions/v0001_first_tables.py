"""The first tables, and the job queue's own schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(none_as_null=True)
_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("now()")
_EMPTY_LIST = sa.text("'[]'::jsonb")
_ALIVE = sa.text("deleted_at IS NULL")
_EMPTY_OBJECT = sa.text("'{}'::jsonb")


def upgrade() -> None:
    _access()
    _vault()
    _events()
    _integrations()
    _connections()
    _jobs()


def _access() -> None:
    op.create_table(
        "environments",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("allowed_origins", _JSON, server_default=_EMPTY_LIST, nullable=False),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_environments"),
        sa.UniqueConstraint("uuid", name="uq_environments_uuid"),
        sa.UniqueConstraint("name", name="uq_environments_name"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("key_prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", _JSON, nullable=False),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("last_used_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
        _environment_key("api_keys"),
    )
    op.create_index("ix_api_keys_environment_id", "api_keys", ["environment_id"])
    op.create_table(
        "connect_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("end_user", _JSON, nullable=True),
        sa.Column("organization", _JSON, nullable=True),
        sa.Column("tags", _JSON, server_default=_EMPTY_OBJECT, nullable=False),
        sa.Column("allowed_integrations", _JSON, server_default=_EMPTY_LIST, nullable=False),
        sa.Column("integrations_config_defaults", _JSON, server_default=_EMPTY_OBJECT, nullable=False),
        sa.Column("overrides", _JSON, server_default=_EMPTY_OBJECT, nullable=False),
        sa.Column("webhook_url_override", sa.Text(), nullable=True),
        sa.Column("connection_pk", sa.BigInteger(), nullable=True),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("deleted_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_connect_sessions"),
        sa.UniqueConstraint("token_digest", name="uq_connect_sessions_token_digest"),
        _environment_key("connect_sessions"),
    )
    op.create_index("ix_connect_sessions_environment_id", "connect_sessions", ["environment_id"])
    op.create_index("ix_connect_sessions_expires_at", "connect_sessions", ["expires_at"])


def _vault() -> None:
    op.create_table(
        "vault_keys",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("seals", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("retired_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_vault_keys"),
    )
    op.create_table(
        "vault_canary",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vault_canary"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("occurred_at", _TIME, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        _environment_key("events"),
    )
    op.create_index("ix_events_environment_id_id", "events", ["environment_id", "id"])


def _integrations() -> None:
    op.create_table(
        "integrations",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("sealed_settings", sa.LargeBinary(), nullable=True),
        sa.Column("settings_fields", _JSON, server_default=_EMPTY_LIST, nullable=False),
        sa.Column("custom", _JSON, server_default=_EMPTY_OBJECT, nullable=False),
        sa.Column("forward_webhooks", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("deleted_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_integrations"),
        _environment_key("integrations"),
    )
    op.create_index(
        "uq_integrations_environment_id_unique_key",
        "integrations",
        ["environment_id", "unique_key"],
        unique=True,
        postgresql_where=_ALIVE,
    )


def _connections() -> None:
    op.create_table(
        "end_users",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("end_user_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("tags", _JSON, nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("organization_display_name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_end_users"),
        sa.UniqueConstraint(
            "environment_id",
            "end_user_id",
            "organization_id",
            name="uq_end_users_environment_id_end_user_id_organization_id",
            postgresql_nulls_not_distinct=True,
        ),
        _environment_key("end_users"),
    )
    op.create_table(
        "connections",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("integration_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("retry_at", _TIME, nullable=True),
        sa.Column("connection_config", _JSON, server_default=_EMPTY_OBJECT, nullable=False),
        sa.Column("metadata", _JSON, nullable=True),
        sa.Column("tags", _JSON, server_default=_EMPTY_OBJECT, nullable=False),
        sa.Column("end_user_pk", sa.BigInteger(), nullable=True),
        sa.Column("webhook_url_override", sa.Text(), nullable=True),
        sa.Column("provider_host", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("sealed_credentials", sa.LargeBinary(), nullable=False),
        sa.Column("token_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("token_obtained_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("token_rejections", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("token_expires_at", _TIME, nullable=True),
        sa.Column("refresh_at", _TIME, nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("refresh_sent_at", _TIME, nullable=True),
        sa.Column("refresh_failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("errors", _JSON, server_default=_EMPTY_LIST, nullable=False),
        sa.Column("last_fetched_at", _TIME, nullable=True),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("updated_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("deleted_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        _environment_key("connections"),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name="fk_connections_integration_id"
        ),
        sa.ForeignKeyConstraint(["end_user_pk"], ["end_users.id"], name="fk_connections_end_user_pk"),
    )
    op.create_index(
        "uq_connections_integration_id_connection_id",
        "connections",
        ["integration_id", "connection_id"],
        unique=True,
        postgresql_where=_ALIVE,
    )
    op.create_index("ix_connections_refresh_at", "connections", ["refresh_at"], postgresql_where=_ALIVE)
    op.create_index(
        "ix_connections_environment_id_created_at", "connections", ["environment_id", "created_at", "id"]
    )


def _jobs() -> None:
    # The queue's own script holds functions whose bodies are full of colons and several statements:
    # the driver takes it whole.
    driver: Any = op.get_bind().connection.dbapi_connection
    driver.cursor().execute(SchemaManager.get_schema())


def _environment_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["environment_id"], ["environments.id"], name=f"fk_{table}_environment_id")
