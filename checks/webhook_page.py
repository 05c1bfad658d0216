"""The reference page of webhook messages: each event type that is told, with a message as it is sent."""

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from counterfoil.auth_modes import Cause, GuideStep
from counterfoil.connections.causes import error_item
from counterfoil.events import Event, EventType
from counterfoil.webhooks.flags import DEFAULTS
from counterfoil.webhooks.payloads import KINDS, Subject, body_of

_AT: Final = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_SUBJECT: Final = Subject(
    pk=1,
    auth_mode="TWO_STEP",
    tags={"end_user_id": "u1"},
    end_user={
        "endUserId": "u1",
        "endUserEmail": "ada@example.com",
        "organizationId": "o1",
        "tags": {},
    },
)
_CAUSE: Final = Cause(
    code="client_refused",
    sentence="Sage Intacct refused the Client ID with this Client Secret.",
    remedy="Copy Client ID and Client Secret once more from Application Details.",
    who="developer",
    step=GuideStep(2, "Register an API client"),
)
_STATUS: Final[Mapping[EventType, str]] = {
    EventType.CONNECTION_REFRESH_FAILED: "failing",
    EventType.CONNECTION_NEEDS_RECONNECT: "needs_reconnect",
    EventType.CONNECTION_RECOVERED: "active",
}


def lines() -> Iterator[str]:
    """The page."""
    yield "# Webhook messages"
    yield ""
    yield "One for each type of event that is told to receivers, as it is sent but for the line breaks. How"
    yield "they are signed, retried and replayed is on the page [webhooks](webhooks.md)."
    for kind, how in KINDS.items():
        yield ""
        yield f"## `{kind.value}`"
        yield ""
        yield _meaning(kind)
        yield ""
        yield _condition(how.flag)
        yield ""
        yield "```json"
        yield json.dumps(json.loads(body_of(_event(kind), "dev", _subject(kind), _number(kind))), indent=2)
        yield "```"


def _condition(flag: str | None) -> str:
    if flag is None:
        return "Always sent."
    return f"Sent if `{flag}` is set, which it is{'' if DEFAULTS[flag] else ' not'} by default."


def _event(kind: EventType) -> Event:
    payload: dict[str, Any] = {"connection": 1, "integration": "intacct", "provider": "sage-intacct-cc"}
    if kind is EventType.WEBHOOK_ENDPOINT_DEACTIVATED:
        payload = {"id": 7, "slot": "primary", "host": "app.example.com", "reason": "gone"}
    if kind is EventType.WEBHOOK_RECEIVED:
        payload |= {"payload": {"id": "6", "event": "vendor.updated"}, "headers": {"x-event": "update"}}
    if kind in _STATUS:
        payload["status"] = _STATUS[kind]
    if kind in (EventType.CONNECTION_REFRESH_FAILED, EventType.CONNECTION_NEEDS_RECONNECT):
        payload["error"] = error_item(_CAUSE, status=_STATUS[kind], log_id="log", at=_AT, retry_at=None)
    subject = "app.example.com" if kind is EventType.WEBHOOK_ENDPOINT_DEACTIVATED else "c-1"
    return Event(id=1, environment_id=1, type=kind, subject=subject, payload=payload, occurred_at=_AT)


def _subject(kind: EventType) -> Subject | None:
    return None if kind is EventType.WEBHOOK_ENDPOINT_DEACTIVATED else _SUBJECT


def _number(kind: EventType) -> int | None:
    return None if kind is EventType.WEBHOOK_ENDPOINT_DEACTIVATED else 3


def _meaning(kind: EventType) -> str:
    """The sentence that stands below the member in its source."""
    [members] = ast.parse(inspect.getsource(EventType)).body
    assert isinstance(members, ast.ClassDef)
    for member, told in pairwise(members.body):
        if isinstance(member, ast.Assign) and ast.unparse(member.targets[0]) == kind.name:
            assert isinstance(told, ast.Expr)
            return str(ast.literal_eval(told.value))
    raise AssertionError(f"{kind.name} has no sentence")
