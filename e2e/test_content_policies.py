"""Google's csp_evaluator, as published, finds nothing grave in the policy of any page of either program."""

import json
import os
import subprocess

import httpx2
import pytest

from e2e import npm
from e2e.staging import staged

pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.timeout(300)]

OF_THE_SERVICE = ("/", "/connect/", "/oauth/callback", "/oauth/callback?error=x", "/health", "/nothing")
OF_THE_SANDBOX = (
    "/",
    "/developer/sign-in",
    "/developer/sign-up",
    "/company/sign-in",
    "/control",
    "/control/faults",
    "/control/quirks",
    "/control/requests",
)


def grave(policies: list[dict[str, str]]) -> list[str]:
    """What is found, a line each."""
    directory = npm.install()
    done = subprocess.run(
        [npm.program("node"), "policies.js"],
        cwd=directory,
        input=json.dumps(policies),
        env={**os.environ, "PATH": npm.search_path()},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_no_policy_of_a_page_has_a_grave_weakness(tmp_path_factory: pytest.TempPathFactory) -> None:
    with staged(tmp_path_factory.mktemp("policies")) as stage:
        stage.use(1)
        addresses = [stage.address.url + path for path in OF_THE_SERVICE]
        addresses += [stage.sandbox.url + path for path in OF_THE_SANDBOX]
        policies = [
            {"page": address, "policy": httpx2.get(address).headers["content-security-policy"]}
            for address in addresses
        ]
    assert len(policies) == len(OF_THE_SERVICE) + len(OF_THE_SANDBOX)
    assert grave(policies) == []


def test_a_weak_policy_is_found() -> None:
    assert grave([{"page": "weak", "policy": "default-src *; script-src 'unsafe-inline'"}]) != []
