import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil_client._answers import api_error, error_object, result_of
from counterfoil_client._operations import Answer, Operation, json_of, nothing
from counterfoil_client.errors import (
    AnswerNotUnderstood,
    ApiError,
    Conflict,
    ConnectionNeedsReconnect,
    ConnectionUnusable,
    InvalidRequest,
    NotFound,
    ServerFailed,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def answer(status: int, body: object, **headers: str) -> Answer:
    return Answer(status, httpx2.Headers(headers), json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (409, "conflict", Conflict),
        (415, "invalid_content_type", InvalidRequest),
        (404, "unknown_connection", NotFound),
        (400, "unknown_connection", NotFound),
        (424, "anything", ConnectionNeedsReconnect),
        (400, "invalid_credentials", ConnectionNeedsReconnect),
        (502, "provider_unavailable", ServerFailed),
        (304, "odd", ApiError),
    ],
)
def test_status_and_code_choose_the_kind(status: int, code: str, kind: type[ApiError]) -> None:
    assert type(api_error(answer(status, {"error": {"code": code, "message": "m"}}), "GET /")) is kind


@pytest.mark.parametrize(
    "diagnosis", [{"recoverable": True}, {"recoverable": False, "retry_at": "2026-01-01T00:00:00Z"}]
)
def test_what_mends_itself_needs_nobody(diagnosis: dict[str, object]) -> None:
    error = api_error(answer(424, {"error": {"code": "c", "message": "m", "diagnosis": diagnosis}}), "GET /")

    assert type(error) is ConnectionUnusable


def test_a_diagnosis_of_an_unknown_form_does_not_hide_the_error() -> None:
    told = {
        "code": "c",
        "message": "m",
        "diagnosis": {"step": "third"},
        "errors": [{"path": "x", "code": 1}, 7],
    }

    error = api_error(answer(400, {"error": told}), "GET /")

    assert error.diagnosis is None
    assert error.code == "c"
    assert error.refusal.raw == told


def test_the_proxys_request_id_goes_before_the_providers() -> None:
    headers = {"x-request-id": "the-providers", "counterfoil-request-id": "ours"}

    assert api_error(answer(404, {}, **headers), "GET /").request_id == "ours"
    assert api_error(answer(404, {}, **{"x-request-id": "ours"}), "GET /").request_id == "ours"
    assert api_error(answer(404, {}), "GET /").request_id is None


@pytest.mark.parametrize("retry_after", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1.5", ""])
def test_a_wait_that_is_not_in_seconds_is_left_out(retry_after: str) -> None:
    error = api_error(answer(429, {}, **{"retry-after": retry_after}), "GET /")

    assert error.refusal.retry_after_seconds is None


@given(status=st.integers(300, 599), body=JSON)
def test_whatever_a_failure_says_it_becomes_an_api_error(status: int, body: object) -> None:
    for told in (body, {"error": body}, {"error": {"code": "c", "errors": body, "diagnosis": body}}):
        error = api_error(answer(status, told), "GET /")

        assert error.status == status
        assert str(error).startswith(f"{status} ")


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"\xff", b"[]", b'{"error": "invalid_grant"}', b'{"error": {}}']
)
def test_what_is_not_the_envelope_is_not_taken_for_it(content: bytes) -> None:
    assert error_object(Answer(400, httpx2.Headers(), content)) is None


def test_a_result_is_read_only_from_a_success() -> None:
    operation = Operation(method="GET", path="/x", read=json_of)

    assert result_of(operation, answer(200, {"a": 1})) == {"a": 1}
    with pytest.raises(ServerFailed):
        result_of(operation, answer(500, {"a": 1}))


def test_an_operation_may_take_failures_for_results() -> None:
    operation = Operation(method="GET", path="/x", read=nothing, is_failure=lambda _answer: False)

    assert result_of(operation, answer(500, {})) is None


def test_a_mistake_of_a_reader_is_not_blamed_on_the_service() -> None:
    def mistaken(_answer: Answer) -> None:
        raise KeyError("a fault of ours")

    with pytest.raises(KeyError):
        result_of(Operation(method="GET", path="/x", read=mistaken), answer(200, {}))


def test_what_is_no_json_is_not_understood() -> None:
    with pytest.raises(AnswerNotUnderstood, match=r"GET /x \(200\)"):
        result_of(
            Operation(method="GET", path="/x", read=json_of), Answer(200, httpx2.Headers(), b"\xff\xfe")
        )
