from typing import Any

import httpx2
import pytest

from counterfoil_client.testing.calls import RecordedCall, recorded


def request(method: str, path: str, **members: Any) -> httpx2.Request:
    made = httpx2.Request(method, f"http://counterfoil.test{path}", **members)
    made.read()
    return made


def test_a_call_of_the_api_is_kept_without_its_key() -> None:
    call = recorded(
        request("POST", "/connections/metadata?a=1", json={"b": 2}, headers={"Authorization": "k"})
    )

    assert (call.method, call.path, call.query, call.json) == (
        "POST",
        "/connections/metadata",
        {"a": "1"},
        {"b": 2},
    )
    assert "authorization" not in call.headers
    assert not call.is_proxied


def test_a_proxied_call_is_kept_as_the_provider_sees_it() -> None:
    headers = {
        "Provider-Config-Key": "k",
        "Connection-Id": "c",
        "Content-Type": "text/plain",
        "Nango-Proxy-X-Custom": "1",
        "Nango-Proxy-Content-Type": "application/xml",
        "Authorization": "Bearer k",
    }

    call = recorded(request("PUT", "/proxy/v1/a%20b?c=d", content=b"<a/>", headers=headers))

    assert (call.path, call.query, call.body) == ("/v1/a%20b", {"c": "d"}, b"<a/>")
    assert (call.integration_key, call.connection_id) == ("k", "c")
    assert call.headers == {"x-custom": "1", "content-type": "application/xml"}
    assert call.is_proxied


def test_a_path_that_only_begins_alike_is_not_proxied() -> None:
    assert not recorded(request("GET", "/proxying")).is_proxied


def test_a_body_that_is_not_json_can_not_be_read_as_json() -> None:
    assert RecordedCall(method="GET", path="/").json is None
    with pytest.raises(ValueError, match="Expecting"):
        _ = RecordedCall(method="GET", path="/", body=b"<a/>").json
