"""Webhook settings, keys and deliveries in the wire's names and shapes."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import AwareDatetime, Field, StringConstraints

from counterfoil.vault import Secret
from counterfoil.web import Strict
from counterfoil.webhooks.configuration import Endpoint, SettingsChange, WebhookSettings
from counterfoil.webhooks.deliveries import (
    MOST_LISTED,
    Attempt,
    Delivery,
    DeliveryDetails,
    DeliveryFilter,
    ReplayRange,
)
from counterfoil.webhooks.flags import DEFAULTS
from counterfoil.webhooks.signing import SigningKeys, checked_key, standard_secret

_LONGEST_OVERLAP_HOURS: Final = 720
_MOST_NUMBER: Final = 2**63 - 1

Url = Annotated[str, StringConstraints(max_length=2048)]
RowNumber = Annotated[int, Field(ge=1, le=_MOST_NUMBER)]


class PatchSettings(Strict):
    """PATCH /environment/webhooks; what is absent stays, an empty URL takes the endpoint away."""

    primary_url: Url | None = None
    secondary_url: Url | None = None
    on_auth_creation: bool | None = None
    on_auth_refresh_error: bool | None = None
    on_auth_recovery: bool | None = None
    on_connection_deletion: bool | None = None
    on_endpoint_deactivation: bool | None = None
    on_sync_completion_always: bool | None = None
    on_sync_error: bool | None = None
    on_async_action_completion: bool | None = None

    def change(self) -> SettingsChange:
        """In our own words."""
        given = {name: getattr(self, name) for name in DEFAULTS}
        return SettingsChange(
            primary_url=self.primary_url,
            secondary_url=self.secondary_url,
            flags={name: value for name, value in given.items() if value is not None},
        )


class RotateKey(Strict):
    """POST /environment/webhooks/signing-keys/rotate."""

    signing_key: str | None = None
    overlap_hours: Annotated[float, Field(ge=0, le=_LONGEST_OVERLAP_HOURS)] = 24

    def key(self) -> Secret | None:
        """The operator's own, or None. Raises InvalidSigningKey."""
        return None if self.signing_key is None else checked_key(self.signing_key)

    def overlap(self) -> timedelta:
        """How long both keys sign."""
        return timedelta(hours=self.overlap_hours)


class DeliveriesQuery(Strict):
    """GET /environment/webhooks/deliveries."""

    status: Literal["pending", "delivered", "failed"] | None = None
    connection_id: Annotated[str, StringConstraints(max_length=255)] | None = None
    endpoint_id: RowNumber | None = None
    before: RowNumber | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED

    def filter(self) -> DeliveryFilter:
        """In our own words."""
        return DeliveryFilter(
            status=self.status,
            connection_id=self.connection_id,
            endpoint_id=self.endpoint_id,
            before=self.before,
            limit=self.limit,
        )


class ReplayBody(Strict):
    """POST /environment/webhooks/replay."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    status: Literal["failed", "all"] = "failed"
    endpoint_id: RowNumber | None = None

    def range(self) -> ReplayRange:
        """In our own words."""
        return ReplayRange(
            since=self.since,
            until=self.until,
            only_failed=self.status == "failed",
            endpoint_id=self.endpoint_id,
        )


def settings_json(settings: WebhookSettings) -> dict[str, Any]:
    """The settings; never a key."""
    return {
        "primary_url": settings.primary_url,
        "secondary_url": settings.secondary_url,
        **settings.flags,
        "endpoints": [_endpoint_json(one) for one in settings.endpoints],
        "rotation_ends_at": _time(settings.rotation_ends_at),
    }


def keys_json(keys: SigningKeys) -> dict[str, Any]:
    """The keys in the open, in both forms."""
    following = keys.following
    return {
        "signing_key": keys.current.reveal(),
        "standard_webhooks_secret": standard_secret(keys.current).reveal(),
        "next_signing_key": None if following is None else following.reveal(),
        "next_standard_webhooks_secret": None if following is None else standard_secret(following).reveal(),
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery in a list."""
    return {
        "id": delivery.id,
        "message_id": delivery.message_uid,
        "event": delivery.event_type,
        "connection_id": delivery.connection_id,
        "sequence": delivery.sequence,
        "endpoint_id": delivery.endpoint_id,
        "url": delivery.url,
        "status": delivery.status,
        "outcome": delivery.outcome,
        "attempts": delivery.attempts,
        "created_at": _time(delivery.created_at),
        "next_attempt_at": _time(delivery.next_attempt_at),
        "finished_at": _time(delivery.finished_at),
    }


def details_json(details: DeliveryDetails) -> dict[str, Any]:
    """A delivery with what is sent and every attempt."""
    return {
        **delivery_json(details.delivery),
        "body": orjson.loads(details.body),
        "attempt_log": [_attempt_json(one) for one in details.attempts],
    }


def _endpoint_json(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "slot": endpoint.slot,
        "url": endpoint.url,
        "status": endpoint.status,
        "reason": endpoint.reason,
        "failures": endpoint.failures,
        "failing_since": _time(endpoint.failing_since),
        "paused_until": _time(endpoint.paused_until),
    }


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "at": _time(attempt.at),
        "outcome": attempt.outcome,
        "status_code": attempt.status_code,
        "duration_ms": attempt.duration_ms,
        "answer": attempt.answer,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")
