"""Requests over kept-alive connections, each as soon as the one before is answered; `wrk`, or this program.

`python -m bench.load` reads one `Load` as JSON and prints one `Loaded` as JSON. Where `wrk` is installed it
is used in its place: it takes less of the machine.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, cast
from urllib.parse import urlsplit

import httptools
import uvloop

_UNITS: Final = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to do.

    Attributes:
        url: Asked for with GET.
        headers: Sent along.
        connections: How many at once.
        seconds: For how long.
    """

    url: str
    headers: Mapping[str, str]
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of it.

    Attributes:
        requests: Answered with 200.
        failures: Everything else.
        seconds: How long it took.
        p50_us: Half of them were answered within so many microseconds.
        p99_us: All but a hundredth of them.
    """

    requests: int
    failures: int
    seconds: float
    p50_us: float
    p99_us: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def generator() -> str:
    """The name of what makes the load."""
    return "wrk" if shutil.which("wrk") else "python"


def run(load: Load) -> Loaded:
    """Make the load in a process of its own. Raises RuntimeError if nothing was answered."""
    loaded = _run_wrk(load) if generator() == "wrk" else _run_here(load)
    if not loaded.requests:
        raise RuntimeError(f"no request to {load.url} was answered with 200")
    return loaded


def _run_here(load: Load) -> Loaded:
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(asdict(load)), stdout=-1, text=True, check=True
    )
    return Loaded(**json.loads(done.stdout))


def _run_wrk(load: Load) -> Loaded:
    headers = [part for name, value in load.headers.items() for part in ("-H", f"{name}: {value}")]
    # Whole seconds are all that wrk knows.
    seconds = max(round(load.seconds), 1)
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", "--latency", *headers, load.url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", text)
    if total is None:
        raise RuntimeError(f"wrk said nothing that can be read:\n{text}")
    failures = sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    failures += sum(int(number) for number in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    return Loaded(
        requests=int(total.group(1)) - failures,
        failures=failures,
        seconds=float(total.group(2)) * _UNITS[total.group(3)] / 1e6,
        p50_us=_percentile(text, "50%"),
        p99_us=_percentile(text, "99%"),
    )


def _percentile(text: str, name: str) -> float:
    found = re.search(rf"{name}\s+([\d.]+)(us|ms|s|m)", text)
    return float(found.group(1)) * _UNITS[found.group(2)] if found else 0.0


class _Client(asyncio.Protocol):
    """One connection that is never idle until `ends_at`."""

    def __init__(self, request: bytes, ends_at: float) -> None:
        self._request = request
        self._ends_at = ends_at
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies_us: list[float] = []
        self.failures = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not of asyncio's class.
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        if self._parser.get_status_code() == 200:
            self.latencies_us.append((now - self._sent_at) * 1e6)
        else:
            self.failures += 1
        if now < self._ends_at:
            self._next()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.failures += exc is not None
        self.done.set_result(None)

    def _next(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at = time.perf_counter()
        self._transport.write(self._request)


async def _make(load: Load) -> Loaded:
    loop, parts = asyncio.get_running_loop(), urlsplit(load.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        *(f"{n}: {v}" for n, v in load.headers.items()),
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    begun_at = time.perf_counter()
    clients: list[_Client] = []
    for _ in range(load.connections):
        _, client = await loop.create_connection(
            lambda: _Client(request, begun_at + load.seconds), str(parts.hostname), parts.port or 80
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    latencies = sorted(latency for client in clients for latency in client.latencies_us) or [0.0]
    return Loaded(
        requests=sum(len(client.latencies_us) for client in clients),
        failures=sum(client.failures for client in clients),
        seconds=time.perf_counter() - begun_at,
        p50_us=latencies[len(latencies) // 2],
        p99_us=latencies[len(latencies) * 99 // 100],
    )


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(_make(Load(**json.load(sys.stdin)))))))
