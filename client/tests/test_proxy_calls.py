import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil_client import NotFound, ProviderRefused, ProxyAnswer
from counterfoil_client._operations import Answer, Params
from counterfoil_client._proxy_calls import (
    Target,
    get_path,
    is_own_failure,
    may_be_own_failure,
    post_path,
    raise_own_failure,
    request_path,
)

TARGET = Target("sage-intacct", "customer-17")
THROUGH_US = {"Counterfoil-Request-Id": "request-1", "Content-Type": "application/json"}


def answer(status: int, body: object = None, headers: dict[str, str] | None = None) -> Answer:
    content = b"" if body is None else json.dumps(body).encode()
    return Answer(status, httpx2.Headers(THROUGH_US if headers is None else headers), content)


def error(**members: object) -> dict[str, object]:
    return {"error": {"code": "unknown_provider_config", "message": "There is none.", **members}}


def test_a_call_names_the_integration_and_the_connection() -> None:
    assert get_path(TARGET, "/v1/x").headers == (
        ("Provider-Config-Key", "sage-intacct"),
        ("Connection-Id", "customer-17"),
    )


@pytest.mark.parametrize(
    ("path", "sent", "query"),
    [
        ("/v1/objects/accounts-payable/vendor", "/proxy/v1/objects/accounts-payable/vendor", ""),
        ("v1/x", "/proxy/v1/x", ""),
        ("", "/proxy/", ""),
        ("/v1/x/", "/proxy/v1/x/", ""),
        ("/v1/x?start=1&size=2", "/proxy/v1/x", "start=1&size=2"),
        ("/v1/a b/ü", "/proxy/v1/a%20b/%C3%BC", ""),
        ("/v1/a%2Fb", "/proxy/v1/a%2Fb", ""),
        ("/v1/...", "/proxy/v1/...", ""),
        ("/v1/.hidden", "/proxy/v1/.hidden", ""),
        ("https://api.intacct.com/ia/api/v1/x", "/proxy/https://api.intacct.com/ia/api/v1/x", ""),
    ],
)
def test_a_path_goes_below_the_proxy(path: str, sent: str, query: str) -> None:
    operation = get_path(TARGET, path)

    assert (operation.path, operation.query) == (sent, query)


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "/v1/../../connections",
        "/.",
        "/v1/%2e%2e/x",
        "/v1/.%2E/x",
        "../connections/c-1?provider_config_key=k",
    ],
)
def test_a_path_can_not_leave_the_proxy(path: str) -> None:
    with pytest.raises(ValueError, match="dots"):
        get_path(TARGET, path)


@given(st.text())
def test_whatever_a_path_holds_it_stays_below_the_proxy(path: str) -> None:
    try:
        operation = get_path(TARGET, path)
    except ValueError:
        return
    target = operation.path.encode("ascii") + b"?" + operation.query.encode("ascii")
    url = httpx2.URL("http://127.0.0.1/api").copy_with(raw_path=b"/api" + target)

    assert url.raw_path.startswith(b"/api/proxy/")
    assert url.host == "127.0.0.1"


def test_a_fragment_is_refused() -> None:
    with pytest.raises(ValueError, match="%23"):
        get_path(TARGET, "/v1/x#y")


def test_parameters_are_added_to_those_in_the_path() -> None:
    params: Params = {"fields": ["id", "name"], "active": True, "note": "a&b", "left_out": None}

    assert (
        get_path(TARGET, "/v1/x?a=1", params=params).query
        == "a=1&fields=id&fields=name&active=true&note=a%26b"
    )


def test_headers_for_the_provider_are_marked() -> None:
    operation = get_path(TARGET, "/v1/x", headers={"X-IA-API-Param-Entity": "East"})

    assert operation.headers[2:] == (("Nango-Proxy-X-IA-API-Param-Entity", "East"),)


def test_json_is_sent_compactly_with_its_type() -> None:
    operation = post_path(TARGET, "/v1/x", json={"name": "Müller", "n": 1})

    assert operation.content == '{"name":"Müller","n":1}'.encode()
    assert operation.headers[2:] == (("Content-Type", "application/json"),)


def test_a_body_of_another_type_says_so_on_both_ways() -> None:
    operation = post_path(TARGET, "/v1/x", content=b"<a/>", headers={"content-type": "application/xml"})

    assert operation.headers[2:] == (
        ("Content-Type", "application/xml"),
        ("Nango-Proxy-content-type", "application/xml"),
    )


def test_retries_and_a_base_url_are_asked_for_by_headers() -> None:
    target = Target("k", "c", "https://api-p301.intacct.com/ia/api")

    assert dict(get_path(target, "/", retries=2, retry_on=(409, 423)).headers) == {
        "Provider-Config-Key": "k",
        "Connection-Id": "c",
        "Base-Url-Override": "https://api-p301.intacct.com/ia/api",
        "Retries": "2",
        "Retry-On": "409,423",
    }


@pytest.mark.parametrize("retries", [-1, 6])
def test_retries_out_of_range_are_refused(retries: int) -> None:
    with pytest.raises(ValueError, match="retries"):
        get_path(TARGET, "/", retries=retries)


def test_a_body_is_given_in_one_way_only() -> None:
    with pytest.raises(ValueError, match="either"):
        post_path(TARGET, "/", json={}, content=b"")


def test_a_value_without_a_json_form_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        post_path(TARGET, "/", json=float("nan"))


def test_a_header_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="can't name"):
        get_path(TARGET, "/", headers={"X Y": "1"})


def test_any_method_may_be_used() -> None:
    assert request_path(TARGET, "propfind", "/").method == "PROPFIND"


@pytest.mark.parametrize(
    "said",
    [
        answer(200, error()),
        answer(404, {"ia::result": {"ia::error": {"code": "notFound", "message": "…"}}}),
        answer(400, {"error": "invalid_grant"}),
        answer(404, {"error": {"code": 404, "message": "Google's form"}}),
        answer(404, {"error": {"code": "ItemNotFound", "message": "Microsoft's form"}}),
        answer(404, {"error": {"code": "item_not_found", "message": "…", "innerError": {}}}),
        answer(500, None, {"Counterfoil-Request-Id": "r", "Content-Type": "text/html"}),
        answer(302, None, {"Counterfoil-Request-Id": "r", "Location": "https://api.intacct.com/"}),
    ],
)
def test_what_the_provider_says_is_not_the_proxys(said: Answer) -> None:
    assert not is_own_failure(said)
    raise_own_failure(get_path(TARGET, "/"), said)


@pytest.mark.parametrize(
    "said",
    [
        answer(404, error()),
        answer(424, error(code="connection_unusable", diagnosis={})),
        answer(403, error(code="forbidden")),
        answer(400, None, {**THROUGH_US, "Counterfoil-Error": "invalid_headers"}),
        answer(502, None, {"Content-Type": "text/html"}),
        answer(301, None, {"Location": "https://elsewhere.example/"}),
    ],
)
def test_what_the_proxy_says_is_told_from_the_provider(said: Answer) -> None:
    assert is_own_failure(said)
    assert may_be_own_failure(said.status, said.headers)


def test_a_refusal_without_a_body_is_known_by_its_header() -> None:
    said = answer(404, None, {**THROUGH_US, "Counterfoil-Error": "unknown_provider_config"})

    with pytest.raises(NotFound) as caught:
        raise_own_failure(get_path(TARGET, "/v1/x"), said)

    assert caught.value.code == "unknown_provider_config"


def test_a_page_of_a_provider_needs_no_look_at_its_body() -> None:
    assert not may_be_own_failure(500, answer(500, None, {"Counterfoil-Request-Id": "r"}).headers)


def test_an_answer_is_read_as_text_and_json() -> None:
    said = ProxyAnswer(status=200, headers={}, content='{"a":"ü"}'.encode(), encoding="utf-8")

    assert said.json() == {"a": "ü"}
    assert said.text == '{"a":"ü"}'
    assert said.raise_for_status() is said


def test_text_that_can_not_be_decoded_is_replaced() -> None:
    assert ProxyAnswer(status=200, headers={}, content=b"\xff").text == "\ufffd"


def test_a_failure_of_the_provider_is_raised_when_asked_for() -> None:
    said = ProxyAnswer(status=422, headers={}, content=b"what it said", asked="POST /v1/x")

    with pytest.raises(ProviderRefused, match="answered 422 to POST /v1/x") as caught:
        said.raise_for_status()

    assert caught.value.answer is said
    assert "what it said" not in str(caught.value)
