"""What is kept of a proxied request: one log line and two metrics. Never a query, a header or a body."""

import os
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

import orjson
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from counterfoil.proxy.headers import METHODS

_LONGEST_TEXT: Final = 512
_COUNTED_METHODS: Final = frozenset({*METHODS, "OPTIONS"})
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_BOUNDS: Final = (*(str(float(bound)) for bound in _BUCKETS), "+Inf")
# Line separators that JSON leaves as they are and that some readers of logs take for the end of a line.
_SEPARATORS: Final = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


@dataclass(slots=True, kw_only=True)
class Record:
    """One request, filled in as far as it gets.

    Attributes:
        request_id: Also in the answer's `Counterfoil-Request-Id`.
        method: As it came.
        path: As it came, without the query.
        environment: The caller's, once it is known.
        key_id: The caller's API key, as a number.
        integration_key: What was asked for.
        connection_id: What was asked for.
        provider: The provider's id.
        status: Of the answer; 0 if there was none.
        attempts: Calls to the provider.
        renewed: Whether the token was renewed on its way.
        request_bytes: Of the caller's body.
        response_bytes: Of the answer's body, as it went out.
        error: Our own code, or why the answer was cut off; None where the provider has answered.
        duration_seconds: From the first look at it to the last byte.
    """

    request_id: str
    method: str
    path: str
    environment: str | None = None
    key_id: int | None = None
    integration_key: str | None = None
    connection_id: str | None = None
    provider: str | None = None
    status: int = 0
    attempts: int = 0
    renewed: bool = False
    request_bytes: int = 0
    response_bytes: int = 0
    error: str | None = None
    duration_seconds: float = 0.0


class AccessLog:
    """Writes one line of JSON per request.

    Args:
        write: Takes a whole line with its end; standard error, unbuffered, unless told otherwise.
    """

    def __init__(self, write: Callable[[bytes], object] | None = None) -> None:
        self._write = write or _to_standard_error

    def add(self, record: Record, at: datetime) -> None:
        """Write the line of a request that ended `at`."""
        line = orjson.dumps(_line(record, at), option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
        if not line.isascii():
            for separator, escaped in _SEPARATORS:
                line = line.replace(separator, escaped)
        self._write(line)


class ProxyMetrics(Collector):
    """Counts and times requests; plain numbers, made into metrics when somebody collects them.

    `counterfoil_proxy_requests_total{provider,method,status}`: answers; status 0 is a caller who hung up.
    `counterfoil_proxy_request_seconds{provider}`: from the first look at a request to its last byte.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests: dict[tuple[str, str, int], int] = {}
        self._timings: dict[str, _Timing] = {}
        registry.register(self)

    def add(self, record: Record) -> None:
        """Count one request."""
        provider = record.provider or ""
        # Of the caller's own words only these few, or each would be a series for ever.
        method = record.method if record.method in _COUNTED_METHODS else "other"
        key = (provider, method, record.status)
        self._requests[key] = self._requests.get(key, 0) + 1
        timing = self._timings.get(provider)
        if timing is None:
            timing = self._timings[provider] = _Timing()
        timing.seconds += record.duration_seconds
        timing.counts[bisect_left(_BUCKETS, record.duration_seconds)] += 1

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        """What was counted, as the registry wants it."""
        requests = CounterMetricFamily(
            "counterfoil_proxy_requests", "Proxied requests.", labels=("provider", "method", "status")
        )
        for (provider, method, status), count in self._requests.items():
            requests.add_metric((provider, method, str(status)), count)
        yield requests
        seconds = HistogramMetricFamily(
            "counterfoil_proxy_request_seconds", "Duration of proxied requests.", labels=("provider",)
        )
        for provider, timing in self._timings.items():
            seconds.add_metric((provider,), timing.buckets(), timing.seconds)
        yield seconds


@dataclass(slots=True)
class _Timing:
    """How long requests took: of each bucket how many ended in it, the last without a bound."""

    seconds: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * (len(_BUCKETS) + 1))

    def buckets(self) -> list[tuple[str, float]]:
        """Upper bounds, and how many took so long or less."""
        return list(zip(_BOUNDS, accumulate(self.counts), strict=True))


def _to_standard_error(line: bytes) -> None:
    try:
        os.write(sys.stderr.fileno(), line)
    except OSError:
        # Nobody reads the log any more; that is no reason not to serve.
        pass


def _line(record: Record, at: datetime) -> dict[str, Any]:
    return {
        "timestamp": at,
        "level": "info",
        "event": "proxied",
        "request_id": record.request_id,
        "environment": record.environment,
        "key": record.key_id,
        "integration": _short(record.integration_key),
        "connection": _short(record.connection_id),
        "provider": record.provider,
        "method": _short(record.method),
        "path": _short(record.path),
        "status": record.status,
        "attempts": record.attempts,
        "renewed": record.renewed,
        "request_bytes": record.request_bytes,
        "response_bytes": record.response_bytes,
        "duration_ms": round(record.duration_seconds * 1000, 2),
        "error": record.error,
    }


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
