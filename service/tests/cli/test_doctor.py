"""`doctor`: says of each thing whether it is in order, and what to do where it is not."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from service.tests.cli.commands import CommandLine, Done

from counterfoil.vault import create_master_key


class _Refusing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def _provider() -> Iterator[str]:
    """A token endpoint that refuses everything, as the real one does when it is asked for nothing."""
    with HTTPServer(("127.0.0.1", 0), _Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _findings(done: Done) -> dict[str, bool]:
    """By check: whether it is in order."""
    rows = re.findall(r"^│ (ok|wrong) +│ (.+?) +│", done.output, re.MULTILINE)
    return {what: word == "ok" for word, what in rows}


def test_an_installation_that_is_in_order(counterfoil: CommandLine) -> None:
    with _provider() as url:
        done = counterfoil("doctor", sage_intacct_url=url, outbound_allow="127.0.0.1/32")

    assert done.status == 0, done.output
    assert set(_findings(done).values()) == {True}
    assert {"settings", "database and master key", "vault", "clock", "Sage Intacct"} <= set(_findings(done))
    assert f"{url} answers (400)" in done.output


def test_an_address_that_may_not_be_called_is_the_only_thing_wrong(counterfoil: CommandLine) -> None:
    done = counterfoil("doctor")

    assert done.status == 1
    assert [what for what, is_good in _findings(done).items() if not is_good] == ["Sage Intacct"]
    assert "http://127.0.0.1:1" in done.output


def test_a_wrong_master_key_is_found(counterfoil: CommandLine, tmp_path: Path) -> None:
    counterfoil.succeeds("environments", "list")
    create_master_key(tmp_path / "other.key")

    done = counterfoil("doctor", master_key_file=str(tmp_path / "other.key"))

    assert done.status == 1
    assert [what for what, is_good in _findings(done).items() if not is_good] == ["vault"]


def test_a_missing_master_key_is_found_with_the_way_to_make_one(counterfoil: CommandLine) -> None:
    done = counterfoil("doctor", master_key_file="")

    assert done.status == 1
    assert _findings(done)["database and master key"] is False
    assert "counterfoil vault create-key PATH" in done.output


def test_settings_that_can_not_be_used_end_it_at_once(bare: CommandLine) -> None:
    done = bare("doctor", outbound_allow="everywhere")

    assert (done.status, done.output) == (1, "")
    assert "COUNTERFOIL_OUTBOUND_ALLOW" in done.errors
