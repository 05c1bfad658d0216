"""The proxy itself: a plain ASGI callable, from who calls to the last byte of the provider's answer."""

from typing import Final

import structlog
from starlette.types import Receive, Scope, Send

from counterfoil.access import ApiKeyCaller, ApiKeys, bearer_token, require_scope, spend
from counterfoil.clock import Clock
from counterfoil.connections import Tokens
from counterfoil.errors import CounterfoilError
from counterfoil.ids import Ids
from counterfoil.outbound import Outbound, OutboundStream
from counterfoil.proxy.answers import Answer
from counterfoil.proxy.bodies import RequestBody
from counterfoil.proxy.calls import Calls, Provided, Wanted
from counterfoil.proxy.decoding import Decoder, can_decode
from counterfoil.proxy.errors import (
    ClientGone,
    InvalidProxyHeaders,
    InvalidProxyPath,
    InvalidProxyQuery,
    MethodNotProxied,
    ProxyFailed,
)
from counterfoil.proxy.hangups import Hangups
from counterfoil.proxy.headers import (
    CORS,
    METHODS,
    METHODS_WITH_BODY,
    Asked,
    Header,
    read_headers,
    returned_headers,
)
from counterfoil.proxy.limits import ProxyLimits
from counterfoil.proxy.records import AccessLog, ProxyMetrics, Record

SCOPE: Final = "environment:proxy"
_log: Final = structlog.get_logger(__name__)


class Proxy:
    """Answers requests to `/proxy` and `/proxy/…`; one per process, without any state of its own.

    Args:
        api_keys: Who may call.
        tokens: The live connections.
        outbound: The way to the provider.
        clock: For durations, log lines and dates in `Retry-After`.
        ids: For request ids.
        metrics: Counted here; the registry is shown elsewhere.
        access_log: Gets a line per request.
        limits: Deadlines, sizes and retries.
    """

    def __init__(
        self,
        *,
        api_keys: ApiKeys,
        tokens: Tokens,
        outbound: Outbound,
        clock: Clock,
        ids: Ids,
        metrics: ProxyMetrics,
        access_log: AccessLog,
        limits: ProxyLimits | None = None,
    ) -> None:
        self._api_keys = api_keys
        self._clock = clock
        self._ids = ids
        self._metrics = metrics
        self._access_log = access_log
        self._limits = limits or ProxyLimits()
        self._calls = Calls(tokens, outbound, clock, self._limits)
        self._hangups = Hangups(self._limits.hangup_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request. Never raises but for cancellation."""
        begun_at = self._clock.monotonic_seconds()
        record = Record(
            request_id=self._ids.uuid(), method=scope["method"], path=scope["raw_path"].decode("latin-1")
        )
        body = RequestBody(receive, most_bytes=self._limits.request_body_bytes)
        answer = Answer(send, record)
        try:
            with self._hangups.end(receive, body):
                await self._answer(scope, body, answer, record)
        except (ClientGone, CounterfoilError) as error:
            await _end(answer, record, body.failure or error)
        # The edge of a request: whatever else went wrong is logged with its trace, and told without it.
        except Exception:
            _log.exception("proxied request failed", request_id=record.request_id)
            await answer.refuse(ProxyFailed("The service failed. Its log names this request by its id."))
        finally:
            record.request_bytes = body.size_bytes
            record.duration_seconds = self._clock.monotonic_seconds() - begun_at
            self._metrics.add(record)
            self._access_log.add(record, self._clock.now())

    async def _answer(self, scope: Scope, body: RequestBody, answer: Answer, record: Record) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            await answer.preflight()
            return
        if method not in METHODS:
            raise MethodNotProxied(f"{method} is not passed on.")
        headers: list[Header] = scope["headers"]
        caller = await self._caller(headers, scope)
        record.environment, record.key_id = caller.environment.name, caller.key_id
        asked = read_headers(headers)
        record.integration_key, record.connection_id = asked.integration_key, asked.connection_id
        wanted = Wanted(
            environment_id=caller.environment.id,
            asked=asked,
            method=method,
            raw_path=scope["raw_path"],
            query=scope["query_string"],
            body=await self._body(method, asked, body),
        )
        provided = await self._calls.make(wanted, record)
        try:
            await self._pass_on(provided, wanted, answer)
        finally:
            provided.stream.close()

    async def _caller(self, headers: list[Header], scope: Scope) -> ApiKeyCaller:
        authorization = [value for name, value in headers if name == b"authorization"]
        caller = self._api_keys.cached(authorization[0]) if len(authorization) == 1 else None
        if caller is None:
            caller = await self._api_keys.authenticate(bearer_token(authorization))
        spend(caller.environment.id)
        require_scope(caller, SCOPE)
        _refuse_to_pass_on(authorization[0].split()[1], headers, scope)
        return caller

    async def _body(self, method: str, asked: Asked, body: RequestBody) -> bytes | RequestBody | None:
        if method not in METHODS_WITH_BODY or not asked.has_body:
            body.ignore()
            return None
        declared = asked.content_length_bytes
        body.refuse_if_declared_too_large(declared)
        if declared is not None and declared > self._limits.replayable_bytes:
            return body
        whole = await body.read_ahead(self._limits.replayable_bytes)
        return body if whole is None else whole

    async def _pass_on(self, provided: Provided, wanted: Wanted, answer: Answer) -> None:
        stream = provided.stream
        has_body = wanted.method != "HEAD" and stream.status not in (204, 304)
        decoder = self._decoder(stream) if wanted.asked.decompress and has_body else None
        headers = returned_headers(stream.status, stream.headers, decoded=decoder is not None)
        if wanted.asked.from_browser:
            headers += CORS
        await answer.begin(stream.status, headers)
        if not has_body:
            await answer.go_on(b"", is_last=True)
        elif decoder is None:
            await _copy(provided, answer)
        else:
            await _decode(provided, answer, decoder)

    def _decoder(self, stream: OutboundStream) -> Decoder | None:
        codings = [value for name, value in stream.headers if name.lower() == b"content-encoding"]
        # A part of a compressed body (206) can't be decompressed by itself.
        if stream.status == 206 or len(codings) != 1 or not can_decode(codings[0]):
            return None
        limits = self._limits
        return Decoder(codings[0], free_bytes=limits.decoded_free_bytes, most_growth=limits.most_growth)


def _refuse_to_pass_on(key: bytes, headers: list[Header], scope: Scope) -> None:
    """Our own key is for us: one that was put where the provider would see it is as good as given away."""
    if key in scope["query_string"]:
        raise InvalidProxyQuery("The query holds your API key: it would be sent to the provider.")
    if key in scope["raw_path"]:
        raise InvalidProxyPath("The path holds your API key: it would be sent to the provider.")
    for name, value in headers:
        if name.startswith(b"nango-proxy-") and key in value:
            raise InvalidProxyHeaders(
                "A Nango-Proxy- header holds your API key: it would be sent to the provider."
            )


async def _copy(provided: Provided, answer: Answer) -> None:
    stream = provided.stream
    piece = provided.head or await stream.read()
    while piece:
        is_last = stream.at_end
        await answer.go_on(piece, is_last=is_last)
        if is_last:
            return
        piece = await stream.read()
    await answer.go_on(b"", is_last=True)


async def _decode(provided: Provided, answer: Answer, decoder: Decoder) -> None:
    piece = provided.head or await provided.stream.read()
    while piece:
        for decoded in decoder.feed(piece):
            await answer.go_on(decoded, is_last=False)
        piece = await provided.stream.read()
    decoder.finish()
    await answer.go_on(b"", is_last=True)


async def _end(answer: Answer, record: Record, error: ClientGone | CounterfoilError) -> None:
    if isinstance(error, ClientGone):
        record.error = "client_gone"
    else:
        await answer.refuse(error)
