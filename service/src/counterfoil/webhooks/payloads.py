"""What a message says: from an event and what is known of its connection to the bytes of a body; pure.

The shapes are the wire protocol's (`auth`, with the operations creation, override, refresh, deletion), with
keys sorted at every level. Ours beside them: `event` (the type of our event), `sequence`, `occurredAt`,
`status`, and in `error` the parts of the diagnosis. What a provider sent is passed on as it is (`forward`);
nothing else is large, and nothing of ours is a secret.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from types import MappingProxyType
from typing import Any, Final

import orjson

from counterfoil.events import Event, EventType

# `details` and the times are for readers of the API; a message is thin.
_DIAGNOSIS: Final = ("cause", "remedy", "who", "step", "recoverable", "retry_at")
_LONGEST_TEXT_CHARACTERS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is known of a connection when a message about it is made.

    Attributes:
        pk: Primary key.
        auth_mode: The wire's word for how it was authorized.
        tags: By which it is found.
        end_user: `endUser` as the wire has it, or None.
        url_override: Where its messages go instead of the environment's endpoints, or None.
    """

    pk: int
    auth_mode: str
    tags: Mapping[str, str] = field(default_factory=dict)
    end_user: Mapping[str, Any] | None = None
    url_override: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """How events of one type become messages.

    Attributes:
        flag: Must be set, or None if the message is always sent.
        describe: The members that are peculiar to it.
    """

    flag: str | None
    describe: Callable[[Event], dict[str, Any]]


def _auth(operation: str, *, success: bool) -> Callable[[Event], dict[str, Any]]:
    def describe(event: Event) -> dict[str, Any]:
        told: dict[str, Any] = {"type": "auth", "operation": operation, "success": success}
        if not success:
            told["error"] = _error(event.payload.get("error") or {})
        return told

    return describe


def _endpoint_deactivated(event: Event) -> dict[str, Any]:
    return {
        "type": "webhook_endpoint",
        "operation": "deactivation",
        "endpoint": {name: event.payload.get(name) for name in ("id", "slot", "host", "reason")},
    }


def _forward(event: Event) -> dict[str, Any]:
    provider = event.payload.get("provider")
    return {
        "from": provider,
        "type": "forward",
        "provider": provider,
        "providerConfigKey": event.payload.get("integration"),
        "payload": event.payload.get("payload"),
        "headers": event.payload.get("headers") or {},
    }


KINDS: Final[Mapping[EventType, Kind]] = MappingProxyType(
    {
        EventType.CONNECTION_CREATED: Kind("on_auth_creation", _auth("creation", success=True)),
        EventType.CONNECTION_REPLACED: Kind(None, _auth("override", success=True)),
        EventType.CONNECTION_REFRESH_FAILED: Kind("on_auth_refresh_error", _auth("refresh", success=False)),
        EventType.CONNECTION_NEEDS_RECONNECT: Kind("on_auth_refresh_error", _auth("refresh", success=False)),
        EventType.CONNECTION_RECOVERED: Kind("on_auth_recovery", _auth("refresh", success=True)),
        EventType.CONNECTION_DELETED: Kind("on_connection_deletion", _auth("deletion", success=True)),
        EventType.WEBHOOK_RECEIVED: Kind(None, _forward),
        EventType.WEBHOOK_ENDPOINT_DEACTIVATED: Kind("on_endpoint_deactivation", _endpoint_deactivated),
    }
)
"""The events that are told to receivers; all others stay inside."""


def wanted(kind: EventType, flags: Mapping[str, bool]) -> bool:
    """Whether an environment with these flags is told of events of this type."""
    found = KINDS.get(kind)
    return found is not None and (found.flag is None or flags[found.flag])


def body_of(event: Event, environment: str, subject: Subject | None, sequence: int | None) -> bytes:
    """The body of the message about an event that is `wanted`.

    Args:
        event: What happened.
        environment: The environment's name.
        subject: The connection that it happened to, or None if it is about none.
        sequence: The message's number among those about the connection.
    """
    told: dict[str, Any] = {
        "from": "nango",
        "environment": environment,
        "event": event.type.value,
        "occurredAt": event.occurred_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        **KINDS[event.type].describe(event),
    }
    if subject is not None:
        told |= _connection(event, subject)
    if sequence is not None:
        told["sequence"] = sequence
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def _connection(event: Event, subject: Subject) -> dict[str, Any]:
    told: dict[str, Any] = {
        "connectionId": event.subject,
        "authMode": subject.auth_mode,
        "providerConfigKey": event.payload.get("integration"),
        "provider": event.payload.get("provider"),
        "tags": dict(subject.tags),
    }
    if subject.end_user is not None:
        told["endUser"] = dict(subject.end_user)
    if "status" in event.payload:
        told["status"] = event.payload["status"]
    return told


def _error(item: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": item.get("cause", "unknown"),
        "description": str(item.get("sentence", "The connection's token could not be renewed."))[
            :_LONGEST_TEXT_CHARACTERS
        ],
    }
    return told | {name: item[name] for name in _DIAGNOSIS if item.get(name) is not None}
