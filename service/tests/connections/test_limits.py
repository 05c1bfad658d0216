import pytest

from counterfoil.connections import TokenLimits


def test_a_lease_outlives_the_longest_token_call() -> None:
    limits = TokenLimits()
    assert limits.lease_seconds > limits.call_deadline_seconds


@pytest.mark.parametrize("lease_seconds", [19.0, 20.0])
def test_a_lease_that_could_end_during_a_call_is_refused(lease_seconds: float) -> None:
    with pytest.raises(ValueError, match="make the lease longer"):
        TokenLimits(call_deadline_seconds=20.0, lease_seconds=lease_seconds)
