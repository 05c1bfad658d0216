"""The ratios that we want the proxy to have, and those it has."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.measuring import LARGE_MANY, SMALL_MANY, SMALL_ONE, Kind, Measured

Results = Mapping[tuple[str, Kind], Measured]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One of the goals.

    Attributes:
        goal: Its number.
        text: What is divided by what.
        value: As measured.
        wanted: As a person reads it.
        is_met: Whether it is as wanted.
    """

    goal: str
    text: str
    value: float
    wanted: str
    is_met: bool


def ratios(results: Results) -> list[Ratio]:
    """Everything that can be said with the targets that were measured."""
    ours = {kind: results["counterfoil", kind] for kind in (SMALL_MANY, SMALL_ONE, LARGE_MANY)}
    relay = results["relay", SMALL_MANY]
    found = [
        _at_least("G8", "requests/s ÷ bare relay", ours[SMALL_MANY].per_second / relay.per_second, 1.5),
        _at_most("", "CPU/request ÷ bare relay", ours[SMALL_MANY].cpu_us / relay.cpu_us, 1.5),
        _at_most("G6", "MB grown while streaming", ours[LARGE_MANY].grown_bytes / 1e6, 12),
    ]
    if ("nginx", SMALL_MANY) not in results:
        return found
    nginx = {kind: results["nginx", kind] for kind in ours}
    direct = results["direct", SMALL_ONE].p50_us
    added, added_by_nginx = ours[SMALL_ONE].p50_us - direct, nginx[SMALL_ONE].p50_us - direct
    many, many_of_nginx = ours[SMALL_MANY], nginx[SMALL_MANY]
    large, large_of_nginx = ours[LARGE_MANY], nginx[LARGE_MANY]
    return [
        _at_least("G1", "requests/s ÷ nginx", many.per_second / many_of_nginx.per_second, 0.2),
        _at_most("G2", "CPU/request ÷ nginx", many.cpu_us / many_of_nginx.cpu_us, 5),
        _at_most("G3", "added p50 ÷ nginx", added / max(added_by_nginx, 1), 3),
        _at_most("G4", "p99 ÷ nginx", many.p99_us / many_of_nginx.p99_us, 5),
        _at_least("G5", "1 MiB/s ÷ nginx", large.per_second / large_of_nginx.per_second, 0.75),
        _at_most("G5", "CPU/MiB ÷ nginx", large.cpu_us / large_of_nginx.cpu_us, 1.4),
        *found,
    ]


def _at_least(goal: str, text: str, value: float, wanted: float) -> Ratio:
    return Ratio(goal, text, value, f"≥ {wanted:g}", value >= wanted)


def _at_most(goal: str, text: str, value: float, wanted: float) -> Ratio:
    return Ratio(goal, text, value, f"≤ {wanted:g}", value <= wanted)
