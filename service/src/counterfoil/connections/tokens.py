"""Tokens: the live connection behind a call, fresh, with the fewest possible questions.

    cached   from memory; the proxy's hot path
    live     one exact statement; a token that is due is renewed meanwhile, an expired one first
    used     a call has let a session live longer
    renew    after the provider refused the token: one renewal per version, however many ask
    open     the credentials themselves, for who may read them
    sweep    renews what is due, before anybody asks

In one process all callers of one connection share one renewal, across processes one lease (`renewal`). A
caller who goes away does not stop a renewal; `close` waits for those under way. While a renewal fails the
present token is served as long as it is valid.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import structlog

from counterfoil.auth_modes import AuthMode, ClientSettings, Credentials
from counterfoil.clock import Clock
from counterfoil.connections.errors import ConnectionUnusable, RenewalPending, UnknownConnection
from counterfoil.connections.leases import Leases, Standing
from counterfoil.connections.limits import TokenLimits
from counterfoil.connections.renewal import Renewals, Why, is_blocked, refuse_if_blocked
from counterfoil.connections.sealed import open_credentials
from counterfoil.db import Database
from counterfoil.errors import CounterfoilError
from counterfoil.ids import Ids
from counterfoil.integrations import Integrations
from counterfoil.outbound import Outbound
from counterfoil.providers import Catalogue, Envelope, Provider
from counterfoil.vault import Secret, Vault

_log: Final = structlog.get_logger(__name__)

# A call takes a while to arrive: a token with less left than this is as good as expired.
_LEEWAY_SECONDS: Final = 10.0
# Of its lifetime that a use has to add before the row is written.
_WORTH_WRITING: Final = 1 / 8
_MOST_REMEMBERED: Final = 50_000
_SWEEP_BATCH: Final = 100
_SWEEP_SECONDS: Final = 50.0

Key = tuple[int, str, str]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConnection:
    """A connection that can be called with.

    Attributes:
        pk: Its primary key.
        environment_id: The environment's primary key.
        connection_id: As its operator knows it.
        integration_key: The integration's key.
        provider: Whose it is, as the integration's settings make it.
        base_url: What a path is joined to; no slash at the end.
        headers: Sent with every call that has none of that name; names in lower case.
        authorization_header: The name of the header that authorizes a call.
        authorization: Its value; empty where a call carries none.
        token_version: Grows with every new token.
        envelope: How a call carries the credentials in its body; None where the header does.
    """

    pk: int
    environment_id: int
    connection_id: str
    integration_key: str
    provider: Provider
    base_url: str
    headers: tuple[tuple[str, str], ...] = ()
    authorization_header: str
    authorization: Secret
    token_version: int
    envelope: Envelope | None = None


@dataclass(frozen=True, slots=True)
class OpenCredentials:
    """A connection's credentials in the open.

    Attributes:
        mode: Reveals them in the wire's form.
        credentials: The mode's own.
        expires_at: When the token expires; None if that is not known.
    """

    mode: AuthMode
    credentials: Credentials
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Remembered:
    live: LiveConnection
    good_until: float
    ends_at: float


class Tokens:
    """The live connections of one process.

    Args:
        database: Where connections are.
        vault: Opens credentials.
        integrations: Whose clients renew tokens.
        outbound: Calls token endpoints.
        clock: For memory and deadlines; leases are judged by the database's.
        ids: Names the holders of leases.
        limits: How tokens are kept fresh.
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
        self._vault = vault
        self._integrations = integrations
        self._catalogue: Catalogue = integrations.catalogue
        self._clock = clock
        self._limits = limits or TokenLimits()
        self._leases = Leases(database, self._limits.lease_seconds)
        self._renewals = Renewals(database, vault, integrations, outbound, clock, ids, self._limits)
        self._remembered: dict[Key, _Remembered] = {}
        self._reading: _Shared[Standing | None] = _Shared()
        self._renewing: _Shared[None] = _Shared()
        self._prolonging: _Shared[None] = _Shared()

    def cached(self, environment_id: int, integration_key: str, connection_id: str) -> LiveConnection | None:
        """The live connection as it was read a moment ago, or None. Synchronous, no I/O."""
        remembered = self._remembered.get((environment_id, integration_key, connection_id))
        if remembered is None or self._clock.monotonic_seconds() >= remembered.good_until:
            return None
        return remembered.live

    async def live(self, environment_id: int, integration_key: str, connection_id: str) -> LiveConnection:
        """The live connection with a token that is valid, as far as is known.

        Raises:
            UnknownIntegration: No integration by that key.
            UnknownConnection: No connection by that id in it.
            ConnectionUnusable: There is no valid token, and it could not be renewed.
            RenewalPending: It is being renewed elsewhere, and that takes too long.
        """
        key = (environment_id, integration_key, connection_id)
        while True:
            remembered = self.cached(*key)
            if remembered is not None:
                return remembered
            standing = await self._read(key)
            if standing.is_usable_for(_LEEWAY_SECONDS):
                if standing.is_due and not standing.is_leased and not is_blocked(standing):
                    self._renew_meanwhile(standing)
                return await self._remember(standing)
            refuse_if_blocked(standing)
            await self._renew_from(standing.pk, standing.token_version, Why.DUE)

    async def renew(self, live: LiveConnection) -> LiveConnection:
        """The same connection with a newer token, after the provider refused this one.

        However many callers come with one version of a token, at most one renewal follows.
        Raises what `live` raises.
        """
        key = (live.environment_id, live.integration_key, live.connection_id)
        remembered = self.cached(*key)
        if remembered is not None and remembered.token_version > live.token_version:
            return remembered
        self._remembered.pop(key, None)
        while True:
            await self._renew_from(live.pk, live.token_version, Why.REJECTED)
            standing = await self._leases.read(live.pk)
            if standing is None:
                raise UnknownConnection("The connection was deleted.")
            # Not so if the renewal that was joined was one of an older token.
            if standing.token_version > live.token_version:
                return await self._remember(standing)

    def used(self, live: LiveConnection, lives_seconds: int) -> None:
        """Note that a call has let the token live so much longer. Synchronous; written down meanwhile.

        Most uses cost nothing: the row is written when that adds a good part of the lifetime, so it may end
        earlier there than at the provider, never later.
        """
        key = (live.environment_id, live.integration_key, live.connection_id)
        remembered = self._remembered.get(key)
        if remembered is None or remembered.live.token_version != live.token_version:
            return
        ends_at = self._clock.monotonic_seconds() + lives_seconds
        if ends_at - remembered.ends_at < lives_seconds * _WORTH_WRITING:
            return
        self._remembered[key] = replace(remembered, ends_at=ends_at)
        pk, version = live.pk, live.token_version
        self._prolonging.start((pk, version), lambda: self._leases.prolong(pk, version, lives_seconds))

    def forget(self, environment_id: int, integration_key: str, connection_id: str) -> None:
        """Drop what this process remembers of a connection that was changed or deleted."""
        self._remembered.pop((environment_id, integration_key, connection_id), None)

    async def open(
        self, environment_id: int, integration_key: str, connection_id: str, *, force: bool
    ) -> OpenCredentials:
        """The credentials in the open, renewed first where that is due. Raises what `live` raises.

        Args:
            environment_id: The environment's primary key.
            integration_key: The integration's key.
            connection_id: The connection's id.
            force: Renew in any case, even where the provider is to be left alone or a person is needed. A
                refresh token whose fate is unknown is then sent again: who asks has decided that.
        """
        key = (environment_id, integration_key, connection_id)
        standing = await self._read(key)
        if force or standing.is_due or not standing.is_usable_for(_LEEWAY_SECONDS):
            standing = await self._renewed_or_valid(key, standing, Why.FORCED if force else Why.DUE)
        mode = self._catalogue.get(standing.provider_id).mode
        return OpenCredentials(
            mode, open_credentials(self._vault, standing, mode.load), standing.token_expires_at
        )

    async def sweep(self) -> int:
        """Renew what is due in all environments, the longest due first; how many were tried.

        Ends when nothing is due or after most of a minute. Several sweeps at once do no harm.
        """
        ends_at = self._clock.monotonic_seconds() + _SWEEP_SECONDS
        slots = asyncio.Semaphore(self._limits.sweep_concurrency)
        tried: list[int] = []
        while self._clock.monotonic_seconds() < ends_at:
            due = await self._leases.due(_SWEEP_BATCH, tried)
            if not due:
                break
            tried += [pk for pk, _version in due]
            await asyncio.gather(*(self._sweep_one(slots, pk, version) for pk, version in due))
        return len(tried)

    async def close(self) -> None:
        """Wait for the renewals under way; each ends by its deadline."""
        await self._renewing.settle()
        await self._prolonging.settle()

    async def _read(self, key: Key) -> Standing:
        standing = await self._reading.get(key, lambda: self._leases.find(*key))
        if standing is None:
            self._remembered.pop(key, None)
            environment_id, integration_key, connection_id = key
            await self._integrations.get(environment_id, integration_key)
            raise UnknownConnection(f"There is no connection {connection_id!r} in {integration_key!r}.")
        return standing

    def _renew_meanwhile(self, standing: Standing) -> None:
        pk, version = standing.pk, standing.token_version
        self._renewing.start((pk, False), lambda: self._renewals.run(pk, version, Why.DUE))

    async def _renewed_or_valid(self, key: Key, standing: Standing, why: Why) -> Standing:
        try:
            await self._renew_from(standing.pk, standing.token_version, why)
        except (ConnectionUnusable, RenewalPending):
            if why is Why.FORCED or not standing.is_usable_for(_LEEWAY_SECONDS):
                raise
        self._remembered.pop(key, None)
        return await self._read(key)

    async def _renew_from(self, pk: int, version: int, why: Why) -> None:
        """Wait for the renewal of this connection that this process has under way, or begin one."""
        # A forced one does not share: it may go on where the others have to stop.
        key = (pk, why is Why.FORCED)
        running = self._renewing.get(key, lambda: self._renewals.run(pk, version, why))
        try:
            await asyncio.wait_for(running, self._limits.wait_seconds)
        except TimeoutError:
            raise RenewalPending("The connection's token is being renewed; try again in a moment.") from None

    async def _sweep_one(self, slots: asyncio.Semaphore, pk: int, version: int) -> None:
        async with slots:
            try:
                await self._renew_from(pk, version, Why.DUE)
            except (ConnectionUnusable, RenewalPending, UnknownConnection):
                # It is written down where people look; the sweep goes on.
                return
            except CounterfoilError as error:
                _log.error("connection could not be renewed", connection=pk, error=error.code)

    async def _provider(self, standing: Standing) -> tuple[Provider, ClientSettings]:
        """The connection's provider and what the integration holds, which is read only where it counts."""
        provider = self._catalogue.get(standing.provider_id)
        if provider.configure is None and provider.envelope is None:
            return provider, ClientSettings()
        integration = await self._integrations.with_id(standing.integration_id)
        return integration.provider, integration.settings

    async def _remember(self, standing: Standing) -> LiveConnection:
        provider, settings = await self._provider(standing)
        key = (standing.environment_id, standing.integration_key, standing.connection_id)
        known = self._remembered.get(key)
        # With an envelope, what the integration holds is part of every call.
        is_same = provider.envelope is None and known is not None and known.live.provider == provider
        if is_same and known is not None and _is_same_token(known.live, standing):
            live = known.live
        else:
            credentials = open_credentials(self._vault, standing, provider.mode.load)
            envelope = None if provider.envelope is None else provider.envelope(credentials, settings)
            calls = provider.calls_of(credentials)
            live = LiveConnection(
                pk=standing.pk,
                environment_id=standing.environment_id,
                connection_id=standing.connection_id,
                integration_key=standing.integration_key,
                provider=provider,
                base_url=calls.base_url if envelope is None else envelope.url,
                headers=calls.headers,
                authorization_header=provider.mode.authorization_header(provider),
                authorization=provider.mode.authorization(provider, credentials),
                token_version=standing.token_version,
                envelope=envelope,
            )
        valid_seconds = math.inf if standing.expires_in_seconds is None else standing.expires_in_seconds
        trusted_seconds = min(self._limits.trust_seconds, valid_seconds - _LEEWAY_SECONDS)
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        now = self._clock.monotonic_seconds()
        self._remembered[key] = _Remembered(live, now + trusted_seconds, now + valid_seconds)
        return live


def _is_same_token(live: LiveConnection, standing: Standing) -> bool:
    return (live.pk, live.token_version) == (standing.pk, standing.token_version)


class _Shared(Generic[Result]):
    """Work that is done once for all who ask for it while it is under way; nobody's leaving stops it."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Result]] = {}

    def get(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Result]]) -> Awaitable[Result]:
        """The outcome of the work under way for this key, begun now if there is none."""
        return asyncio.shield(self.start(key, work))

    def start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Result]]) -> asyncio.Task[Result]:
        """The task under way for this key, begun now if there is none."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.create_task(work())
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return task

    async def settle(self) -> None:
        """Wait for everything under way, whatever comes of it."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _forget(self, key: Hashable, done: asyncio.Task[Result]) -> None:
        del self._tasks[key]
        # Seen, so that an outcome nobody waited for is not reported as lost.
        if not done.cancelled():
            done.exception()
