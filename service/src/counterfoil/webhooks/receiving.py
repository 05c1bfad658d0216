"""Webhooks of providers: taken in, believed or not, and forwarded through the outbox like everything else.

Whose a webhook is, the provider says (`Provider.read_webhook`); what nobody can prove is refused, because
what is forwarded bears our signature. One event for each connection that it is about, or one for the
integration where it is about none, all in one transaction. Nothing is sent from here, and what a webhook
means is not known.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import select

from counterfoil import events
from counterfoil.access import Environments
from counterfoil.clock import Clock
from counterfoil.connections.models import ConnectionRow
from counterfoil.db import Database
from counterfoil.events import EventType
from counterfoil.integrations import Integration, Integrations
from counterfoil.providers import Believed, Doubted, Received
from counterfoil.webhooks.errors import WebhookDoubted

MOST_BODY_BYTES: Final = 256 * 1024

_MOST_HEADER_CHARACTERS: Final = 1_024
_NEVER_PASSED_ON: Final = frozenset(
    {
        "authorization",
        "connection",
        "cookie",
        "host",
        "keep-alive",
        "referer",
        "server",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "www-authenticate",
    }
)
_NEVER_PASSED_ON_PREFIXES: Final = ("content-", "proxy-", "sec-", "x-forwarded-")


class Receiving:
    """Takes in the webhooks of providers.

    Args:
        database: Where events are.
        environments: By the names that addresses have.
        integrations: Whose webhooks they are.
        clock: Says when one came.
    """

    def __init__(
        self, database: Database, environments: Environments, integrations: Integrations, clock: Clock
    ) -> None:
        self._database = database
        self._environments = environments
        self._integrations = integrations
        self._clock = clock

    async def receive(
        self, environment_uuid: str, integration_key: str, headers: Mapping[str, str], body: bytes
    ) -> bool:
        """Take one in; whether it is of a kind that is forwarded at all.

        Args:
            environment_uuid: Of the address.
            integration_key: Of the address.
            headers: Names in lower case.
            body: The very bytes, at most `MOST_BODY_BYTES`.

        Raises:
            UnknownEnvironment: No environment by that name.
            UnknownIntegration: No integration by that key in it.
            WebhookDoubted: Nobody can tell who sent it.
        """
        environment = await self._environments.get_by_uuid(environment_uuid)
        integration = await self._integrations.get(environment.id, integration_key)
        read = integration.provider.read_webhook
        if read is None:
            return False
        judged = read(Received(headers=headers, body=body, at=self._clock.now()), integration.settings)
        if isinstance(judged, Doubted):
            raise WebhookDoubted(judged.why)
        if integration.forward_webhooks:
            await self._record(integration, judged, _payload(body), _passed_on(headers))
        return True

    async def _record(
        self, integration: Integration, judged: Believed, payload: object, headers: Mapping[str, str]
    ) -> None:
        told = {
            "integration": integration.unique_key,
            "provider": integration.provider.id,
            "payload": payload,
            "headers": dict(headers),
        }
        async with self._database.session() as session:
            statement = (
                select(ConnectionRow.id, ConnectionRow.connection_id)
                .where(
                    ConnectionRow.integration_id == integration.id,
                    ConnectionRow.company_id == judged.company_id,
                    ConnectionRow.deleted_at.is_(None),
                )
                .order_by(ConnectionRow.id)
            )
            found: Sequence[Any] = (
                [] if judged.company_id is None else (await session.execute(statement)).all()
            )
            about = [(one.connection_id, {**told, "connection": one.id}) for one in found]
            for subject, one in about or [(integration.unique_key, told)]:
                await events.record(
                    session, integration.environment_id, EventType.WEBHOOK_RECEIVED, subject, one
                )


def _payload(body: bytes) -> object:
    """The JSON value, or the text of what is none, or of what PostgreSQL can't hold: a NUL in a string."""
    if b"\\u0000" not in body:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    return body.decode("utf-8", "replace").replace("\0", "\ufffd")


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name not in _NEVER_PASSED_ON
        and not name.startswith(_NEVER_PASSED_ON_PREFIXES)
        and len(value) <= _MOST_HEADER_CHARACTERS
    }
