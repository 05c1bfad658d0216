"""Token requests carry what they must and nothing else; token answers become values, whatever they hold."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.oauth2 import (
    HttpRequest,
    HttpResponse,
    TokenGranted,
    TokenRefused,
    TokenUnreadable,
    client_authorization,
    parse_token_response,
    token_request,
)
from counterfoil.oauth2.exchange import MAX_BODY_BYTES, MAX_TOKEN_CHARACTERS, json_object, one_line
from counterfoil.vault import Secret

URL = "https://provider.example/token"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def answer(body: Any, status: int = 200, *headers: tuple[str, str]) -> HttpResponse:
    return HttpResponse(status, headers, json.dumps(body).encode())


def test_a_token_request_is_a_form_with_the_secrets_in_its_body() -> None:
    request = token_request(URL, {"grant_type": "client_credentials", "client_secret": Secret("s&=|@ ü")})
    assert request.method == "POST"
    assert request.url == URL
    assert ("Content-Type", "application/x-www-form-urlencoded") in request.headers
    assert not any(name == "Authorization" for name, _ in request.headers)
    assert request.body is not None
    assert dict(parse_qsl(request.body.decode())) == {
        "grant_type": "client_credentials",
        "client_secret": "s&=|@ ü",
    }


def test_a_client_may_travel_in_the_header_instead() -> None:
    authorization = client_authorization(Secret("a:b"), Secret("c d/ü"))
    # RFC 6749 section 2.3.1: each part form-encoded, so that the one colon is the separator.
    assert base64.b64decode(authorization.reveal().removeprefix("Basic ")) == b"a%3Ab:c+d%2F%C3%BC"
    request = token_request(URL, {"grant_type": "client_credentials"}, authorization)
    assert ("Authorization", authorization.reveal()) in request.headers
    assert request.body == b"grant_type=client_credentials"


def test_absent_and_empty_parameters_are_not_sent() -> None:
    request = token_request(URL, {"a": "1", "b": "", "c": None, "d": Secret("")})
    assert request.body == b"a=1"


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1))
def test_every_parameter_arrives_as_it_was(parameters: dict[str, str]) -> None:
    body = token_request(URL, parameters).body
    assert body is not None
    assert dict(parse_qsl(body.decode("ascii"), keep_blank_values=True)) == parameters


def test_requests_and_responses_do_not_print_headers_or_bodies() -> None:
    shown = repr(HttpRequest("GET", URL, (("Authorization", "Bearer hush"),), b"hush")) + repr(
        HttpResponse(200, (("Set-Cookie", "hush"),), b"hush")
    )
    assert "hush" not in shown


def test_a_header_is_found_whatever_its_letter_case() -> None:
    response = HttpResponse(429, (("rEtry-aFter", "7"),))
    assert response.header("Retry-After") == "7"
    assert response.header("Location") is None


def test_a_granted_token() -> None:
    granted = parse_token_response(
        answer({"token_type": "Bearer", "access_token": "a.b.c", "refresh_token": "r", "expires_in": 43200})
    )
    assert isinstance(granted, TokenGranted)
    assert granted.access_token == Secret("a.b.c")
    assert granted.refresh_token == Secret("r")
    assert granted.expires_in == 43200
    assert granted.raw["token_type"] == "Bearer"
    assert "a.b.c" not in repr(granted)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (60, 60),
        ("60", 60),
        (60.9, 60),
        (0, None),
        (-5, None),
        (True, None),
        ("soon", None),
        (1e300, None),
        (None, None),
        ([60], None),
        ("6" * 5000, None),
        ("٣٦", None),
    ],
)
def test_a_lifetime_is_believed_only_if_it_is_one(said: object, seconds: int | None) -> None:
    granted = parse_token_response(answer({"access_token": "t", "expires_in": said}))
    assert isinstance(granted, TokenGranted)
    assert granted.expires_in == seconds


def test_a_refresh_token_of_the_wrong_kind_is_no_refresh_token() -> None:
    granted = parse_token_response(answer({"access_token": "t", "refresh_token": {"a": 1}}))
    assert isinstance(granted, TokenGranted)
    assert granted.refresh_token is None


def test_an_empty_error_member_does_not_undo_a_grant() -> None:
    assert isinstance(parse_token_response(answer({"access_token": "t", "error": None})), TokenGranted)


@pytest.mark.parametrize(
    "token", ["", "a b", "a\r\nX-Evil: 1", "tökén", 5, None, ["t"], "t" * (MAX_TOKEN_CHARACTERS + 1)]
)
def test_a_token_that_could_not_be_sent_in_a_header_is_no_token(token: object) -> None:
    assert isinstance(parse_token_response(answer({"access_token": token})), TokenUnreadable)


def test_a_token_that_is_not_a_bearer_token_is_not_used() -> None:
    unreadable = parse_token_response(answer({"access_token": "t", "token_type": "mac"}))
    assert isinstance(unreadable, TokenUnreadable)
    assert "bearer" in unreadable.reason


def test_a_refusal_in_the_words_of_the_rfc() -> None:
    refused = parse_token_response(
        answer(
            {"error": "invalid_grant", "error_description": "No,\r\nnot you"}, 401, ("Retry-After", " 12 ")
        )
    )
    assert isinstance(refused, TokenRefused)
    assert (refused.status, refused.code) == (401, "invalid_grant")
    assert refused.description == "No, not you"
    assert refused.retry_after_seconds == 12


@pytest.mark.parametrize("status", [200, 302, 400, 401, 500])
def test_an_error_is_a_refusal_whatever_the_status(status: int) -> None:
    refused = parse_token_response(answer({"error": {"code": 5}}, status))
    assert isinstance(refused, TokenRefused)
    assert refused.code is None
    assert refused.body == {"error": {"code": 5}}


def test_a_success_without_a_token_is_a_refusal_of_unknown_form() -> None:
    assert isinstance(parse_token_response(answer({"ia::error": {"code": "GW-0011"}})), TokenRefused)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b'{"access_token": "t', "not JSON"),
        (b"<!DOCTYPE html><html>502</html>", "web page"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[1]", "not an object"),
        (b'"t"', "not an object"),
        (b"NaN", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "nested"),
        (b"{" + b" " * MAX_BODY_BYTES + b"}", "too long"),
        (b'{"a": "\\ud800"}', "not JSON"),
    ],
)
def test_a_hostile_body_is_unreadable_and_says_why(body: bytes, reason: str) -> None:
    unreadable = parse_token_response(HttpResponse(200, (), body))
    assert isinstance(unreadable, TokenUnreadable)
    assert reason in unreadable.reason


def test_no_content_is_unreadable_and_keeps_its_status() -> None:
    unreadable = parse_token_response(HttpResponse(204))
    assert isinstance(unreadable, TokenUnreadable)
    assert unreadable.status == 204


def test_too_many_requests_without_json_still_says_how_long_to_wait() -> None:
    unreadable = parse_token_response(HttpResponse(429, (("Retry-After", "30"),), b"slow down"))
    assert unreadable == TokenUnreadable(429, "it is not JSON", 30)


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "0", "", "9" * 5000, "1e3"])
def test_a_retry_time_that_is_not_seconds_is_none(header: str) -> None:
    refused = parse_token_response(answer({"error": "slow_down"}, 429, ("Retry-After", header)))
    assert isinstance(refused, TokenRefused)
    assert refused.retry_after_seconds is None


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_bytes_make_it_raise(body: bytes, status: int) -> None:
    assert parse_token_response(HttpResponse(status, (), body)) is not None


@given(json_values, st.integers(100, 599))
def test_no_json_makes_it_raise(value: Any, status: int) -> None:
    assert parse_token_response(answer(value, status)) is not None


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("access_token", "token_type", "refresh_token", "expires_in", "error", "error_description"),
            json_values,
        ),
    )
)
def test_no_token_answer_of_wrong_types_makes_it_raise(value: dict[str, Any]) -> None:
    granted = parse_token_response(answer(value))
    if isinstance(granted, TokenGranted):
        assert granted.access_token.reveal().isascii()


def test_a_providers_text_is_made_fit_for_one_line() -> None:
    assert one_line("a\n\tb\x00 c  ") == "a b c"
    assert one_line("x" * 9999) == "x" * 500
    assert one_line(" ") is None
    assert one_line(7) is None


def test_json_objects_of_reasonable_depth_are_read() -> None:
    assert json_object(b'{"a": {"b": [1]}}') == {"a": {"b": [1]}}
