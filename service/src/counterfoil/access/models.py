"""The tables of environments, API keys and connect sessions. Keys and tokens are kept as digests only."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from counterfoil.db import Base

_EMPTY_LIST = text("'[]'::jsonb")
_EMPTY_OBJECT = text("'{}'::jsonb")


class EnvironmentRow(Base):
    """An environment: integrations, connections and keys of one do not see those of another.

    A deleted one keeps its row, which events and connections of old refer to; its name is free again.
    """

    __tablename__ = "environments"
    __table_args__ = (
        Index("uq_environments_name", "name", unique=True, postgresql_where=text("deleted_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    allowed_origins: Mapped[list[str]] = mapped_column(default=list, server_default=_EMPTY_LIST)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]


class ApiKeyRow(Base):
    """An API key, known by its digest; the prefix is what lists show."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"), index=True)
    display_name: Mapped[str]
    key_prefix: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RateCountRow(Base):
    """How often something happened in one minute, added up by all processes; unlogged, gone after two."""

    __tablename__ = "rate_counts"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy's own

    bucket: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class ConnectSessionRow(Base):
    """A connect session, known by its token's digest."""

    __tablename__ = "connect_sessions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"), index=True)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    end_user: Mapped[dict[str, Any] | None]
    organization: Mapped[dict[str, Any] | None]
    tags: Mapped[dict[str, str]] = mapped_column(default=dict, server_default=_EMPTY_OBJECT)
    allowed_integrations: Mapped[list[str]] = mapped_column(default=list, server_default=_EMPTY_LIST)
    integrations_config_defaults: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default=_EMPTY_OBJECT
    )
    overrides: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=_EMPTY_OBJECT)
    webhook_url_override: Mapped[str | None]
    # A reconnect's connection. No foreign key: `connections` lies above this package and may purge its rows.
    connection_pk: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    deleted_at: Mapped[datetime | None]
