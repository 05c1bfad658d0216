"""How tokens are kept fresh, in numbers that are checked where they are made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLimits:
    """How tokens are kept fresh.

    Attributes:
        call_deadline_seconds: For all requests of one renewal together.
        lease_seconds: How long a holder has the lease; longer than the deadline, so that it never has two.
        wait_seconds: How long a caller waits for somebody else's renewal.
        margin_seconds: A token is renewed at least this long before it expires, if it lives long enough.
        assumed_lifetime_seconds: Of a token whose provider does not say.
        trust_seconds: How long what was read from the database is believed.
        sweep_concurrency: Renewals at once in one process's sweep.
    """

    call_deadline_seconds: float = 20.0
    lease_seconds: float = 40.0
    wait_seconds: float = 30.0
    margin_seconds: float = 900.0
    assumed_lifetime_seconds: float = 3600.0
    trust_seconds: float = 5.0
    sweep_concurrency: int = 8

    def __post_init__(self) -> None:
        if self.lease_seconds <= self.call_deadline_seconds:
            raise ValueError(
                f"A lease of {self.lease_seconds} s can end during a token call of up to "
                f"{self.call_deadline_seconds} s, and then two would be under way: make the lease longer."
            )
