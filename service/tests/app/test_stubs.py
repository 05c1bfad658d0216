"""What is not offered answers harmlessly, and still asks for the scope."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from service.tests.app.calling import KEY, Called, called

from counterfoil.app import Foundation
from counterfoil.settings import Settings

_FUNCTION = f"/integrations/{KEY}/functions/invoices"
_STATUS = f"/sync/status?syncs=*&provider_config_key={KEY}"


@pytest.fixture
async def api(settings: Settings, ground: Foundation) -> AsyncIterator[Called]:
    async with called(settings, ground) as api:
        yield api


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/environment-variables", []),
        ("GET", "/providers/sage-intacct-cc/templates", {"data": []}),
        ("GET", "/providers/nobody/templates", {"data": []}),
        ("GET", "/scripts/config?format=nango", []),
        ("GET", "/scripts/config?format=openai", {"data": []}),
        (
            "GET",
            f"/integrations/{KEY}/functions",
            {"data": [], "pagination": {"total": 0, "page": 0, "limit": 20}},
        ),
        (
            "GET",
            f"/integrations/{KEY}/functions?type=sync&page=3&limit=5",
            {"data": [], "pagination": {"total": 0, "page": 3, "limit": 5}},
        ),
        ("PATCH", "/records/prune", {"count": 0, "has_more": False}),
        ("GET", _STATUS, {"syncs": []}),
    ],
)
async def test_there_is_nothing(api: Called, method: str, target: str, expected: Any) -> None:
    answer = await api(method, target)
    assert (answer.status, answer.json()) == (200, expected)


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("GET", "/integrations/nobody/functions", 404, "not_found"),
        ("GET", f"/integrations/{KEY}/functions?limit=101", 400, "invalid_query_params"),
        ("GET", _FUNCTION, 404, "not_found"),
        ("GET", f"{_FUNCTION}/code?type=sync", 404, "not_found"),
        ("DELETE", _FUNCTION, 404, "not_found"),
        ("POST", "/integrations/quickstart", 400, "invalid_body"),
        ("POST", "/sync/trigger", 400, "no_syncs_found"),
        ("POST", "/sync/start", 400, "no_syncs_found"),
        ("POST", "/sync/pause", 400, "no_syncs_found"),
        ("PUT", "/sync/update-connection-frequency", 400, "unknown_sync"),
        ("POST", "/sync/invoices/variant/eu", 400, "no_syncs_found"),
        ("DELETE", "/sync/invoices/variant/eu", 400, "no_syncs_found"),
        ("POST", "/action/trigger", 404, "not_found"),
        ("GET", "/action/11111111-2222-4333-8444-555555555555", 404, "not_found"),
        ("GET", "/scripts/config?format=yaml", 400, "invalid_query_params"),
    ],
)
async def test_what_is_asked_for_by_name_is_not_there(
    api: Called, method: str, target: str, status: int, code: str
) -> None:
    answer = await api(method, target, {} if method in {"POST", "PUT"} else None)
    assert (answer.status, answer.error_code) == (status, code)


@pytest.mark.parametrize("path", ["/records", "/records/"])
async def test_records_of_a_connection_that_is_not_there(api: Called, path: str) -> None:
    headers = {"Provider-Config-Key": KEY, "Connection-Id": "nobody"}
    answer = await api("GET", f"{path}?model=Invoice&ids=1&ids=2", headers=headers)
    assert (answer.status, answer.error_code) == (400, "unknown_connection")
    assert (await api("GET", path, headers=headers)).error_code == "invalid_query_params"
    assert (await api("GET", f"{path}?model=Invoice")).status == 400


async def test_each_needs_its_scope(api: Called) -> None:
    nobody = await api.limited("environment:connections:list")
    headers = {"Provider-Config-Key": KEY, "Connection-Id": "nobody"}
    for method, target in [
        ("GET", "/environment-variables"),
        ("GET", "/scripts/config"),
        ("POST", "/integrations/quickstart"),
        ("GET", f"/integrations/{KEY}/functions"),
        ("GET", _FUNCTION),
        ("DELETE", _FUNCTION),
        ("GET", "/records?model=Invoice"),
        ("PATCH", "/records/prune"),
        ("POST", "/sync/trigger"),
        ("GET", _STATUS),
        ("PUT", "/sync/update-connection-frequency"),
        ("POST", "/sync/invoices/variant/eu"),
        ("POST", "/action/trigger"),
    ]:
        answer = await nobody(method, target, headers=headers)
        assert (answer.status, answer.error_code) == (403, "forbidden"), f"{method} {target}"
