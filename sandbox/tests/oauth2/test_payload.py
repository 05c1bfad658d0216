import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2.payload import Payload, Username, read_payload, read_username, refuse_shape
from intacct_sandbox.oauth2.refusals import Refusal

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ids() -> SeededIds:
    return SeededIds(1)


def code(answer: object) -> object:
    assert isinstance(answer, Refusal)
    error = answer.body.get("ia::error")
    return error["code"] if isinstance(error, dict) else answer.body["error"]


@pytest.mark.parametrize("body", [b"", b"   ", b"\r\n"])
def test_no_body_is_a_missing_token_payload(body: bytes, ids: SeededIds) -> None:
    assert code(read_payload(body, FORM, ids)) == "GW-0035"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"just some words", FORM),
        (b"\xff\xfe", FORM),
        (b"{not json", "application/json"),
        (b"[1, 2]", "application/json"),
        (b'"text"', "application/json"),
        (b"[]", "application/json"),
        (b'{"client_id": {"nested": "x"}}', "application/json"),
        (b'{"client_id": 7}', "application/json"),
        (b"[" * 100_000, "application/json"),
    ],
)
def test_what_is_not_key_and_value_is_an_invalid_token_payload(
    body: bytes, content_type: str, ids: SeededIds
) -> None:
    assert code(read_payload(body, content_type, ids)) == "GW-0032"


PARAMETERS = st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=40), min_size=1, max_size=6)


@given(PARAMETERS)
def test_form_and_json_say_the_same(parameters: dict[str, str]) -> None:
    ids = SeededIds(1)
    form = read_payload(urlencode(parameters).encode(), FORM, ids)
    body = read_payload(json.dumps(parameters).encode(), "application/json; charset=utf-8", ids)
    assert isinstance(form, Payload)
    assert dict(form.values) == parameters
    assert form == body


@given(st.binary(max_size=300), st.sampled_from([FORM, "application/json", "text/xml", ""]))
def test_no_body_whatever_breaks_the_reader(body: bytes, content_type: str) -> None:
    assert isinstance(read_payload(body, content_type, SeededIds(1)), Payload | Refusal)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"grant_type=client_credentials", "GW-0037"),
        (b"client_id=", "GW-0037"),
        (b"client_id=a&client_id=b", "GW-0038"),
        (b"client_id=a&username=", "GW-0036"),
        (b"client_id=a&username=+", "GW-0036"),
        (b"client_id=a&username=x@y&username=z@y", "GW-0039"),
    ],
)
def test_client_and_user_are_named_once_each(body: bytes, expected: str, ids: SeededIds) -> None:
    payload = read_payload(body, FORM, ids)
    assert isinstance(payload, Payload)
    assert code(refuse_shape(payload, ids)) == expected


def test_a_client_named_once_is_let_through(ids: SeededIds) -> None:
    payload = Payload({"client_id": "a", "session_id": ""}, frozenset())
    assert refuse_shape(payload, ids) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Admin@MyCompany", Username("Admin", "MyCompany", None)),
        ("Admin@MyCompany|Central Region", Username("Admin", "MyCompany", "Central Region")),
        ("a b@c d", Username("a b", "c d", None)),
    ],
)
def test_a_username_is_taken_apart_exactly_as_written(text: str, expected: Username, ids: SeededIds) -> None:
    assert read_username(text, ids) == expected


@pytest.mark.parametrize("text", ["Admin", "Admin@", "Admin|Central Region", "Admin@|Central Region"])
def test_a_username_without_company_misses_its_tenant(text: str, ids: SeededIds) -> None:
    assert code(read_username(text, ids)) == "GW-0012"


@pytest.mark.parametrize("text", ["@MyCompany", "a@b@MyCompany", "Admin@MyCompany|", "Admin@MyCompany|a|b"])
def test_a_username_of_another_form_gets_the_text_seen_live(text: str, ids: SeededIds) -> None:
    answer = read_username(text, ids)
    assert isinstance(answer, Refusal)
    assert answer.status == 400
    assert answer.body["error_description"] == "The username format is invalid (expected user@company)"
