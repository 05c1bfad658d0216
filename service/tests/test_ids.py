import re
import uuid

import pytest

from counterfoil.ids import SystemIds


def test_a_uuid_is_random_and_written_in_lower_case() -> None:
    text = SystemIds().uuid()

    assert uuid.UUID(text).version == 4
    assert text == str(uuid.UUID(text))


@pytest.mark.parametrize("size_bytes", [16, 32])
def test_a_token_has_two_digits_a_byte(size_bytes: int) -> None:
    assert re.fullmatch(rf"[0-9a-f]{{{2 * size_bytes}}}", SystemIds().token_hex(size_bytes))


def test_none_is_given_twice() -> None:
    ids = SystemIds()

    assert len({ids.uuid() for _ in range(1000)}) == 1000
    assert len({ids.token_hex(16) for _ in range(1000)}) == 1000
