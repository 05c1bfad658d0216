"""The tables of webhooks: settings and keys, endpoints and their health, messages, deliveries, attempts.

What is to be done is in these rows; jobs only say when to look. `webhook_outbox` is filled by a trigger on
`events` (migration 0002), so that nobody who writes an event needs to know that webhooks exist.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from counterfoil.db import Base

_EMPTY_OBJECT = text("'{}'::jsonb")
_ZERO = text("0")
_PENDING = text("status = 'pending'")


class SettingsRow(Base):
    """An environment's webhook settings; an environment without this row sends nothing.

    Attributes:
        flags: What was set, by name; what is absent has its default.
        sealed_key: The signing key.
        sealed_next_key, next_key_from: During a rotation the key that follows, and when it takes over.
    """

    __tablename__ = "webhook_settings"

    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"), primary_key=True)
    flags: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=_EMPTY_OBJECT)
    sealed_key: Mapped[bytes]
    sealed_next_key: Mapped[bytes | None]
    next_key_from: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class EndpointRow(Base):
    """Where messages go, and how it is doing.

    Attributes:
        slot: `primary`, `secondary` or `override`; of the last there may be many, one for each URL.
        url: May change in the first two; what is pending follows.
        status: `active`, `deactivated` or `removed`; `reason` says why it is not active.
        failures: Failed attempts since the last success.
        failing_since: The first of them.
        openings: How many times in a row the breaker has opened.
        open_until: Nothing is sent before, then one message as a trial; None while the breaker is closed.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        Index(
            "uq_webhook_endpoints_environment_id_slot",
            "environment_id",
            "slot",
            unique=True,
            postgresql_where=text("slot <> 'override'"),
        ),
        Index(
            "uq_webhook_endpoints_environment_id_url",
            "environment_id",
            "url",
            unique=True,
            postgresql_where=text("slot = 'override'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"))
    slot: Mapped[str]
    url: Mapped[str]
    status: Mapped[str] = mapped_column(default="active", server_default=text("'active'"))
    reason: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0, server_default=_ZERO)
    failing_since: Mapped[datetime | None]
    openings: Mapped[int] = mapped_column(default=0, server_default=_ZERO)
    open_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class OutboxRow(Base):
    """An event that has not been made into messages yet."""

    __tablename__ = "webhook_outbox"

    event_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("events.id"), primary_key=True)


class SequenceRow(Base):
    """The number of the last message about a connection."""

    __tablename__ = "webhook_sequences"

    connection_pk: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class MessageRow(Base):
    """What is sent: the very bytes, the same at every attempt and to every endpoint.

    Attributes:
        uid: `webhook-id`, by which receivers know a message that comes twice.
        event_id: The event that it tells of; one message for one event.
        sequence: Counts the messages about one connection from 1 on, without gaps; None without a connection.
    """

    __tablename__ = "webhook_messages"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    event_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("events.id"), unique=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"))
    event_type: Mapped[str]
    connection_pk: Mapped[int | None] = mapped_column(BigInteger)
    connection_id: Mapped[str | None]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DeliveryRow(Base):
    """One message on its way to one endpoint.

    Attributes:
        status: `pending`, `delivered` or `failed`.
        outcome: How the last attempt ended, or why there was none (`answers.Outcome`).
        attempts: How many were begun; the number is also the fence of whoever writes a result.
        failures: Failed attempts since it was last made pending.
        next_attempt_at: Not before; on the service's clock.
        gives_up_at: A failure from then on is the last.
        lease_until: Somebody is at it until then, on the database's clock.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("message_id", "endpoint_id"),
        Index("ix_webhook_deliveries_due", "endpoint_id", "next_attempt_at", "id", postgresql_where=_PENDING),
        Index("ix_webhook_deliveries_environment_id_id", "environment_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"))
    message_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("webhook_messages.id"))
    endpoint_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("webhook_endpoints.id"))
    status: Mapped[str] = mapped_column(default="pending", server_default=text("'pending'"))
    outcome: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default=_ZERO)
    failures: Mapped[int] = mapped_column(default=0, server_default=_ZERO)
    next_attempt_at: Mapped[datetime]
    gives_up_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class AttemptRow(Base):
    """One try of one delivery, for the log."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index("ix_webhook_attempts_delivery_id", "delivery_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("webhook_deliveries.id", ondelete="CASCADE")
    )
    number: Mapped[int]
    at: Mapped[datetime]
    outcome: Mapped[str]
    status_code: Mapped[int | None]
    duration_ms: Mapped[int]
    answer: Mapped[str]
