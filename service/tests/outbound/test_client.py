"""`Outbound` against real sockets: servers that misbehave in every documented way."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from service.tests.outbound.network import FixedAnswers, Handler, NeverConnects, raw_server, read_head

from counterfoil.outbound import (
    AddressPolicy,
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    Deadlines,
    Outbound,
    OutboundRequest,
    OutboundTimeout,
    ResponseTooLarge,
    TlsFailed,
)

LOOPBACK = AddressPolicy.from_cidrs(["127.0.0.1/32"])


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    client = Outbound(LOOPBACK)
    yield client
    await client.close()


def answering(answer: bytes, heard: list[bytes] | None = None) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        if heard is not None:
            heard.append(head)
        writer.write(answer)
        await writer.drain()

    return handle


async def read_to_the_end(outbound: Outbound, url: str) -> list[bytes]:
    async with outbound.stream(OutboundRequest("GET", url)) as stream:
        return [chunk async for chunk in stream.chunks]


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "[64:ff9b::7f00:1]"])
async def test_no_socket_is_opened_towards_a_private_host(host: str) -> None:
    sockets = NeverConnects()
    client = Outbound(AddressPolicy(), open_socket=sockets)
    with pytest.raises(AddressRefused) as refused:
        await client.fetch(OutboundRequest("GET", f"http://{host}/"), deadline_seconds=5)
    await client.close()
    assert sockets.opened == []
    assert refused.value.sent is False


@pytest.mark.parametrize(
    "answers", [["127.0.0.1"], ["10.0.0.1", "192.168.0.1"], ["::1"], ["::ffff:127.0.0.1", "127.0.0.1"]]
)
async def test_a_name_that_leads_only_to_private_addresses_is_refused_at_the_socket(
    answers: list[str],
) -> None:
    sockets = NeverConnects()
    client = Outbound(AddressPolicy(), open_socket=sockets, resolve=FixedAnswers(answers))
    with pytest.raises(AddressRefused):
        await client.fetch(OutboundRequest("GET", "https://rebind.example/"), deadline_seconds=5)
    await client.close()
    assert sockets.opened == []


async def test_of_a_mixed_answer_only_the_public_address_gets_a_socket() -> None:
    sockets = NeverConnects()
    client = Outbound(
        AddressPolicy(), open_socket=sockets, resolve=FixedAnswers(["127.0.0.1", "93.184.216.34"])
    )
    with pytest.raises(ConnectFailed):
        await client.fetch(OutboundRequest("GET", "https://mixed.example/"), deadline_seconds=5)
    await client.close()
    assert {family for family, _, _ in sockets.opened} == {2}
    assert sockets.opened


async def test_an_address_is_judged_again_for_every_connection() -> None:
    sockets = NeverConnects()
    resolver = FixedAnswers(["93.184.216.34"], ["127.0.0.1"])
    client = Outbound(AddressPolicy(), open_socket=sockets, resolve=resolver)
    with pytest.raises(ConnectFailed):
        await client.fetch(OutboundRequest("GET", "http://first.example/"), deadline_seconds=5)
    opened_before = len(sockets.opened)
    with pytest.raises(AddressRefused):
        await client.fetch(OutboundRequest("GET", "http://second.example/"), deadline_seconds=5)
    await client.close()
    assert len(sockets.opened) == opened_before


async def test_a_redirect_is_returned_and_not_followed(outbound: Outbound) -> None:
    heard: list[bytes] = []
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(answering(answer, heard)) as origin:
        response = await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)
    assert response.status == 302
    assert response.header("location") == "http://127.0.0.1:1/"
    assert len(heard) == 1


async def test_cookies_are_not_kept_and_repeated_headers_are(outbound: Outbound) -> None:
    heard: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: close\r\n\r\n"
    async with raw_server(answering(answer, heard)) as origin:
        first = await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)
        await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)
    assert [value for name, value in first.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert b"cookie" not in heard[1].lower()


async def test_only_the_given_headers_are_sent(outbound: Outbound) -> None:
    heard: list[bytes] = []
    async with raw_server(answering(b"HTTP/1.1 204 No Content\r\n\r\n", heard)) as origin:
        request = OutboundRequest("GET", f"{origin}/a%2Fb?x=%7C", (("X-One", "1"), ("X-One", "2")))
        async with outbound.stream(request) as stream:
            assert await stream.read() == b""
    lines = heard[0].decode().split("\r\n")
    assert lines[0] == "GET /a%2Fb?x=%7C HTTP/1.1"
    assert sorted(line.split(":")[0] for line in lines[1:] if line) == [
        "Host",
        "User-Agent",
        "X-One",
        "X-One",
    ]


async def test_proxies_of_the_environment_are_not_used(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with raw_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as origin:
        response = await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)
    assert response.body == b"ok"


async def test_a_compressed_body_stays_compressed(outbound: Outbound) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x00\x01"
    async with raw_server(answering(answer)) as origin:
        response = await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)
    assert response.body == b"\x1f\x8b\x00\x01"


async def test_a_body_within_the_bound_arrives_whole_and_one_beyond_does_not(outbound: Outbound) -> None:
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5000
    async with raw_server(answering(answer)) as origin:
        request = OutboundRequest("GET", f"{origin}/")
        whole = await outbound.fetch(request, deadline_seconds=5, max_body_bytes=5000)
        assert len(whole.body) == 5000
        with pytest.raises(ResponseTooLarge) as refused:
            await outbound.fetch(request, deadline_seconds=5, max_body_bytes=4999)
    assert refused.value.sent is True


async def test_nobody_listening_is_provably_not_sent(outbound: Outbound, unused_tcp_port: int) -> None:
    with pytest.raises(ConnectFailed) as failed:
        await outbound.fetch(
            OutboundRequest("POST", f"http://127.0.0.1:{unused_tcp_port}/"), deadline_seconds=5
        )
    assert failed.value.sent is False


async def test_an_unknown_name_is_provably_not_sent(outbound: Outbound) -> None:
    with pytest.raises(ConnectFailed) as failed:
        await outbound.fetch(OutboundRequest("POST", "http://nowhere.invalid/"), deadline_seconds=20)
    assert failed.value.sent is False


async def test_silence_after_sending_is_unknown(outbound: Outbound) -> None:
    async with raw_server(silent) as origin:
        with pytest.raises(OutboundTimeout) as late:
            await outbound.fetch(OutboundRequest("POST", f"{origin}/", body=b"x"), deadline_seconds=0.2)
    assert late.value.sent is None


async def test_a_connection_closed_without_an_answer_is_unknown(outbound: Outbound) -> None:
    async with raw_server(answering(b"")) as origin:
        with pytest.raises(ConnectionBroken) as broken:
            await outbound.fetch(OutboundRequest("POST", f"{origin}/", body=b"x"), deadline_seconds=5)
    assert broken.value.sent is None


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    ],
)
async def test_a_body_cut_off_is_an_error_and_never_a_clean_end(outbound: Outbound, answer: bytes) -> None:
    async with raw_server(answering(answer)) as origin:
        with pytest.raises(ConnectionBroken):
            await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)
        with pytest.raises(ConnectionBroken):
            await read_to_the_end(outbound, f"{origin}/")


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 400 + b"\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    ],
)
async def test_an_answer_that_is_not_sound_http_is_a_broken_connection(
    outbound: Outbound, answer: bytes
) -> None:
    async with raw_server(answering(answer)) as origin:
        with pytest.raises(ConnectionBroken):
            await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)


async def test_a_pause_in_the_middle_runs_into_the_idle_deadline(outbound: Outbound) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await reader.read()

    async with raw_server(stall) as origin:
        deadlines = Deadlines(idle_seconds=0.2)
        async with outbound.stream(OutboundRequest("GET", f"{origin}/"), deadlines=deadlines) as stream:
            assert await stream.read() == b"half"
            assert not stream.at_end
            with pytest.raises(OutboundTimeout) as late:
                await stream.read()
    assert late.value.sent is True


async def test_an_iterator_is_sent_as_it_comes(outbound: Outbound) -> None:
    received = bytearray()

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        assert b"content-length: 6" in head.lower()
        received.extend(await reader.readexactly(6))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    async with raw_server(collect) as origin:
        request = OutboundRequest("POST", f"{origin}/", (("Content-Length", "6"),), pieces())
        async with outbound.stream(request) as stream:
            assert await stream.read() == b""
            assert stream.at_end
    assert received == b"abcdef"


async def test_a_finished_answer_gives_its_connection_back_and_an_abandoned_one_does_not(
    outbound: Outbound,
) -> None:
    connections = 0

    async def keep_alive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            head = await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
            if b"/half" not in head:
                writer.write(b"cd")

    async with raw_server(keep_alive) as origin:
        for _ in range(3):
            assert (
                await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)
            ).body == b"abcd"
        assert connections == 1
        async with outbound.stream(OutboundRequest("GET", f"{origin}/half")):
            pass
        await outbound.fetch(OutboundRequest("GET", f"{origin}/"), deadline_seconds=5)
    assert connections == 2


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    names = ["-subj", "/CN=good.example", "-addext", "subjectAltName=DNS:good.example"]
    files = ["-keyout", str(key), "-out", str(cert)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names, *files]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@pytest.mark.parametrize(("host", "trusted"), [("good.example", True), ("bad.example", False)])
async def test_tls_verifies_the_name_although_the_address_is_given(
    certificate: tuple[Path, Path], host: str, trusted: bool
) -> None:
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(*certificate)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    client = Outbound(
        LOOPBACK,
        tls=ssl.create_default_context(cafile=str(certificate[0])),
        resolve=FixedAnswers(["127.0.0.1"]),
    )
    request = OutboundRequest("GET", f"https://{host}:{port}/")
    if trusted:
        assert (await client.fetch(request, deadline_seconds=5)).body == b"ok"
    else:
        with pytest.raises(TlsFailed) as failed:
            await client.fetch(request, deadline_seconds=5)
        assert failed.value.sent is False
    await client.close()
    server.close()
    await server.wait_closed()


async def test_the_systems_authorities_do_not_trust_a_self_signed_certificate(
    outbound: Outbound, certificate: tuple[Path, Path]
) -> None:
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(*certificate)
    server = await asyncio.start_server(silent, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(TlsFailed):
        await outbound.fetch(OutboundRequest("GET", f"https://127.0.0.1:{port}/"), deadline_seconds=5)
    server.close()
    await server.wait_closed()
