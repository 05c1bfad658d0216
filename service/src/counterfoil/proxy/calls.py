"""The calls to the provider that one request leads to: the first, one with a renewed token, and retries.

It ends with the answer that is to be passed on, its body still to come. Nothing here knows the caller's side.
"""

import asyncio
import zlib
from dataclasses import dataclass, replace
from typing import Final

from counterfoil.clock import Clock
from counterfoil.connections import LiveConnection, Tokens
from counterfoil.outbound import ConnectionBroken, Outbound, OutboundError, OutboundRequest, OutboundStream
from counterfoil.providers import Envelope
from counterfoil.proxy.bodies import RequestBody
from counterfoil.proxy.decoding import Decoder, can_decode
from counterfoil.proxy.errors import (
    BaseUrlOverrideNotAllowed,
    BodyBomb,
    InvalidProxyPath,
    InvalidProxyQuery,
    MethodNotProxied,
    TokenRenewed,
)
from counterfoil.proxy.headers import Asked, upstream_headers
from counterfoil.proxy.limits import ProxyLimits
from counterfoil.proxy.paths import upstream_url
from counterfoil.proxy.records import Record
from counterfoil.proxy.retries import IDEMPOTENT_METHODS, Retries, wait_after_error, wait_after_status

_MOST_INFLATED: Final = 1024**2
_SMALL_BYTES: Final = 64 * 1024
_ABOUT_THE_BODY: Final = ("content-", "digest", "repr-digest", "transfer-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the provider is to be asked.

    Attributes:
        environment_id: The caller's environment.
        asked: The request's headers, read.
        method: Upper case.
        raw_path: As it came, beginning with `/proxy`.
        query: As it came.
        body: None where there is none; bytes can be sent again, the other is streamed once.
    """

    environment_id: int
    asked: Asked
    method: str
    raw_path: bytes
    query: bytes
    body: bytes | RequestBody | None


@dataclass(frozen=True, slots=True)
class Provided:
    """The provider's answer.

    Attributes:
        stream: Its status, headers and the rest of its body; whoever has this closes it.
        head: The beginning of its body, where that had to be looked at.
        refuses_token: It says that the token, and not the request, is at fault.
    """

    stream: OutboundStream
    head: bytes
    refuses_token: bool


class Calls:
    """Makes calls through one process's tokens and connections.

    Args:
        tokens: The live connections.
        outbound: The way to the provider.
        clock: For dates in `Retry-After`.
        limits: Deadlines, sizes and waits.
    """

    def __init__(self, tokens: Tokens, outbound: Outbound, clock: Clock, limits: ProxyLimits) -> None:
        self._tokens = tokens
        self._outbound = outbound
        self._clock = clock
        self._limits = limits

    async def make(self, wanted: Wanted, record: Record) -> Provided:
        """The answer to pass on. The attempts are noted in `record`.

        A token that the provider refuses is renewed and the request sent again, once; refused again, that is
        the answer. Raises what `Tokens.live` raises, OutboundError, TokenRenewed, and what is wrong with the
        path or the headers.
        """
        live = await self._live(wanted)
        record.provider = live.provider.id
        if live.envelope is not None:
            wanted = await _enveloped(wanted, live.envelope)
        retries = 0
        while True:
            try:
                provided = await self._attempt(wanted, live, record)
            except OutboundError as error:
                wait_seconds = self._wait_after_error(wanted, record, retries, error)
                if wait_seconds is None:
                    raise
            else:
                if provided.refuses_token and not record.renewed:
                    provided.stream.close()
                    live = await self._renewed(wanted, live, record)
                    continue
                wait_seconds = self._wait_after_answer(wanted, record, retries, provided.stream)
                if wait_seconds is None:
                    return provided
                provided.stream.close()
            await asyncio.sleep(wait_seconds)
            retries += 1
            live = await self._live(wanted)

    async def _live(self, wanted: Wanted) -> LiveConnection:
        key = (wanted.environment_id, wanted.asked.integration_key, wanted.asked.connection_id)
        return self._tokens.cached(*key) or await self._tokens.live(*key)

    async def _renewed(self, wanted: Wanted, live: LiveConnection, record: Record) -> LiveConnection:
        record.renewed = True
        fresh = await self._tokens.renew(live)
        if isinstance(wanted.body, RequestBody):
            raise TokenRenewed("The token had expired and was renewed meanwhile: send the request again.")
        return fresh

    async def _attempt(self, wanted: Wanted, live: LiveConnection, record: Record) -> Provided:
        request = await _request(wanted, live)
        record.attempts += 1
        stream = await self._outbound.open(request, deadlines=self._limits.deadlines)
        if stream.status < 400 and live.envelope is None:
            return Provided(stream, b"", refuses_token=False)
        try:
            if stream.status < 400 and live.envelope is not None:
                return await self._opened(stream, live, live.envelope)
            return await self._judged(stream, live)
        except BaseException:
            stream.close()
            raise

    async def _judged(self, stream: OutboundStream, live: LiveConnection) -> Provided:
        if stream.status > 599:
            raise ConnectionBroken("The provider answered with a status that does not exist.", sent=True)
        if stream.status >= 500:
            return Provided(stream, b"", refuses_token=False)
        head = await _head(stream, self._limits.judged_bytes)
        text = _inflated(head, _header(stream, b"content-encoding"))[: self._limits.judged_bytes]
        content_type = _header(stream, b"content-type").decode("latin-1")
        refuses_token = live.provider.mode.is_token_error(live.provider, stream.status, content_type, text)
        return Provided(stream, head, refuses_token)

    async def _opened(self, stream: OutboundStream, live: LiveConnection, envelope: Envelope) -> Provided:
        """An answer of success, looked at as far as it tells whether the session was refused."""
        coding = _header(stream, b"content-encoding")
        head, verdict = b"", None
        while verdict is None:
            piece = await stream.read()
            head += piece
            is_whole = not piece or len(head) >= self._limits.judged_bytes
            verdict = envelope.judge(_inflated(head, coding), is_whole=is_whole)
            if is_whole:
                break
        if verdict is None:
            return Provided(stream, head, refuses_token=False)
        if verdict.lives_seconds is not None:
            self._tokens.used(live, verdict.lives_seconds)
        return Provided(stream, head, refuses_token=verdict.refused)

    def _wait_after_error(
        self, wanted: Wanted, record: Record, done: int, error: OutboundError
    ) -> float | None:
        if not wanted.asked.retries:
            return None
        return wait_after_error(_retries(wanted, record, self._limits), done, error)

    def _wait_after_answer(
        self, wanted: Wanted, record: Record, done: int, stream: OutboundStream
    ) -> float | None:
        if not wanted.asked.retries:
            return None
        retry_after = _header(stream, b"retry-after").decode("latin-1")
        allowed = _retries(wanted, record, self._limits)
        return wait_after_status(allowed, done, stream.status, retry_after, self._clock.now())


async def _enveloped(wanted: Wanted, envelope: Envelope) -> Wanted:
    """The same with its body whole, where that body has to be rewritten.

    Raises:
        MethodNotProxied: Not a POST.
        InvalidProxyPath, InvalidProxyQuery: It names a place; there is only one.
        RequestBodyTooLarge, ClientGone: Of the body.
    """
    if wanted.method != "POST":
        raise MethodNotProxied("This provider is called by POST only.", allowed=("POST",))
    if wanted.query:
        raise InvalidProxyQuery("This provider takes no query.")
    if upstream_url(envelope.url, wanted.raw_path, b"").removesuffix("/") != envelope.url:
        raise InvalidProxyPath("This provider has one address: call /proxy and nothing below it.")
    body = wanted.body
    if isinstance(body, RequestBody):
        body = await body.whole(envelope.most_body_bytes)
    return replace(wanted, body=body or b"")


async def _request(wanted: Wanted, live: LiveConnection) -> OutboundRequest:
    asked = wanted.asked
    if asked.base_url_override and asked.base_url_override.rstrip("/") != live.base_url:
        raise BaseUrlOverrideNotAllowed("Base-Url-Override must be left out: the provider has one base URL.")
    if live.envelope is not None:
        return await _enveloped_request(wanted, live, live.envelope)
    url = upstream_url(live.base_url, wanted.raw_path, wanted.query)
    headers = upstream_headers(
        asked,
        live.authorization.reveal(),
        with_body=wanted.body is not None,
        authorization_header=live.authorization_header.lower(),
        defaults=live.headers,
    )
    if isinstance(wanted.body, RequestBody) and asked.content_length_bytes is not None:
        headers = (*headers, ("content-length", str(asked.content_length_bytes)))
    return OutboundRequest(wanted.method, url, headers, wanted.body)


async def _enveloped_request(wanted: Wanted, live: LiveConnection, envelope: Envelope) -> OutboundRequest:
    said = wanted.body if isinstance(wanted.body, bytes) else b""
    # A large body takes long enough to rewrite that others would notice it.
    body = envelope.fill(said) if len(said) <= _SMALL_BYTES else await asyncio.to_thread(envelope.fill, said)
    # What the caller says of its body is not true of ours.
    forwarded = tuple(
        header for header in wanted.asked.forwarded if not header[0].startswith(_ABOUT_THE_BODY)
    )
    asked = replace(wanted.asked, forwarded=forwarded, content_type=envelope.content_type)
    headers = upstream_headers(
        asked,
        live.authorization.reveal(),
        with_body=True,
        authorization_header=live.authorization_header.lower(),
    )
    return OutboundRequest(wanted.method, envelope.url, headers, body)


def _retries(wanted: Wanted, record: Record, limits: ProxyLimits) -> Retries:
    asked = wanted.asked
    has_key = any(name == "idempotency-key" for name, _ in asked.forwarded)
    return Retries(
        most=asked.retries,
        on=asked.retry_on,
        repeatable=has_key or wanted.method in IDEMPOTENT_METHODS,
        replayable=not isinstance(wanted.body, RequestBody),
        first_wait_seconds=limits.first_wait_seconds,
        longest_wait_seconds=limits.longest_wait_seconds,
        # Neither a secret nor chance, only different for each request and each turn.
        spread=zlib.crc32(f"{record.request_id}/{record.attempts}".encode()) / 2**32,
    )


async def _head(stream: OutboundStream, most_bytes: int) -> bytes:
    head = b""
    while len(head) < most_bytes and (piece := await stream.read()):
        head += piece
    return head


def _inflated(head: bytes, coding: bytes) -> bytes:
    """The beginning of a body in the open, as far as that can be had."""
    if not can_decode(coding):
        return head
    text = b""
    try:
        for piece in Decoder(coding, free_bytes=_MOST_INFLATED, most_growth=1).feed(head):
            text += piece
    except BodyBomb:
        return text
    return text


def _header(stream: OutboundStream, name: bytes) -> bytes:
    return next((value for key, value in stream.headers if key.lower() == name), b"")
