"""Identifiers and random tokens as passed-in things.

Names of rows (`uuid`) are not secrets and never serve as such;
secrets come from `token_hex`, at least 128 bits.
"""

import os
import secrets
from dataclasses import dataclass
from typing import Protocol


class Ids(Protocol):
    """Where names and tokens come from."""

    def uuid(self) -> str:
        """A fresh UUID, lower case with hyphens. Not a secret."""
        ...

    def token_hex(self, size_bytes: int) -> str:
        """`size_bytes` random bytes as lower-case hexadecimal digits. May be a secret."""
        ...


@dataclass(frozen=True, slots=True)
class SystemIds:
    """The operating system's randomness."""

    def uuid(self) -> str:
        """A version 4 UUID (RFC 9562 section 5.4); written out here, as every request wants one."""
        digits = os.urandom(16).hex()
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def token_hex(self, size_bytes: int) -> str:
        """Random bytes from `secrets`."""
        return secrets.token_hex(size_bytes)
