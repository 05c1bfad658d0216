"""Sealing and opening with data keys in memory: pure, no I/O. Where the keys come from is `service`'s
business.

Sealed bytes, format 1:

    1 byte    format version, 1
    4 bytes   id of the data key, big endian
    12 bytes  random nonce
    the rest  AES-256-GCM ciphertext and its 16-byte tag

The additional data is the header and the context, every part with its length before it, so that no two
contexts read alike. AES-GCM is not key-committing: the key is taken by its id, other keys are never tried.
"""

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from counterfoil.vault.errors import SealsExhausted, UnsealFailed

FORMAT_VERSION: Final = 1
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
_HEADER: Final = struct.Struct(">BI")


@dataclass(frozen=True, slots=True)
class SealContext:
    """Where sealed bytes live: they open in the same environment, table, column and row, and nowhere else.

    Attributes:
        environment_id: The environment's primary key.
        table: The table's name.
        column: The column's name.
        row: The row's primary key in decimal.
    """

    environment_id: int
    table: str
    column: str
    row: str


class Keyring:
    """The data keys that this process knows, which of them seals, and how often it still may.

    Args:
        keys: Data keys of 32 bytes by id.
        active_id: The key that seals.
        seals_left: How many times it may seal before `allow` is called again.
    """

    def __init__(self, keys: Mapping[int, bytes], active_id: int, seals_left: int) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._active_id = active_id
        self._seals_left = seals_left

    @property
    def active_id(self) -> int:
        """The id of the key that seals."""
        return self._active_id

    @property
    def known_ids(self) -> frozenset[int]:
        """The ids of all keys that open."""
        return frozenset(self._ciphers)

    @property
    def seals_left(self) -> int:
        """How many times `seal` may still be called."""
        return self._seals_left

    def learn(self, key_id: int, key: bytes) -> None:
        """Add a key that opens."""
        self._ciphers[key_id] = AESGCM(key)

    def activate(self, key_id: int, seals_left: int) -> None:
        """Seal with this key from now on, so many times."""
        self._active_id = key_id
        self._seals_left = seals_left

    def allow(self, more_seals: int) -> None:
        """Let the active key seal so many times more."""
        self._seals_left += more_seals

    def seal(self, plaintext: bytes, context: SealContext) -> bytes:
        """Encrypt for one place. Raises SealsExhausted when the allowance is used up."""
        if self._seals_left <= 0:
            raise SealsExhausted("Credentials can't be sealed just now; try again in a minute.")
        self._seals_left -= 1
        header = _HEADER.pack(FORMAT_VERSION, self._active_id)
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._active_id].encrypt(nonce, plaintext, _bound_to(header, context))
        return header + nonce + sealed

    def open(self, sealed: bytes, context: SealContext) -> bytes:
        """Decrypt what was sealed for this very place. Raises UnsealFailed for anything else."""
        if len(sealed) < _HEADER.size + NONCE_BYTES + TAG_BYTES:
            raise UnsealFailed("Sealed bytes are too short.")
        header = sealed[: _HEADER.size]
        version, key_id = _HEADER.unpack(header)
        if version != FORMAT_VERSION:
            raise UnsealFailed(f"Sealed bytes have the unknown format {version}.")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnsealFailed(f"Sealed bytes name the unknown data key {key_id}.")
        nonce = sealed[_HEADER.size : _HEADER.size + NONCE_BYTES]
        try:
            return cipher.decrypt(nonce, sealed[_HEADER.size + NONCE_BYTES :], _bound_to(header, context))
        except InvalidTag:
            raise UnsealFailed("Sealed bytes are damaged or belong to another place.") from None


def wrap_key(wrapping_key: bytes, data_key: bytes, key_id: int) -> bytes:
    """A data key encrypted for its own row of `vault_keys`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(wrapping_key).encrypt(nonce, data_key, _wrapping_purpose(key_id))


def unwrap_key(wrapping_key: bytes, wrapped: bytes, key_id: int) -> bytes:
    """The data key again. Raises UnsealFailed when the wrapping key or the row is another one."""
    return _decrypt(wrapping_key, wrapped, _wrapping_purpose(key_id))


def seal_canary(wrapping_key: bytes) -> bytes:
    """A known text under the wrapping key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(wrapping_key).encrypt(nonce, _CANARY, _CANARY_PURPOSE)


def canary_lives(wrapping_key: bytes, sealed: bytes) -> bool:
    """Whether the canary was sealed with this wrapping key."""
    try:
        return _decrypt(wrapping_key, sealed, _CANARY_PURPOSE) == _CANARY
    except UnsealFailed:
        return False


_CANARY: Final = b"counterfoil"
_CANARY_PURPOSE: Final = b"counterfoil canary 1"


def _wrapping_purpose(key_id: int) -> bytes:
    return b"counterfoil data key 1 " + str(key_id).encode()


def _decrypt(key: bytes, sealed: bytes, purpose: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose)
    except (InvalidTag, ValueError):
        raise UnsealFailed("A wrapped key does not open with this master key.") from None


def _bound_to(header: bytes, context: SealContext) -> bytes:
    parts = (str(context.environment_id), context.table, context.column, context.row)
    encoded = [part.encode() for part in parts]
    return header + b"".join(struct.pack(">I", len(part)) + part for part in encoded)
