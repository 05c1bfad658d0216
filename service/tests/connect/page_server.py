"""A small server for page tests: the real document, modules and headers before an API that answers as a test
tells it.

Not a stand-in for the service: what the API really does is tested in `test_routes.py` and, end to end, in
`e2e/`. Every request is recorded, so that a test can look for what must not be in one.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from counterfoil.connect.assets import Assets
from counterfoil.connect.documents import router
from counterfoil.connect.page import ConnectPage
from counterfoil.connect.texts import Texts

TOKEN = "nango_connect_session_" + "7" * 64
SECOND_TOKEN = "nango_connect_session_" + "8" * 64

_STEP_2 = {"guide_step": "2"}
CLIENT_FIELDS: list[dict[str, Any]] = [
    {"name": "clientId", "label": "Client ID", "description": "From the console, Application Details.",
     "secret": False, "required": True, "placeholder": "0123456789abcdef0123.app.sage.com", **_STEP_2},
    {"name": "clientSecret", "label": "Client Secret", "description": "",
     "secret": True, "required": True, **_STEP_2},
]  # fmt: skip
PERSON_FIELDS: list[dict[str, Any]] = [
    {"name": "username", "label": "Username", "secret": False, "required": False, "one_of": "principal",
     "description": "The user ID, an @ sign and the company ID; for one entity add a bar and the entity.",
     "placeholder": "Admin@MyCompany", "guide_step": "1", "reading": True},
    {"name": "sessionId", "label": "Session ID", "secret": True, "required": False, "one_of": "principal",
     "description": "A valid session ID of the user interface or of the API.", "guide_step": "4"},
]  # fmt: skip


def integration(**changes: Any) -> dict[str, Any]:
    """One integration as the page reads it."""
    return {
        "unique_key": "sage-intacct",
        "provider": "sage-intacct-cc",
        "display_name": "Sage Intacct",
        "docs_url": "https://docs.example.com/",
        "fields": [*CLIENT_FIELDS, *PERSON_FIELDS],
        "held": [],
        "steps_done": [],
        **changes,
    }


@dataclass(slots=True)
class Script:
    """What the API answers, and what it was asked."""

    session: dict[str, Any] = field(
        default_factory=lambda: {
            "endUser": {
                "id": "7",
                "display_name": "Ada Lovelace",
                "email": "ada@example.com",
                "organization": {"id": "9", "display_name": "Northwind GmbH"},
            },
            "connectUISettings": {},
            "allowed_origins": [],
        }
    )
    integrations: list[dict[str, Any]] = field(default_factory=lambda: [integration()])
    readings: dict[str, dict[str, Any]] = field(default_factory=dict)
    submissions: list[list[dict[str, Any]]] = field(default_factory=list)
    refused: tuple[int, dict[str, Any]] | None = None
    hold_submission: threading.Event | None = None
    framing_origins: list[str] = field(default_factory=list)
    host_page: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)

    def submitted(self) -> list[dict[str, Any]]:
        """The bodies of the submissions, in order."""
        return [json.loads(one["body"]) for one in self.requests if one["path"] == "/connect/submission"]


def application(script: Script) -> FastAPI:  # noqa: C901 - one small endpoint after the other
    """The page's server."""
    app = FastAPI()
    assets = Assets.load()

    async def origins() -> list[str]:
        return script.framing_origins

    app.include_router(router(ConnectPage(assets, Texts.load()), assets, origins))

    @app.middleware("http")
    async def record(request: Request, call_next: Any) -> Response:
        body = (await request.body()).decode()
        script.requests.append(
            {
                "path": request.url.path,
                "url": str(request.url),
                "body": body,
                "headers": dict(request.headers),
            }
        )
        if script.refused and request.url.path.startswith("/connect/") and request.url.path != "/connect/":
            status, error = script.refused
            return JSONResponse({"error": error}, status)
        response: Response = await call_next(request)
        return response

    @app.get("/connect/session")
    async def session() -> JSONResponse:
        return JSONResponse({"data": script.session})

    @app.get("/connect/integrations")
    async def integrations() -> JSONResponse:
        return JSONResponse({"data": script.integrations})

    @app.post("/connect/username-reading")
    async def reading(request: Request) -> JSONResponse:
        text = (await request.json())["text"]
        return JSONResponse({"data": script.readings.get(text)})

    @app.post("/connect/submission")
    async def submission() -> StreamingResponse:
        lines = script.submissions.pop(0)

        async def stream() -> AsyncIterator[bytes]:
            for line in lines:
                yield json.dumps(line).encode() + b"\n"
                if "phase" in line and script.hold_submission:
                    while not script.hold_submission.is_set():  # noqa: ASYNC110 - set by another thread
                        await asyncio.sleep(0.01)

        return StreamingResponse(stream(), media_type="application/x-ndjson")

    @app.get("/host")
    async def host() -> HTMLResponse:
        return HTMLResponse(script.host_page)

    return app


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """Serve on a free port of this machine; gives the address."""
    config = uvicorn.Config(application(script), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield _address(server, thread)
    finally:
        server.should_exit = True
        thread.join(10)


def _address(server: uvicorn.Server, thread: threading.Thread) -> str:
    while not server.started:
        assert thread.is_alive(), "the page's server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    return f"http://127.0.0.1:{port}"
