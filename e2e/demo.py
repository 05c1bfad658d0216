"""`make demo`: both programs on this machine, an integration, a connect link; with `--once` the journey by
machine.

Everything is made anew at each start, in `build/demo`. What is shown is what a product's backend would do, by
the published client; nothing reaches around the API.
"""

import argparse
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from counterfoil_client import Connected, Counterfoil, CounterfoilError
from e2e import processes
from e2e.processes import ProcessFailed, Running

DIRECTORY: Final = Path("build/demo")
SANDBOX_PORT: Final = 8089
SERVICE_PORT: Final = 3003
KEY: Final = "sage-intacct"

# The client and the company of the sandbox's fixture `guide`.
CREDENTIALS: Final = {
    "clientId": "0123456789abcdef0123.app.sage.com",
    "clientSecret": "sandbox-client-secret",
    "username": "Admin@MyCompany",
}
VENDORS: Final[dict[str, Any]] = {
    "object": "accounts-payable/vendor",
    "fields": ["id", "name", "totalDue", "status"],
    "orderBy": [{"id": "asc"}],
    "size": 10,
}
_OUT: Final = Console(highlight=False)
_ERR: Final = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Demo:
    """What runs."""

    sandbox: Running
    service: Running
    api_key: str


def main() -> int:
    """Run the demo; 0 when all went well."""
    parser = argparse.ArgumentParser(description="Counterfoil and a Sage Intacct sandbox on this machine.")
    parser.add_argument("--once", action="store_true", help="walk the whole journey by machine, then end")
    once = parser.parse_args().once
    try:
        with started(DIRECTORY) as demo:
            return _journey(demo) if once else _stay(demo)
    except ProcessFailed as error:
        _ERR.print(str(error), markup=False)
        return 1
    except CounterfoilError as error:
        _ERR.print(f"The service refused: {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        return 0


@contextmanager
def started(directory: Path) -> Iterator[Demo]:
    """Both programs, an API key and an integration, on fresh data."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    with ExitStack() as stack:
        _OUT.print("Starting the sandbox …")
        sandbox = stack.enter_context(processes.sandbox(directory, port=_port(SANDBOX_PORT)))
        _OUT.print("Starting the service, with a PostgreSQL of its own …")
        service = stack.enter_context(
            processes.service(directory, sandbox_url=sandbox.url, port=_port(SERVICE_PORT), log_level="INFO")
        )
        api_key = processes.create_key(directory, sandbox_url=sandbox.url)
        with Counterfoil(service.url, api_key=api_key) as backend:
            backend.integrations.create(KEY, provider="sage-intacct-cc")
        yield Demo(sandbox, service, api_key)


def _port(wanted: int) -> int:
    """The port if it is free; else 0, so that the program takes another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            _OUT.print(f"Port {wanted} is taken; using another one.")
            return 0
    return wanted


def _journey(demo: Demo) -> int:
    with Counterfoil(demo.service.url, api_key=demo.api_key) as backend:
        connected = _connect(backend)
        _OUT.print(f"Connected: [bold]{connected.connection_id}[/bold]")
        answer = backend.proxy(KEY, connected.connection_id).post("/v1/services/core/query", json=VENDORS)
        answer.raise_for_status()
    _OUT.print(_vendors(answer.json()))
    return 0


def _connect(backend: Counterfoil) -> Connected:
    session = backend.connect_sessions.create(
        end_user={"id": "customer-17", "display_name": "Ada Lovelace"}, allowed_integrations=[KEY]
    )
    _OUT.print(f"Connect session until {session.expires_at:%H:%M} UTC; entering the credentials …")
    return backend.auth.two_step(KEY, session_token=session.token, credentials=CREDENTIALS)


def _vendors(answer: dict[str, Any]) -> Table:
    total = answer["ia::meta"]["totalCount"]
    title = f"Vendors of MyCompany, 10 of {total}, through the proxy"
    table = Table("ID", "Name", "Due", "Status", title=title)
    table.columns[2].justify = "right"
    for row in answer["ia::result"]:
        table.add_row(row["id"], row["name"], row["totalDue"], row["status"])
    return table


def _stay(demo: Demo) -> int:
    with Counterfoil(demo.service.url, api_key=demo.api_key) as backend:
        session = backend.connect_sessions.create(
            end_user={"id": "customer-17", "display_name": "Ada Lovelace"}, allowed_integrations=[KEY]
        )
    _OUT.print(_welcome(demo, session.connect_link), soft_wrap=True)
    _OUT.print(_calls(demo), soft_wrap=True, markup=False)
    _OUT.print("\nBoth programs run until Ctrl+C.")
    threading.Event().wait()
    return 0


def _welcome(demo: Demo, connect_link: str) -> Panel:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("Sandbox", f"{demo.sandbox.url}  (developer console and company administration)")
    table.add_row("  company", "Company ID MyCompany, User ID owner, password sandbox")
    table.add_row("  developer", "dev@example.com, password sandbox")
    table.add_row("Service", demo.service.url)
    table.add_row("  API key", demo.api_key)
    table.add_row("Connect link", connect_link)
    table.add_row("  to enter", " ".join(f"{name} {value}" for name, value in CREDENTIALS.items()))
    table.add_row("Tutorial", "docs/tutorial/first-company.md")
    return Panel(table, title="Counterfoil", expand=False)


def _calls(demo: Demo) -> str:
    return f"""
After connecting, list the connections and call Sage Intacct through the proxy:

  export COUNTERFOIL_KEY={demo.api_key}
  curl -s {demo.service.url}/connections -H "Authorization: Bearer $COUNTERFOIL_KEY"
  curl -s {demo.service.url}/proxy/v1/services/core/query \\
    -H "Authorization: Bearer $COUNTERFOIL_KEY" -H "Content-Type: application/json" \\
    -H "Provider-Config-Key: {KEY}" -H "Connection-Id: $CONNECTION_ID" \\
    -d '{{"object": "accounts-payable/vendor", "fields": ["id", "name", "totalDue"], "size": 5}}'"""


if __name__ == "__main__":
    sys.exit(main())
