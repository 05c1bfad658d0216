"""One request, several calls: a renewed token, retries, and a caller who goes away in the meantime."""

import asyncio
import gzip

import pytest
from service.tests.proxy.caller import Answer
from service.tests.proxy.conftest import Running
from service.tests.proxy.upstream import REFUSED, Arrived, Handler, Upstream, in_turn, whole

X = "/ia/api/v1/x"


async def cut(request: Arrived) -> None:
    """Reads the request and closes without a word."""
    await request.read_body()
    request.writer.close()
    raise ConnectionResetError


async def hang(request: Arrived) -> None:
    """Reads the request and says nothing until the other side has gone."""
    await request.read_body()
    await request.reader.read()
    raise ConnectionResetError


# A token that the provider refuses.


@pytest.mark.parametrize("body", [b"", b"text"])
async def test_a_refused_token_is_renewed_and_the_request_sent_again(
    proxy: Running, provider: Upstream, body: bytes
) -> None:
    assert (await proxy.call("POST", "/proxy/v1/x", None, body)).status == 200
    provider.end_all_tokens()
    answer = await proxy.call("POST", "/proxy/v1/x", None, body)
    assert answer.json()["body"] == body.decode()
    assert [request.header("authorization") for request in provider.requests] == [
        "Bearer access-1",
        "Bearer access-1",
        "Bearer access-2",
    ]
    assert provider.tokens_issued == 2


async def test_fifty_callers_with_a_refused_token_cause_one_token_request(
    proxy: Running, provider: Upstream
) -> None:
    await proxy.call("GET", "/proxy/v1/x")
    provider.end_all_tokens()
    answers = await asyncio.gather(*(proxy.call("GET", "/proxy/v1/x") for _ in range(50)))
    assert {answer.status for answer in answers} == {200}
    assert provider.tokens_issued == 2


async def test_a_token_that_is_refused_again_ends_with_the_providers_answer(
    proxy: Running, provider: Upstream
) -> None:
    provider.refuses_every_token = True
    answer = await proxy.call("GET", "/proxy/v1/x")
    assert (answer.status, answer.body) == (401, REFUSED)
    assert (provider.tokens_issued, len(provider.requests)) == (2, 2)
    line = await proxy.noted()
    assert (line["attempts"], line["renewed"], line["error"]) == (2, True, None)


async def test_a_provider_that_refuses_every_fresh_token_is_not_asked_for_ever(
    proxy: Running, provider: Upstream
) -> None:
    provider.refuses_every_token = True
    answers: list[Answer] = [await proxy.call("GET", "/proxy/v1/x") for _ in range(10)]
    assert answers[-1].status == 424
    assert answers[-1].json()["error"]["diagnosis"]
    assert provider.tokens_issued <= 5


async def test_a_refusal_that_is_compressed_is_understood_and_passed_on(
    proxy: Running, provider: Upstream
) -> None:
    packed = gzip.compress(b'{"ia::error":{"code":"REST-1206","message":"Invalid token"}}')
    headers = ("Content-Type: application/json", "Content-Encoding: gzip")
    provider.handlers[X] = whole(packed, status=400, headers=headers)
    answer = await proxy.call("GET", "/proxy/v1/x", {"Accept-Encoding": "gzip"})
    assert (answer.status, answer.body) == (400, packed)
    assert provider.tokens_issued == 2


async def test_a_large_body_is_not_sent_again_but_the_token_is_renewed(
    proxy: Running, provider: Upstream
) -> None:
    await proxy.call("GET", "/proxy/v1/x")
    provider.end_all_tokens()
    refused = await proxy.call("POST", "/proxy/v1/x", None, bytes(100_000))
    assert (refused.status, refused.error_code) == (503, "token_renewed")
    assert refused.headers["retry-after"] == "1"
    assert (await proxy.call("POST", "/proxy/v1/x", None, bytes(100_000))).status == 200
    assert provider.tokens_issued == 2


async def test_a_refusal_longer_than_what_is_looked_at_comes_back_whole(
    proxy: Running, provider: Upstream
) -> None:
    body = b"x" * 1_000_000
    provider.handlers[X] = whole(body, status=409)
    answer = await proxy.call("GET", "/proxy/v1/x")
    assert (answer.status, answer.body == body, answer.complete) == (409, True, True)


# Retries.


async def test_nothing_is_repeated_unasked(proxy: Running, provider: Upstream) -> None:
    provider.handlers[X] = whole(status=503)
    assert (await proxy.call("GET", "/proxy/v1/x")).status == 503
    assert len(provider.requests) == 1


@pytest.mark.parametrize("failing", [whole(status=503), whole(status=429, headers=("Retry-After: 0",)), cut])
async def test_asked_to_it_tries_again_until_it_works(
    proxy: Running, provider: Upstream, failing: Handler
) -> None:
    # A connection that breaks may be tried once more below this, as its own rules allow.
    provider.handlers[X] = in_turn(failing, failing, whole(b"done"))
    answer = await proxy.call("GET", "/proxy/v1/x", {"Retries": "3"})
    assert (answer.status, answer.body) == (200, b"done")
    assert len(provider.requests) == 3


async def test_the_last_answer_is_passed_on_when_all_tries_are_spent(
    proxy: Running, provider: Upstream
) -> None:
    provider.handlers[X] = whole(b"busy", status=503)
    answer = await proxy.call("GET", "/proxy/v1/x", {"Retries": "2"})
    assert (answer.status, answer.body) == (503, b"busy")
    assert (await proxy.noted())["attempts"] == 3


@pytest.mark.parametrize("failing", [whole(status=500), cut])
async def test_what_may_have_been_done_is_not_done_twice(
    proxy: Running, provider: Upstream, failing: Handler
) -> None:
    provider.handlers[X] = failing
    asked = {"Retries": "3", "Retry-On": "500"}
    answer = await proxy.call("POST", "/proxy/v1/x", asked, b"pay")
    assert answer.status in (500, 502)
    assert len(provider.requests) == 1


async def test_with_a_key_of_the_providers_it_may_be_sent_again(proxy: Running, provider: Upstream) -> None:
    provider.handlers[X] = in_turn(whole(status=500), whole(b"done"))
    asked = {"Retries": "1", "Nango-Proxy-Idempotency-Key": "one"}
    answer = await proxy.call("POST", "/proxy/v1/x", asked, b"pay")
    assert answer.status == 200
    assert [request.header("idempotency-key") for request in provider.requests] == ["one", "one"]


async def test_a_wait_that_is_too_long_is_left_to_the_caller(proxy: Running, provider: Upstream) -> None:
    provider.handlers[X] = whole(status=429, headers=("Retry-After: 600",))
    answer = await proxy.call("GET", "/proxy/v1/x", {"Retries": "3"})
    assert (answer.status, answer.headers["retry-after"]) == (429, "600")
    assert len(provider.requests) == 1


async def test_a_provider_that_can_not_be_reached_is_named(proxy: Running, provider: Upstream) -> None:
    provider.handlers[X] = cut
    answer = await proxy.call("POST", "/proxy/v1/x")
    assert (answer.status, answer.error_code) == (502, "outbound_connection_broken")


async def test_an_impossible_status_is_no_answer(proxy: Running, provider: Upstream) -> None:
    provider.handlers[X] = whole(status=777)
    answer = await proxy.call("GET", "/proxy/v1/x")
    assert (answer.status, answer.error_code) == (502, "outbound_connection_broken")


# Who hangs up.


async def test_a_hang_up_while_the_provider_thinks_ends_the_call(proxy: Running, provider: Upstream) -> None:
    provider.handlers[X] = hang
    under_way = await proxy.call.open("GET", "/proxy/v1/x")
    arrived = await provider.received(1)
    under_way.hang_up()
    await arrived.hung_up.wait()
    line = await proxy.noted()
    assert (line["status"], line["error"]) == (0, "client_gone")


async def test_a_hang_up_in_the_middle_of_the_answer_ends_the_call(
    proxy: Running, provider: Upstream
) -> None:
    async def half(request: Arrived) -> None:
        await request.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await hang(request)

    provider.handlers[X] = half
    under_way = await proxy.call.open("GET", "/proxy/v1/x")
    await under_way.head()
    under_way.hang_up()
    await (await provider.received(1)).hung_up.wait()
    assert (await proxy.noted())["error"] == "client_gone"


@pytest.mark.parametrize("sent", [b"x", b"x" * 50_000])
async def test_a_hang_up_in_the_middle_of_the_body_is_a_cut_for_the_provider(
    proxy: Running, provider: Upstream, sent: bytes
) -> None:
    under_way = await proxy.call.open("POST", "/proxy/v1/x", {"Content-Length": "1000000"})
    under_way.writer.write(sent)
    arrived = await provider.received(1)
    under_way.hang_up()
    await arrived.hung_up.wait()
    line = await proxy.noted()
    assert (line["status"], line["error"]) == (0, "client_gone")


async def test_a_hang_up_while_waiting_for_the_next_try_ends_it(proxy: Running, provider: Upstream) -> None:
    provider.handlers[X] = whole(status=429, headers=("Retry-After: 1",))
    under_way = await proxy.call.open("GET", "/proxy/v1/x", {"Retries": "5"})
    await provider.received(1)
    under_way.hang_up()
    assert (await proxy.noted())["error"] == "client_gone"
