"""Where the published npm clients are tried: a sandbox with the fixture `guide`, two processes of the service
on one database, and one address in front of them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

from counterfoil_client import Counterfoil
from e2e import processes
from e2e.processes import Running
from e2e.relay import Relay, relay

# The client and a user of the sandbox's fixture `guide`.
CLIENT_ID: Final = "0123456789abcdef0123.app.sage.com"
CLIENT_SECRET: Final = "sandbox-client-secret"
USERNAME: Final = "Admin@MyCompany"

READER_SCOPES: Final = (
    "environment:integrations:list",
    "environment:integrations:read",
    "environment:connections:list",
    "environment:connections:read",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What the clients are tried against.

    Attributes:
        directory: Data directory and logs.
        sandbox: The provider.
        services: Two processes on one database; both believe in the one address.
        address: In front of them.
        key: Of the environment `dev`, for everything.
        reader_key: Lists and reads, but no credentials.
    """

    directory: Path
    sandbox: Running
    services: Sequence[Running]
    address: Relay
    key: str
    reader_key: str

    def use(self, count: int) -> None:
        """From now on that many processes are behind the address."""
        self.address.point_at([one.url for one in self.services[:count]])

    def backend(self) -> Counterfoil:
        """A product's backend."""
        return Counterfoil(self.address.url, api_key=self.key)

    def integration(self, key: str) -> None:
        """An integration with its client, made where it is not there."""
        settings = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}
        with self.backend() as backend:
            if key not in {one.key for one in backend.integrations.list()}:
                backend.integrations.create(key, provider="sage-intacct-cc", settings=settings)

    def oauth_integration(self, key: str) -> None:
        """An integration whose people sign in at the sandbox, made where it is not there."""
        redirects = [f"{self.address.url}/oauth/callback"]
        self.control("POST", "redirect-uris", {"client_id": CLIENT_ID, "redirect_uris": redirects})
        settings = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        with self.backend() as backend:
            if key not in {one.key for one in backend.integrations.list()}:
                backend.integrations.create(key, provider="sage-intacct-oauth", settings=settings)

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A call of the sandbox's control plane."""
        answer = httpx2.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def allow_origin(self, origin: str) -> None:
        """Let pages of this origin show the Connect page."""
        processes.counterfoil(self.directory, self.sandbox.url, "environments", "allow-origin", "dev", origin)

    def variables(self) -> dict[str, str]:
        """What scripts are told; in the environment, since everybody can read command lines."""
        return {
            "CLIENTS_HOST": self.address.url,
            "CLIENTS_SANDBOX": self.sandbox.url,
            "CLIENTS_KEY": self.key,
            "CLIENTS_READER_KEY": self.reader_key,
            "CLIENTS_CLIENT_ID": CLIENT_ID,
            "CLIENTS_CLIENT_SECRET": CLIENT_SECRET,
            "CLIENTS_USERNAME": USERNAME,
        }


@contextmanager
def staged(directory: Path) -> Iterator[Stage]:
    """Start everything; call `use` before the address is."""
    with ExitStack() as stack:
        address = stack.enter_context(relay())
        sandbox = stack.enter_context(processes.sandbox(directory, fixture="guide"))
        services = [
            stack.enter_context(
                processes.service(directory, sandbox_url=sandbox.url, log_name=name, public_url=address.url)
            )
            for name in ("service.log", "second.log")
        ]
        key = create_key(directory, sandbox.url)
        reader_key = create_key(directory, sandbox.url, READER_SCOPES)
        yield Stage(directory, sandbox, services, address, key, reader_key)


def create_key(directory: Path, sandbox_url: str, scopes: Sequence[str] = ()) -> str:
    """An API key of the environment `dev`; without scopes it may do everything."""
    told = [part for scope in scopes for part in ("--scope", scope)]
    out = processes.counterfoil(
        directory, sandbox_url, "keys", "create", "--environment", "dev", "--json", *told
    )
    return str(json.loads(out)["key"])
