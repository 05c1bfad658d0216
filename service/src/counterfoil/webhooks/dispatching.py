"""The dispatcher: turns new events into messages and deliveries, each event once.

In one transaction an event leaves the outbox and its message, its sequence number and its deliveries come to
be, so that there is no moment in which it could be lost or doubled. One dispatcher works at a time, in the
whole installation: that is what makes the numbers of a connection follow the order of its events. Nothing
here sends.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from procrastinate import App
from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil import events
from counterfoil.access.models import EnvironmentRow
from counterfoil.clock import Clock
from counterfoil.connections.models import ConnectionRow, EndUserRow
from counterfoil.db import Database
from counterfoil.events import Event, EventType
from counterfoil.ids import Ids
from counterfoil.integrations.models import IntegrationRow
from counterfoil.webhooks.answers import Outcome
from counterfoil.webhooks.configuration import ACTIVE, OVERRIDE, REMOVED
from counterfoil.webhooks.flags import effective
from counterfoil.webhooks.models import (
    DeliveryRow,
    EndpointRow,
    MessageRow,
    OutboxRow,
    SequenceRow,
    SettingsRow,
)
from counterfoil.webhooks.payloads import Subject, body_of, wanted
from counterfoil.webhooks.schedule import GIVES_UP_AFTER
from counterfoil.webhooks.waking import wake

EVENTS_AT_ONCE: Final = 200
_UID_BYTES: Final = 16
# Any number that nothing else on this database uses as an advisory lock.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(0x776562686F6F6B)")
# Jobs that were there before the outbox was read have nothing left to do; a later one stays. The states of a
# job are in the order of its life: before `doing` it waits.
_WAITING_JOBS: Final = text(
    "SELECT id FROM procrastinate_jobs WHERE status < 'doing' AND task_name = 'webhooks:dispatch' LIMIT 10000"
)
_END_JOBS: Final = text("DELETE FROM procrastinate_jobs WHERE status < 'doing' AND id = ANY(:ids)")

AuthModeOf = Callable[[str], str]


@dataclass(slots=True, kw_only=True)
class _Known:
    """What the messages of one transaction are made from.

    Attributes:
        environments: Names by primary key.
        subjects: Connections by primary key.
        endpoints: By environment, those that get what has no override.
        overrides: By environment and URL.
        numbers: By connection, the number of the last message; counted on as messages are made.
    """

    environments: Mapping[int, str]
    subjects: Mapping[int, Subject]
    endpoints: Mapping[int, list[EndpointRow]]
    overrides: Mapping[tuple[int, str], EndpointRow]
    numbers: dict[int, int]

    def subject_of(self, event: Event) -> Subject | None:
        """The connection that an event is about, or None."""
        return self.subjects.get(event.payload.get("connection", 0))

    def next_number(self, pk: int) -> int:
        """The number of the next message about a connection."""
        self.numbers[pk] = self.numbers.get(pk, 0) + 1
        return self.numbers[pk]


class Dispatcher:
    """Turns events into deliveries.

    Args:
        database: Where all of it is.
        app: The job queue, in which sending is deferred.
        auth_mode_of: The auth mode of the provider with this id, in the wire's word.
        clock: From when on a delivery is due.
        ids: Names messages.
    """

    def __init__(
        self, database: Database, app: App, auth_mode_of: AuthModeOf, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._app = app
        self._auth_mode_of = auth_mode_of
        self._clock = clock
        self._ids = ids
        self._is_at_it = False
        self._is_asked_again = False

    async def dispatch(self) -> int:
        """Empty the outbox; how many events there were.

        Where this process is at it already, 0 at once, and whoever is at it looks again: a crowd of jobs must
        not take the places of those that send.
        """
        if self._is_at_it:
            self._is_asked_again = True
            return 0
        self._is_at_it = True
        try:
            return await self._dispatch_all()
        finally:
            self._is_at_it = False

    async def _dispatch_all(self) -> int:
        count, ends_jobs = 0, True
        while True:
            self._is_asked_again = False
            found = await self._dispatch_some(ends_jobs=ends_jobs)
            count += found
            if found < EVENTS_AT_ONCE and ends_jobs and not self._is_asked_again:
                return count
            # Behind a full hand there is more: thousands of jobs need not be read for each of the next.
            ends_jobs = found < EVENTS_AT_ONCE

    async def _dispatch_some(self, *, ends_jobs: bool) -> int:
        async with self._database.session() as session:
            await session.execute(_LOCK)
            jobs = list(await session.scalars(_WAITING_JOBS)) if ends_jobs else []
            taken = await _take_events(session)
            await self._make_messages(session, taken)
            if jobs and len(taken) < EVENTS_AT_ONCE:
                await session.execute(_END_JOBS, {"ids": jobs})
            return len(taken)

    async def _make_messages(self, session: AsyncSession, taken: Sequence[Event]) -> None:
        flags = await _flags(session, {event.environment_id for event in taken})
        told = [event for event in taken if wanted(event.type, flags[event.environment_id])]
        if not told:
            return
        known = await self._known(session, told)
        goals = [(event, endpoints) for event in told if (endpoints := _goals(event, known))]
        messages = [self._message(event, known) for event, _ in goals]
        session.add_all(messages)
        await session.flush()
        session.add_all(
            self._delivery(message, endpoint)
            for message, (_, endpoints) in zip(messages, goals, strict=True)
            for endpoint in endpoints
        )
        await session.flush()
        await _save_numbers(session, known.numbers)
        active = {one.id for _, endpoints in goals for one in endpoints if one.status == ACTIVE}
        await wake(session, self._app, active)

    async def _known(self, session: AsyncSession, told: Sequence[Event]) -> _Known:
        """All that messages about these events need, in a handful of statements."""
        subjects = await self._subjects(session, told)
        environment_ids = {event.environment_id for event in told}
        environments = await session.scalars(
            select(EnvironmentRow).where(EnvironmentRow.id.in_(environment_ids))
        )
        return _Known(
            environments={row.id: row.name for row in environments},
            subjects=subjects,
            endpoints=await _endpoints(session, environment_ids),
            overrides=await _overrides(session, told, subjects),
            numbers=await _numbers(session, subjects),
        )

    async def _subjects(self, session: AsyncSession, told: Sequence[Event]) -> dict[int, Subject]:
        # Without a row where a connection was purged meanwhile; what its event says is told all the same.
        subjects = {
            pk: Subject(pk=pk, auth_mode=self._auth_mode_of(event.payload.get("provider", "")))
            for event in told
            if (pk := event.payload.get("connection")) is not None
        }
        statement = (
            select(ConnectionRow, EndUserRow, IntegrationRow.provider)
            .join(IntegrationRow, IntegrationRow.id == ConnectionRow.integration_id)
            .outerjoin(EndUserRow, EndUserRow.id == ConnectionRow.end_user_pk)
            .where(ConnectionRow.id.in_(subjects))
        )
        for row, end_user, provider in await session.execute(statement):
            subjects[row.id] = Subject(
                pk=row.id,
                auth_mode=self._auth_mode_of(provider),
                tags=row.tags,
                end_user=None if row.end_user_pk is None else _end_user(end_user),
                url_override=row.webhook_url_override,
            )
        return subjects

    def _message(self, event: Event, known: _Known) -> MessageRow:
        subject = known.subject_of(event)
        sequence = None if subject is None else known.next_number(subject.pk)
        return MessageRow(
            uid=f"msg_{self._ids.token_hex(_UID_BYTES)}",
            event_id=event.id,
            environment_id=event.environment_id,
            event_type=event.type.value,
            connection_pk=None if subject is None else subject.pk,
            connection_id=None if subject is None else event.subject,
            sequence=sequence,
            body=body_of(event, known.environments[event.environment_id], subject, sequence),
            created_at=self._clock.now(),
        )

    def _delivery(self, message: MessageRow, endpoint: EndpointRow) -> DeliveryRow:
        now = self._clock.now()
        delivery = DeliveryRow(
            environment_id=message.environment_id,
            message_id=message.id,
            endpoint_id=endpoint.id,
            next_attempt_at=now,
            gives_up_at=now + GIVES_UP_AFTER,
            created_at=now,
        )
        if endpoint.status != ACTIVE:
            # Kept as failed, so that it can be replayed when the endpoint is active again.
            delivery.status, delivery.finished_at = "failed", now
            delivery.outcome = Outcome.ENDPOINT_NOT_ACTIVE
        return delivery


async def _take_events(session: AsyncSession) -> Sequence[Event]:
    due = select(OutboxRow.event_id).order_by(OutboxRow.event_id).limit(EVENTS_AT_ONCE)
    statement = delete(OutboxRow).where(OutboxRow.event_id.in_(due)).returning(OutboxRow.event_id)
    ids = list(await session.scalars(statement))
    return await events.read(session, ids) if ids else []


async def _flags(session: AsyncSession, environment_ids: set[int]) -> dict[int, dict[str, bool]]:
    statement = select(SettingsRow).where(SettingsRow.environment_id.in_(environment_ids))
    return {row.environment_id: effective(row.flags) for row in await session.scalars(statement)}


async def _endpoints(session: AsyncSession, environment_ids: set[int]) -> dict[int, list[EndpointRow]]:
    """The endpoints of each environment that get what has no override."""
    statement = (
        select(EndpointRow)
        .where(
            EndpointRow.environment_id.in_(environment_ids),
            EndpointRow.slot != OVERRIDE,
            EndpointRow.status != REMOVED,
        )
        .order_by(EndpointRow.id)
    )
    found: dict[int, list[EndpointRow]] = {environment_id: [] for environment_id in environment_ids}
    for row in await session.scalars(statement):
        found[row.environment_id].append(row)
    return {environment_id: _one_per_url(rows) for environment_id, rows in found.items()}


async def _overrides(
    session: AsyncSession, told: Iterable[Event], subjects: Mapping[int, Subject]
) -> dict[tuple[int, str], EndpointRow]:
    """The endpoints of connections with a URL of their own, made where they are new."""
    wanted_urls = {
        (event.environment_id, subject.url_override)
        for event in told
        if (subject := subjects.get(event.payload.get("connection", 0))) is not None and subject.url_override
    }
    if not wanted_urls:
        return {}
    values = [
        {"environment_id": environment_id, "slot": OVERRIDE, "url": url}
        for environment_id, url in sorted(wanted_urls)
    ]
    await session.execute(insert(EndpointRow).values(values).on_conflict_do_nothing())
    statement = select(EndpointRow).where(
        EndpointRow.slot == OVERRIDE,
        tuple_(EndpointRow.environment_id, EndpointRow.url).in_(wanted_urls),
    )
    return {(row.environment_id, row.url): row for row in await session.scalars(statement)}


async def _numbers(session: AsyncSession, pks: Iterable[int]) -> dict[int, int]:
    statement = select(SequenceRow.connection_pk, SequenceRow.last).where(SequenceRow.connection_pk.in_(pks))
    return {row.connection_pk: row.last for row in await session.execute(statement)}


async def _save_numbers(session: AsyncSession, numbers: Mapping[int, int]) -> None:
    if not numbers:
        return
    insertion = insert(SequenceRow).values(
        [{"connection_pk": pk, "last": last} for pk, last in sorted(numbers.items())]
    )
    await session.execute(
        insertion.on_conflict_do_update(
            index_elements=["connection_pk"], set_={"last": insertion.excluded.last}
        )
    )


def _goals(event: Event, known: _Known) -> list[EndpointRow]:
    """Where a message about the event goes."""
    subject = known.subject_of(event)
    if subject is not None and subject.url_override:
        return [known.overrides[event.environment_id, subject.url_override]]
    # An endpoint is not told that it was deactivated.
    told_of = event.payload.get("id") if event.type is EventType.WEBHOOK_ENDPOINT_DEACTIVATED else None
    return [one for one in known.endpoints[event.environment_id] if one.id != told_of]


def _one_per_url(endpoints: Iterable[EndpointRow]) -> list[EndpointRow]:
    by_url: dict[str, EndpointRow] = {}
    for endpoint in endpoints:
        by_url.setdefault(endpoint.url, endpoint)
    return list(by_url.values())


def _end_user(row: EndUserRow) -> dict[str, object]:
    return {
        "endUserId": row.end_user_id,
        "endUserEmail": row.email,
        "organizationId": row.organization_id,
        "tags": row.tags or {},
    }
