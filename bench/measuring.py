"""One round of load against one target, what it cost the target's processes, and medians of rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import psutil

from bench import load
from bench.load import Load, Loaded
from bench.targets import Target


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of load.

    Attributes:
        name: As results call it: the body, and how many at once.
        is_large: Whether the large body is asked for.
        connections: How many at once.
        seconds: How long a round is.
    """

    name: str
    is_large: bool
    connections: int
    seconds: float


SMALL_MANY = Kind("1 KiB × 32", is_large=False, connections=32, seconds=2)
SMALL_ONE = Kind("1 KiB × 1", is_large=False, connections=1, seconds=1)
LARGE_MANY = Kind("1 MiB × 8", is_large=True, connections=8, seconds=2)
KINDS = (SMALL_MANY, SMALL_ONE, LARGE_MANY)


@dataclass(frozen=True, slots=True)
class Measured:
    """A target under a kind of load; medians once there are several rounds.

    Attributes:
        per_second: Requests.
        cpu_us: CPU time of the target's processes per request.
        p50_us: Latency.
        p99_us: Latency.
        failures: Requests that were not answered with 200.
        grown_bytes: Growth of its resident memory.
    """

    per_second: float
    cpu_us: float
    p50_us: float
    p99_us: float
    failures: float
    grown_bytes: float


def measure(target: Target, kind: Kind) -> Measured:
    """One round."""
    url = target.large() if kind.is_large else target.small()
    memory, cpu = target.process.memory_info().rss, cpu_seconds(target.process)
    loaded: Loaded = load.run(
        Load(url=url, headers=target.headers, connections=kind.connections, seconds=kind.seconds)
    )
    return Measured(
        per_second=loaded.per_second,
        cpu_us=(cpu_seconds(target.process) - cpu) / loaded.requests * 1e6,
        p50_us=loaded.p50_us,
        p99_us=loaded.p99_us,
        failures=loaded.failures,
        grown_bytes=target.process.memory_info().rss - memory,
    )


def medians(rounds: Sequence[Measured]) -> Measured:
    """Of each figure, over the rounds; of failures the sum."""
    return Measured(
        per_second=median(one.per_second for one in rounds),
        cpu_us=median(one.cpu_us for one in rounds),
        p50_us=median(one.p50_us for one in rounds),
        p99_us=median(one.p99_us for one in rounds),
        failures=sum(one.failures for one in rounds),
        grown_bytes=max(one.grown_bytes for one in rounds),
    )


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time so far of a process and everything it has started."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))
