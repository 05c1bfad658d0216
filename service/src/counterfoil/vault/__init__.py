"""The vault: what keeps credentials unreadable to whoever holds the database without the master key.

    Secret            a text that does not show itself
    MasterKey         read from a file that only its owner may read; wraps data keys, never seals a record
    Vault             seals and opens records with data keys held in memory; one per process
    SealContext       where a record lives; sealed bytes moved anywhere else do not open

Envelope encryption, AES-256-GCM throughout. There is no mode without encryption. The vault does not know what
it seals, and it is not a place to store things: sealed bytes live in the feature's own row.
"""

from counterfoil.vault.errors import MasterKeyUnusable, SealsExhausted, UnsealFailed, WrongMasterKey
from counterfoil.vault.keyring import SealContext
from counterfoil.vault.master_key import MasterKey, create_master_key, load_master_key
from counterfoil.vault.secret import Secret
from counterfoil.vault.service import Vault

__all__ = [
    "MasterKey",
    "MasterKeyUnusable",
    "SealContext",
    "SealsExhausted",
    "Secret",
    "UnsealFailed",
    "Vault",
    "WrongMasterKey",
    "create_master_key",
    "load_master_key",
]
