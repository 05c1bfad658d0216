from typing import Any

import httpx2
import pytest

from counterfoil_client._http import answer_of, http_request, service_at, transport_error
from counterfoil_client._operations import Operation, nothing
from counterfoil_client._secret import Secret
from counterfoil_client.errors import TimedOut, TransportError

SERVICE = service_at("https://cf.example/base/", Secret("the-key"), 12.0)


def operation(**members: Any) -> Operation[None]:
    return Operation(**{"method": "GET", "path": "/x", "read": nothing, **members})


def test_an_address_is_put_together_from_its_parts() -> None:
    request = http_request(SERVICE, operation(path="/proxy/v1/a%2Fb", query="a=%26"))

    assert str(request.url) == "https://cf.example/base/proxy/v1/a%2Fb?a=%26"
    assert request.headers["host"] == "cf.example"


def test_the_api_key_goes_along_unless_another_token_does() -> None:
    assert http_request(SERVICE, operation()).headers["authorization"] == "Bearer the-key"
    assert http_request(SERVICE, operation(bearer=Secret("other"))).headers["authorization"] == "Bearer other"


def test_a_public_call_has_no_authorization() -> None:
    assert "authorization" not in http_request(SERVICE, operation(is_public=True)).headers


def test_a_request_prints_without_the_key() -> None:
    request = http_request(SERVICE, operation())

    assert "the-key" not in repr(request) + repr(request.headers) + repr(SERVICE)


def test_timeouts_are_the_services_unless_the_call_has_its_own() -> None:
    assert set(http_request(SERVICE, operation()).extensions["timeout"].values()) == {12.0}
    own = http_request(SERVICE, operation(timeout_seconds=3.0))
    assert set(own.extensions["timeout"].values()) == {3.0}


def test_header_values_are_utf_8() -> None:
    request = http_request(SERVICE, operation(headers=(("Connection-Id", "Müller"),)))

    assert (b"Connection-Id", "Müller".encode()) in request.headers.raw


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\0b", "a\x7fb"])
def test_a_header_can_not_smuggle_another_one(value: str) -> None:
    with pytest.raises(ValueError, match="Connection-Id has control characters"):
        http_request(SERVICE, operation(headers=(("Connection-Id", value),)))


@pytest.mark.parametrize(
    ("error", "kind", "may_have_arrived"),
    [
        (httpx2.ConnectError("refused"), TransportError, False),
        (httpx2.ConnectTimeout("slow"), TimedOut, False),
        (httpx2.PoolTimeout(""), TimedOut, False),
        (httpx2.ReadTimeout(""), TimedOut, True),
        (httpx2.WriteError("broken pipe"), TransportError, True),
        (httpx2.RemoteProtocolError("nonsense"), TransportError, True),
        (httpx2.DecodingError("not gzip"), TransportError, True),
    ],
)
def test_an_error_says_whether_the_request_may_have_arrived(
    error: httpx2.RequestError, kind: type[TransportError], may_have_arrived: bool
) -> None:
    told = transport_error(error, operation())

    assert type(told) is kind
    assert told.may_have_arrived is may_have_arrived
    assert str(told).startswith(f"GET /x: {type(error).__name__}")


def test_an_answer_is_taken_over_whole() -> None:
    response = httpx2.Response(
        201, content="ü".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"}
    )

    answer = answer_of(response)

    assert (answer.status, answer.content, answer.encoding) == (201, b"\xfc", "latin-1")
