"""A sandbox, a service beside it, and everything that is written down while tests use them.

Knows the programs' interfaces (command line, API, control plane), no page.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
from playwright.sync_api import Browser, BrowserContext

from counterfoil_client import ConnectionProxy, Counterfoil
from e2e import processes
from e2e.browsing import person
from e2e.guide import ApiClient
from e2e.processes import Running

ENTITIES: dict[str, Any] = {
    "object": "company-config/entity",
    "fields": ["id", "name"],
    "orderBy": [{"id": "asc"}],
}

# Answers whose very purpose is to hand a secret to whoever may have it.
_REVEALING = ("/connect/sessions", "/connections/")


@dataclass
class World:
    """One sandbox, one service, and the traces of a run.

    Attributes:
        directory: Data directory and logs.
        sandbox: The sandbox.
        service: The service.
        api_key: Of the environment `dev`.
        secrets: What was planted, by a name of each.
        answers: What the API answered to the backend, by place.
        arguments: Command lines that were seen.
    """

    directory: Path
    sandbox: Running
    service: Running
    api_key: str
    stack: ExitStack
    secrets: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    arguments: set[str] = field(default_factory=set)

    def plant(self, name: str, secret: str) -> str:
        """Remember a secret that must be found nowhere."""
        self.secrets[f"{name} {len(self.secrets)}"] = secret
        return secret

    def plant_client(self, client: ApiClient) -> ApiClient:
        """Remember a client's secret."""
        self.plant("client secret", client.client_secret)
        return client

    def backend(self, service: Running | None = None) -> Counterfoil:
        """The product's backend: a client whose answers are kept."""
        return Counterfoil(
            (service or self.service).url, api_key=self.api_key, transport=_Recording(self.answers)
        )

    def integration(self, key: str, client: ApiClient | None = None) -> None:
        """An integration of that key, made where it is not there; with a client it holds it."""
        settings = {"clientId": client.client_id, "clientSecret": client.client_secret} if client else None
        with self.backend() as backend:
            if key not in {one.key for one in backend.integrations.list()}:
                backend.integrations.create(key, provider="sage-intacct-cc", settings=settings)

    def connect_link(self, integration_key: str) -> str:
        """The link of a new connect session."""
        with self.backend() as backend:
            session = backend.connect_sessions.create(
                end_user={"id": "customer-17", "display_name": "Ada Lovelace", "email": "ada@acme.example"},
                allowed_integrations=[integration_key],
            )
        self.plant("connect session token", session.token)
        return session.connect_link

    def connection_id(self, integration_key: str) -> str:
        """The newest connection of an integration; its tokens are remembered as secrets."""
        with self.backend() as backend:
            newest = next(one for one in backend.connections.list() if one.integration_key == integration_key)
            connection = backend.connections.get(integration_key, newest.connection_id)
        self._plant_tokens(connection.raw["credentials"])
        return newest.connection_id

    def _plant_tokens(self, credentials: Mapping[str, Any]) -> None:
        # The JWT's head is the same for everybody; its signature is what nobody may see.
        for name, value in credentials.items():
            if name in {"token", "refresh_token"} and isinstance(value, str):
                self.plant(name, value.rpartition(".")[2])

    def proxied_rows(self, proxy: ConnectionProxy) -> list[dict[str, Any]]:
        """Rows that came through the proxy."""
        answer = proxy.post("/v1/services/core/query", json=ENTITIES)
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()["ia::result"]
        return rows

    def second_service(self) -> Running:
        """A second process of the service on the same database."""
        return self.stack.enter_context(
            processes.service(self.directory, sandbox_url=self.sandbox.url, log_name="second.log")
        )

    # The sandbox's control plane.

    def reset(self) -> None:
        """An empty company, as on the first day."""
        self._control("POST", "reset")

    def advance(self, seconds: int) -> None:
        """Move the sandbox's clock."""
        self._control("POST", "clock", {"advance_seconds": seconds})

    def token_requests(self) -> list[dict[str, Any]]:
        """The token requests since the last reset or `forget_requests`."""
        found: list[dict[str, Any]] = self._control("GET", "requests?path=/ia/api/v1/oauth2/token")[
            "requests"
        ]
        return found

    def forget_requests(self) -> None:
        """Empty the request log."""
        self._control("DELETE", "requests")

    def _control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = httpx2.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    # What a run leaves behind.

    @contextmanager
    def visitor(self, browser: Browser, **looks: Any) -> Iterator[BrowserContext]:
        """A browser profile whose answers from the service are kept as a HAR file."""
        number = len(list(self.directory.glob("*.har")))
        context = person(
            browser, har=self.directory / f"visit-{number}.har", har_of=f"{self.service.url}/**", **looks
        )
        try:
            yield context
        finally:
            context.close()
            self.note_arguments()

    def note_arguments(self) -> None:
        """Keep the command lines of the programs and of everything they started."""
        for root in (self.sandbox, self.service):
            process = psutil.Process(root.process.pid)
            for one in (process, *process.children(recursive=True)):
                try:
                    self.arguments.add("\0".join(one.cmdline()))
                except psutil.NoSuchProcess:
                    continue

    def end(self) -> None:
        """Stop the programs, so that everything they hold is on disk."""
        self.stack.close()


@contextmanager
def world(directory: Path, *, fixture: str = "empty") -> Iterator[World]:
    """Start both programs in a directory, with an API key."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(processes.sandbox(directory, fixture=fixture))
        service = stack.enter_context(processes.service(directory, sandbox_url=sandbox.url))
        key = processes.create_key(directory, sandbox_url=sandbox.url)
        started = World(directory, sandbox, service, key, stack)
        started.plant("API key", key)
        yield started


class _Recording(httpx2.BaseTransport):
    """The network, and a memory of what came back."""

    def __init__(self, answers: list[tuple[str, bytes]]) -> None:
        self._network = httpx2.HTTPTransport()
        self._answers = answers

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._network.handle_request(request)
        response.read()
        reveals = any(part in request.url.path for part in _REVEALING)
        if not reveals:
            headers = json.dumps(dict(response.headers)).encode()
            self._answers.append((f"{request.method} {request.url.path}", headers + response.content))
        return response

    def close(self) -> None:
        self._network.close()
