"""Asks a sandbox what its own OpenAPI document says can be asked, and worse, and gathers answers above 499.

The operations are called in this process, over ASGI. Whoever asks has a good token, so that what is behind it
is reached; schemathesis makes requests that fit the document and requests that do not.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from intacct_sandbox.fixtures.guide import CLIENT_ID, CLIENT_SECRET
from intacct_sandbox.rest.callers import ENTITY_HEADER

DOCUMENT: Final = "/_sandbox/openapi.json"
# What would take the ground away from under the other operations, or wait.
_SPARED: Final = frozenset({("POST", "/_sandbox/reset"), ("POST", "/_sandbox/fixture")})
_PATIENCE_MS: Final = 1


@dataclass(slots=True)
class Found:
    """What was asked and answered.

    Attributes:
        statuses: How many answers had each status.
        failures: One line for each answer above 499, with the request that got it.
    """

    operations: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def sample(document: Mapping[str, Any], objects: int, seed: int) -> dict[str, Any]:
    """The document with all paths but those of objects and workflows, and some of these of each kind."""
    groups: dict[str, list[str]] = {}
    chosen: list[str] = []
    for path, operations in document["paths"].items():
        kind = next((kind for kind in ("/objects/", "/workflows/") if kind in path), None)
        if kind is None:
            chosen.append(path)
        else:
            groups.setdefault(f"{kind} {sorted(operations)}", []).append(path)
    picker = random.Random(seed)
    for group in groups.values():
        chosen += picker.sample(group, min(objects, len(group)))
    return {**document, "paths": {path: document["paths"][path] for path in chosen}}


def operations(document: Mapping[str, Any], app: ASGIApp) -> list[Any]:
    """The operations of a document, to be asked of an application that need not serve it."""

    async def serving(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == DOCUMENT:
            await JSONResponse(document)(scope, receive, send)
        else:
            await app(scope, receive, send)

    schema = schemathesis.openapi.from_asgi(DOCUMENT, serving)
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


def fuzz(chosen: Iterable[Any], http: TestClient, *, examples: int, seed: int) -> Found:
    """Ask each operation so many times.

    Args:
        chosen: The operations.
        http: A client of the application they belong to.
        examples: How many requests each gets.
        seed: Equal seeds ask equal questions.
    """
    found = Found()
    for operation in chosen:
        if (operation.method.upper(), operation.path) in _SPARED:
            continue
        found.operations += 1
        _ask(operation, http, found, examples, seed)
        _calm(http)
    return found


def _ask(operation: Any, http: TestClient, found: Found, examples: int, seed: int) -> None:
    headers = {"Authorization": f"Bearer {_token(http)}"}

    def ask(case: Any) -> None:
        _make_usable(case)
        answer = case.call(headers=headers)
        found.statuses[answer.status_code] += 1
        if answer.status_code >= 500 and not _is_planned(answer):
            found.failures.append(f"{answer.status_code} {case.as_curl_command()}")

    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
        limits = hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        @hypothesis.seed(seed)
        @limits
        @hypothesis.given(operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            ask(case)

        try:
            run()
        except Unsatisfiable:
            # An operation that takes nothing can't be asked wrongly.
            continue


def _make_usable(case: Any) -> None:
    """Give a request what leads it past the door, one that fits the document to a record too; never let it
    wait.
    """
    if isinstance(case.body, dict) and "latency_ms" in case.body:
        case.body["latency_ms"] = _PATIENCE_MS
    chance = len(repr(case.body)) + len(repr(case.query))
    # Made-up tokens and the few short keys that every operation is tried with would end most requests early.
    for name in ("Authorization", "Idempotency-Key") if chance % 5 else ():
        if name in case.headers:
            del case.headers[name]
    if case.meta.generation.mode is not schemathesis.GenerationMode.POSITIVE:
        return
    if chance % 4 and "key" in case.path_parameters:
        case.path_parameters["key"] = str(chance % 7)
    if chance % 4 and isinstance(case.body, dict) and "/workflows/" in case.operation.path:
        case.body["key"] = str(chance % 97)
    if ENTITY_HEADER in case.headers:
        del case.headers[ENTITY_HEADER]
        if chance % 3 == 0:
            case.headers[ENTITY_HEADER] = "Central Region"


def _is_planned(answer: Any) -> bool:
    """Whether a fault that was planned by a request before is answering."""
    return b"SANDBOX-FAULT" in answer.content


def _calm(http: TestClient) -> None:
    """Undo what an operation of the control plane did to the ones after it."""
    http.delete("/_sandbox/faults")
    http.put("/_sandbox/quirks", json={})
    http.post("/_sandbox/clock", json={"reset": True})


def _token(http: TestClient) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "username": "Admin@MyCompany",
    }
    return str(http.post("/ia/api/v1/oauth2/token", data=form).json()["access_token"])
