import pytest

from counterfoil_client import Organization
from counterfoil_client._reading import Unreadable
from counterfoil_client.end_users import read_end_user


def test_an_end_user_is_read_with_what_they_belong_to() -> None:
    told = {
        "id": "customer-17",
        "email": "ada@example.com",
        "display_name": "Ada",
        "tags": {"team": "x"},
        "organization": {"id": "o", "display_name": "Org"},
    }

    end_user = read_end_user(told)

    assert end_user is not None
    assert (end_user.id, end_user.email, end_user.display_name) == ("customer-17", "ada@example.com", "Ada")
    assert end_user.tags == {"team": "x"}
    assert end_user.organization == Organization("o", "Org")
    assert end_user.raw is told


def test_an_end_user_may_have_an_id_only() -> None:
    end_user = read_end_user({"id": "customer-17"})

    assert end_user is not None
    assert (end_user.email, end_user.tags, end_user.organization) == (None, {}, None)


def test_there_may_be_no_end_user() -> None:
    assert read_end_user(None) is None


def test_an_end_user_without_an_id_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="id"):
        read_end_user({"email": "ada@example.com"})
