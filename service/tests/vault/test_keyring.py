"""The law of sealed bytes: they open in their own place with their own key, and nowhere else."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.vault import SealContext, SealsExhausted, UnsealFailed
from counterfoil.vault.keyring import (
    Keyring,
    canary_lives,
    seal_canary,
    unwrap_key,
    wrap_key,
)

_KEYS = {7: b"7" * 32, 8: b"8" * 32}

contexts = st.builds(
    SealContext,
    environment_id=st.integers(min_value=1, max_value=2**31 - 1),
    table=st.text(max_size=20),
    column=st.text(max_size=20),
    row=st.text(max_size=20),
)


def _keyring(active_id: int = 7) -> Keyring:
    return Keyring(_KEYS, active_id, seals_left=1000)


@given(st.binary(max_size=300), contexts)
def test_opens_what_it_sealed(plaintext: bytes, context: SealContext) -> None:
    keyring = _keyring()
    assert keyring.open(keyring.seal(plaintext, context), context) == plaintext


@given(st.binary(max_size=60), contexts, contexts)
def test_refuses_every_other_place(plaintext: bytes, context: SealContext, other: SealContext) -> None:
    keyring = _keyring()
    sealed = keyring.seal(plaintext, context)
    if other == context:
        return
    with pytest.raises(UnsealFailed):
        keyring.open(sealed, other)


@pytest.mark.parametrize(
    "change",
    [{"environment_id": 2}, {"table": "integrations"}, {"column": "sealed_settings"}, {"row": "12"}],
)
def test_refuses_a_neighbouring_place(change: dict[str, object]) -> None:
    keyring = _keyring()
    context = SealContext(1, "connections", "sealed_credentials", "11")
    sealed = keyring.seal(b"token", context)
    with pytest.raises(UnsealFailed):
        keyring.open(sealed, dataclasses.replace(context, **change))  # type: ignore[arg-type]


@given(first=st.text(max_size=8), second=st.text(max_size=8), third=st.text(max_size=8))
def test_parts_of_a_place_do_not_run_together(first: str, second: str, third: str) -> None:
    keyring = _keyring()
    sealed = keyring.seal(b"token", SealContext(1, first + second, third, "1"))
    if not second:
        return
    with pytest.raises(UnsealFailed):
        keyring.open(sealed, SealContext(1, first, second + third, "1"))


@given(st.binary(max_size=60), st.data())
def test_refuses_a_flipped_bit_anywhere(plaintext: bytes, data: st.DataObject) -> None:
    keyring = _keyring()
    context = SealContext(1, "connections", "sealed_credentials", "11")
    sealed = bytearray(keyring.seal(plaintext, context))
    bit = data.draw(st.integers(min_value=0, max_value=len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UnsealFailed):
        keyring.open(bytes(sealed), context)


@given(st.binary(max_size=80))
def test_refuses_bytes_that_nobody_sealed(garbage: bytes) -> None:
    with pytest.raises(UnsealFailed):
        _keyring().open(garbage, SealContext(1, "connections", "sealed_credentials", "11"))


def test_opens_with_the_key_that_the_bytes_name() -> None:
    context = SealContext(1, "connections", "sealed_credentials", "11")
    old = _keyring(active_id=7).seal(b"token", context)
    assert _keyring(active_id=8).open(old, context) == b"token"


def test_refuses_a_key_that_it_does_not_know() -> None:
    context = SealContext(1, "connections", "sealed_credentials", "11")
    sealed = _keyring(active_id=8).seal(b"token", context)
    with pytest.raises(UnsealFailed, match="unknown data key 8"):
        Keyring({7: _KEYS[7]}, 7, seals_left=1).open(sealed, context)


def test_never_seals_the_same_bytes_alike() -> None:
    keyring = _keyring()
    context = SealContext(1, "connections", "sealed_credentials", "11")
    assert len({keyring.seal(b"token", context) for _ in range(100)}) == 100


def test_stops_sealing_when_its_allowance_is_used_up_but_goes_on_opening() -> None:
    keyring = Keyring(_KEYS, 7, seals_left=1)
    context = SealContext(1, "connections", "sealed_credentials", "11")
    sealed = keyring.seal(b"token", context)
    with pytest.raises(SealsExhausted):
        keyring.seal(b"token", context)
    assert keyring.open(sealed, context) == b"token"
    keyring.allow(1)
    keyring.seal(b"token", context)


@given(st.binary(min_size=32, max_size=32), st.integers(min_value=1, max_value=2**31 - 1))
def test_a_wrapped_key_opens_only_for_its_own_row(data_key: bytes, key_id: int) -> None:
    wrapped = wrap_key(b"w" * 32, data_key, key_id)
    assert unwrap_key(b"w" * 32, wrapped, key_id) == data_key
    with pytest.raises(UnsealFailed):
        unwrap_key(b"w" * 32, wrapped, key_id + 1)
    with pytest.raises(UnsealFailed):
        unwrap_key(b"x" * 32, wrapped, key_id)


def test_the_canary_lives_only_with_its_own_key() -> None:
    canary = seal_canary(b"w" * 32)
    assert canary_lives(b"w" * 32, canary)
    assert not canary_lives(b"x" * 32, canary)
    assert not canary_lives(b"w" * 32, b"short")
