"""Starts everything that is measured, all at once, and ends it; what each is asked for."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from e2e import processes

from bench.upstream import LARGE, SMALL
from counterfoil.db.embedded import EmbeddedPostgres
from counterfoil_client import Counterfoil

_KEY = "bench"
_CREDENTIALS = {
    "clientId": "0123456789abcdef0123.app.sage.com",
    "clientSecret": "bench-client-secret",
    "username": "Admin@MyCompany",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Something that answers with the provider's small and large body.

    Attributes:
        name: As the table shows it.
        url: What comes before `/v1/small`.
        headers: What a request to it needs.
        process: Whose CPU it takes.
    """

    name: str
    url: str
    headers: Mapping[str, str]
    process: psutil.Process

    def small(self) -> str:
        """The URL of the small body."""
        return self.url + SMALL.removeprefix("/ia/api")

    def large(self) -> str:
        """The URL of the large body."""
        return self.url + LARGE.removeprefix("/ia/api")


@dataclass(frozen=True, slots=True)
class Targets:
    """What is measured.

    Attributes:
        all: Every target: `direct`, `relay`, `nginx` where it is installed, `counterfoil`.
        cold_start_seconds: Of the service, its database up, from its start to its ready line.
    """

    all: tuple[Target, ...]
    cold_start_seconds: float


@contextmanager
def started(directory: Path) -> Iterator[Targets]:
    """Run everything with its files in `directory`."""
    with ExitStack() as stack:
        upstream = stack.enter_context(_program("upstream", directory))
        relay = stack.enter_context(_program("relay", directory, upstream.url))
        bearer = {"Authorization": "Bearer tok-direct"}
        found = [
            _target("direct", f"{upstream.url}/ia/api", bearer, upstream.process.pid),
            _target("relay", f"{relay.url}/proxy", {}, relay.process.pid),
        ]
        if shutil.which("nginx"):
            found.append(stack.enter_context(_nginx(directory, upstream.url)))
        # The first start makes the database; with it up, the second is what a restart of the service costs.
        with processes.service(directory, sandbox_url=upstream.url, log_level="INFO"):
            api_key = processes.create_key(directory, sandbox_url=upstream.url)
        stack.enter_context(EmbeddedPostgres(directory / "data" / "postgres"))
        begun_at = time.monotonic()
        service = stack.enter_context(
            processes.service(directory, sandbox_url=upstream.url, log_level="INFO")
        )
        cold_start_seconds = time.monotonic() - begun_at
        headers = _connected(service.url, api_key)
        found.append(_target("counterfoil", f"{service.url}/proxy", headers, service.process.pid))
        _pin(found)
        yield Targets(tuple(found), cold_start_seconds)


def _program(name: str, directory: Path, *arguments: str) -> AbstractContextManager[processes.Running]:
    command = ["python", "-m", f"bench.{name}", *arguments]
    return processes.running(command, environment={}, log=directory / f"{name}.log")


def _target(name: str, url: str, headers: Mapping[str, str], pid: int) -> Target:
    return Target(name, url, headers, psutil.Process(pid))


def _connected(url: str, api_key: str) -> dict[str, str]:
    with Counterfoil(url, api_key=api_key) as backend:
        backend.integrations.create(_KEY, provider="sage-intacct-cc")
        session = backend.connect_sessions.create(end_user={"id": "bench"}, allowed_integrations=[_KEY])
        made = backend.auth.two_step(_KEY, session_token=session.token, credentials=_CREDENTIALS)
    return {
        "Authorization": f"Bearer {api_key}",
        "Provider-Config-Key": _KEY,
        "Connection-Id": made.connection_id,
    }


@contextmanager
def _nginx(directory: Path, upstream_url: str) -> Iterator[Target]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    template = (Path(__file__).parent / "nginx.conf").read_text()
    configuration = directory / "nginx.conf"
    configuration.write_text(
        template.replace("@DIRECTORY@", str(directory))
        .replace("@PORT@", str(port))
        .replace("@UPSTREAM@", upstream_url.removeprefix("http://"))
    )
    process = subprocess.Popen(
        ["nginx", "-e", "stderr", "-c", str(configuration)], stderr=(directory / "nginx.log").open("w")
    )
    try:
        _wait_for(port)
        yield _target("nginx", f"http://127.0.0.1:{port}/proxy", {}, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nginx did not listen; its log is beside the other files of this run")


def _pin(targets: list[Target]) -> None:
    """What is measured gets a core, the provider and the load the others, where there are two or more."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        return
    for target in targets:
        for process in (target.process, *target.process.children(recursive=True)):
            process.cpu_affinity(cores[1:] if target.name == "direct" else cores[:1])
    os.sched_setaffinity(0, cores[1:])
