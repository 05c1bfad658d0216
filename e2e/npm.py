"""The published npm clients, installed from the registry as `e2e/clients/package-lock.json` names them.

They are judges, not parts: nothing of them is shipped, and nothing but the tests of `test_clients.py` needs
Node.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parent / "clients"
INSTALLED: Final = Path("build/clients")
_INSTALL_SECONDS: Final = 300
_LOCK: Final = "package-lock.json"
_ENVIRONMENT: Final = Path(sys.executable).parent
_MISSING: Final = (
    "The tests against the published npm clients need Node.js 20 or newer with npm; `{name}` is neither in "
    "the environment nor on PATH. `make install` brings it."
)


class NpmFailed(Exception):
    """Node or npm is missing, or npm could not install."""


def search_path() -> str:
    """Where programs are looked for: the environment first, whose Node is the locked one."""
    return f"{_ENVIRONMENT}{os.pathsep}{os.environ.get('PATH', '')}"


def program(name: str, path: str | None = None) -> str:
    """The path of `node` or `npm`. Raises NpmFailed where it is missing."""
    found = shutil.which(name, path=search_path() if path is None else path)
    if found is None:
        raise NpmFailed(_MISSING.format(name=name))
    return found


def install() -> Path:
    """The directory with the clients and the scripts beside them, installed where the lock has changed.

    Raises:
        NpmFailed: npm is missing, or it failed.
    """
    npm = program("npm")
    program("node")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    stamp = INSTALLED / ".installed"
    lock = (SOURCES / _LOCK).read_text()
    if not stamp.exists() or stamp.read_text() != lock:
        stamp.unlink(missing_ok=True)
        for name in ("package.json", _LOCK):
            shutil.copyfile(SOURCES / name, INSTALLED / name)
        _run_npm(npm)
        stamp.write_text(lock)
    for script in (one for kind in ("js", "cjs", "html") for one in SOURCES.glob(f"*.{kind}")):
        shutil.copyfile(script, INSTALLED / script.name)
    return INSTALLED


def _run_npm(npm: str) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    environment = {
        **os.environ,
        "PATH": search_path(),
        "npm_config_omit_lockfile_registry_resolved": "true",
    }
    done = subprocess.run(
        command,
        cwd=INSTALLED,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_INSTALL_SECONDS,
    )
    if done.returncode != 0:
        raise NpmFailed(f"npm ci ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
