"""What connecting means between the HTTP of `routes` and the pipeline in `connections`: sessions that make
sense, forms to draw, texts to read, submissions to try.

No HTTP and no wire names but those of the session requests.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from counterfoil.access import (
    ConnectSessionRecord,
    ConnectSessions,
    Environment,
    NewConnectSession,
    SessionCaller,
)
from counterfoil.auth_modes import Field, Misread, Understood
from counterfoil.connect.errors import InvalidSessionRequest
from counterfoil.connect.schemas import ConfigDefaults, CreateSession, ReconnectSession, SessionRequest
from counterfoil.connect.tags import session_tags
from counterfoil.connections import Authorization, Authorized, Connections, UnknownConnection, Wishes
from counterfoil.connections.authorization import Progress
from counterfoil.errors import FieldError
from counterfoil.integrations import Integration, Integrations, UnknownIntegration
from counterfoil.vault import Secret

_HOOK: Final = "webhook_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the operator registered and the administrator needs to know; never a secret."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a person is asked for one integration.

    Attributes:
        integration: The integration.
        fields: In the form's order.
        held: What the integration holds already, as far as it may be shown.
        steps_done: Numbers of the guide's steps that need not be followed, because of what is held.
    """

    integration: Integration
    fields: tuple[Field, ...]
    held: tuple[Held, ...]
    steps_done: tuple[str, ...]


class Connecting:
    """Connect sessions and what is done with them.

    Args:
        sessions: The connect sessions.
        integrations: What can be connected.
        connections: To find what a reconnect session renews.
        authorization: The pipeline.
    """

    def __init__(
        self,
        sessions: ConnectSessions,
        integrations: Integrations,
        connections: Connections,
        authorization: Authorization,
    ) -> None:
        self._sessions = sessions
        self._integrations = integrations
        self._connections = connections
        self._authorization = authorization

    async def open(
        self, environment: Environment, asked: CreateSession
    ) -> tuple[ConnectSessionRecord, Secret]:
        """Make a session for a new connection.

        Raises:
            InvalidSessionRequest: An integration is named that is not there, or there are too many tags.
        """
        await self._check_names(environment, asked, asked.allowed_integrations or ())
        new = _new_session(asked, allowed_integrations=asked.allowed_integrations or (), connection_pk=None)
        return await self._sessions.create(environment, new)

    async def reopen(
        self, environment: Environment, asked: ReconnectSession
    ) -> tuple[ConnectSessionRecord, Secret]:
        """Make a session that renews one connection.

        Raises:
            InvalidSessionRequest: There is no such connection, or as `open` does.
        """
        await self._check_names(environment, asked, ())
        try:
            found = await self._connections.get(environment.id, asked.integration_id, asked.connection_id)
        except UnknownIntegration as error:
            raise _refused(("integration_id",), error.message) from error
        except UnknownConnection as error:
            raise _refused(("connection_id",), error.message) from error
        new = _new_session(asked, allowed_integrations=(asked.integration_id,), connection_pk=found.pk)
        return await self._sessions.create(environment, new)

    async def forms(self, caller: SessionCaller) -> list[Form]:
        """The forms of every integration that the session allows, in the operator's order."""
        allowed = tuple(caller.session.allowed_integrations)
        found = await self._integrations.list(caller.environment, only=allowed or None)
        return [_form(integration) for integration in found]

    async def reading(
        self, caller: SessionCaller, integration_key: str, field: str, text: str
    ) -> Understood | Misread | None:
        """What is understood of a text while it is typed; None where nothing is to be said.

        Raises:
            UnknownIntegration: There is none by that key.
        """
        integration = await self._integrations.get(caller.environment.id, integration_key)
        return integration.provider.mode.reading(integration.provider, field, text)

    async def submit(
        self,
        caller: SessionCaller,
        integration_key: str,
        values: Mapping[str, object],
        *,
        attempt: str | None = None,
        params: Mapping[str, object] | None = None,
        auth_mode: str | None = None,
        progress: Progress | None = None,
    ) -> Authorized:
        """Try to connect with what was typed; raises as `Authorization.authorize` does.

        Args:
            caller: The session.
            integration_key: The integration.
            values: Field names and values.
            attempt: Names the form that is sent, the same when it is sent again: a second submission whose
                first answer was lost renews the connection that the first one made.
            params: Further settings of the connection.
            auth_mode: The mode that the caller takes the integration to be of; None for whichever it is.
            progress: Told each phase as it begins.
        """
        connection_id = None if attempt is None else _id_of_attempt(caller.session, integration_key, attempt)
        return await self._authorization.authorize(
            caller,
            integration_key,
            values,
            connection_id=connection_id,
            params=params,
            auth_mode=auth_mode,
            progress=progress,
        )

    async def send_away(
        self,
        caller: SessionCaller,
        integration_key: str,
        values: Mapping[str, str],
        watch: Secret,
        redirect_uri: str,
    ) -> Secret:
        """Plan to send a person to the provider; the ticket for it. Raises as `Authorization.begin` does.

        Args:
            caller: The session.
            integration_key: The integration.
            values: What was filled in before.
            watch: Who waits for the outcome.
            redirect_uri: Where the provider sends the person back to.
        """
        wishes = Wishes(submitted=values, watcher=watch)
        return await self._authorization.begin(caller, integration_key, wishes, redirect_uri)

    async def _check_names(
        self, environment: Environment, asked: SessionRequest, allowed: Sequence[str]
    ) -> None:
        known = {one.unique_key for one in await self._integrations.list(environment)}
        named: list[tuple[tuple[str, ...], str]] = [
            (("allowed_integrations", str(index)), key) for index, key in enumerate(allowed)
        ]
        named += _by_key("integrations_config_defaults", asked.integrations_config_defaults or {})
        named += _by_key("overrides", asked.overrides or {})
        wrong = [(path, key) for path, key in named if key not in known]
        if not wrong:
            return
        errors = [
            FieldError(path, "custom", f"There is no integration {key!r} in {environment.name!r}.")
            for path, key in wrong
        ]
        raise InvalidSessionRequest("The session names an integration that is not there.", errors=errors)


def _by_key(name: str, keys: Iterable[str]) -> list[tuple[tuple[str, ...], str]]:
    return [((name, key), key) for key in keys]


def _refused(path: tuple[str, ...], message: str) -> InvalidSessionRequest:
    return InvalidSessionRequest(message, errors=[FieldError(path, "custom", message)])


def _new_session(
    asked: SessionRequest, *, allowed_integrations: Sequence[str], connection_pk: int | None
) -> NewConnectSession:
    end_user = _plain(asked.end_user)
    organization = _plain(asked.organization)
    defaults, hook = _defaults(asked.integrations_config_defaults or {})
    return NewConnectSession(
        end_user=end_user,
        organization=organization,
        tags=session_tags(end_user, organization, asked.tags),
        allowed_integrations=allowed_integrations,
        integrations_config_defaults=defaults,
        overrides={key: _plain(one) or {} for key, one in (asked.overrides or {}).items()},
        webhook_url_override=asked.webhook_url_override if asked.webhook_url_override is not None else hook,
        connection_pk=connection_pk,
    )


def _plain(model: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any of the request's models
    return None if model is None else model.model_dump(exclude_none=True)


def _defaults(asked: Mapping[str, ConfigDefaults]) -> tuple[dict[str, Any], str | None]:
    """The defaults, and the webhook address that older callers hide among the settings."""
    hook: str | None = None
    defaults: dict[str, Any] = {}
    for key, one in asked.items():
        shown = _plain(one) or {}
        hidden = shown.get("connection_config", {}).pop(_HOOK, None)
        hook = hook or hidden
        defaults[key] = shown
    return defaults, hook


def _form(integration: Integration) -> Form:
    provider, settings = integration.provider, integration.settings
    held_names = settings.held()
    held_fields = [field for field in provider.mode.client_fields(provider) if field.name in held_names]
    held = tuple(
        Held(name=field.name, label=field.label, value=settings.values[field.name].reveal())
        for field in held_fields
        if not field.secret
    )
    fields = provider.mode.fields(provider, settings)
    steps_held = {field.guide_step for field in held_fields if field.guide_step is not None}
    steps_open = {field.guide_step for field in fields}
    return Form(
        integration=integration,
        fields=fields,
        held=held,
        steps_done=tuple(sorted(steps_held - steps_open)),
    )


def _id_of_attempt(session: ConnectSessionRecord, integration_key: str, attempt: str) -> str:
    name = f"{session.environment.uuid}/{session.id}/{integration_key}/{attempt}"
    return str(uuid.UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))
