"""What the vault refuses. No message ever holds a key or a plaintext."""

from counterfoil.errors import CounterfoilError, Unavailable


class MasterKeyUnusable(CounterfoilError):
    """The master key can't be read as it is, or others can read it too; the message says what to do."""

    code = "master_key_unusable"


class WrongMasterKey(CounterfoilError):
    """The master key is not the one that this database was sealed with."""

    code = "wrong_master_key"


class UnsealFailed(CounterfoilError):
    """Sealed bytes are damaged, belong to another place, or were sealed with a key that is not known."""

    code = "unseal_failed"


class SealsExhausted(Unavailable):
    """The data key has no uses left in this process; maintenance fetches more within a minute."""

    code = "seals_exhausted"
