"""Who runs the embedded PostgreSQL when root starts it: PostgreSQL refuses to be root.

A system user of its own, made on first use, who is let through (not into) the directories above the programs
and the data: an entry for this one user in each directory's access list, nothing for anybody else. Nothing
here applies to a process that is not root.
"""

import errno
import os
import pwd
import shutil
import stat
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from counterfoil.db.errors import DatabaseUnusable

_LOGIN: Final = "counterfoil-postgres"
_ACCESS_LIST: Final = "system.posix_acl_access"
_ACCESS_LIST_VERSION: Final = 2
_ENTRY: Final = struct.Struct("<HHI")
_NO_ID: Final = 0xFFFFFFFF
_SEARCH: Final = 1
# Kinds of entries, in the order in which the kernel wants them (Linux, uapi/linux/posix_acl.h).
_OWNER, _USER, _GROUP, _OTHER_GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A user of the operating system."""

    uid: int
    gid: int


def server_user(programs: Path, directory: Path) -> SystemUser | None:
    """The user that runs the server, able to reach programs and data; None when this process may run it
    itself.

    Raises DatabaseUnusable when there is no such user and none can be made.
    """
    if os.geteuid() != 0:
        return None
    user = _find_or_make()
    server = programs / "bin" / "postgres"
    for path in (programs / "bin", directory):
        if not _may_enter(user, path):
            _let_through(user, path)
    if not _may_run(user, server):
        _open_programs(programs)
    if not _may_run(user, server) or not _may_enter(user, directory):
        raise DatabaseUnusable(
            f"The system user {_LOGIN} can't reach {server} or {directory}. "
            "Start the service as an ordinary user, or set COUNTERFOIL_DATABASE_URL to use your own "
            "PostgreSQL."
        )
    return user


def _find_or_make() -> SystemUser:
    try:
        entry = pwd.getpwnam(_LOGIN)
    except KeyError:
        _make()
        entry = pwd.getpwnam(_LOGIN)
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _make() -> None:
    useradd, adduser = shutil.which("useradd"), shutil.which("adduser")
    if useradd is not None:
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/bin/false", _LOGIN]
    elif adduser is not None:
        command = [adduser, "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/bin/false", _LOGIN]
    else:
        command = ["false"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    # Two processes may try at once; the slower one fails and finds the user made.
    if done.returncode != 0 and not _exists():
        raise DatabaseUnusable(
            f"PostgreSQL does not run as root, and the system user {_LOGIN} can't be made: "
            f"{done.stderr.strip()} "
            "Start the service as an ordinary user, or set COUNTERFOIL_DATABASE_URL to use your own "
            "PostgreSQL."
        )


def _exists() -> bool:
    try:
        pwd.getpwnam(_LOGIN)
    except KeyError:
        return False
    return True


def _may_enter(user: SystemUser, directory: Path) -> bool:
    return _succeeds(user, ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)])


def _may_run(user: SystemUser, program: Path) -> bool:
    return _succeeds(user, [str(program), "--version"])


def _succeeds(user: SystemUser, command: list[str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            command,
            user=user.uid,
            group=user.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _let_through(user: SystemUser, path: Path) -> None:
    for directory in (*reversed(path.resolve().parents), path.resolve()):
        if not _may_enter(user, directory):
            _allow_search(user, directory)


def _allow_search(user: SystemUser, directory: Path) -> None:
    try:
        os.setxattr(directory, _ACCESS_LIST, _with_search(_access_list(directory), user.uid))
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EPERM, errno.EINVAL}:
            raise
        # No access lists on this file system: search (never list or read) for everybody is the least that
        # works.
        directory.chmod(stat.S_IMODE(directory.stat().st_mode) | stat.S_IXOTH)


def _access_list(directory: Path) -> list[tuple[int, int, int]]:
    """Entries of kind, permission bits and id; those of the plain mode where there is no list."""
    try:
        raw = os.getxattr(directory, _ACCESS_LIST)
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise
        mode = directory.stat().st_mode
        return [
            (_OWNER, mode >> 6 & 7, _NO_ID),
            (_GROUP, mode >> 3 & 7, _NO_ID),
            (_OTHER, mode & 7, _NO_ID),
        ]
    return list(_ENTRY.iter_unpack(raw[4:]))


def _with_search(entries: list[tuple[int, int, int]], uid: int) -> bytes:
    kept = [entry for entry in entries if entry[0] != _MASK and (entry[0], entry[2]) != (_USER, uid)]
    mask = next((bits for kind, bits, _id in entries if kind == _MASK), None)
    if mask is None:
        mask = next(bits for kind, bits, _id in entries if kind == _GROUP)
    changed = [*kept, (_USER, _SEARCH, uid), (_MASK, mask | _SEARCH, _NO_ID)]
    changed.sort(key=lambda entry: (entry[0], entry[2]))
    return struct.pack("<I", _ACCESS_LIST_VERSION) + b"".join(_ENTRY.pack(*entry) for entry in changed)


def _open_programs(programs: Path) -> None:
    """Let everybody read and run the programs; they are public, but a strict umask may have hidden them."""
    for path in (programs, *programs.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        runs = stat.S_IXUSR & mode
        path.chmod(mode | 0o444 | (0o111 if runs else 0))
