import re

import pytest

from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2.refusals import client_incorrect, gateway, oauth, token_invalid, token_not_valid


@pytest.fixture
def ids() -> SeededIds:
    return SeededIds(1)


def test_the_gateway_answers_with_a_request_id(ids: SeededIds) -> None:
    refusal = gateway("GW-0011", ids)
    error = refusal.body["ia::error"]
    assert isinstance(error, dict)
    assert (error["code"], error["message"]) == ("GW-0011", "Invalid Request")
    assert re.fullmatch(r"[0-9A-F]{8}:[0-9A-F]{4}_[0-9A-F]{8}\.[0-9A-F]{2}", error["details"]["requestId"])


def test_no_code_of_the_gateway_is_made_up(ids: SeededIds) -> None:
    with pytest.raises(KeyError):
        gateway("GW-9999", ids)


def test_the_oauth_service_answers_as_its_rfc_says() -> None:
    refusal = oauth("invalid_grant", "No.", status=401)
    assert refusal.body == {"error": "invalid_grant", "error_description": "No."}


def test_the_token_checker_answers_as_recorded(ids: SeededIds) -> None:
    error = token_invalid(ids).body["error"]
    assert isinstance(error, dict)
    support_id = error.pop("supportId")
    assert "%7E" in support_id
    assert error == {
        "code": "tokenInvalid",
        "message": "Token is not valid",
        "errorId": "REST-2102",
        "additionalInfo": {"messageId": "IA.TOKEN_IS_INVALID", "placeholders": {}, "propertySet": {}},
    }


def test_statuses_are_those_that_clients_have_seen(ids: SeededIds) -> None:
    assert (token_not_valid(ids).status, token_invalid(ids).status, client_incorrect(ids).status) == (
        400,
        401,
        401,
    )
