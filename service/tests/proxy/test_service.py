"""The proxy over real sockets: what reaches the provider, what comes back, and what is refused before."""

import asyncio
import gzip

import pytest
from service.tests.proxy.caller import Caller
from service.tests.proxy.conftest import Running
from service.tests.proxy.upstream import Arrived, Upstream, whole

API = "/ia/api"

# What reaches the provider.


async def test_a_call_arrives_with_the_token_and_its_answer_comes_back(
    proxy: Running, provider: Upstream
) -> None:
    answer = await proxy.call("GET", "/proxy/v1/objects/vendor?size=2&q=a%2Fb")
    assert answer.status == 200
    assert answer.json()["target"] == f"{API}/v1/objects/vendor?size=2&q=a%2Fb"
    [arrived] = provider.requests
    assert arrived.header("authorization") == "Bearer access-1"


async def test_a_path_that_could_leave_the_base_url_reaches_nobody(
    proxy: Running, provider: Upstream
) -> None:
    for target in ("/proxy/../admin", "/proxy/a/%2e%2e/b", "/proxy/a%2fb", "/proxy//evil.example/x"):
        answer = await proxy.call("GET", target)
        assert (answer.status, answer.error_code) == (400, "invalid_uri_params")
    assert provider.requests == []


async def test_nothing_of_the_callers_headers_goes_on_but_what_is_named(
    proxy: Running, provider: Upstream
) -> None:
    sent = {
        "Cookie": "a=1",
        "X-Forwarded-For": "10.0.0.1",
        "Accept": "text/x",
        "Nango-Proxy-Accept": "text/y",
    }
    await proxy.call("GET", "/proxy/v1/x", sent)
    [arrived] = provider.requests
    assert sorted(name.lower() for name, _ in arrived.headers) == [
        "accept",
        "accept-encoding",
        "authorization",
        "host",
        "user-agent",
    ]
    assert arrived.header("accept") == "text/y"


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/proxy/v1/x?key={key}", {}),
        ("/proxy/v1/{key}", {}),
        ("/proxy/v1/x", {"Nango-Proxy-X-Api-Key": "{key}"}),
    ],
)
async def test_our_own_key_never_goes_on(
    proxy: Running, provider: Upstream, target: str, headers: dict[str, str]
) -> None:
    key = proxy.call.headers["Authorization"].removeprefix("Bearer ")
    filled = {name: value.format(key=key) for name, value in headers.items()}
    answer = await proxy.call("GET", target.format(key=key), filled)
    assert answer.status == 400
    assert provider.requests == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "REPORT"])
async def test_a_small_body_arrives_byte_by_byte_with_its_type(
    proxy: Running, provider: Upstream, method: str
) -> None:
    body = bytes(range(256))
    await proxy.call(method, "/proxy/v1/x", {"Content-Type": "application/odd"}, body)
    [arrived] = provider.requests
    assert bytes(arrived.body) == body
    assert (arrived.method, arrived.header("content-type")) == (method, "application/odd")
    assert arrived.header("content-length") == "256"


async def test_a_large_body_is_streamed_with_its_length(proxy: Running, provider: Upstream) -> None:
    body = bytes(1_500_000)
    await proxy.call("POST", "/proxy/v1/x", None, body)
    [arrived] = provider.requests
    assert bytes(arrived.body) == body
    assert arrived.header("content-length") == "1500000"
    assert arrived.header("transfer-encoding") is None


async def test_a_large_body_of_unknown_length_is_streamed_in_chunks(
    proxy: Running, provider: Upstream
) -> None:
    under_way = await proxy.call.open("POST", "/proxy/v1/x", {"Transfer-Encoding": "chunked"})
    for _ in range(30):
        under_way.writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
    arrived = await provider.received(1)
    assert arrived.header("transfer-encoding") == "chunked"
    under_way.writer.write(b"0\r\n\r\n")
    assert (await under_way.answer()).status == 200
    assert len(arrived.body) == 30_000
    under_way.hang_up()


async def test_an_answer_that_comes_before_the_body_has_ended_is_passed_on(
    proxy: Running, provider: Upstream
) -> None:
    async def refuse(request: Arrived) -> None:
        await request.answer(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await request.reader.read()

    provider.handlers[f"{API}/v1/x"] = refuse
    under_way = await proxy.call.open("POST", "/proxy/v1/x", {"Content-Length": "1000000"})
    under_way.writer.write(bytes(500_000))
    answer = await under_way.answer()
    assert (answer.status, answer.body) == (413, b"no")
    # The rest of the body is no second request.
    under_way.writer.write(bytes(500_000) + b"GET /proxy/v1/y HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (await under_way.answer()).status == 401
    under_way.hang_up()
    assert len(provider.requests) == 1


async def test_the_body_of_a_get_is_not_passed_on(proxy: Running, provider: Upstream) -> None:
    assert (await proxy.call("GET", "/proxy/v1/x", None, b"text")).status == 200
    [arrived] = provider.requests
    assert arrived.header("content-length") is None


@pytest.mark.parametrize("framing", [{"Content-Length": "2000001"}, {"Transfer-Encoding": "chunked"}])
async def test_a_body_beyond_the_bound_is_refused(
    proxy: Running, provider: Upstream, framing: dict[str, str]
) -> None:
    under_way = await proxy.call.open("POST", "/proxy/v1/x", framing)
    under_way.writer.write(b"1e84d0\r\n" if "Transfer-Encoding" in framing else b"")
    under_way.writer.write(bytes(2_000_080))
    answer = await under_way.answer()
    assert (answer.status, answer.error_code) == (413, "payload_too_large")
    under_way.hang_up()


# What comes back.


async def test_status_and_headers_come_back_as_they_are_but_for_what_acts_in_our_name(
    proxy: Running, provider: Upstream
) -> None:
    headers = ("X-Request-Id: theirs", "Set-Cookie: a=1", "Connection: X-Private", "X-Private: 1", "ETag: e")
    provider.handlers[f"{API}/v1/x"] = whole(b'{"id": 12345678901234567890}', status=201, headers=headers)
    answer = await proxy.call("POST", "/proxy/v1/x")
    assert (answer.status, answer.body) == (201, b'{"id": 12345678901234567890}')
    assert answer.headers["x-request-id"] == "theirs"
    assert answer.headers["etag"] == "e"
    assert answer.headers["content-length"] == "28"
    assert answer.headers["counterfoil-request-id"]
    assert not {"set-cookie", "x-private", "transfer-encoding"} & set(answer.headers)


async def test_a_refusal_of_the_provider_is_passed_on_as_it_is(proxy: Running, provider: Upstream) -> None:
    provider.handlers[f"{API}/v1/x"] = whole(b'{"ia::error":{"code":"REST-1028"}}', status=422)
    answer = await proxy.call("GET", "/proxy/v1/x")
    assert (answer.status, answer.body) == (422, b'{"ia::error":{"code":"REST-1028"}}')


async def test_a_redirect_is_passed_on_and_not_followed(proxy: Running, provider: Upstream) -> None:
    location = "Location: http://127.0.0.1:1/elsewhere"
    provider.handlers[f"{API}/v1/x"] = whole(status=302, headers=(location,))
    answer = await proxy.call("GET", "/proxy/v1/x")
    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:1/elsewhere")
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_that_has_no_body_has_none(proxy: Running, provider: Upstream, status: int) -> None:
    provider.handlers[f"{API}/v1/x"] = whole(status=status)
    under_way = await proxy.call.open("GET", "/proxy/v1/x", {"Connection": "close"})
    got, headers = await under_way.head()
    assert got == status
    assert not {"content-length", "transfer-encoding"} & set(headers)
    assert await under_way.reader.read() == b""
    under_way.hang_up()


async def test_head_tells_the_length_and_sends_no_body(proxy: Running, provider: Upstream) -> None:
    under_way = await proxy.call.open("HEAD", "/proxy/v1/x", {"Connection": "close"})
    status, headers = await under_way.head()
    assert status == 200
    assert int(headers["content-length"]) > 0
    assert await under_way.reader.read() == b""
    under_way.hang_up()
    assert provider.requests[0].method == "HEAD"


async def test_pieces_come_back_as_they_arrive(proxy: Running, provider: Upstream) -> None:
    go_on = asyncio.Event()

    async def drip(request: Arrived) -> None:
        await request.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await go_on.wait()
        await request.answer(b"4\r\nlast\r\n0\r\n\r\n")

    provider.handlers[f"{API}/v1/x"] = drip
    under_way = await proxy.call.open("GET", "/proxy/v1/x")
    await under_way.head()
    assert await under_way.reader.readuntil(b"first\r\n") == b"5\r\nfirst\r\n"
    go_on.set()
    assert await under_way.reader.readuntil(b"0\r\n\r\n") == b"4\r\nlast\r\n0\r\n\r\n"
    under_way.hang_up()


async def test_a_provider_that_is_cut_off_is_seen_as_a_cut(proxy: Running, provider: Upstream) -> None:
    async def cut(request: Arrived) -> None:
        await request.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        request.writer.close()

    provider.handlers[f"{API}/v1/x"] = cut
    answer = await proxy.call("GET", "/proxy/v1/x")
    assert (answer.body, answer.complete) == (b"first", False)
    assert (await proxy.noted())["error"] == "outbound_connection_broken"


async def test_a_caller_that_does_not_read_holds_the_provider_back(
    proxy: Running, provider: Upstream
) -> None:
    sent_bytes = 0

    async def pour(request: Arrived) -> None:
        nonlocal sent_bytes
        await request.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 400000000\r\n\r\n")
        for _ in range(4_000):
            await request.answer(bytes(100_000))
            sent_bytes += 100_000

    provider.handlers[f"{API}/v1/x"] = pour
    under_way = await proxy.call.open("GET", "/proxy/v1/x")
    await under_way.head()
    before = -1
    while sent_bytes != before:
        before = sent_bytes
        await asyncio.sleep(0.1)
    # What the sockets of the kernel and our own bounded buffers hold, on both sides.
    assert before < 40_000_000
    under_way.writer.transport.abort()


# Decompression.


async def test_a_compressed_answer_stays_compressed_for_who_can_read_it(
    proxy: Running, provider: Upstream
) -> None:
    packed = gzip.compress(b"plain" * 100)
    provider.handlers[f"{API}/v1/x"] = whole(packed, headers=("Content-Encoding: gzip",))
    answer = await proxy.call("GET", "/proxy/v1/x", {"Accept-Encoding": "gzip"})
    assert (answer.body, answer.headers["content-encoding"]) == (packed, "gzip")
    assert provider.requests[0].header("accept-encoding") == "gzip"


async def test_on_demand_an_answer_is_decompressed(proxy: Running, provider: Upstream) -> None:
    packed = gzip.compress(b"plain" * 100)
    provider.handlers[f"{API}/v1/x"] = whole(packed, headers=("Content-Encoding: gzip",))
    answer = await proxy.call("GET", "/proxy/v1/x", {"Decompress": "true"})
    assert (answer.body, answer.complete) == (b"plain" * 100, True)
    assert not {"content-encoding", "content-length"} & set(answer.headers)
    assert provider.requests[0].header("accept-encoding") == "identity"


async def test_a_bomb_is_cut_off_where_it_grows_beyond_measure(proxy: Running, provider: Upstream) -> None:
    packed = gzip.compress(bytes(20_000_000))
    provider.handlers[f"{API}/v1/x"] = whole(packed, headers=("Content-Encoding: gzip",))
    answer = await proxy.call("GET", "/proxy/v1/x", {"Decompress": "true"})
    assert not answer.complete
    assert len(answer.body) < 1_000_000
    assert (await proxy.noted())["error"] == "provider_answer_unreadable"


# Who may call, and what is asked.


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": None}, 401, "missing_auth_header"),
        ({"Authorization": "Basic eDp5"}, 401, "malformed_auth_header"),
        ({"Authorization": "Bearer cf_dev_nonsense"}, 401, "invalid_secret_key_format"),
        ({"Connection-Id": None}, 400, "invalid_headers"),
        ({"Connection-Id": "nobody"}, 404, "not_found"),
        ({"Provider-Config-Key": "nothing"}, 404, "unknown_provider_config"),
        ({"Retries": "many"}, 400, "invalid_headers"),
        ({"Base-Url-Override": "https://evil.example"}, 400, "base_url_override_not_allowed"),
        ({"Sec-Fetch-Mode": "navigate"}, 403, "navigation_not_allowed"),
        ({"Nango-Proxy-Authorization": "Bearer other"}, 400, "invalid_headers"),
    ],
)
async def test_what_is_refused_never_reaches_the_provider(
    proxy: Running, provider: Upstream, headers: dict[str, str | None], status: int, code: str
) -> None:
    answer = await proxy.call("GET", "/proxy/v1/x", headers)
    assert (answer.status, answer.error_code) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert provider.requests == []


async def test_a_key_without_the_scope_is_refused(proxy: Running, provider: Upstream) -> None:
    reader = await proxy.caller("environment:connections:read")
    answer = await reader("GET", "/proxy/v1/x")
    assert (answer.status, answer.error_code) == (403, "forbidden")
    may_call = await proxy.caller("environment:proxy")
    assert (await may_call("GET", "/proxy/v1/x")).status == 200
    assert len(provider.requests) == 1


async def test_who_may_not_call_does_not_learn_what_else_is_wrong(proxy: Running) -> None:
    answer = await proxy.call("GET", "/proxy/../x", {"Authorization": None, "Retries": "many"})
    assert answer.status == 401


async def test_the_providers_own_base_is_no_override(proxy: Running, provider: Upstream) -> None:
    answer = await proxy.call("GET", "/proxy/v1/x", {"Base-Url-Override": f"{provider.origin}{API}/"})
    assert answer.status == 200


async def test_empty_control_headers_mean_not_set(proxy: Running) -> None:
    empty = {"Base-Url-Override": "", "Retries": "", "Retry-On": "", "Decompress": ""}
    assert (await proxy.call("GET", "/proxy/v1/x", empty)).status == 200


async def test_other_methods_are_refused_with_those_there_are(proxy: Running) -> None:
    answer = await proxy.call("MKCOL", "/proxy/v1/x")
    assert (answer.status, answer.error_code) == (405, "method_not_allowed")
    assert "PROPFIND" in answer.headers["allow"]


async def test_a_preflight_is_answered_without_a_key(proxy: Running, provider: Upstream) -> None:
    bare = Caller(proxy.call.port, {"Origin": "https://app.example"})
    answer = await bare("OPTIONS", "/proxy/v1/x", {"Access-Control-Request-Method": "GET"})
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert provider.requests == []


async def test_a_browser_across_origins_may_read_the_answer(proxy: Running, provider: Upstream) -> None:
    provider.handlers[f"{API}/v1/x"] = whole(headers=("Access-Control-Allow-Origin: https://theirs.example",))
    answer = await proxy.call("GET", "/proxy/v1/x", {"Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "*"


# Notes.


async def test_one_line_and_one_count_per_request(proxy: Running) -> None:
    answer = await proxy.call("POST", "/proxy/v1/x?secret=1", None, b"four")
    line = await proxy.noted()
    assert line["request_id"] == answer.headers["counterfoil-request-id"]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/proxy/v1/x", 200)
    assert (line["environment"], line["integration"], line["connection"]) == ("dev", "intacct", "c1")
    assert (line["provider"], line["attempts"], line["request_bytes"]) == ("sage-intacct-cc", 1, 4)
    assert line["response_bytes"] == len(answer.body)
    labels = {"provider": "sage-intacct-cc", "method": "POST", "status": "200"}
    assert proxy.registry.get_sample_value("counterfoil_proxy_requests_total", labels) == 1


async def test_no_line_holds_a_secret(proxy: Running) -> None:
    await proxy.call("GET", "/proxy/v1/x?password=hunter2", {"Nango-Proxy-X-Token": "hunter3"})
    line = await proxy.lines.get()
    key = proxy.call.headers["Authorization"].removeprefix("Bearer ").encode()
    assert not any(secret in line for secret in (b"hunter", b"access-1", key))
