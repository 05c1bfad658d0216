"""How much the proxy takes on, in numbers that an operator may change."""

from dataclasses import dataclass

from counterfoil.outbound import Deadlines


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyLimits:
    """Deadlines, sizes and retries.

    Attributes:
        deadlines: How long the provider may take for one attempt.
        request_body_bytes: The largest body that is passed on.
        replayable_bytes: A body up to this size is read whole before the provider is called, so that it can
            be sent again; a larger one is streamed, once.
        judged_bytes: How much of a refusal's body is looked at to see whether the token is at fault.
        first_wait_seconds: Before the first retry, where the provider does not say; doubled each time.
        longest_wait_seconds: Who asks for a longer wait than this gets no retry; the caller sees the answer.
        decoded_free_bytes: A decompressed answer may always grow to this size.
        most_growth: Beyond that, to so many times what came over the wire.
        hangup_seconds: How soon a caller's hang-up is noticed while the provider is silent.
    """

    deadlines: Deadlines = Deadlines()  # noqa: RUF009 - a frozen value
    request_body_bytes: int = 5 * 1024**3
    replayable_bytes: int = 256 * 1024
    judged_bytes: int = 16 * 1024
    first_wait_seconds: float = 3.0
    longest_wait_seconds: float = 60.0
    decoded_free_bytes: int = 8 * 1024**2
    most_growth: int = 100
    hangup_seconds: float = 0.25
