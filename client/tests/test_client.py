import pickle
import traceback
from typing import Any

import httpx2
import pytest
from client.tests.conftest import API_KEY
from client.tests.either import entered, settled, walked
from client.tests.scripted_service import Scripted, ScriptedService

from counterfoil_client import (
    AnswerNotUnderstood,
    ApiError,
    AsyncCounterfoil,
    AuthenticationFailed,
    Counterfoil,
    CounterfoilError,
    Forbidden,
    InvalidRequest,
    RateLimited,
    ServerFailed,
    TimedOut,
    TransportError,
)

KINDS = pytest.mark.parametrize("kind", [Counterfoil, AsyncCounterfoil])


@KINDS
def test_a_client_prints_without_its_key(kind: type[Any]) -> None:
    client = kind("https://cf.example/", api_key=API_KEY)

    assert repr(client) == f"{kind.__name__}('https://cf.example')"
    assert API_KEY not in repr(vars(client)) + repr(vars(client._sender)) + repr(client._sender.service)


@KINDS
@pytest.mark.parametrize(
    "base_url",
    [
        "cf.example",
        "ftp://cf.example",
        "http://",
        "https://user:pass@cf.example",
        "https://cf.example/?a=1",
        "http://cf.example:port",
    ],
)
def test_an_address_that_can_not_be_the_services_is_refused(base_url: str, kind: type[Any]) -> None:
    with pytest.raises(ValueError, match="base URL"):
        kind(base_url, api_key=API_KEY)


@KINDS
@pytest.mark.parametrize("api_key", ["", "cf_dev secret", "cf_dev\nsecret", "cf_dév_secret"])
def test_a_key_that_can_not_be_one_is_refused_without_being_quoted(api_key: str, kind: type[Any]) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        kind("https://cf.example", api_key=api_key)

    assert "secret" not in str(caught.value)


@KINDS
def test_a_timeout_of_nothing_is_refused(kind: type[Any]) -> None:
    with pytest.raises(ValueError, match="timeout_seconds"):
        kind("https://cf.example", api_key=API_KEY, timeout_seconds=0)


@pytest.mark.parametrize("prefix", ["", "/", "/counterfoil", "/counterfoil/"])
def test_a_path_in_front_of_the_api_is_kept(prefix: str, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": []}), Scripted(200, {}))
    with Counterfoil(service.base_url + prefix, api_key=API_KEY) as client:
        list(client.integrations.list())
        client.proxy("k", "c").get("/v1/x")

    base = prefix.rstrip("/")
    assert [seen.target for seen in service.seen] == [f"{base}/integrations", f"{base}/proxy/v1/x"]


async def test_the_client_says_who_it_is(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"data": []}))

    await walked(client.integrations.list())

    assert service.last.headers["user-agent"].startswith("counterfoil-client/")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, AuthenticationFailed),
        (403, Forbidden),
        (413, InvalidRequest),
        (429, RateLimited),
        (500, ServerFailed),
        (503, ServerFailed),
    ],
)
async def test_a_status_says_what_kind_of_error_it_is(
    status: int, kind: type[ApiError], client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(status, {"error": {"code": "some_code", "message": "A sentence."}}))

    with pytest.raises(kind) as caught:
        await walked(client.integrations.list())

    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.code, caught.value.message) == (
        status,
        "some_code",
        "A sentence.",
    )


async def test_a_limit_says_how_long_to_wait(client: Any, service: ScriptedService) -> None:
    error = {"code": "too_many_request", "message": "Slower, please."}
    service.will(Scripted(429, {"error": error}, headers={"Retry-After": "7"}))

    with pytest.raises(RateLimited) as caught:
        await walked(client.integrations.list())

    assert caught.value.retry_after_seconds == 7


async def test_a_redirect_is_an_error_that_names_the_base_url(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(301, headers={"Location": "https://elsewhere.example/"}))

    with pytest.raises(ApiError, match="base URL"):
        await walked(client.integrations.list())

    assert len(service.seen) == 1


async def test_a_page_in_place_of_json_is_not_understood(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, pieces=[b"<html>"], headers={"Content-Type": "text/html"}))

    with pytest.raises(AnswerNotUnderstood, match="base URL"):
        await walked(client.integrations.list())


@KINDS
async def test_a_service_that_is_not_there_is_a_transport_error(kind: type[Any]) -> None:
    async with entered(kind("http://127.0.0.1:1", api_key=API_KEY)) as client:
        with pytest.raises(TransportError) as caught:
            await walked(client.integrations.list())

    assert not caught.value.may_have_arrived


@KINDS
async def test_an_answer_that_takes_too_long_times_out(kind: type[Any], service: ScriptedService) -> None:
    service.will(Scripted(waits=True))

    async with entered(kind(service.base_url, api_key=API_KEY, timeout_seconds=0.05)) as client:
        with pytest.raises(TimedOut) as caught:
            await walked(client.integrations.list())

    assert caught.value.may_have_arrived


async def test_a_proxied_call_may_have_a_timeout_of_its_own(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(waits=True))

    with pytest.raises(TimedOut):
        await settled(client.proxy("k", "c").get("/v1/x", timeout_seconds=0.05))


@KINDS
async def test_no_error_holds_the_key_nor_do_the_frames_it_came_through(
    kind: type[Any], service: ScriptedService
) -> None:
    service.will(Scripted(401), Scripted(200, ["not ours"]), Scripted(waits=True))

    async with entered(kind(service.base_url, api_key=API_KEY)) as client:
        told = [await _told(client), await _told(client)]
    async with entered(kind(service.base_url, api_key=API_KEY, timeout_seconds=0.05)) as impatient:
        told.append(await _told(impatient))
    async with entered(kind("http://127.0.0.1:1", api_key=API_KEY)) as nowhere:
        told.append(await _told(nowhere))

    names = ("AuthenticationFailed", "AnswerNotUnderstood", "TimedOut", "TransportError")
    assert all(name in text for name, text in zip(names, told, strict=True))
    assert all(API_KEY not in text for text in told)


async def test_no_pickled_error_holds_the_key(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(401, {"error": {"code": "unknown_account", "message": "No."}}))

    with pytest.raises(AuthenticationFailed) as caught:
        await walked(client.integrations.list())

    assert API_KEY.encode() not in pickle.dumps(caught.value)


def test_a_transport_of_ones_own_may_be_used() -> None:
    transport = httpx2.MockTransport(lambda _request: httpx2.Response(200, json={"data": []}))

    with Counterfoil("https://cf.example", api_key="k", transport=transport) as client:
        assert list(client.integrations.list()) == []


def test_a_closed_client_sends_nothing_more(service: ScriptedService) -> None:
    with Counterfoil(service.base_url, api_key=API_KEY) as client:
        pass

    with pytest.raises(RuntimeError):
        list(client.integrations.list())
    assert service.seen == []


async def _told(client: Any) -> str:
    """The error as a tool prints it that shows local variables: our frames, httpx2's, all causes."""
    try:
        await walked(client.integrations.list())
    except CounterfoilError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        # This frame is the caller's, which is free to hold whatever it likes.
        shown.stack.pop(0)
        return "".join(shown.format())
    raise AssertionError("there was no error")
