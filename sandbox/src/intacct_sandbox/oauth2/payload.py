"""The body of a token or revocation request: from bytes to named parameters, or to the gateway's refusal.

Both encodings that working clients send are read: form (RFC 6749 §4.4.2) and JSON. A repeated parameter is
not dropped but remembered, since the gateway has codes of its own for it. Whether the values are right is
`grants`' affair.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2.refusals import USERNAME_FORMAT, Refusal, gateway, oauth


@dataclass(frozen=True, slots=True)
class Payload:
    """The parameters of one request.

    Attributes:
        values: The first value of each parameter.
        repeated: The names that came more than once.
    """

    values: Mapping[str, str]
    repeated: frozenset[str]

    def get(self, name: str) -> str:
        """The value, empty where the parameter is absent."""
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True)
class Username:
    """A `username` parameter taken apart: `userId@companyId` or `userId@companyId|entityId`."""

    user_id: str
    company_id: str
    entity_id: str | None


def read_payload(body: bytes, content_type: str, ids: SeededIds) -> Payload | Refusal:
    """The parameters of a body.

    Args:
        body: The raw body.
        content_type: The `Content-Type` header; anything but JSON is read as a form.
        ids: For the refusal's request id.

    Returns:
        The payload, or GW-0035 for no body and GW-0032 for one that is not key and value.
    """
    if not body.strip():
        return gateway("GW-0035", ids)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return gateway("GW-0032", ids)
    pairs = _json_pairs(text) if "json" in content_type.lower() else _form_pairs(text)
    if not pairs:
        return gateway("GW-0032", ids)
    values: dict[str, str] = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if name in values:
            repeated.add(name)
        values.setdefault(name, value)
    return Payload(values, frozenset(repeated))


def refuse_shape(payload: Payload, ids: SeededIds) -> Refusal | None:
    """What the gateway refuses before it looks at any value: the client and the user named not once each."""
    if "client_id" in payload.repeated:
        return gateway("GW-0038", ids)
    if not payload.get("client_id"):
        return gateway("GW-0037", ids)
    if "username" in payload.repeated:
        return gateway("GW-0039", ids)
    if "username" in payload.values and not payload.get("username").strip():
        return gateway("GW-0036", ids)
    return None


def read_username(text: str, ids: SeededIds) -> Username | Refusal:
    """Take a `username` apart. The only place in the sandbox that knows its grammar.

    Returns:
        The parts, exactly as written; GW-0012 where there is no company part, and the text seen live where
        the form is otherwise wrong.
    """
    user_id, at, rest = text.partition("@")
    company_id, pipe, entity_id = rest.partition("|")
    if not at or not company_id:
        return gateway("GW-0012", ids)
    if not user_id or "@" in rest or (pipe and not entity_id) or "|" in entity_id:
        return oauth("invalid_request", USERNAME_FORMAT, status=400)
    return Username(user_id, company_id, entity_id if pipe else None)


def _form_pairs(text: str) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=50)
    except ValueError:
        return None


def _json_pairs(text: str) -> list[tuple[str, str]] | None:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        return None
    # A JSON null says the same as leaving the parameter out.
    pairs = [(name, value) for name, value in pairs if value is not None]
    return pairs if all(isinstance(value, str) for _, value in pairs) else None
