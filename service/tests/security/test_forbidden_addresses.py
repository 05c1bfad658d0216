"""No forbidden address is ever connected to, whoever names it, however it is spelled: asserted at the socket.

The five doors through which an address gets in: the base URL that the proxy joins paths to, the token URL, a
webhook's URL, the override of the base URL, and a redirect of a provider that may be called.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from service.tests.app.serving import PUBLIC_URL, settings_of
from service.tests.doubles import SettableClock
from service.tests.outbound.network import NeverConnects, raw_server, read_head
from service.tests.security.addresses import FORBIDDEN, SPELLINGS, Names, named, watched
from service.tests.web.asgi import Answer, call
from service.tests.webhooks.site import LOOPBACK, site

from counterfoil.access import Environment
from counterfoil.app import Foundation, Parts, assembled
from counterfoil.app.api import create_api
from counterfoil.app.application import proxy_of
from counterfoil.db import Database
from counterfoil.integrations import NewIntegration
from counterfoil.outbound import Outbound, OutboundRequest
from counterfoil.vault import MasterKey, Vault

LITERALS = tuple(f"[{address}]" if ":" in address else address for address in FORBIDDEN)


@dataclass(frozen=True)
class Installation:
    """The API and the proxy of a process whose way out is watched."""

    parts: Parts
    api: FastAPI
    proxy: Any
    key: str
    sockets: NeverConnects
    names: Names

    async def ask(self, method: str, target: str, body: object = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        app = self.proxy if target.startswith("/proxy") else self.api
        content = b"" if body is None else json.dumps(body).encode()
        return await call(app, method, target, headers=sent, body=content)

    async def session_token(self) -> str:
        opened = await self.ask("POST", "/connect/sessions", {"end_user": {"id": "1"}})
        return str(opened.json()["data"]["token"])

    async def connect(self, key: str, base_url: str) -> Answer:
        """Connect to an API without credentials; nothing is called for that."""
        environment = await self.parts.environments.get("dev")
        new = NewIntegration(
            unique_key=key, provider="generic-unauthenticated", settings={"baseUrl": base_url}
        )
        await self.parts.integrations.create(environment, new)
        token = await self.session_token()
        return await self.ask("POST", f"/auth/unauthenticated/{key}?connect_session_token={token}")

    async def proxied(self, key: str, connection_id: str, **headers: str) -> Answer:
        return await self.ask(
            "GET", "/proxy/v1/x", Provider_Config_Key=key, Connection_Id=connection_id, Retries="0", **headers
        )


@pytest.fixture
async def installation(postgres_url: str, master_key: MasterKey) -> AsyncIterator[Installation]:
    outbound, sockets, names = watched()
    ground = Foundation(postgres_url, master_key)
    async with assembled(settings_of(postgres_url), ground, outbound=outbound) as parts:
        registry = CollectorRegistry()
        _record, key = await parts.api_keys.create("dev", "all")
        yield Installation(
            parts,
            create_api(parts, PUBLIC_URL, registry),
            proxy_of(parts, registry),
            key.reveal(),
            sockets,
            names,
        )


def test_there_are_enough_cases() -> None:
    spelled = len(LITERALS) + len(SPELLINGS)
    assert len(FORBIDDEN) >= 150
    # As settings at two doors, as an override, in a redirect; by name at three doors.
    assert 4 * spelled + 3 * len(FORBIDDEN) >= 1_000


async def test_an_address_in_numbers_or_odd_spelling_is_no_setting(installation: Installation) -> None:
    hosts = [*LITERALS, *SPELLINGS]
    for provider, name in (
        ("generic-unauthenticated", "baseUrl"),
        ("generic-client-credentials", "tokenUrl"),
    ):
        for host in hosts:
            settings = {"baseUrl": "https://api.example.com", name: f"https://{host}/v1"}
            body = {"unique_key": "k", "provider": provider, "integration_config": settings}
            answer = await installation.ask("POST", "/integrations", body)
            assert (answer.status, answer.error_code) == (400, "invalid_body"), f"{name} {host}"
    assert installation.sockets.opened == []


async def test_a_base_url_whose_name_leads_there_is_not_connected_to(installation: Installation) -> None:
    for number, address in enumerate(FORBIDDEN):
        connected = await installation.connect(f"k{number}", f"https://{named(address)}")
        assert connected.status == 200, connected.body
        answer = await installation.proxied(f"k{number}", connected.json()["connectionId"])
        assert (answer.status, answer.error_code) == (502, "outbound_address_refused"), address
    assert len(set(installation.names.asked)) == len(FORBIDDEN)
    assert installation.sockets.opened == []


async def test_a_token_url_whose_name_leads_there_is_not_connected_to(installation: Installation) -> None:
    environment = await installation.parts.environments.get("dev")
    token = await installation.session_token()
    for number, address in enumerate(FORBIDDEN):
        settings = {"baseUrl": "https://api.example.com", "tokenUrl": f"https://{named(address)}/token"}
        new = NewIntegration(
            unique_key=f"k{number}", provider="generic-client-credentials", settings=settings
        )
        await installation.parts.integrations.create(environment, new)
        answer = await installation.ask(
            "POST",
            f"/oauth2/auth/k{number}?connect_session_token={token}",
            {"client_id": "i", "client_secret": "s"},
        )
        assert (answer.status, answer.error_code) == (400, "client_credentials_fetch_error"), address
    assert len(set(installation.names.asked)) == len(FORBIDDEN)
    assert installation.sockets.opened == []


async def test_an_override_of_the_base_url_leads_nowhere_else(installation: Installation) -> None:
    connected = await installation.connect("books", "https://host-0.example.com")
    connection_id = connected.json()["connectionId"]
    for host in [*LITERALS, *(spelling for spelling in SPELLINGS if spelling.isascii())]:
        answer = await installation.proxied("books", connection_id, Base_Url_Override=f"https://{host}")
        assert (answer.status, answer.error_code) == (400, "base_url_override_not_allowed"), host
    assert installation.names.asked == []
    assert installation.sockets.opened == []


async def test_a_webhook_whose_name_leads_there_is_not_sent(
    database: Database, vault: Vault, environment: Environment, clock: SettableClock
) -> None:
    outbound, sockets, names = watched()
    async with site(database, vault, environment, clock, outbound=outbound) as place:
        await place.send_to("https://host-0.example.com/hook", on_endpoint_deactivation=False)
        for number, address in enumerate(FORBIDDEN):
            pk = await place.connect(f"c{number}", webhook_url_override=f"https://{named(address)}/hook")
            await place.happens(pk, connection_id=f"c{number}")
        async with place.app.open_async():
            await place.webhooks.dispatcher.dispatch()
        # One look at each, by hand: jobs would go on trying for three days.
        for (endpoint_id,) in await place.sql("SELECT id FROM webhook_endpoints ORDER BY id"):
            await place.webhooks.sender.deliver(endpoint_id)
        outcomes = await place.outcomes()
    assert set(outcomes) == {"address_refused"}
    assert len(set(names.asked)) == len(FORBIDDEN)
    assert sockets.opened == []


async def test_a_redirect_of_a_provider_is_followed_nowhere() -> None:
    locations = iter([*LITERALS, *SPELLINGS, *map(named, FORBIDDEN)])
    opened: list[int] = []

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await read_head(reader):
            target = f"https://{next(locations)}/latest/meta-data".encode()
            writer.write(b"HTTP/1.1 307 Go\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n")

    def counted(family: int, kind: int, protocol: int) -> socket.socket:
        opened.append(family)
        return socket.socket(family, kind, protocol)

    outbound = Outbound(LOOPBACK, resolve=Names(), open_socket=counted)
    async with raw_server(redirect) as origin:
        for _ in range(2 * len(LITERALS) + len(SPELLINGS)):
            answer = await outbound.fetch(OutboundRequest("POST", f"{origin}/x"), deadline_seconds=5)
            assert answer.status == 307
    await outbound.close()
    # One connection, kept alive, to the provider itself.
    assert len(opened) == 1
