"""Runs the benchmarks, shows tables, writes them to `build/bench`. Takes some minutes."""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Final

import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench import ledger
from bench.goals import Ratio, Results, ratios
from bench.load import generator
from bench.measuring import KINDS, Kind, Measured, cpu_seconds, measure, medians
from bench.pages import connect_page_bytes, embed_bytes
from bench.targets import Target, Targets, started

RESULT: Final = Path("build/bench/proxy.json")
RESULT_OF_LEDGER: Final = Path("build/bench/ledger.json")
_MOST_MEMORY_MB: Final = 1000
_IDLE_SECONDS: Final = 5.0
_CONSOLE: Final = Console()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bench", description="What proxy and sandbox cost.")
    parser.add_argument("--rounds", type=int, default=3, help="of each load against each target (3)")
    parser.add_argument("--only", choices=("proxy", "ledger"), help="one of the two (both)")
    asked = parser.parse_args(arguments)
    if asked.only != "ledger":
        _proxy(asked.rounds)
    if asked.only != "proxy":
        _ledger(max(asked.rounds, 5))


def _proxy(rounds: int) -> None:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="counterfoil-bench-")))
        _CONSOLE.print("starting …")
        targets = stack.enter_context(started(directory))
        figures = _figures(targets)
        results = _results(targets.all, rounds)
    found = ratios(results)
    _show(results, found, figures)
    _write(results, found, figures)


def _ledger(rounds: int) -> None:
    _CONSOLE.print("filling a ledger …")
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as directory:
        results = ledger.measured(Path(directory), rounds)
    table = Table(title=f"queries over {results.lines:,} ledger lines; medians of {rounds}, milliseconds")
    table.add_column("query")
    for column in ("found", "wait", "goal", "", "CPU", "first", "without", "with index"):
        table.add_column(column, justify="right")
    for one in results.figures:
        table.add_row(
            one.case,
            f"{one.total:,}",
            f"{one.http_ms:.0f}",
            f"≤ {one.goal_ms:.0f}",
            "" if one.http_ms <= one.goal_ms else "[yellow]not met",
            *(f"{number:.0f}" for number in (one.cpu_ms, one.first_ms, one.without_ms, one.with_ms)),
        )
    _CONSOLE.print(table)
    met = "" if results.memory_mb <= _MOST_MEMORY_MB else " [yellow]not met[/]"
    _CONSOLE.print(
        f"sandbox: {results.memory_mb:.0f} MB after them (≤ {_MOST_MEMORY_MB}){met},"
        f" ready after {results.start_seconds:.1f} s"
    )
    RESULT_OF_LEDGER.parent.mkdir(parents=True, exist_ok=True)
    RESULT_OF_LEDGER.write_text(json.dumps(ledger.as_json(results), indent=2) + "\n")
    _CONSOLE.print(f"written to {RESULT_OF_LEDGER}")


def _figures(targets: Targets) -> dict[str, float]:
    """What the service costs while nobody asks anything of it."""
    service, url = targets.all[-1].process, targets.all[-1].url.removesuffix("/proxy")
    cpu = cpu_seconds(service)
    time.sleep(_IDLE_SECONDS)
    return {
        "cold start, s": targets.cold_start_seconds,
        "memory, MB": service.memory_info().rss / 1e6,
        "idle CPU, % of a core": (cpu_seconds(service) - cpu) / _IDLE_SECONDS * 100,
        "Connect page, kB compressed": connect_page_bytes(url) / 1000,
        "embed.js, kB compressed": embed_bytes(url) / 1000,
    }


def _results(targets: tuple[Target, ...], rounds: int) -> Results:
    found: dict[tuple[str, Kind], list[Measured]] = {
        (one.name, kind): [] for one in targets for kind in KINDS
    }
    # In the other order every other round, so that nobody is always the one after the heavy one.
    order = [
        (one, kind) for number in range(rounds) for kind in KINDS for one in targets[:: 1 - number % 2 * 2]
    ]
    for target, kind in track(order, "measuring", console=_CONSOLE, transient=True):
        found[target.name, kind].append(measure(target, kind))
    return {key: medians(measured) for key, measured in found.items()}


def _show(results: Results, found: list[Ratio], figures: dict[str, float]) -> None:
    table = Table(title=f"medians; CPU per request; load by {generator()}")
    for column in ("load", "target", "requests/s", "CPU µs", "p50 µs", "p99 µs", "failures"):
        table.add_column(column, justify="left" if column in ("load", "target") else "right")
    for (name, kind), one in sorted(results.items(), key=lambda item: KINDS.index(item[0][1])):
        numbers = (one.per_second, one.cpu_us, one.p50_us, one.p99_us, one.failures)
        table.add_row(kind.name, name, *(f"{number:,.0f}" for number in numbers))
    _CONSOLE.print(table)
    goals = Table(title="ratios")
    for column in ("goal", "what", "measured", "wanted", ""):
        goals.add_column(column)
    for ratio in found:
        goals.add_row(
            ratio.goal,
            ratio.text,
            f"{ratio.value:.2f}",
            ratio.wanted,
            "" if ratio.is_met else "[yellow]not met",
        )
    _CONSOLE.print(goals)
    _CONSOLE.print("service: " + "   ".join(f"{name}: {value:.1f}" for name, value in figures.items()))


def _write(results: Results, found: list[Ratio], figures: dict[str, float]) -> None:
    written = {
        "generator": generator(),
        "cores": psutil.cpu_count(),
        "figures": figures,
        "measured": [
            {"target": name, "load": kind.name, **asdict(one)} for (name, kind), one in results.items()
        ],
        "ratios": [asdict(ratio) for ratio in found],
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(written, indent=2) + "\n")
    _CONSOLE.print(f"written to {RESULT}")


if __name__ == "__main__":
    main()
