"""Browsers that are sent to a provider: who sent them, and that the one that comes back is the one that left.

    add      a redirection is planned; whoever has its ticket may send one browser away, once, within a minute
    depart   that browser gets a secret of its own to keep, and leaves
    take     it is back, with the state: the redirection is over, whatever comes of it

Everything is bound together here (RFC 9700 §2.1, §4.7): one state is good for one answer, in one browser,
within ten minutes, in the connect session that it began in. What the answer means is the auth mode's affair,
cookies are `connect`'s.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import orjson
from sqlalchemy import delete, func, select, text, update

from counterfoil.connections.models import RedirectionRow
from counterfoil.connections.outcomes import Outcomes, digest
from counterfoil.db import Database
from counterfoil.errors import InvalidRequest
from counterfoil.ids import Ids
from counterfoil.vault import SealContext, Secret, Vault

LIFETIME_SECONDS: Final = 600
TICKET_SECONDS: Final = 60
_KEPT_AFTERWARDS_SECONDS: Final = 3600
_SECRET_BYTES: Final = 32
_NEXT_PK: Final = text("SELECT nextval(pg_get_serial_sequence('redirections', 'id'))")


class RedirectionUnknown(InvalidRequest):
    """No browser is expected with this state: it was used, is too old, or was never given."""

    code = "state_err"


class AnotherBrowser(InvalidRequest):
    """The browser that came back is not the one that was sent."""

    code = "state_cookie_err"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is known before a browser is sent away.

    Attributes:
        environment_id: The environment's primary key.
        integration_id: The integration's primary key.
        integration_key: Its key.
        session_pk: The connect session.
        state: Goes with the browser and comes back.
        code_verifier: Stays here.
        redirect_uri: Where it comes back to.
        url: Where it is sent.
        submitted: Fields and overrides, by name.
        params: Settings of the connection.
        watcher: Who waits for the outcome; None if nobody does.
    """

    environment_id: int
    integration_id: int
    integration_key: str
    session_pk: int
    state: Secret
    code_verifier: Secret
    redirect_uri: str
    url: Secret
    submitted: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict)
    watcher: Secret | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser about to leave.

    Attributes:
        url: Where to; it carries the state.
        state: The state.
        browser: The secret that this browser keeps and brings back.
    """

    url: Secret
    state: Secret
    browser: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A redirection that is over; the same names as in `Planned`.

    Attributes:
        watcher_digest: Of who waits for the outcome; None if nobody does.
    """

    environment_id: int
    integration_id: int
    integration_key: str
    session_pk: int
    code_verifier: Secret
    redirect_uri: str
    submitted: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str]
    watcher_digest: bytes | None
    browser_digest: bytes | None = field(repr=False)
    is_in_time: bool

    def check(self, browser: Secret | None) -> None:
        """Pass if this is the browser that was sent away, in time.

        Raises:
            AnotherBrowser: It is not.
            RedirectionUnknown: It was away too long.
        """
        known = self.browser_digest or b""
        if browser is None or not hmac.compare_digest(known, digest(browser)):
            raise AnotherBrowser("This window did not begin the connection, so nothing was connected.")
        if not self.is_in_time:
            raise RedirectionUnknown("Signing in took longer than ten minutes. Begin again.")


class Redirections:
    """The redirections under way in one database; `outcomes` brings what comes of them to who waits.

    Args:
        database: Where they are.
        vault: Seals what is kept of them.
        ids: Makes tickets and secrets.
    """

    def __init__(self, database: Database, vault: Vault, ids: Ids) -> None:
        self._database = database
        self._vault = vault
        self._ids = ids
        self.outcomes = Outcomes(database, ids)

    def new_secret(self) -> Secret:
        """A state, a verifier, a ticket, a watcher's name: 256 random bits as 64 hexadecimal digits."""
        return Secret(self._ids.token_hex(_SECRET_BYTES))

    async def add(self, planned: Planned) -> Secret:
        """Keep what is planned; the ticket of it is given this once."""
        ticket = self.new_secret()
        async with self._database.session() as session:
            await session.execute(delete(RedirectionRow).where(RedirectionRow.expires_at < _long_ago()))
            # Known before the row is: what is kept is sealed for it.
            pk = int((await session.execute(_NEXT_PK)).scalar_one())
            session.add(
                RedirectionRow(
                    id=pk,
                    environment_id=planned.environment_id,
                    integration_id=planned.integration_id,
                    session_pk=planned.session_pk,
                    state_digest=digest(planned.state),
                    ticket_digest=digest(ticket),
                    watcher_digest=None if planned.watcher is None else digest(planned.watcher),
                    sealed=self._vault.seal(_kept(planned), _context(planned.environment_id, pk)),
                    expires_at=func.now() + timedelta(seconds=LIFETIME_SECONDS),
                )
            )
        return ticket

    async def depart(self, ticket: Secret) -> Departure:
        """Send the browser with this ticket away.

        Raises:
            RedirectionUnknown: The ticket was used, is too old, or is none.
        """
        browser = self.new_secret()
        statement = (
            update(RedirectionRow)
            .where(
                RedirectionRow.ticket_digest == digest(ticket),
                RedirectionRow.created_at > func.now() - timedelta(seconds=TICKET_SECONDS),
            )
            .values(ticket_digest=None, browser_digest=digest(browser))
            .returning(RedirectionRow.id, RedirectionRow.environment_id, RedirectionRow.sealed)
        )
        async with self._database.session() as session:
            found = (await session.execute(statement)).one_or_none()
        if found is None:
            raise RedirectionUnknown("This window was opened before, or too long ago. Begin again.")
        kept = orjson.loads(self._vault.open(found.sealed, _context(found.environment_id, found.id)))
        return Departure(url=Secret(kept["url"]), state=Secret(kept["state"]), browser=browser)

    async def take(self, state: Secret) -> Returned:
        """End the redirection with this state and give what was kept of it. It is asked for once, ever.

        Raises:
            RedirectionUnknown: There is none.
        """
        statement = (
            delete(RedirectionRow)
            .where(RedirectionRow.state_digest == digest(state))
            .returning(RedirectionRow, (RedirectionRow.expires_at > func.now()).label("is_in_time"))
        )
        async with self._database.session() as session:
            found = (await session.execute(statement)).one_or_none()
        if found is None:
            raise RedirectionUnknown(
                "This answer is not expected: the window was used before, or it was open for too long. "
                "Begin again."
            )
        row, is_in_time = found
        kept = orjson.loads(self._vault.open(row.sealed, _context(row.environment_id, row.id)))
        return Returned(
            environment_id=row.environment_id,
            integration_id=row.integration_id,
            integration_key=kept["integration_key"],
            session_pk=row.session_pk,
            code_verifier=Secret(kept["code_verifier"]),
            redirect_uri=kept["redirect_uri"],
            submitted=kept["submitted"],
            params=kept["params"],
            watcher_digest=row.watcher_digest,
            browser_digest=row.browser_digest,
            is_in_time=is_in_time,
        )


def _kept(planned: Planned) -> bytes:
    return orjson.dumps(
        {
            "integration_key": planned.integration_key,
            "state": planned.state.reveal(),
            "code_verifier": planned.code_verifier.reveal(),
            "redirect_uri": planned.redirect_uri,
            "url": planned.url.reveal(),
            "submitted": dict(planned.submitted),
            "params": dict(planned.params),
        }
    )


def _context(environment_id: int, pk: int) -> SealContext:
    return SealContext(environment_id, "redirections", "sealed", str(pk))


def _long_ago() -> object:
    return select(func.now() - timedelta(seconds=_KEPT_AFTERWARDS_SECONDS)).scalar_subquery()
