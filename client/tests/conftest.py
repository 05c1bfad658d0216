"""A scripted service, and a client of either kind: a test that takes `client` runs once with each."""

import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from client.tests.scripted_service import ScriptedService, scripted_service

from counterfoil_client import AsyncCounterfoil, Counterfoil

API_KEY = "cf_dev_0123456789abcdef0123456789abcdef01234567_89abcdef"

# The service speaks plain HTTP; reading the system's certificates for every test would take most of the time.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with scripted_service() as running:
        yield running


@pytest.fixture(params=[Counterfoil, AsyncCounterfoil], ids=["sync", "async"])
async def client(request: pytest.FixtureRequest, service: ScriptedService) -> AsyncIterator[Any]:
    if request.param is Counterfoil:
        transport = httpx2.HTTPTransport(verify=_NO_CERTIFICATES)
        with Counterfoil(service.base_url, api_key=API_KEY, transport=transport) as synchronous:
            yield synchronous
        return
    async_transport = httpx2.AsyncHTTPTransport(verify=_NO_CERTIFICATES)
    async with AsyncCounterfoil(service.base_url, api_key=API_KEY, transport=async_transport) as asynchronous:
        yield asynchronous
