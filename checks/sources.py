"""Which files the checks look at: what git tracks or would track."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, tracked or new, but none that git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    paths = (ROOT / name.decode() for name in listed.split(b"\0") if name)
    return tuple(path for path in paths if path.is_file())


def texts(*suffixes: str) -> tuple[tuple[Path, str], ...]:
    """The project's own text files with one of the suffixes; vendored files are somebody else's."""
    return tuple(
        (path, path.read_text(encoding="utf-8"))
        for path in files()
        if path.suffix in suffixes and "vendor" not in path.parts
    )
