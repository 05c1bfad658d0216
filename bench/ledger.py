"""The sandbox's query service over half a million ledger lines: what pages and counts take, what it holds.

Each query is asked of a real sandbox over HTTP, in turns; wall clock is what a client waits, CPU what the
sandbox spends. What the indexes that queries ask for are worth is measured on one store in this process: the
same queries with them and, with the limit out of reach, without.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx2
import psutil
from e2e import processes

from bench.measuring import cpu_seconds
from intacct_sandbox.app import build
from intacct_sandbox.fixtures import guide, ledger
from intacct_sandbox.identity import companies
from intacct_sandbox.objects import ALL, Filter, Order, Query, Scope, asked_indexes, run
from intacct_sandbox.settings import Settings
from intacct_sandbox.store import Store

LINE: Final = "general-ledger/journal-entry-line"
_FIELDS: Final = (
    "key",
    "journalEntry.id",
    "txnType",
    "txnAmount",
    "entryDate",
    "glAccount.id",
    "dimensions.department.id",
    "dimensions.location.id",
    "description",
    "audit.modifiedDateTime",
)
_TIMEOUT_SECONDS: Final = 60.0
# On a busy machine half a million lines take their time.
_READY_SECONDS: Final = 300.0
_OUT_OF_REACH: Final = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One query, and within how many milliseconds a client has its answer."""

    name: str
    query: Query
    goal_ms: float


_SINCE: Final = Filter("$gte", "entryDate", "2025-06-01")
_DEBITS: Final = Filter("$eq", "txnType", "debit")
_LARGE: Final = Filter("$gt", "txnAmount", "500.00")

CASES: Final = (
    Case(
        name="page, three filters, all with an index",
        query=Query(
            fields=_FIELDS,
            filters=(
                _SINCE,
                Filter("$eq", "glAccount.id", "4000"),
                Filter("$ne", "dimensions.location.id", None),
            ),
            order_by=(Order("entryDate"),),
            size=4000,
        ),
        goal_ms=150,
    ),
    Case(
        name="page, three filters, two without an index",
        query=Query(
            fields=_FIELDS,
            filters=(_SINCE, _DEBITS, _LARGE),
            order_by=(Order("entryDate", descending=True),),
            size=4000,
        ),
        goal_ms=150,
    ),
    Case(
        name="page, three filters, none with an index",
        query=Query(
            fields=_FIELDS,
            filters=(Filter("$eq", "state", "posted"), _DEBITS, _LARGE),
            order_by=(Order("txnAmount", descending=True),),
            size=4000,
        ),
        goal_ms=150,
    ),
    Case(
        name="page 50 of a sync by modified time",
        query=Query(
            fields=_FIELDS,
            filters=(Filter("$gte", "audit.modifiedDateTime", "2025-06-01T00:00:00Z"),),
            order_by=(Order("audit.modifiedDateTime"), Order("key")),
            start=196_001,
            size=4000,
        ),
        goal_ms=150,
    ),
    Case(name="count of all", query=Query(fields=("key",), size=1), goal_ms=50),
    Case(
        name="count, two filters without an index",
        query=Query(fields=("key",), filters=(_DEBITS, _LARGE), size=1),
        goal_ms=50,
    ),
    Case(
        name="sum by account",
        query=Query(fields=("glAccount.id", "sum:txnAmount", "count:key"), size=4000),
        goal_ms=500,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one case took.

    Attributes:
        first_ms: The first time, an index made on the way included.
        http_ms: Median of a client's wait.
        cpu_ms: Median of the sandbox's CPU.
        without_ms: CPU of the query alone, in this process, without indexes made on the way; the median.
        with_ms: The same with them.
        rows: In the page.
        total: On all pages.
    """

    case: str
    goal_ms: float
    first_ms: float
    http_ms: float
    cpu_ms: float
    without_ms: float
    with_ms: float
    rows: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that was measured; memory in MB, after the queries."""

    lines: int
    start_seconds: float
    memory_mb: float
    figures: tuple[Figure, ...]


def measured(directory: Path, rounds: int, lines: int = ledger.LINES) -> Results:
    """Measure everything.

    Args:
        directory: For the log of the sandbox.
        rounds: How often each query is asked besides the first time.
        lines: How many lines the ledger has.
    """
    begun_at = time.monotonic()
    environment = {"INTACCT_SANDBOX_LEDGER_LINES": str(lines)}
    command = ["intacct-sandbox", "serve", "--port", "0", "--fixture", "ledger", "--seed", "7", "--json"]
    with processes.running(
        command, environment=environment, log=directory / "ledger.log", ready_seconds=_READY_SECONDS
    ) as sandbox:
        start_seconds = time.monotonic() - begun_at
        process = psutil.Process(sandbox.process.pid)
        asked = _over_http(sandbox.url, process, rounds)
        memory_mb = process.memory_info().rss / 1e6
    alone = _in_this_process(rounds, lines)
    figures = tuple(Figure(**{**asked[case.name], **alone[case.name]}) for case in CASES)
    return Results(lines=lines, start_seconds=start_seconds, memory_mb=memory_mb, figures=figures)


def as_json(results: Results) -> dict[str, Any]:
    """For the file."""
    return asdict(results)


def _over_http(url: str, process: psutil.Process, rounds: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    with httpx2.Client(base_url=url, timeout=_TIMEOUT_SECONDS) as client:
        client.headers["Authorization"] = f"Bearer {_token(client)}"
        for case in CASES:
            body = json.dumps(_body(case.query)).encode()
            first_ms, _, answer = _timed(client, process, body)
            found[case.name] = {
                "case": case.name,
                "goal_ms": case.goal_ms,
                "first_ms": first_ms,
                "rows": len(answer["ia::result"]),
                "total": answer["ia::meta"]["totalCount"],
            }
        taken: dict[str, list[tuple[float, float]]] = {case.name: [] for case in CASES}
        for _ in range(rounds):
            for case in CASES:
                wall, cpu, _ = _timed(client, process, json.dumps(_body(case.query)).encode())
                taken[case.name].append((wall, cpu))
    for name, times in taken.items():
        found[name] |= {
            "http_ms": median(wall for wall, _ in times),
            "cpu_ms": median(cpu for _, cpu in times),
        }
    return found


def _token(client: httpx2.Client) -> str:
    answer = client.post(
        "/ia/api/v1/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": guide.CLIENT_ID,
            "client_secret": guide.CLIENT_SECRET,
            "username": f"Admin@{ledger.COMPANY_ID}",
        },
    )
    return str(answer.raise_for_status().json()["access_token"])


def _timed(
    client: httpx2.Client, process: psutil.Process, body: bytes
) -> tuple[float, float, Mapping[str, Any]]:
    cpu, begun_at = cpu_seconds(process), time.perf_counter()
    answer = client.post(
        "/ia/api/v1/services/core/query", content=body, headers={"Content-Type": "application/json"}
    )
    wall_ms = (time.perf_counter() - begun_at) * 1e3
    return wall_ms, (cpu_seconds(process) - cpu) * 1e3, answer.raise_for_status().json()


def _body(query: Query) -> dict[str, Any]:
    return {
        "object": LINE,
        "fields": query.fields,
        "filters": [{one.operator: {one.path: one.value}} for one in query.filters],
        "orderBy": [{step.path: "desc" if step.descending else "asc"} for step in query.order_by],
        "start": query.start,
        "size": query.size,
    }


def _in_this_process(rounds: int, lines: int) -> dict[str, dict[str, float]]:
    sandbox = build(Settings(fixture="ledger", seed=7, ledger_lines=lines))
    company = companies.find(sandbox.store, ledger.COMPANY_ID)
    assert company is not None
    scope, today = Scope(company_key=company.key), sandbox.clock.now().date()
    with _without_indexes_on_the_way():
        before = {case.name: _cpu_ms(sandbox.store, case, scope, today, rounds) for case in CASES}
    after = {case.name: _cpu_ms(sandbox.store, case, scope, today, rounds) for case in CASES}
    sandbox.store.close()
    return {name: {"without_ms": before[name], "with_ms": after[name]} for name in before}


def _cpu_ms(store: Store, case: Case, scope: Scope, today: date, rounds: int) -> float:
    taken = []
    # The first one makes the index and is not counted.
    for _ in range(rounds + 1):
        begun_at = time.process_time()
        run(store, ALL[LINE], case.query, scope, today=today)
        taken.append((time.process_time() - begun_at) * 1e3)
    return median(taken[1:])


@contextmanager
def _without_indexes_on_the_way() -> Iterator[None]:
    usual = asked_indexes.MOST_STEPS
    asked_indexes.MOST_STEPS = _OUT_OF_REACH
    try:
        yield
    finally:
        asked_indexes.MOST_STEPS = usual
