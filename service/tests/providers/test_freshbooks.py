"""FreshBooks: who it is and which account, the identity says."""

import pytest
from service.tests.auth_modes.playing import answer
from service.tests.providers.oauth import signing_in

from counterfoil.providers import freshbooks

PROVIDER = freshbooks.provider()
WITHOUT_BOOKS = {"business": {"id": 1, "account_id": None}}
WITH_BOOKS = {"business": {"id": 90, "account_id": "xZNQ1X"}}


def test_a_person_is_sent_away() -> None:
    address, query = signing_in(PROVIDER).sent_to()
    assert address == "https://auth.freshbooks.com/oauth/authorize/"
    assert query["scope"] == "user:profile:read"


def test_the_first_business_with_books_is_the_connections() -> None:
    identity = {"response": {"id": 712052, "business_memberships": [None, WITHOUT_BOOKS, WITH_BOOKS]}}
    played = signing_in(PROVIDER).back(answer(200, identity))
    assert played.requests[1].url == "https://api.freshbooks.com/auth/api/v1/users/me"
    assert played.result.learned == {"account_id": "xZNQ1X", "business_id": "90"}
    fingerprint = played.result.fingerprint
    assert (fingerprint.company_id, fingerprint.user_id) == ("xZNQ1X", "712052")


def test_a_person_without_a_business_is_connected_too() -> None:
    assert signing_in(PROVIDER).back(answer(200, {"response": {"id": 7}})).result.learned == {}


@pytest.mark.parametrize("body", [{}, [], {"response": None}, {"response": {}}])
def test_an_identity_that_can_not_be_read_proves_nothing(body: object) -> None:
    assert signing_in(PROVIDER).fails(answer(200, body)).code == "connection_validation_failed"
