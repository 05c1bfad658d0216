"""Tests mirror the source tree: a module of some size has a test file of its name at its place."""

from pathlib import Path

import pytest

from checks.sources import ROOT, files

DISTRIBUTIONS = {
    "service": "service/src/counterfoil",
    "sandbox": "sandbox/src/intacct_sandbox",
    "client": "client/src/counterfoil_client",
}
LONG_ENOUGH_LINES = 40
SHARE = 0.9


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_nine_of_ten_modules_have_their_test_file(distribution: str) -> None:
    source = ROOT / DISTRIBUTIONS[distribution]
    modules = [
        path for path in files() if path.suffix == ".py" and path.is_relative_to(source) and _counts(path)
    ]
    alone = [path for path in modules if not _test_of(path, source, ROOT / distribution / "tests").exists()]
    listed = "\n".join(str(path.relative_to(ROOT)) for path in alone)
    assert len(alone) <= (1 - SHARE) * len(modules), (
        f"{len(alone)} of {len(modules)} have no test file:\n{listed}"
    )


def _counts(path: Path) -> bool:
    if path.name in {"__init__.py", "__main__.py"} or "migrations" in path.parts:
        return False
    return len(path.read_text().splitlines()) > LONG_ENOUGH_LINES


def _test_of(path: Path, source: Path, tests: Path) -> Path:
    relative = path.relative_to(source)
    return tests / relative.parent / f"test_{relative.stem.lstrip('_')}.py"
