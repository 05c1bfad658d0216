"""Headers that steer, headers that go on, headers that come back."""

import pytest

from counterfoil.proxy.errors import InvalidProxyHeaders, NavigationRefused
from counterfoil.proxy.headers import (
    MOST_RETRIES,
    Asked,
    Header,
    read_headers,
    returned_headers,
    upstream_headers,
)

NAMES: tuple[Header, ...] = ((b"provider-config-key", b"k"), (b"connection-id", b"c"))


def asked(*headers: Header) -> Asked:
    return read_headers([*NAMES, *headers])


def sent(*headers: Header, with_body: bool = False) -> dict[str, str]:
    return dict(upstream_headers(asked(*headers), "Bearer t", with_body=with_body))


def test_the_header_that_authorizes_has_the_providers_name_and_no_rival() -> None:
    headers = upstream_headers(
        asked((b"nango-proxy-x-api-key", b"mine")), "key", with_body=False, authorization_header="x-api-key"
    )
    assert [header for header in headers if header[0] in ("x-api-key", "authorization")] == [
        ("x-api-key", "key")
    ]


def test_without_credentials_no_header_authorizes() -> None:
    headers = dict(upstream_headers(asked(), "", with_body=False))
    assert "authorization" not in headers


def returned(*headers: Header, status: int = 200, decoded: bool = False) -> dict[bytes, bytes]:
    return dict(returned_headers(status, headers, decoded=decoded))


def test_both_names_are_needed_and_both_are_named() -> None:
    with pytest.raises(InvalidProxyHeaders) as refused:
        read_headers([(b"connection-id", b"")])
    assert "Provider-Config-Key and Connection-Id" in refused.value.message
    assert [error.path for error in refused.value.errors] == [("provider-config-key",), ("connection-id",)]


def test_what_nobody_asked_for_is_the_usual() -> None:
    usual = asked()
    assert (usual.integration_key, usual.connection_id) == ("k", "c")
    assert (usual.retries, usual.retry_on, usual.base_url_override) == (0, frozenset(), "")
    assert not any((usual.decompress, usual.has_body, usual.accepts_gzip, usual.from_browser))


def test_names_may_be_more_than_ascii() -> None:
    assert asked((b"connection-id", "café".encode())).connection_id == "café"
    with pytest.raises(InvalidProxyHeaders):
        asked((b"connection-id", b"caf\xe9"))


@pytest.mark.parametrize(("value", "retries"), [(b"", 0), (b"0", 0), (b"2", 2), (b"999999", MOST_RETRIES)])
def test_retries_are_a_bounded_number(value: bytes, retries: int) -> None:
    assert asked((b"retries", value)).retries == retries


@pytest.mark.parametrize("value", [b"-1", b"1.5", b"many", b"1000000", b"\xb2"])
def test_retries_that_are_no_number_are_refused(value: bytes) -> None:
    with pytest.raises(InvalidProxyHeaders):
        asked((b"retries", value))


def test_statuses_to_retry_on_are_a_list() -> None:
    assert asked((b"retry-on", b" 404, 429 ,503")).retry_on == {404, 429, 503}
    for wrong in (b"404;429", b"all", b"99", b"600"):
        with pytest.raises(InvalidProxyHeaders):
            asked((b"retry-on", wrong))


@pytest.mark.parametrize(
    "header",
    [(b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"iframe"), (b"sec-fetch-dest", b"embed")],
)
def test_a_browser_that_navigates_is_refused(header: Header) -> None:
    with pytest.raises(NavigationRefused):
        asked(header)


@pytest.mark.parametrize(
    "name",
    [
        b"authorization",
        b"cookie",
        b"host",
        b"connection",
        b"transfer-encoding",
        b"content-length",
        b"x-forwarded-for",
        b"proxy-authorization",
        b"expect",
        b"te",
        b"nango-proxy-x",
        b"",
        b"a b",
    ],
)
def test_what_is_never_forwarded_is_refused(name: bytes) -> None:
    with pytest.raises(InvalidProxyHeaders):
        asked((b"nango-proxy-" + name, b"x"))


@pytest.mark.parametrize("value", [b"a\r\nb", b"a\nb", b"a\x00b", b"\x7f"])
def test_a_value_that_could_end_a_header_is_refused(value: bytes) -> None:
    with pytest.raises(InvalidProxyHeaders):
        asked((b"nango-proxy-x", value))


def test_only_named_headers_go_on_and_ours_is_the_authorization() -> None:
    assert sent((b"x-secret", b"1"), (b"nango-proxy-x-mine", b"2"), (b"user-agent", b"browser")) == {
        "x-mine": "2",
        "accept-encoding": "identity",
        "authorization": "Bearer t",
    }


@pytest.mark.parametrize(
    ("accepts", "decompress", "coding"),
    [
        (b"gzip, br", b"", "gzip"),
        (b"*", b"", "gzip"),
        (b"br", b"", "identity"),
        (b"gzip;q=0", b"", "identity"),
        (b"gzip;q=0.5", b"", "gzip"),
        (b"gzip", b"true", "identity"),
    ],
)
def test_the_provider_may_compress_what_the_caller_can_read(
    accepts: bytes, decompress: bytes, coding: str
) -> None:
    assert sent((b"accept-encoding", accepts), (b"decompress", decompress))["accept-encoding"] == coding


def test_the_type_of_a_body_is_the_callers_word() -> None:
    own = (b"content-type", b"text/x")
    assert sent(own, with_body=True)["content-type"] == "text/x"
    assert "content-type" not in sent(own)
    assert sent(own, (b"nango-proxy-content-type", b"text/y"), with_body=True)["content-type"] == "text/y"


def test_the_boundary_of_a_form_is_not_lost() -> None:
    own = (b"content-type", b"multipart/form-data; boundary=b")
    named = (b"nango-proxy-content-type", b"multipart/form-data")
    assert sent(own, named, with_body=True)["content-type"] == "multipart/form-data; boundary=b"


def test_most_of_an_answer_comes_back() -> None:
    kept = returned((b"ETag", b"e"), (b"X-Any", b"1"), (b"Content-Length", b"3"), (b"Location", b"/x"))
    assert kept == {
        b"etag": b"e",
        b"x-any": b"1",
        b"content-length": b"3",
        b"location": b"/x",
        b"content-security-policy": b"sandbox",
        b"x-content-type-options": b"nosniff",
        b"cache-control": b"no-store",
    }


@pytest.mark.parametrize(
    "name",
    [
        b"Set-Cookie",
        b"Transfer-Encoding",
        b"Connection",
        b"Access-Control-Allow-Origin",
        b"X-Accel-Redirect",
        b"X-Sendfile",
        b"Strict-Transport-Security",
        b"Clear-Site-Data",
        b"Proxy-Authenticate",
        b"Counterfoil-Request-Id",
        b"Date",
        b"bad name",
    ],
)
def test_what_would_act_in_our_name_does_not(name: bytes) -> None:
    assert name.lower() not in returned((name, b"x"))


def test_the_provider_can_not_loosen_what_browsers_may_do() -> None:
    kept = returned_headers(200, [(b"Content-Security-Policy", b"script-src *")], decoded=False)
    assert [value for name, value in kept if name == b"content-security-policy"] == [b"sandbox"]


def test_what_the_connection_names_is_dropped_but_not_what_describes_the_body() -> None:
    kept = returned(
        (b"X-Hop", b"1"), (b"Content-Length", b"3"), (b"Connection", b"close, X-Hop, Content-Length")
    )
    assert b"x-hop" not in kept
    assert kept[b"content-length"] == b"3"


def test_a_decompressed_answer_loses_its_coding_and_its_length() -> None:
    packed = ((b"Content-Encoding", b"gzip"), (b"Content-Length", b"3"))
    assert not {b"content-encoding", b"content-length"} & returned(*packed, decoded=True).keys()
    assert {b"content-encoding", b"content-length"} <= returned(*packed).keys()


def test_an_answer_without_a_body_has_no_length() -> None:
    assert b"content-length" not in returned((b"Content-Length", b"0"), status=204)


def test_repeated_headers_stay_repeated() -> None:
    kept = returned_headers(200, [(b"Link", b"a"), (b"Link", b"b")], decoded=False)
    assert [value for name, value in kept if name == b"link"] == [b"a", b"b"]
