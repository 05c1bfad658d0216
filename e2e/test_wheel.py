"""The sandbox as somebody else's CI gets it: a wheel, a fresh environment, one line that starts it."""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UV = Path(sys.executable).with_name("uv")
PATIENCE_SECONDS = 120
LIST_PLUGINS = """
from importlib.metadata import entry_points
print(*(one.value for one in entry_points(group="pytest11")))
"""
FORM = {
    "grant_type": "client_credentials",
    "client_id": "0123456789abcdef0123.app.sage.com",
    "client_secret": "sandbox-client-secret",
    "username": "Admin@MyCompany",
}
# Nothing of the environment the tests run in may help.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("INTACCT_SANDBOX_", "PYTHONPATH", "VIRTUAL_ENV"))
}


def run(*command: str | Path, **environment: str) -> None:
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the sandbox's own wheel and the packages it names, as locked."""
    directory = tmp_path_factory.mktemp("wheel")
    wheels, venv = directory / "wheels", directory / "venv"
    run(UV, "build", "--quiet", "--wheel", "--out-dir", wheels, "sandbox")
    run(sys.executable, "-m", "venv", "--without-pip", venv)
    wheel = next(wheels.glob("intacct_sandbox-*.whl"))
    run(UV, "pip", "install", "--quiet", "--constraints", "requirements.lock", wheel, VIRTUAL_ENV=str(venv))
    return venv / "bin"


def test_one_line_starts_it_and_every_door_is_open(installed: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [str(installed / "intacct-sandbox"), "serve", "--port", "0", "--json"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        form = urllib.parse.urlencode(FORM).encode()
        with urllib.request.urlopen(f"{url}/ia/api/v1/oauth2/token", form) as answer:
            token = json.load(answer)["access_token"]
        asked = urllib.request.Request(
            f"{url}/ia/api/v1/objects/accounts-payable/vendor", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(asked) as answer:
            assert json.load(answer)["ia::meta"]["totalCount"] > 0
        for path in ("/company/sign-in", "/developer/sign-in", "/control", "/_sandbox/openapi.json"):
            with urllib.request.urlopen(url + path) as answer:
                assert answer.status == 200, path
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.communicate()


def test_its_fixtures_are_there_for_pytest(installed: Path) -> None:
    listed = subprocess.run(
        [
            str(installed / "python"),
            "-c",
            LIST_PLUGINS,
        ],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "intacct_sandbox.testing.plugin" in listed.stdout
