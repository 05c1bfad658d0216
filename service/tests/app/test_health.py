"""/health, /ready and /metrics."""

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter
from service.tests.web.asgi import Answer, call

from counterfoil.app.health import router
from counterfoil.db import Database
from counterfoil.web import install


async def _get(database: Database, path: str, registry: CollectorRegistry | None = None) -> Answer:
    app = FastAPI()
    install(app)
    app.include_router(router(database, registry or CollectorRegistry()))
    return await call(app, "GET", path)


async def test_the_process_answers_and_its_database_too(database: Database) -> None:
    for path in ("/health", "/ready"):
        answer = await _get(database, path)
        assert (answer.status, answer.json()) == (200, {"result": "ok"})


async def test_without_its_database_it_is_alive_and_not_ready(database: Database) -> None:
    await database.close()

    assert (await _get(database, "/health")).status == 200
    answer = await _get(database, "/ready")
    assert (answer.status, answer.error_code) == (503, "database_unavailable")


async def test_figures_are_those_of_the_given_registry(database: Database) -> None:
    registry = CollectorRegistry()
    Counter("calls", "Calls.", registry=registry).inc(3)

    answer = await _get(database, "/metrics", registry)

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert b"calls_total 3.0" in answer.body
