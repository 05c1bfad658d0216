"""The master key and its file: 32 random bytes that wrap every data key and are never stored anywhere else.

The file is one line of text, `counterfoil-master-key:1:<base64url>`. It is not a password file: nothing is
typed.
"""

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path
from typing import Final, final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from counterfoil.vault.errors import MasterKeyUnusable

_SIZE_BYTES: Final = 32
_LINE_PREFIX: Final = "counterfoil-master-key:1:"
_LARGEST_FILE_BYTES: Final = 1024


@final
class MasterKey:
    """The key above all others. It gives only keys derived for one purpose each, never itself."""

    __slots__ = ("_material",)

    def __init__(self, material: bytes) -> None:
        if len(material) != _SIZE_BYTES:
            raise ValueError(f"a master key has {_SIZE_BYTES} bytes")
        self._material = material

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, by HKDF-SHA256 (RFC 5869); the same purpose gives the same bytes."""
        info = f"counterfoil/1/{purpose}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._material)

    def __repr__(self) -> str:
        return "MasterKey(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a MasterKey is not pickled: it would leave the process")


def create_master_key(path: Path) -> MasterKey:
    """Write a fresh master key to a new file that only its owner may read.

    Raises:
        MasterKeyUnusable: The file exists already (a key is never overwritten), or its directory can't be
            written.
    """
    material = secrets.token_bytes(_SIZE_BYTES)
    line = _LINE_PREFIX + base64.urlsafe_b64encode(material).decode() + "\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise MasterKeyUnusable(f"{path} exists already. A master key is never overwritten.") from error
    except OSError as error:
        raise MasterKeyUnusable(f"The master key can't be written to {path}: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        # The umask may have taken bits away from the owner; it can't have added any.
        os.fchmod(file.fileno(), 0o600)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    _sync_directory(path.parent)
    return MasterKey(material)


def load_master_key(path: Path) -> MasterKey:
    """Read the master key.

    Raises:
        MasterKeyUnusable: The file is absent, not a regular file, readable by group or others, or not a key.
    """
    try:
        with path.open("rb") as file:
            _refuse_shared(path, os.fstat(file.fileno()))
            content = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise MasterKeyUnusable(f"The master key file {path} can't be read: {error.strerror}.") from error
    return MasterKey(_parse(path, content))


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise MasterKeyUnusable(f"The master key file {path} is not a regular file.")
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise MasterKeyUnusable(
            f"The master key file {path} can be read or changed by others (mode {mode:04o}). "
            f"Run: chmod 600 {path}"
        )


def _parse(path: Path, content: bytes) -> bytes:
    problem = MasterKeyUnusable(
        f"{path} does not hold a master key. Make one with: counterfoil vault create-key PATH"
    )
    try:
        line = content.decode("ascii").strip()
    except UnicodeDecodeError:
        raise problem from None
    if not line.startswith(_LINE_PREFIX):
        raise problem
    try:
        material = base64.b64decode(line.removeprefix(_LINE_PREFIX), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise problem from None
    if len(material) != _SIZE_BYTES:
        raise problem
    return material


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
