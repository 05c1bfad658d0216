"""A connection outlives its token: one token request, however many callers notice at once, in one process or
two."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page

from counterfoil_client import ConnectionProxy
from e2e import guide
from e2e.processes import Running
from e2e.test_guide import USER, connect, let_in, register
from e2e.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(300)]

THIRTEEN_HOURS = 13 * 3600
CALLERS = 50


def test_fifty_callers_after_thirteen_hours_cost_one_token_request(empty: World, page: Page) -> None:
    connection_id = connected(empty, page, "expiry-one")
    assert expire_and_call(empty, [empty.service], "expiry-one", connection_id) == 1


def test_two_processes_on_one_database_cost_one_token_request(empty: World, page: Page) -> None:
    connection_id = connected(empty, page, "expiry-two")
    second = empty.second_service()
    assert expire_and_call(empty, [empty.service, second], "expiry-two", connection_id) == 1


def test_a_session_connection_outlives_its_session(empty: World, page: Page) -> None:
    client = register(empty, page)
    let_in(empty, page, client)
    session_id = empty.plant("session ID", guide.my_session(page))
    connect(empty, page, "expiry-session", client, session_id=session_id)
    connection_id = empty.connection_id("expiry-session")
    assert expire_and_call(empty, [empty.service], "expiry-session", connection_id) == 1
    assert [one["grant_type"] for one in empty.token_requests()] == ["refresh_token"]


def connected(run: World, page: Page, key: str) -> str:
    client = register(run, page)
    company_id = let_in(run, page, client)
    connect(run, page, key, client, username=f"{USER}@{company_id}")
    return run.connection_id(key)


def expire_and_call(run: World, services: list[Running], key: str, connection_id: str) -> int:
    """Let the token expire, call at once from everywhere, and count the token requests in the sandbox's
    log."""
    with ExitStack() as stack, ThreadPoolExecutor(CALLERS) as callers:
        backends = [stack.enter_context(run.backend(service)) for service in services]
        proxies: list[ConnectionProxy] = [backend.proxy(key, connection_id) for backend in backends]
        for proxy in proxies:
            assert len(run.proxied_rows(proxy)) == 3
        run.advance(THIRTEEN_HOURS)
        run.forget_requests()
        calls = [
            callers.submit(run.proxied_rows, proxies[number % len(proxies)]) for number in range(CALLERS)
        ]
        assert [len(call.result()) for call in calls] == [3] * CALLERS
    run.connection_id(key)
    return len(run.token_requests())
