"""What the fake remembers, and how each thing looks on the wire. No rules about calls are here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

SESSION_TTL_SECONDS: Final = 30 * 60
PROVIDERS: Final[Mapping[str, str]] = {"sage-intacct-cc": "Sage Intacct"}


@dataclass(slots=True, kw_only=True)
class FakeIntegration:
    """An integration."""

    key: str
    provider: str
    display_name: str
    created_at: datetime
    updated_at: datetime
    forward_webhooks: bool = True
    settings: dict[str, str] = field(default_factory=dict, repr=False)

    def json(self) -> dict[str, Any]:
        """The integration object."""
        shown: dict[str, Any] = {
            "unique_key": self.key,
            "provider": self.provider,
            "display_name": self.display_name,
            "logo": f"http://counterfoil.test/images/template-logos/{self.provider}.svg",
            "forward_webhooks": self.forward_webhooks,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }
        held = sorted(name for name, value in self.settings.items() if value)
        return shown | {"preconfigured_credentials": held} if held else shown


@dataclass(slots=True, kw_only=True)
class FakeConnection:
    """A connection; `problem` is the item of `errors`, or None if it is active."""

    number: int
    connection_id: str
    integration_key: str
    provider: str
    created_at: datetime
    end_user: dict[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    webhook_url_override: str | None = None
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    problem: dict[str, Any] | None = None

    def listed(self) -> dict[str, Any]:
        """The object of lists."""
        return {**self._common(), "created": self.created_at.isoformat()}

    def json(self, *, with_credentials: bool = True) -> dict[str, Any]:
        """The connection object: fourteen members."""
        return {
            **self._common(),
            "connection_config": self.settings,
            "webhook_url_override": self.webhook_url_override,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.created_at.isoformat(),
            "last_fetched_at": None,
            "credentials": self.credentials if with_credentials else {},
        }

    def _common(self) -> dict[str, Any]:
        return {
            "id": self.number,
            "connection_id": self.connection_id,
            "provider_config_key": self.integration_key,
            "provider": self.provider,
            "errors": [] if self.problem is None else [self.problem],
            "end_user": self.end_user,
            "tags": self.tags,
            "metadata": self.metadata,
        }


@dataclass(slots=True, kw_only=True)
class FakeSession:
    """A connect session; `connection_id` is the one to be renewed, or None."""

    token: str = field(repr=False)
    expires_at: datetime
    allowed_integrations: list[str]
    end_user: dict[str, Any] | None
    tags: dict[str, str] | None
    connection_id: str | None = None


@dataclass(slots=True)
class FakeState:
    """Everything there is, by its key."""

    integrations: dict[str, FakeIntegration] = field(default_factory=dict)
    connections: dict[tuple[str, str], FakeConnection] = field(default_factory=dict)
    sessions: dict[str, FakeSession] = field(default_factory=dict)
    last_number: int = 0

    def next_number(self) -> int:
        """Counts from 1; ids of the fake are made of it, so that they are the same in every run."""
        self.last_number += 1
        return self.last_number


def add_integration(state: FakeState, key: str, provider: str, now: datetime) -> FakeIntegration:
    """A new integration."""
    made = FakeIntegration(
        key=key,
        provider=provider,
        display_name=PROVIDERS.get(provider, provider),
        created_at=now,
        updated_at=now,
    )
    state.integrations[key] = made
    return made


def open_session(state: FakeState, body: Mapping[str, Any], allowed: list[str], now: datetime) -> FakeSession:
    """A new session out of a request's body."""
    session = FakeSession(
        token=f"nango_connect_session_{state.next_number():064x}",
        expires_at=now + timedelta(seconds=SESSION_TTL_SECONDS),
        allowed_integrations=allowed,
        end_user=end_user_json(body.get("end_user"), body.get("organization")),
        tags=body.get("tags"),
        connection_id=body.get("connection_id"),
    )
    state.sessions[session.token] = session
    return session


def connect(
    state: FakeState,
    session: FakeSession,
    integration: FakeIntegration,
    credentials: Mapping[str, Any],
    now: datetime,
    new_id: str | None = None,
) -> FakeConnection:
    """Make the session's connection, or renew the one it was opened for."""
    number = state.next_number()
    connection_id = session.connection_id or new_id or f"connection-{number}"
    key = (integration.key, connection_id)
    connection = state.connections.get(key)
    if connection is None:
        connection = FakeConnection(
            number=number,
            connection_id=connection_id,
            integration_key=integration.key,
            provider=integration.provider,
            created_at=now,
        )
        state.connections[key] = connection
    if session.end_user is not None or session.tags is not None:
        connection.end_user = session.end_user or connection.end_user
        connection.tags = tags_of(session.end_user, session.tags)
    connection.credentials = {"type": "TWO_STEP", "token": f"fake-token-{number}", "raw": {}, **credentials}
    connection.problem = None
    return connection


def end_user_json(
    end_user: Mapping[str, Any] | None, organization: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """An end user as connections show it."""
    if end_user is None:
        return None
    shown = {"display_name": None, "email": None, "tags": None, "organization": None, **end_user}
    if organization is not None:
        shown["organization"] = {"display_name": None, **organization}
    return shown


def tags_of(end_user: Mapping[str, Any] | None, tags: Mapping[str, str] | None) -> dict[str, str]:
    """The tags that follow from an end user, overlaid by those that were given."""
    told = end_user or {}
    organization = told.get("organization") or {}
    derived = {
        "end_user_id": told.get("id"),
        "end_user_email": told.get("email"),
        "end_user_display_name": told.get("display_name"),
        "organization_id": organization.get("id"),
        "organization_display_name": organization.get("display_name"),
        **(told.get("tags") or {}),
        **(tags or {}),
    }
    return {name.lower(): value for name, value in derived.items() if value}
