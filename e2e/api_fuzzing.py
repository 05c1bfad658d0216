"""Throws generated requests at the service by its own OpenAPI document, with schemathesis.

`make fuzz-api` is the long run, `test_api_fuzzing.py` the short one. Nothing but loopback is asked, and the
number of requests is bounded.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from e2e.processes import BIN, counterfoil
from e2e.staging import USERNAME, Stage, staged

# Not `unsupported_method`: a connection's id may hold slashes, so GET /connection/{id}/metadata is a path of
# GET /connection/{id}; methods that are not declared have tests of their own.
_CHECKS: Final = ("not_a_server_error", "ignored_auth", "use_after_free")
# Calls that end the environment or the key that all others are made with; they come last, by a key for them.
_ENDING: Final = ("/environments/{environment_id}", "/environment/api-keys")
_KEY: Final = "books"
_LONGEST_SECONDS: Final = 3_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        operations: How many operations were tried.
        cases: How many requests were generated.
        failures: What the checks found, a line each.
    """

    operations: int
    cases: int
    failures: tuple[str, ...]


def furnish(stage: Stage) -> None:
    """Something for generated requests to find: an integration and a connection."""
    stage.use(1)
    stage.integration(_KEY)
    with stage.backend() as backend:
        session = backend.connect_sessions.create(end_user={"id": "customer-17"})
    answer = httpx2.post(
        f"{stage.address.url}/auth/two-step/{_KEY}",
        params={"connect_session_token": session.token},
        json={"type": "TWO_STEP", "username": USERNAME},
    )
    assert answer.status_code == 200, answer.text


def fuzz(stage: Stage, *, examples: int, seed: int) -> Outcome:
    """Everything with a key of the environment, then what only an account's key may do.

    Args:
        stage: The service, furnished.
        examples: Random requests for an operation, beside those that cover its schema.
        seed: The same seed gives the same requests.
    """
    first = _run(stage, stage.key, examples, seed, _paths("--exclude-path"))
    account_key = json.loads(
        counterfoil(
            stage.directory,
            stage.sandbox.url,
            *("keys", "create", "--environment", "dev", "--json", "--scope", "account:*"),
        )
    )["key"]
    last = _run(stage, account_key, examples, seed, _paths("--include-path"))
    return Outcome(
        first.operations + last.operations, first.cases + last.cases, first.failures + last.failures
    )


def _paths(option: str) -> list[str]:
    return [part for path in _ENDING for part in (option, path)]


def _run(stage: Stage, key: str, examples: int, seed: int, more: Sequence[str]) -> Outcome:
    report = stage.directory / "schemathesis.json"
    command = [
        *(str(BIN / "schemathesis"), "run", f"{stage.address.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {key}"),
        *("--phases", "coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed)),
        *("--checks", ",".join(_CHECKS), "--continue-on-failure", "--warnings", "off"),
        *("--report", "json", "--report-json-path", str(report)),
        *more,
    ]
    done = subprocess.run(
        command,
        cwd=stage.directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_SECONDS,
    )
    # 0: nothing found; 1: the report says what. Anything else, and there is no result.
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"schemathesis ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    said = json.loads(report.read_text())
    failures = [f"{one['title']}: {', '.join(one['operations'])}" for one in said["failures"]]
    return Outcome(
        said["operations"]["tested"],
        said["test_cases"]["generated"],
        (*failures, *(str(one) for one in said["errors"])),
    )


def main() -> int:
    """The long run; status 1 where something was found."""
    parser = argparse.ArgumentParser(description="Generated requests against the service's API.")
    parser.add_argument("--examples", type=int, default=300, help="random requests for an operation")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="counterfoil-fuzz-") as directory,
        staged(Path(directory)) as stage,
    ):
        furnish(stage)
        outcome = fuzz(stage, examples=asked.examples, seed=asked.seed)
    found = f"{len(outcome.failures)} failures"
    sys.stdout.write(f"{outcome.cases} requests to {outcome.operations} operations, {found}\n")
    sys.stdout.writelines(f"{one}\n" for one in outcome.failures)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
