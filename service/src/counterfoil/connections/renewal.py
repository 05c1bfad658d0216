"""One renewal of one token: by whom, what came of it, what is written down.

    take the lease → judge what an earlier holder left → note that a request goes out → the exchange → write

Whoever can't take the lease waits for who has it. Success is written only over the version it was made
from: an answer that comes after the lease has passed to somebody else is kept if nothing newer is there,
and thrown away if there is. Failure is written only by who still has the lease. Which tokens are to be
renewed when, and who waits for that, is `tokens`' business.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import Enum, auto
from typing import Final, TypeVar

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil import events
from counterfoil.auth_modes import AuthorizationFailed, Cause, NothingToRenew, Obtained
from counterfoil.clock import Clock
from counterfoil.connections.causes import (
    FRESH_TOKENS_REFUSED,
    cause_of,
    error_item,
    parked,
    superseded,
)
from counterfoil.connections.errors import ConnectionUnusable, RenewalPending, UnknownConnection
from counterfoil.connections.exchanges import drive, judge_silence
from counterfoil.connections.leases import Lease, Leases, Standing
from counterfoil.connections.limits import TokenLimits
from counterfoil.connections.models import ConnectionRow
from counterfoil.connections.sealed import open_credentials, set_token
from counterfoil.connections.states import Happening, Status, after, retry_in_seconds, spread
from counterfoil.db import Database, DatabaseUnavailable
from counterfoil.ids import Ids
from counterfoil.integrations import Integrations
from counterfoil.oauth2 import Exchange, HttpResponse
from counterfoil.outbound import Outbound
from counterfoil.vault import Vault

_log: Final = structlog.get_logger(__name__)

# A token that is refused this soon after it was issued is not refused for its age.
YOUNG_TOKEN_SECONDS: Final = 300.0
MOST_YOUNG_REJECTIONS: Final = 3
# A password that the provider has called wrong is tried so often in all, whoever asks for it; a person's new
# one counts from zero.
MOST_SECRET_REFUSALS: Final = 3
_FIRST_POLL_SECONDS: Final = 0.02
_LONGEST_POLL_SECONDS: Final = 0.5
_WRITE_TRIES: Final = 5

_Written = TypeVar("_Written")


class Why(Enum):
    """Why a token is renewed."""

    DUE = auto()
    """It expires soon or has expired."""

    REJECTED = auto()
    """The provider did not accept it, whatever its age."""

    FORCED = auto()
    """A caller wants it, also where we would leave the provider alone or wait for a person."""


class _LeaseLost(Exception):
    """The lease ended before anything was sent."""


class Renewals:
    """Renews tokens of one database. Many of these may work on it at once, in one process or many."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        integrations: Integrations,
        outbound: Outbound,
        clock: Clock,
        ids: Ids,
        limits: TokenLimits,
    ) -> None:
        self._database = database
        self._vault = vault
        self._integrations = integrations
        self._outbound = outbound
        self._clock = clock
        self._ids = ids
        self._limits = limits
        self._leases = Leases(database, limits.lease_seconds)

    async def run(self, pk: int, version: int, why: Why) -> None:
        """See to it that the token is newer than `version`, by renewing it or by waiting for who does.

        Raises:
            UnknownConnection: It is gone.
            ConnectionUnusable: The token could not be renewed, now or at an earlier try that still holds.
            RenewalPending: Somebody else's renewal took too long.
        """
        if why is Why.REJECTED:
            await self._note_rejection(pk, version)
        owner = self._ids.uuid()
        gives_up_at = self._clock.monotonic_seconds() + self._limits.wait_seconds
        waited, poll_seconds = False, _FIRST_POLL_SECONDS
        while True:
            lease = await self._leases.take(pk, version, owner, anyway=why is Why.FORCED)
            if lease is not None:
                try:
                    return await self._renew(lease, anyway=why is Why.FORCED)
                except _LeaseLost:
                    continue
                finally:
                    await self._leases.release(lease)
            if not await self._must_wait(pk, version, why, waited=waited):
                return None
            if self._clock.monotonic_seconds() >= gives_up_at:
                raise RenewalPending("The connection's token is being renewed; try again in a moment.")
            await asyncio.sleep(poll_seconds)
            waited, poll_seconds = True, min(poll_seconds * 1.5, _LONGEST_POLL_SECONDS)

    async def _note_rejection(self, pk: int, version: int) -> None:
        standing = await self._leases.read(pk)
        if standing is None or standing.token_version != version:
            return
        is_young = standing.token_age_seconds < YOUNG_TOKEN_SECONDS
        # A provider that refuses whatever it has just issued must not be asked for more and more tokens.
        if is_young and standing.token_rejections >= MOST_YOUNG_REJECTIONS:
            raise ConnectionUnusable(FRESH_TOKENS_REFUSED, retry_at=None, attempted=False)
        await self._leases.mark_rejected(pk, version, young_seconds=YOUNG_TOKEN_SECONDS)

    async def _must_wait(self, pk: int, version: int, why: Why, *, waited: bool) -> bool:
        """Whether somebody else is at it; False if the token is newer by now."""
        standing = await self._leases.read(pk)
        if standing is None:
            raise UnknownConnection("The connection was deleted.")
        if standing.token_version > version:
            return False
        if why is not Why.FORCED:
            refuse_if_blocked(standing, attempted=waited)
        return True

    async def _renew(self, lease: Lease, *, anyway: bool) -> None:
        standing = lease.standing
        if standing.secret_refusals >= MOST_SECRET_REFUSALS:
            cause = parked(cause_of(standing.errors), standing.secret_refusals)
            raise ConnectionUnusable(cause, retry_at=None, attempted=False)
        if standing.refresh_sent_at is not None and not anyway:
            # A holder died between sending and writing. Whether that may be repeated, the exchange knows.
            silence = judge_silence(await self._exchange(standing))
            if silence is not None and not silence.recoverable:
                await self._fail(lease, silence)
        begun_at = self._clock.monotonic_seconds()
        try:
            obtained = await drive(
                await self._exchange(standing),
                self._outbound,
                self._clock,
                deadline_seconds=self._limits.call_deadline_seconds,
                before_sending=self._mark_first(lease),
            )
        except NothingToRenew as nothing:
            # Who insists gets the credentials as they are; the provider has not said a word against them.
            if not anyway:
                await self._fail(lease, nothing.cause)
            return
        except AuthorizationFailed as failed:
            await self._fail(lease, failed.cause)
            return
        elapsed_seconds = self._clock.monotonic_seconds() - begun_at
        await _insist(lambda: self._write_success(standing, obtained, elapsed_seconds))

    async def _exchange(self, standing: Standing) -> Exchange[Obtained]:
        integration = await self._integrations.with_id(standing.integration_id)
        mode = integration.provider.mode
        credentials = open_credentials(self._vault, standing, mode.load)
        return mode.refresh(integration.provider, integration.settings, credentials, self._clock.now())

    def _mark_first(self, lease: Lease) -> Callable[[HttpResponse | None], Awaitable[None]]:
        is_first = True

        async def mark(_previous: HttpResponse | None) -> None:
            nonlocal is_first
            if is_first and not await self._leases.mark_sending(lease):
                raise _LeaseLost
            is_first = False

        return mark

    async def _write_success(self, standing: Standing, obtained: Obtained, elapsed_seconds: float) -> None:
        async with self._database.session() as session:
            row = await _locked(session, standing)
            if row is None:
                _log.info("renewed token not kept: there is a newer one", connection=standing.pk)
                return
            transition = after(Status(row.status), Happening.RENEWED)
            set_token(row, obtained, self._vault, self._limits, elapsed_seconds=elapsed_seconds)
            row.status = transition.status
            if transition.announce is not None:
                await events.record(
                    session,
                    row.environment_id,
                    transition.announce,
                    row.connection_id,
                    _told(standing, transition.status, None),
                )

    async def _fail(self, lease: Lease, cause: Cause) -> None:
        """Write the failure down and raise it. Raises ConnectionUnusable, _LeaseLost."""
        row = await _insist(lambda: self._write_failure(lease, cause))
        if row is None:
            # Somebody else is at it, or has done it: theirs is the outcome that counts.
            raise _LeaseLost
        raise ConnectionUnusable(cause_of(row.errors), retry_at=row.retry_at, attempted=True)

    async def _write_failure(self, lease: Lease, cause: Cause) -> ConnectionRow | None:
        standing = lease.standing
        async with self._database.session() as session:
            row = await _locked(session, standing, owner=lease.owner)
            if row is None:
                return None
            transition = after(
                Status(row.status), Happening.FAILED if cause.recoverable else Happening.REFUSED
            )
            if row.superseded_by is not None and not cause.recoverable:
                cause = superseded(cause, row.superseded_by)
            now = (await session.execute(select(func.now()))).scalar_one()
            row.refresh_failures += 1
            row.secret_refusals += 1 if cause.secret_refused else 0
            row.retry_at = None
            if transition.status is Status.FAILING:
                row.retry_at = now + timedelta(
                    seconds=retry_in_seconds(
                        row.refresh_failures,
                        spread(row.id, row.refresh_failures),
                        asked_seconds=cause.retry_after_seconds,
                    )
                )
            # A person is needed already: a try that merely found nobody home does not change why.
            if not (row.status == Status.NEEDS_RECONNECT and cause.recoverable and row.errors):
                item = error_item(
                    cause,
                    status=transition.status,
                    log_id=self._ids.uuid(),
                    at=now,
                    retry_at=row.retry_at,
                )
                row.cause, row.errors = cause.code, [item]
            row.status = transition.status
            row.refresh_at = now if row.refresh_at is None else min(row.refresh_at, now)
            row.lease_owner = row.lease_until = row.refresh_sent_at = None
            if transition.announce is not None:
                await events.record(
                    session,
                    row.environment_id,
                    transition.announce,
                    row.connection_id,
                    _told(standing, transition.status, row.errors[0]),
                )
            return row


def refuse_if_blocked(standing: Standing, *, attempted: bool = False) -> None:
    """Raise ConnectionUnusable where an earlier failure still forbids asking the provider."""
    if is_blocked(standing):
        raise ConnectionUnusable(cause_of(standing.errors), retry_at=standing.retry_at, attempted=attempted)


def is_blocked(standing: Standing) -> bool:
    """Whether the provider is to be left alone, for a while or until a person has acted."""
    return standing.status == Status.NEEDS_RECONNECT or standing.is_cooling_down


async def _locked(
    session: AsyncSession, standing: Standing, *, owner: str | None = None
) -> ConnectionRow | None:
    """The row, locked, if its token is still the one that was read and, if asked, the lease still ours."""
    statement = select(ConnectionRow).where(
        ConnectionRow.id == standing.pk,
        ConnectionRow.token_version == standing.token_version,
        ConnectionRow.deleted_at.is_(None),
    )
    if owner is not None:
        statement = statement.where(ConnectionRow.lease_owner == owner)
    found: ConnectionRow | None = await session.scalar(statement.with_for_update())
    return found


def _told(standing: Standing, status: Status, error: dict[str, object] | None) -> dict[str, object]:
    return {
        "connection": standing.pk,
        "integration": standing.integration_key,
        "provider": standing.provider_id,
        "status": status.value,
        "error": error,
    }


async def _insist(write: Callable[[], Awaitable[_Written]]) -> _Written:
    """Write, again and again while the database is away: a token that was issued exists nowhere else."""
    for attempt in range(_WRITE_TRIES):
        try:
            return await write()
        except DatabaseUnavailable:
            await asyncio.sleep(0.2 * 2**attempt)
    return await write()
