import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.errors import InvalidInput, UnknownThing
from intacct_sandbox.faults.quirks import ALL, Quirk, Quirks


def test_each_has_its_default_until_it_is_set() -> None:
    quirks = Quirks()
    assert quirks.every() == {quirk.name: quirk.default for quirk in ALL}
    quirks.set("refresh-token-rotation", "strict")
    assert quirks.value("refresh-token-rotation") == "strict"
    quirks.reset()
    assert quirks.every() == {quirk.name: quirk.default for quirk in ALL}


def test_names_are_unique() -> None:
    assert len({quirk.name for quirk in ALL}) == len(ALL)


@pytest.mark.parametrize("quirk", ALL, ids=lambda quirk: quirk.name)
def test_each_is_explained_and_accepts_its_own_values(quirk: Quirk) -> None:
    assert quirk.accepts(quirk.default)
    assert all(quirk.accepts(choice) for choice in quirk.choices)
    assert not quirk.accepts("")
    for sentence in (quirk.meaning, quirk.evidence):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert quirk.allowed()


def test_a_value_it_cannot_have_is_refused_and_the_others_are_named() -> None:
    with pytest.raises(InvalidInput, match="must be one of none, rotate, strict") as refused:
        Quirks().set("refresh-token-rotation", "sometimes")
    assert refused.value.field == "refresh-token-rotation"


def test_an_unknown_one_is_unknown() -> None:
    with pytest.raises(UnknownThing, match="There is no quirk gravity"):
        Quirks().value("gravity")
    with pytest.raises(UnknownThing):
        Quirks().set("gravity", "off")


@pytest.mark.parametrize("value", ["0", "-1", "+1", "1.5", "1e3", " 1", "٣", "9" * 11, "9" * 5000, "forever"])
def test_a_lifetime_is_a_whole_number_of_seconds(value: str) -> None:
    with pytest.raises(InvalidInput, match="whole number of seconds"):
        Quirks().set("access-token-lifetime-seconds", value)


@given(st.text(max_size=20))
def test_any_text_is_accepted_or_refused_in_words(value: str) -> None:
    for quirk in ALL:
        if quirk.accepts(value):
            continue
        with pytest.raises(InvalidInput):
            Quirks().set(quirk.name, value)
