"""Events: written if and only if the transaction commits."""

from typing import Any

import pytest
from sqlalchemy import func, select

from counterfoil import events
from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.events import EventType
from counterfoil.events.models import EventRow


async def _rows(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    async with database.session() as session:
        rows = await session.scalars(select(EventRow).order_by(EventRow.id))
        return [(row.type, row.subject, row.payload) for row in rows]


async def test_an_event_is_there_when_its_transaction_has_committed(
    database: Database, environment: Environment
) -> None:
    async with database.session() as session:
        await events.record(session, environment.id, EventType.CONNECTION_CREATED, "c1", {"connection": 7})
        assert await _rows(database) == []

    assert await _rows(database) == [("connection.created", "c1", {"connection": 7})]


async def test_an_event_of_a_transaction_that_fails_never_happened(
    database: Database, environment: Environment
) -> None:
    async def fail() -> None:
        async with database.session() as session:
            await events.record(session, environment.id, EventType.CONNECTION_DELETED, "c1", {})
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert await _rows(database) == []


async def test_a_type_may_be_named_by_its_word_and_must_be_known(
    database: Database, environment: Environment
) -> None:
    async with database.session() as session:
        await events.record(session, environment.id, "connection.deleted", "c1", {})
        with pytest.raises(ValueError, match=r"connection\.vanished"):
            await events.record(session, environment.id, "connection.vanished", "c1", {})

    assert [kind for kind, _, _ in await _rows(database)] == ["connection.deleted"]


async def test_the_databases_clock_says_when(database: Database, environment: Environment) -> None:
    async with database.session() as session:
        await events.record(session, environment.id, EventType.CONNECTION_CREATED, "c1", {})
        now = await session.scalar(select(func.now()))
        assert await session.scalar(select(EventRow.occurred_at)) == now


async def test_a_payload_changed_afterwards_is_kept_as_it_was(
    database: Database, environment: Environment
) -> None:
    payload = {"status": "active"}
    async with database.session() as session:
        await events.record(session, environment.id, EventType.CONNECTION_CREATED, "c1", payload)
        payload["status"] = "deleted"

    assert await _rows(database) == [("connection.created", "c1", {"status": "active"})]


def test_every_type_names_its_subject_and_what_became_of_it() -> None:
    for kind in EventType:
        subject, _, happening = kind.value.partition(".")
        assert subject in {"integration", "connection", "webhook", "webhook_endpoint"}
        assert happening.replace("_", "").isalpha()


async def test_events_are_read_by_their_numbers_in_their_order(
    database: Database, environment: Environment
) -> None:
    async with database.session() as session:
        for connection_id in ("c1", "c2", "c3"):
            await events.record(
                session, environment.id, EventType.CONNECTION_DELETED, connection_id, {"n": 1}
            )
        first, _second, third = await session.scalars(select(EventRow.id).order_by(EventRow.id))
        found = await events.read(session, [third, first])

    assert [(one.id, one.subject) for one in found] == [(first, "c1"), (third, "c3")]
    assert {(one.type, one.payload["n"]) for one in found} == {(EventType.CONNECTION_DELETED, 1)}
