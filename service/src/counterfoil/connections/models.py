"""The tables of connections and end users.

A connection's token and the lease to renew it are in one row, so that one statement can judge both.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from counterfoil.db import Base

_ALIVE = text("deleted_at IS NULL")
_EMPTY_LIST = text("'[]'::jsonb")
_EMPTY_OBJECT = text("'{}'::jsonb")


class EndUserRow(Base):
    """An end user of the operator's product, with the organization that they belong to."""

    __tablename__ = "end_users"
    __table_args__ = (
        UniqueConstraint(
            "environment_id", "end_user_id", "organization_id", postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"))
    end_user_id: Mapped[str]
    email: Mapped[str | None]
    display_name: Mapped[str | None]
    tags: Mapped[dict[str, str] | None]
    organization_id: Mapped[str | None]
    organization_display_name: Mapped[str | None]


class ConnectionRow(Base):
    """One end user's authorization of one integration, with its state.

    Attributes:
        status, cause, retry_at: Its state (`states`); `errors` is what a reader sees of it.
        provider_host, company_id, user_id: Whose it is at the provider; equal ones share a pool of tokens.
        token_version: Grows with every change of the credentials; who writes them compares it first.
        token_obtained_at: When the present token was issued.
        token_rejections: How many tokens in a row the provider refused soon after it had issued them.
        refresh_at: From when on the token is to be renewed; None if it never expires.
        lease_owner, lease_until: Who is renewing the token, and until when on the database's clock.
        secret_refusals: How many times the provider has refused the very secrets that are sealed here.
        superseded_by: The connection whose authorization, by what is known of the provider, ended this one's.
        refresh_sent_at: When a refresh token was sent whose answer is not written here; None if there is
            none.
    """

    __tablename__ = "connections"
    __table_args__ = (
        Index(
            "uq_connections_integration_id_connection_id",
            "integration_id",
            "connection_id",
            unique=True,
            postgresql_where=_ALIVE,
        ),
        Index("ix_connections_refresh_at", "refresh_at", postgresql_where=_ALIVE),
        Index("ix_connections_environment_id_created_at", "environment_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"))
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"))
    connection_id: Mapped[str]
    status: Mapped[str]
    cause: Mapped[str | None]
    retry_at: Mapped[datetime | None]
    connection_config: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=_EMPTY_OBJECT)
    # `metadata` is SQLAlchemy's own name on a declarative class.
    user_metadata: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    tags: Mapped[dict[str, str]] = mapped_column(default=dict, server_default=_EMPTY_OBJECT)
    end_user_pk: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("end_users.id"))
    webhook_url_override: Mapped[str | None]
    provider_host: Mapped[str]
    company_id: Mapped[str]
    user_id: Mapped[str]
    sealed_credentials: Mapped[bytes]
    token_version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    token_obtained_at: Mapped[datetime] = mapped_column(server_default=func.now())
    token_rejections: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    token_expires_at: Mapped[datetime | None]
    refresh_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    refresh_sent_at: Mapped[datetime | None]
    superseded_by: Mapped[str | None]
    refresh_failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    secret_refusals: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    errors: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=_EMPTY_LIST)
    last_fetched_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]


class RedirectionRow(Base):
    """A browser that was sent to a provider and has not come back. Its state and its ticket are kept as
    digests.

    Attributes:
        session_pk: The connect session it was sent in. No foreign key: sessions may be purged.
        ticket_digest: Of what sends one browser away, once; None afterwards.
        browser_digest: Of the secret that this browser was given; None until it was sent away.
        watcher_digest: Of the name of who waits for the outcome.
        sealed: What only we know of it: the address, the verifier, what was submitted.
    """

    __tablename__ = "redirections"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"))
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id"))
    session_pk: Mapped[int] = mapped_column(BigInteger)
    state_digest: Mapped[bytes] = mapped_column(unique=True)
    ticket_digest: Mapped[bytes | None] = mapped_column(unique=True)
    browser_digest: Mapped[bytes | None]
    watcher_digest: Mapped[bytes | None]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OutcomeRow(Base):
    """What came of one redirection. Who waits for it is kept as a digest; nothing in it is a secret."""

    __tablename__ = "redirection_outcomes"

    watcher_digest: Mapped[bytes] = mapped_column(primary_key=True)
    outcome: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
