"""After everything else: no planted secret is in the database's files, logs, HTTP answers or process
arguments."""

import base64
import json
from collections.abc import Iterator

import pytest

from e2e.leaks import Leak, scan_bytes, scan_files
from e2e.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(300)]


# What every way through the guide plants; missing would mean that this test did not come last.
PLANTED = {"API key", "client secret", "connect session token", "password", "session ID", "token"}


def test_a_run_leaves_no_secret_behind(run: World, request: pytest.FixtureRequest) -> None:
    run.note_arguments()
    run.end()
    kinds = {name.rpartition(" ")[0] for name in run.secrets}
    is_whole_run = any("e2e/test_guide.py" in item.nodeid for item in request.session.items)
    if is_whole_run and not request.config.getoption("keyword"):
        assert kinds >= PLANTED
        assert any(run.directory.glob("*.har"))
        assert run.answers
    assert "API key" in kinds
    leaks = [*in_files(run), *in_answers(run), *in_arguments(run)]
    assert leaks == []


def in_files(run: World) -> Iterator[Leak]:
    """Everything on disk but what the browser sent, which it had to."""
    places = [path for path in run.directory.iterdir() if path.suffix != ".har"]
    assert {"data", "service.log", "sandbox.log"} <= {path.name for path in places}
    yield from scan_files(run.secrets, places)


def in_answers(run: World) -> Iterator[Leak]:
    for place, content in run.answers:
        yield from scan_bytes(run.secrets, content, place)
    for har in sorted(run.directory.glob("*.har")):
        for entry in json.loads(har.read_text())["log"]["entries"]:
            place = f"{entry['request']['method']} {entry['request']['url']}"
            yield from scan_bytes(run.secrets, place.encode(), f"the address {place}")
            yield from scan_bytes(run.secrets, _answer(entry["response"]), place)


def in_arguments(run: World) -> Iterator[Leak]:
    assert run.arguments
    for arguments in run.arguments:
        yield from scan_bytes(run.secrets, arguments.encode(), arguments.split("\0")[0])


def _answer(response: dict[str, object]) -> bytes:
    content = response["content"]
    assert isinstance(content, dict)
    text = str(content.get("text", ""))
    body = base64.b64decode(text) if content.get("encoding") == "base64" else text.encode()
    return json.dumps(response["headers"]).encode() + body
