"""`make contract`: every operation of the sandbox's OpenAPI document, asked by schemathesis.

The tests ask a sample of them on every change; this asks all of them, for some minutes, on this machine only,
and writes `docs/reference/sandbox-contract.md`. It ends with 1 where an answer was above 499.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from sandbox.tests.control.fuzzing import Found, fuzz, operations, sample
from starlette.testclient import TestClient

from intacct_sandbox.app import create_app
from intacct_sandbox.control.openapi import document
from intacct_sandbox.settings import Settings

RESULT: Final = Path("docs/reference/sandbox-contract.md")
_EVERY: Final = 10_000
_CONSOLE: Final = Console()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 where something failed."""
    parser = argparse.ArgumentParser(prog="contract", description="Hold the sandbox to its OpenAPI document.")
    parser.add_argument("--examples", type=int, default=5, help="requests of each sort for an operation (5)")
    parser.add_argument("--objects", type=int, default=_EVERY, help="objects of each kind (all)")
    parser.add_argument("--seed", type=int, default=0, help="equal seeds ask equal questions (0)")
    given = parser.parse_args(arguments)
    app = create_app(Settings())
    chosen = operations(sample(document(), given.objects, given.seed), app)
    _CONSOLE.print(f"{len(chosen)} operations …")
    begun = time.monotonic()
    found = fuzz(
        chosen, TestClient(app, raise_server_exceptions=False), examples=given.examples, seed=given.seed
    )
    minutes = (time.monotonic() - begun) / 60
    RESULT.write_text("\n".join(_page(found, given.examples, given.seed, minutes)) + "\n")
    asked, failed = found.statuses.total(), len(found.failures)
    _CONSOLE.print(f"{asked} requests, {failed} failures, {minutes:.1f} minutes")
    for failure in found.failures:
        _CONSOLE.print(failure, markup=False)
    return 1 if found.failures else 0


def _page(found: Found, examples: int, seed: int, minutes: float) -> Iterator[str]:
    yield "# The sandbox against its own OpenAPI document"
    yield ""
    yield "Written by `make contract`. schemathesis reads `/_sandbox/openapi.json` and asks every operation"
    yield "of it, with requests that fit the document and requests that do not; an answer above 499 is a"
    yield "failure."
    yield ""
    yield "| what | figure |"
    yield "| --- | --- |"
    yield f"| operations | {found.operations:,} |"
    yield f"| requests of each sort for an operation, at most | {examples} |"
    yield f"| seed | {seed} |"
    yield f"| requests | {found.statuses.total():,} |"
    yield f"| failures | {len(found.failures)} |"
    yield f"| minutes | {minutes:.0f} |"
    yield ""
    yield "| status | answers |"
    yield "| --- | --- |"
    for status, count in sorted(found.statuses.items()):
        yield f"| {status} | {count:,} |"


if __name__ == "__main__":
    sys.exit(main())
