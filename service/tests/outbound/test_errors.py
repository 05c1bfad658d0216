"""What each failure on the way out says of itself; who branches on `sent` decides whether to try again."""

import pytest

from counterfoil.outbound import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    OutboundError,
    OutboundTimeout,
    ResponseTooLarge,
    TlsFailed,
)


@pytest.mark.parametrize("kind", [AddressRefused, ConnectFailed, TlsFailed])
def test_what_fails_before_there_is_a_connection_was_provably_not_sent(
    kind: type[AddressRefused | ConnectFailed | TlsFailed],
) -> None:
    assert kind("It failed.").sent is False


def test_an_answer_that_is_too_large_was_an_answer() -> None:
    assert ResponseTooLarge("It is too large.").sent is True


@pytest.mark.parametrize("kind", [OutboundTimeout, ConnectionBroken])
@pytest.mark.parametrize("sent", [False, True, None])
def test_others_are_told(kind: type[OutboundError], sent: bool | None) -> None:
    assert kind("It failed.", sent=sent).sent is sent


def test_callers_are_told_of_a_bad_gateway_or_of_a_timeout() -> None:
    kinds: tuple[type[OutboundError], ...] = (
        AddressRefused, ConnectFailed, TlsFailed, ConnectionBroken, ResponseTooLarge,
    )  # fmt: skip

    assert {kind.status for kind in kinds} == {502}
    assert OutboundTimeout.status == 504


def test_each_has_a_code_of_its_own() -> None:
    kinds: tuple[type[OutboundError], ...] = (
        OutboundError, AddressRefused, ConnectFailed, TlsFailed, OutboundTimeout, ConnectionBroken,
        ResponseTooLarge,
    )  # fmt: skip

    assert len({kind.code for kind in kinds}) == len(kinds)
