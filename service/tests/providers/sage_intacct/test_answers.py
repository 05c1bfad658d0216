"""Errors are found wherever Sage puts them; a token error is told by its code."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.oauth2.test_exchange import json_values

from counterfoil.providers.sage_intacct.answers import SageError, is_token_error, read_error

_REFUSED: dict[str, Any] = {
    "error": {
        "code": "tokenInvalid",
        "message": "Token is not valid",
        "errorId": "REST-2102",
        "additionalInfo": {"messageId": "IA.TOKEN_IS_INVALID", "placeholders": {}, "propertySet": {}},
        "supportId": "VXx2%7EaTw",
    }
}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            {
                "ia::error": {
                    "code": "GW-0011",
                    "message": "Invalid Request",
                    "details": {"requestId": "AC47.59"},
                }
            },
            SageError("GW-0011", "Invalid Request", "AC47.59"),
        ),
        (_REFUSED, SageError("REST-2102", "Token is not valid", "VXx2%7EaTw")),
        (
            {
                "ia::result": {"ia::error": {"code": "operationFailed", "errorId": "REST-7001"}},
                "ia::meta": {},
            },
            SageError("REST-7001"),
        ),
        (
            {"error": "invalid_grant", "error_description": "The provided credentials are invalid"},
            SageError("invalid_grant", "The provided credentials are invalid"),
        ),
        ({"message": "The username format is invalid"}, SageError(None, "The username format is invalid")),
        ({"ia::error": {"code": "GW-0011", "details": [{"code": "x"}]}}, SageError("GW-0011")),
        ({}, SageError()),
        ({"ia::result": []}, SageError()),
        ({"error": 5, "error_description": []}, SageError()),
    ],
)
def test_an_error_is_found_in_each_of_its_places(body: dict[str, Any], error: SageError) -> None:
    assert read_error(body) == error


@given(st.dictionaries(st.sampled_from(["ia::error", "ia::result", "error", "message"]), json_values))
def test_no_body_makes_it_raise(body: dict[str, Any]) -> None:
    assert isinstance(read_error(body), SageError)


_JSON = "application/json"


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (401, "", b""),
        (401, "text/html", b"<html>"),
        (400, _JSON, b'{"error":{"code":"x","errorId":"REST-1206","message":"y"}}'),
        (400, _JSON, b'{"ia::error": {"message": "The token is not valid"'),
        (400, _JSON, b'{"message": "Invalid token"}'),
        (400, "", b' {"error": "Invalid token"}'),
        (400, "text/plain", b"Invalid token"),
        (400, _JSON, b'{"error":{"code":"tokenInvalid","errorId":"REST-2102"}}'),
        (403, _JSON, b'{"error":{"errorId" : "REST-2102"}}'),
        (400, _JSON, b'{"ia::error":{"code":"GW-0031","message":"Invalid Token"}}'),
        (422, _JSON, b'{"ia::error":{"code":"GW-0040"}}'),
    ],
)
def test_a_token_error_is_told_by_its_code(status: int, content_type: str, body: bytes) -> None:
    assert is_token_error(status, content_type, body)


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (200, _JSON, b'{"errorId":"REST-2102"}'),
        (302, _JSON, b'{"errorId":"REST-2102"}'),
        (500, _JSON, b'{"errorId":"REST-2102"}'),
        (400, _JSON, b""),
        (400, _JSON, b'{"ia::error":{"code":"GW-0011"}}'),
        (400, _JSON, b'{"ia::result":{"memo":"REST-1206"}}'),
        (400, _JSON, b'{"ia::result":{"memo":"Invalid token"}}'),
        (400, _JSON, b'{"message":"The memo says: Invalid token"}'),
        (400, "text/plain", b"There is no Invalid token here"),
        (403, _JSON, b'{"errorId":"REST-1206"}'),
        (404, _JSON, b'{"message":"The token is not valid"}'),
        (422, _JSON, b'{"errorId":"REST-7001"}'),
        (429, _JSON, b'{"ia::error":{"code":"GW-0010"}}'),
    ],
)
def test_other_errors_are_not_the_tokens_fault(status: int, content_type: str, body: bytes) -> None:
    assert not is_token_error(status, content_type, body)
