"""The one authorization pipeline: from what was typed to a connection, or to a named cause.

    find the integration → is it allowed here → read the fields → get the token and prove it → seal, store,
    announce

Where a person has to allow it at the provider, the pipeline has a pause in the middle: `begin` goes as far as
sending the browser away, `complete` goes all the way once it is back. Where that has happened elsewhere,
`adopt` takes the tokens that came of it.

Connect pages, API endpoints and imports come through here, so that none of them can forget a step. How a
token is obtained is the auth mode's business; HTTP is `connect`'s.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Literal

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil import events
from counterfoil.access import ConnectSessionRecord, Environment, SessionCaller
from counterfoil.auth_modes import (
    Adopting,
    AuthorizationRequest,
    AuthorizationResponse,
    Obtained,
    Redirecting,
    Submission,
)
from counterfoil.clock import Clock
from counterfoil.connections.end_users import EndUser, save_end_user
from counterfoil.connections.errors import InvalidConnection
from counterfoil.connections.exchanges import drive
from counterfoil.connections.limits import TokenLimits
from counterfoil.connections.models import ConnectionRow
from counterfoil.connections.redirections import Planned, Redirections, Returned
from counterfoil.connections.sealed import set_token
from counterfoil.connections.states import Happening, Status, after
from counterfoil.db import Database
from counterfoil.errors import InvalidRequest
from counterfoil.ids import Ids
from counterfoil.integrations import Integration, Integrations, UnknownIntegration
from counterfoil.integrations.models import IntegrationRow
from counterfoil.oauth2 import Exchange, HttpResponse, code_challenge
from counterfoil.outbound import Outbound
from counterfoil.vault import Secret, Vault

Applicant = SessionCaller | Environment
Operation = Literal["creation", "override"]

# Would let whoever fills in a form choose where the operator's webhooks go.
_NEVER_PARAMS: Final = frozenset({"webhook_url"})
# What is asked for is the operator's to say: whoever holds a browser's session may not ask for more.
_SCOPES_OVERRIDE: Final = "oauth_scopes_override"
_SCOPE: Final = "scope"
# The published client's word for a parameter that is to be left out.
_LEFT_OUT: Final = "undefined"
_NEXT_PK: Final = text("SELECT nextval(pg_get_serial_sequence('connections', 'id'))")


class Phase(StrEnum):
    """What an authorization is at; told to `progress` as each begins."""

    CHECKING = "checking"
    REQUESTING_TOKEN = "requesting_token"  # noqa: S105 - a name, not a secret
    PROVING_TOKEN = "proving_token"  # noqa: S105
    STORING = "storing"


Progress = Callable[[Phase], Awaitable[None]]


class IntegrationNotAllowed(InvalidRequest):
    """The connect session does not let this integration be chosen."""

    code = "integration_not_allowed"


class InvalidAuthMode(InvalidRequest):
    """The request is one of another auth mode than the integration's."""

    code = "invalid_auth_mode"


class AuthModeWithoutRedirection(InvalidAuthMode):
    """A browser was to be sent to a provider whose auth mode knows no such thing."""

    code = "auth_mode_err"


class RedirectionNeeded(InvalidAuthMode):
    """Something was submitted where a person has to be sent to the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a browser asks for when it is to be sent to a provider.

    Attributes:
        submitted: Fields, and a client of the connection's own, by name.
        params: Settings of the connection.
        parameters: Further parameters of the authorization request.
        watcher: Who waits for the outcome.
    """

    submitted: Mapping[str, object] = field(default_factory=dict, repr=False)
    params: Mapping[str, object] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    watcher: Secret | None = None


@dataclass(frozen=True, slots=True)
class SameIdentity:
    """Another connection of the environment that is the same user in the same company.

    Their tokens may be one pool at the provider: revoking one can end the other.
    """

    connection_id: str
    integration_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorized:
    """A connection that was made or renewed.

    Attributes:
        pk: Its primary key.
        connection_id: As the operator knows it.
        integration_key: The integration's key.
        operation: `creation`, or `override` where it existed.
        same_identity: Connections that belong to the same user in the same company; a warning, no obstacle.
    """

    pk: int
    connection_id: str
    integration_key: str
    operation: Operation
    same_identity: tuple[SameIdentity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Everything that is known before the provider is asked."""

    integration: Integration
    session: ConnectSessionRecord | None
    connection_id: str | None
    connection_config: dict[str, Any]


class Authorization:
    """The pipeline.

    Args:
        database: Where connections are.
        vault: Seals credentials.
        integrations: What is configured.
        outbound: Calls token endpoints.
        clock: For the deadline.
        ids: Names connections that nobody named.
        limits: The deadline, and when tokens are renewed.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        integrations: Integrations,
        outbound: Outbound,
        clock: Clock,
        ids: Ids,
        limits: TokenLimits | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._integrations = integrations
        self._outbound = outbound
        self._clock = clock
        self._ids = ids
        self._limits = limits or TokenLimits()
        self.redirections = Redirections(database, vault, ids)

    async def close(self) -> None:
        """Stop listening for what comes of redirections."""
        await self.redirections.outcomes.close()

    async def begin(
        self, applicant: SessionCaller, integration_key: str, wishes: Wishes, redirect_uri: str
    ) -> Secret:
        """Plan to send a browser to the provider; the ticket that sends it, for `redirections.depart`.

        Args:
            applicant: The connect session.
            integration_key: The integration's key.
            wishes: What the browser asks for; what the session says wins.
            redirect_uri: Where the provider sends it back to.

        Raises:
            AuthModeWithoutRedirection: The integration's mode is another.
            AuthorizationFailed: The integration holds no client, or an address is not complete.
            and as `authorize` does.
        """
        plan, mode = await self._redirecting_plan(applicant, integration_key, wishes.params)
        session, provider, settings = applicant.session, plan.integration.provider, plan.integration.settings
        plan, own_client = _without_client(plan, mode)
        submitted = {**wishes.submitted, **own_client}
        submission = _read(plan, submitted)
        state, verifier = self.redirections.new_secret(), self.redirections.new_secret()
        request = AuthorizationRequest(
            state=state.reveal(),
            redirect_uri=redirect_uri,
            code_challenge=code_challenge(verifier.reveal()),
            parameters=_parameters(wishes.parameters, session, integration_key),
        )
        return await self.redirections.add(
            Planned(
                environment_id=plan.integration.environment_id,
                integration_id=plan.integration.id,
                integration_key=integration_key,
                session_pk=session.id,
                state=state,
                code_verifier=verifier,
                redirect_uri=redirect_uri,
                url=Secret(mode.authorization_url(provider, settings, submission, request)),
                submitted={
                    name: value.reveal() if isinstance(value, Secret) else value
                    for name, value in submission.values.items()
                },
                params={name: value for name, value in wishes.params.items() if isinstance(value, str)},
                watcher=wishes.watcher,
            )
        )

    async def complete(
        self,
        applicant: SessionCaller,
        returned: Returned,
        browser: Secret | None,
        parameters: Mapping[str, str],
    ) -> Authorized:
        """Get a connection with what the browser brought back.

        Args:
            applicant: The connect session that it was sent in.
            returned: What was kept of the redirection; it is over, whatever comes of this.
            browser: The secret that this browser was given; None where it has none.
            parameters: What the provider sent along, without the state.

        Raises:
            AnotherBrowser: The browser is not the one that was sent.
            RedirectionUnknown: It was away too long.
            and as `authorize` does.
        """
        returned.check(browser)
        plan, mode = await self._redirecting_plan(applicant, returned.integration_key, returned.params)
        if (plan.integration.id, applicant.session.id) != (returned.integration_id, returned.session_pk):
            raise UnknownIntegration("The integration was replaced meanwhile. Begin again.")
        plan, own_client = _without_client(plan, mode)
        response = AuthorizationResponse(
            parameters=parameters, redirect_uri=returned.redirect_uri, code_verifier=returned.code_verifier
        )
        submission = replace(_read(plan, {**returned.submitted, **own_client}), response=response)
        return await self._connected(_with_scopes_listed(plan), _obtaining(plan, submission), _tell_nobody)

    async def _redirecting_plan(
        self, applicant: SessionCaller, integration_key: str, params: Mapping[str, object]
    ) -> "tuple[_Plan, Redirecting]":
        asked = {name: value for name, value in params.items() if name != _SCOPES_OVERRIDE}
        plan = await self._plan(applicant, integration_key, None, asked, None)
        mode: object = plan.integration.provider.mode
        if not isinstance(mode, Redirecting):
            raise AuthModeWithoutRedirection(
                f"The integration {integration_key!r} is of the auth mode "
                f"{plan.integration.provider.auth_mode}, which sends nobody to the provider."
            )
        return plan, mode

    async def authorize(
        self,
        applicant: Applicant,
        integration_key: str,
        submitted: Mapping[str, object],
        *,
        connection_id: str | None = None,
        params: Mapping[str, object] | None = None,
        auth_mode: str | None = None,
        progress: Progress | None = None,
    ) -> Authorized:
        """Get a connection with what was typed.

        Args:
            applicant: Who asks: a connect session, or an environment for a caller with an API key.
            integration_key: The integration's key.
            submitted: Field names and values.
            connection_id: What to call it; an existing one is renewed. None names a new one. A reconnect
                session decides it alone.
            params: Settings of the connection; those of the session win, what is no text is dropped.
            auth_mode: The mode that the caller takes it to be; None for whichever it is.
            progress: Told each phase as it begins.

        Raises:
            UnknownIntegration: No integration by that key in the applicant's environment.
            InvalidAuthMode: The integration's mode is another.
            IntegrationNotAllowed: The session does not allow it.
            InvalidConnection: The connection that a reconnect session is for is gone.
            InvalidBody: A field is missing or of the wrong kind.
            AuthorizationFailed: With the cause. Nothing is stored.
        """
        tell = progress or _tell_nobody
        await tell(Phase.CHECKING)
        plan = await self._plan(applicant, integration_key, connection_id, params or {}, auth_mode)
        if isinstance(plan.integration.provider.mode, Redirecting):
            raise RedirectionNeeded(
                f"The integration {integration_key!r} is connected at the provider itself: open the window "
                "for it."
            )
        return await self._connected(plan, _obtaining(plan, _read(plan, submitted)), tell)

    async def adopt(
        self,
        environment: Environment,
        integration_key: str,
        shown: Mapping[str, object],
        *,
        connection_id: str | None = None,
        params: Mapping[str, object] | None = None,
        auth_mode: str | None = None,
    ) -> Authorized:
        """Get a connection with tokens that a person has allowed elsewhere.

        Args:
            environment: Of the caller with an API key.
            integration_key: The integration's key.
            shown: Credentials as they are shown: tokens, when they end, a client of their own.
            connection_id: What to call it; an existing one is renewed. None names a new one.
            params: Settings of the connection; of those that are no text only a list of scopes is kept.
            auth_mode: The mode that the caller takes it to be.

        Raises:
            InvalidAuthMode: The integration's mode is another, or has no tokens that could be brought along.
            and as `authorize` does.
        """
        asked = params or {}
        plan = await self._plan(environment, integration_key, connection_id, asked, auth_mode)
        provider, settings = plan.integration.provider, plan.integration.settings
        mode: object = provider.mode
        if not isinstance(mode, Adopting) or not isinstance(mode, Redirecting):
            raise InvalidAuthMode(
                f"Tokens of the auth mode {provider.auth_mode} can't be brought along: send what they come "
                "from."
            )
        plan, _client_elsewhere = _without_client(plan, mode)
        texts = _texts(plan)
        scopes = asked.get(_SCOPES_OVERRIDE)
        if isinstance(scopes, list):
            config = {**plan.connection_config, _SCOPES_OVERRIDE: scopes}
            plan = replace(plan, connection_config=config)
        exchange = mode.adopt(provider, settings, shown, texts, self._clock.now())
        return await self._connected(plan, exchange, _tell_nobody)

    async def _connected(self, plan: _Plan, exchange: Exchange[Obtained], tell: Progress) -> Authorized:
        begun_at = self._clock.monotonic_seconds()
        obtained = await self._driven(exchange, tell)
        elapsed_seconds = self._clock.monotonic_seconds() - begun_at
        await tell(Phase.STORING)
        return await self._store(plan, obtained, elapsed_seconds)

    async def _plan(
        self,
        applicant: Applicant,
        integration_key: str,
        connection_id: str | None,
        params: Mapping[str, object],
        auth_mode: str | None,
    ) -> _Plan:
        session = applicant.session if isinstance(applicant, SessionCaller) else None
        environment = applicant.environment if isinstance(applicant, SessionCaller) else applicant
        integration = await self._integrations.get(environment.id, integration_key)
        if auth_mode is not None and integration.provider.auth_mode != auth_mode:
            raise InvalidAuthMode(
                f"The integration {integration_key!r} is of the auth mode {integration.provider.auth_mode}, "
                f"not {auth_mode}."
            )
        if session is not None and not session.allows(integration_key):
            raise IntegrationNotAllowed(f"This session does not allow the integration {integration_key!r}.")
        if session is not None and session.connection_pk is not None:
            connection_id = await self._reconnected(integration, session.connection_pk)
        return _Plan(
            integration=integration,
            session=session,
            connection_id=connection_id,
            connection_config=_connection_config(params, session, integration_key),
        )

    async def _reconnected(self, integration: Integration, pk: int) -> str:
        statement = select(ConnectionRow.connection_id).where(
            ConnectionRow.id == pk,
            ConnectionRow.integration_id == integration.id,
            ConnectionRow.deleted_at.is_(None),
        )
        async with self._database.session() as session:
            found: str | None = await session.scalar(statement)
        if found is None:
            raise InvalidConnection("The connection that was to be renewed is not there any more.")
        return found

    async def _driven(self, exchange: Exchange[Obtained], tell: Progress) -> Obtained:
        async def announce(previous: HttpResponse | None) -> None:
            # What follows a token is the proof of it; what follows a refusal is still about getting one.
            is_granted = previous is not None and 200 <= previous.status < 300
            await tell(Phase.PROVING_TOKEN if is_granted else Phase.REQUESTING_TOKEN)

        return await drive(
            exchange,
            self._outbound,
            self._clock,
            deadline_seconds=self._limits.call_deadline_seconds,
            before_sending=announce,
        )

    async def _store(self, plan: _Plan, obtained: Obtained, elapsed_seconds: float) -> Authorized:
        async with self._database.session() as session:
            await _hold(session, plan.integration)
            row = await self._row(session, plan)
            operation: Operation = "creation" if row.status == Status.PENDING else "override"
            _describe(row, plan, obtained)
            await _link_end_user(session, row, plan)
            set_token(row, obtained, self._vault, self._limits, elapsed_seconds=elapsed_seconds)
            row.token_rejections = 0
            transition = after(Status(row.status), Happening.AUTHORIZED)
            row.status = transition.status
            session.add(row)
            await session.flush()
            same_identity = await _same_identity(session, row)
            if obtained.ends_others:
                await _supersede_others(session, row)
            if transition.announce is not None:
                payload = _told(plan, row, operation, same_identity)
                await events.record(
                    session, row.environment_id, transition.announce, row.connection_id, payload
                )
            return Authorized(
                pk=row.id,
                connection_id=row.connection_id,
                integration_key=plan.integration.unique_key,
                operation=operation,
                same_identity=same_identity,
            )

    async def _row(self, session: AsyncSession, plan: _Plan) -> ConnectionRow:
        """The row of this connection, locked; a pending one that is not stored yet if there is none."""
        if plan.connection_id is not None:
            statement = select(ConnectionRow).where(
                ConnectionRow.integration_id == plan.integration.id,
                ConnectionRow.connection_id == plan.connection_id,
                ConnectionRow.deleted_at.is_(None),
            )
            found: ConnectionRow | None = await session.scalar(statement.with_for_update())
            if found is not None:
                return found
        if plan.session is not None and plan.session.connection_pk is not None:
            raise InvalidConnection("The connection that was to be renewed was deleted meanwhile.")
        return ConnectionRow(
            # Known before the row is: the credentials are sealed for it.
            id=(await session.execute(_NEXT_PK)).scalar_one(),
            environment_id=plan.integration.environment_id,
            integration_id=plan.integration.id,
            connection_id=plan.connection_id or self._ids.uuid(),
            status=Status.PENDING,
            connection_config={},
            user_metadata={},
            tags={},
            token_version=0,
        )


async def _tell_nobody(_phase: Phase) -> None:
    return None


def _connection_config(
    params: Mapping[str, object], session: ConnectSessionRecord | None, integration_key: str
) -> dict[str, Any]:
    typed = {name: value for name, value in params.items() if isinstance(value, str)}
    defaults = session.integrations_config_defaults.get(integration_key) if session is not None else None
    config = {**typed, **((defaults or {}).get("connection_config") or {})}
    return {name: value for name, value in config.items() if name not in _NEVER_PARAMS}


async def _hold(session: AsyncSession, integration: Integration) -> None:
    """Lock the integration, so that it stays, and that of two creations of one name the second renews."""
    statement = select(IntegrationRow.id).where(
        IntegrationRow.id == integration.id, IntegrationRow.deleted_at.is_(None)
    )
    if await session.scalar(statement.with_for_update(key_share=True)) is None:
        raise UnknownIntegration("The integration was deleted meanwhile.")


def _read(plan: _Plan, submitted: Mapping[str, object]) -> Submission:
    provider, settings = plan.integration.provider, plan.integration.settings
    return provider.mode.read(provider, settings, submitted, _texts(plan))


def _obtaining(plan: _Plan, submission: Submission) -> Exchange[Obtained]:
    provider = plan.integration.provider
    return provider.mode.obtain(provider, plan.integration.settings, submission)


def _texts(plan: _Plan) -> dict[str, str]:
    return {name: value for name, value in plan.connection_config.items() if isinstance(value, str)}


def _without_client(plan: _Plan, mode: Redirecting) -> tuple[_Plan, dict[str, str]]:
    """The plan, and the client that was named among its settings: that belongs to the credentials."""
    names = mode.override_fields()
    config = plan.connection_config
    client = {name: config[name] for name in names if isinstance(config.get(name), str) and config[name]}
    kept = {name: value for name, value in config.items() if name not in names}
    return replace(plan, connection_config=kept), client


def _with_scopes_listed(plan: _Plan) -> _Plan:
    said = plan.connection_config.get(_SCOPES_OVERRIDE)
    if not isinstance(said, str):
        return plan
    listed = [scope.strip() for scope in said.split(",") if scope.strip()]
    return replace(plan, connection_config={**plan.connection_config, _SCOPES_OVERRIDE: listed})


def _parameters(
    asked: Mapping[str, str], session: ConnectSessionRecord, integration_key: str
) -> dict[str, str]:
    """Further parameters of the authorization request: the session's in place of the browser's."""
    defaults = session.integrations_config_defaults.get(integration_key) or {}
    chosen = defaults.get("authorization_params")
    if chosen is None:
        chosen = {name: value for name, value in asked.items() if name != _SCOPE}
    parameters = {name: "" if value == _LEFT_OUT else value for name, value in chosen.items()}
    user_scopes = defaults.get("user_scopes")
    return {**parameters, "user_scope": user_scopes} if user_scopes else parameters


def _describe(row: ConnectionRow, plan: _Plan, obtained: Obtained) -> None:
    """What the session says of the connection; what it does not say stays as it was."""
    fingerprint = obtained.fingerprint
    row.provider_host = fingerprint.provider_host
    row.company_id, row.user_id = fingerprint.company_id, fingerprint.user_id
    row.connection_config = {**(plan.connection_config or row.connection_config), **obtained.learned}
    if plan.session is None:
        return
    row.tags = dict(plan.session.tags) or row.tags
    if plan.session.webhook_url_override is not None:
        row.webhook_url_override = plan.session.webhook_url_override or None


async def _link_end_user(session: AsyncSession, row: ConnectionRow, plan: _Plan) -> None:
    told = plan.session.end_user if plan.session is not None else None
    if plan.session is None or told is None:
        return
    organization = plan.session.organization or {}
    end_user = EndUser(
        id=told["id"],
        email=told.get("email"),
        display_name=told.get("display_name"),
        tags=told.get("tags"),
        organization_id=organization.get("id"),
        organization_display_name=organization.get("display_name"),
    )
    row.end_user_pk = await save_end_user(session, row.environment_id, end_user)


async def _supersede_others(session: AsyncSession, row: ConnectionRow) -> None:
    """Note with the user's other connections of this provider what ended them, should they end."""
    if not row.company_id or not row.user_id:
        return
    identity = f"{row.environment_id}/{row.provider_host}/{row.company_id}/{row.user_id}"
    # Two authorizations of one user at a time must not wait for each other's rows.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(identity, 0))))
    ours = select(IntegrationRow.provider).where(IntegrationRow.id == row.integration_id).scalar_subquery()
    others = select(IntegrationRow.id).where(IntegrationRow.provider == ours)
    await session.execute(
        update(ConnectionRow)
        .where(
            ConnectionRow.environment_id == row.environment_id,
            ConnectionRow.provider_host == row.provider_host,
            ConnectionRow.company_id == row.company_id,
            ConnectionRow.user_id == row.user_id,
            ConnectionRow.integration_id.in_(others),
            ConnectionRow.id != row.id,
            ConnectionRow.deleted_at.is_(None),
        )
        .values(superseded_by=row.connection_id)
    )


async def _same_identity(session: AsyncSession, row: ConnectionRow) -> tuple[SameIdentity, ...]:
    if not row.company_id or not row.user_id:
        return ()
    statement = (
        select(ConnectionRow.connection_id, IntegrationRow.unique_key)
        .join(IntegrationRow, IntegrationRow.id == ConnectionRow.integration_id)
        .where(
            ConnectionRow.environment_id == row.environment_id,
            ConnectionRow.provider_host == row.provider_host,
            ConnectionRow.company_id == row.company_id,
            ConnectionRow.user_id == row.user_id,
            ConnectionRow.id != row.id,
            ConnectionRow.deleted_at.is_(None),
        )
        .order_by(ConnectionRow.id)
    )
    return tuple(
        SameIdentity(found.connection_id, found.unique_key) for found in await session.execute(statement)
    )


def _told(
    plan: _Plan, row: ConnectionRow, operation: Operation, same_identity: tuple[SameIdentity, ...]
) -> dict[str, Any]:
    return {
        "connection": row.id,
        "integration": plan.integration.unique_key,
        "provider": plan.integration.provider.id,
        "operation": operation,
        "company": row.company_id,
        "same_identity": [other.connection_id for other in same_identity],
    }
