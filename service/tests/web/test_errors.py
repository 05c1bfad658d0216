"""The one shape in which every failure leaves."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from counterfoil.errors import (
    CounterfoilError,
    FieldError,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from counterfoil.web import (
    InvalidContentType,
    InvalidJson,
    InvalidQuery,
    InvalidUri,
    PayloadTooLarge,
    error_body,
    error_response,
)
from counterfoil.web.errors import InvalidHeaders, MethodNotAllowed, UnknownPath


class _Diagnosed(CounterfoilError):
    code = "diagnosed"
    status = 424

    def diagnostics(self) -> Mapping[str, object]:
        return {"diagnosis": {"who": "administrator"}}


def _body(error: CounterfoilError) -> Any:
    return json.loads(bytes(error_response(error).body))


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (InvalidQuery, 400, "invalid_query_params"),
        (InvalidUri, 400, "invalid_uri_params"),
        (InvalidHeaders, 400, "invalid_headers"),
        (InvalidJson, 400, "invalid_json"),
        (InvalidContentType, 415, "invalid_content_type"),
        (PayloadTooLarge, 413, "payload_too_large"),
        (UnknownPath, 404, "not_found"),
        (MethodNotAllowed, 405, "method_not_allowed"),
    ],
)
def test_each_failure_of_http_has_its_status_and_its_code(
    kind: type[CounterfoilError], status: int, code: str
) -> None:
    response = error_response(kind("Say what to do."))
    assert response.status_code == status
    assert json.loads(bytes(response.body)) == {"error": {"code": code, "message": "Say what to do."}}


def test_the_fields_at_fault_are_named_with_paths_of_texts() -> None:
    error = NotFound("Two things.", errors=[FieldError(("sizes", "0"), "custom", "Too small.")])
    assert _body(error)["error"]["errors"] == [
        {"code": "custom", "message": "Too small.", "path": ["sizes", "0"]}
    ]


def test_diagnostics_stand_beside_code_and_message() -> None:
    assert error_body(_Diagnosed("It failed.")) == {
        "error": {"code": "diagnosed", "message": "It failed.", "diagnosis": {"who": "administrator"}}
    }


def test_a_limit_says_when_to_come_back() -> None:
    response = error_response(TooManyRequests("Slower.", retry_after_seconds=7))
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")


def test_every_401_says_how_to_authenticate_and_nothing_else_does() -> None:
    assert error_response(Unauthenticated("Who are you?")).headers["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in error_response(Forbidden("No.")).headers
    named = error_response(Unauthenticated("Who are you?"), {"WWW-Authenticate": 'Bearer realm="x"'})
    assert named.headers.getlist("www-authenticate") == ['Bearer realm="x"']


def test_headers_that_are_given_are_sent() -> None:
    assert error_response(MethodNotAllowed("Not this one."), {"Allow": "GET"}).headers["allow"] == "GET"
