"""Finds a Chromium for the browser tests, or installs one; says what to do where neither is possible.

Run as a program by `make chromium`; imported by tests for `executable` and `LAUNCH_ARGUMENTS`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# Without the background-networking switches Chromium calls home at every start; a closed network refuses it.
LAUNCH_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable() -> str | None:
    """The path of a usable Chromium: one named by CHROMIUM, one on the PATH, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as playwright:
        bundled = playwright.chromium.executable_path
    return bundled if Path(bundled).exists() else None


def install() -> None:
    """Install Debian's Chromium as root, else Playwright's; quiet unless it fails."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print(done.stderr, file=sys.stderr)
                return
        return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Find Chromium, install it where there is none, and fail with instructions where that does not work."""
    if executable() is None:
        print("No Chromium found: installing one for the browser tests …", file=sys.stderr)
        install()
    found = executable()
    if found is None:
        print(
            "The browser tests need Chromium and none could be installed.\n"
            "Install it (Debian, Ubuntu: apt-get install chromium; elsewhere: Google Chrome)"
            " or name one: CHROMIUM=/path/to/chromium make test",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
