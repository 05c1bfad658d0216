import gzip
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from client.tests.either import entered, settled, walked
from client.tests.scripted_service import Scripted, ScriptedService

from counterfoil_client import (
    AsyncCounterfoil,
    ConnectionNeedsReconnect,
    NotFound,
    ServerFailed,
    TransportError,
)

RESULT = {"ia::result": [{"id": "V-1", "name": "Acme"}], "ia::meta": {"totalCount": 1}}
UNKNOWN = {"error": {"code": "unknown_provider_config", "message": "There is no integration."}}


async def test_a_query_comes_back_as_the_provider_said_it(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, RESULT, headers={"X-Request-Id": "the-providers"}))
    proxy = client.proxy("sage-intacct", "customer-17")

    answer = await settled(
        proxy.post("/v1/services/core/query", json={"object": "accounts-payable/vendor", "fields": ["id"]})
    )

    assert (service.last.method, service.last.target) == ("POST", "/proxy/v1/services/core/query")
    assert service.last.headers["provider-config-key"] == "sage-intacct"
    assert service.last.headers["connection-id"] == "customer-17"
    assert service.last.headers["content-type"] == "application/json"
    assert service.last.json["object"] == "accounts-payable/vendor"
    assert answer.status == 200
    assert answer.json() == RESULT
    assert answer.headers["x-request-id"] == "the-providers"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
async def test_every_method_has_its_name(method: str, client: Any, service: ScriptedService) -> None:
    service.will(Scripted(204))

    answer = await settled(getattr(client.proxy("k", "c"), method)("/v1/x", params={"a": 1}))

    assert (service.last.method, service.last.target) == (method.upper(), "/proxy/v1/x?a=1")
    assert answer.is_success
    assert answer.content == b""


async def test_a_call_without_a_body_sends_none(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(204))

    await settled(client.proxy("k", "c").request("REPORT", "/v1/x"))

    assert service.last.body == b""
    assert "content-type" not in service.last.headers


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
async def test_a_providers_failure_is_an_answer_like_any_other(
    status: int, client: Any, service: ScriptedService
) -> None:
    body = {"ia::result": {"ia::error": {"code": "invalidRequest", "message": "No."}}}
    service.will(Scripted(status, body))

    answer = await settled(client.proxy("k", "c").get("/v1/x"))

    assert answer.status == status
    assert answer.json() == body
    assert not answer.is_success


async def test_a_redirect_is_not_followed(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(302, headers={"Location": f"{service.base_url}/elsewhere"}))

    assert (await settled(client.proxy("k", "c").get("/v1/x"))).status == 302
    assert len(service.seen) == 1


async def test_what_the_proxy_refuses_is_raised(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(404, UNKNOWN))

    with pytest.raises(NotFound) as caught:
        await settled(client.proxy("k", "c").get("/v1/x"))

    assert caught.value.request_id == "request-1"
    assert "GET /proxy/v1/x" in str(caught.value)


async def test_a_connection_that_needs_a_person_is_raised(client: Any, service: ScriptedService) -> None:
    diagnosis = {"code": "user_inactive", "sentence": "The user is inactive.", "recoverable": False}
    error = {"code": "connection_unusable", "message": "The user is inactive.", "diagnosis": diagnosis}
    service.will(Scripted(424, {"error": error}))

    with pytest.raises(ConnectionNeedsReconnect) as caught:
        await settled(client.proxy("k", "c").get("/v1/x"))

    assert caught.value.diagnosis is not None
    assert caught.value.diagnosis.sentence == "The user is inactive."


async def test_a_gateway_in_between_is_not_taken_for_the_provider(
    client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(502, headers={"Counterfoil-Request-Id": ""}))

    with pytest.raises(ServerFailed, match="in between") as caught:
        await settled(client.proxy("k", "c").get("/v1/x"))

    assert caught.value.code == "unknown"


async def test_a_compressed_answer_is_unpacked(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, pieces=[gzip.compress(b'{"a":1}')], headers={"Content-Encoding": "gzip"}))

    answer = await settled(client.proxy("k", "c").get("/v1/x"))

    assert service.last.headers["accept-encoding"] == "gzip"
    assert answer.json() == {"a": 1}


async def test_a_body_may_be_sent_piece_by_piece(service: ScriptedService, client: Any) -> None:
    service.will(Scripted(204))
    is_async = isinstance(client, AsyncCounterfoil)
    content = _later() if is_async else _now()

    await settled(client.proxy("k", "c").put("/v1/x", content=content, headers={"Content-Type": "text/csv"}))

    assert service.last.body == b"a,b\n1,2\n"
    assert service.last.headers["transfer-encoding"] == "chunked"
    assert service.last.headers["content-type"] == "text/csv"


async def test_an_answer_may_be_read_piece_by_piece(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, pieces=[b"first ", b"second"], headers={"Content-Type": "text/plain"}))

    async with entered(client.proxy("k", "c").stream("GET", "/v1/x")) as stream:
        pieces = await walked(stream.iter_bytes(3))

    assert stream.status == 200
    assert stream.headers["content-type"] == "text/plain"
    assert b"".join(pieces) == b"first second"
    assert {len(piece) for piece in pieces} == {3}


async def test_an_answer_may_be_read_line_by_line(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, pieces=[b"one\ntw", b"o\n"]))

    async with entered(client.proxy("k", "c").stream("GET", "/v1/x")) as stream:
        assert await walked(stream.iter_lines()) == ["one", "two"]


async def test_a_stream_may_be_read_whole_after_all(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, pieces=[b'{"a":', b"1}"]))

    async with entered(client.proxy("k", "c").stream("POST", "/v1/x", json={})) as stream:
        answer = await settled(stream.read())

    assert answer.json() == {"a": 1}


async def test_a_providers_failure_can_be_streamed_too(client: Any, service: ScriptedService) -> None:
    body: dict[str, Any] = {"ia::result": {"ia::error": {}}}
    service.will(Scripted(400, body))

    async with entered(client.proxy("k", "c").stream("GET", "/v1/x")) as stream:
        assert stream.status == 400
        assert b"".join(await walked(stream.iter_bytes())) == b'{"ia::result": {"ia::error": {}}}'


async def test_a_stream_raises_what_the_proxy_refuses(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(404, UNKNOWN))

    with pytest.raises(NotFound):
        async with entered(client.proxy("k", "c").stream("GET", "/v1/x")):
            pytest.fail("nothing of the provider to read")


async def test_an_answer_that_breaks_off_is_a_transport_error(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, pieces=[b"begun"], is_cut=True))

    with pytest.raises(TransportError, match="GET /proxy/v1/x") as caught:
        await settled(client.proxy("k", "c").get("/v1/x"))

    assert caught.value.may_have_arrived


async def test_a_stream_that_breaks_off_is_a_transport_error(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, pieces=[b"begun"], is_cut=True))

    async with entered(client.proxy("k", "c").stream("GET", "/v1/x")) as stream:
        with pytest.raises(TransportError):
            await walked(stream.iter_bytes())


async def test_a_stream_that_is_left_early_does_not_spoil_the_next_call(
    client: Any, service: ScriptedService
) -> None:
    service.will(Scripted(200, pieces=[b"x" * 1000] * 50), Scripted(200, RESULT))

    async with entered(client.proxy("k", "c").stream("GET", "/v1/x")) as stream:
        assert stream.status == 200
    answer = await settled(client.proxy("k", "c").get("/v1/x"))

    assert answer.json() == RESULT


def _now() -> Iterator[bytes]:
    yield b"a,b\n"
    yield b"1,2\n"


async def _later() -> AsyncIterator[bytes]:
    for piece in _now():
        yield piece
