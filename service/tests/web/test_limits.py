"""Heads of requests: what means exactly one thing passes, everything else is refused before anybody reads
it."""

from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from counterfoil.web.limits import Headers, Refused, check_head

_HOST: Final = (b"host", b"connect.example.com")
_TOKEN: Final = b"!#$%&'*+.^_`|~0123456789abcdefghijklmnopqrstuvwxyz-"
_ONCE: Final = (
    b"authorization",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"expect",
    b"host",
    b"origin",
    b"transfer-encoding",
)


def _passes(
    *headers: tuple[bytes, bytes],
    method: bytes = b"POST",
    target: bytes = b"/",
    version: str = "1.1",
    host: bool = True,
) -> bool:
    try:
        check_head(method, target, version, [_HOST, *headers] if host else list(headers))
    except Refused:
        return False
    return True


def _refusal(*headers: tuple[bytes, bytes], method: bytes = b"POST", version: str = "1.1") -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        check_head(method, b"/", version, [_HOST, *headers])
    return refused.value.status, refused.value.code


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"])
def test_an_ordinary_request_passes(method: bytes, version: str) -> None:
    assert _passes((b"content-length", b"0"), (b"accept", b"*/*"), method=method, version=version)


@pytest.mark.parametrize("version", ["", "0.9", "1.2", "2", "2.0", "3", "1.10", "1.1 "])
def test_another_version_of_http_is_505(version: str) -> None:
    assert _refusal(version=version) == (505, "http_version_not_supported")


@pytest.mark.parametrize("method", [b"TRACE", b"CONNECT"])
def test_methods_of_intermediaries_are_405(method: bytes) -> None:
    assert _refusal(method=method) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "target", [b"/", b"/a?b=c", b"/%00", b"/a//b", b"//host/path", b"/?", b"/" + b"a" * 10_000]
)
def test_a_path_passes_as_it_is_written(target: bytes) -> None:
    assert _passes(target=target)


@pytest.mark.parametrize(
    "target",
    [
        b"",
        b"*",
        b"a",
        b"http://example.com/",
        b"/a#b",
        b"/a b",
        b"/\x00",
        b"/\xc3\xa9",
        b"/a\r\n",
        b"/\x7f",
        b"example.com:443",
    ],
)
def test_a_target_that_is_not_a_percent_encoded_path_is_refused(target: bytes) -> None:
    assert not _passes(target=target)


@pytest.mark.parametrize(
    "host",
    [
        b"localhost",
        b"connect.example.com:3003",
        b"127.0.0.1:1",
        b"[::1]:65535",
        b"[2001:db8::1]",
        b"a",
        b"a_b.example",
        b"example.com.",
    ],
)
def test_a_host_is_a_name_or_an_address_and_perhaps_a_port(host: bytes) -> None:
    assert _passes((b"host", host), host=False)


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b" ",
        b"a b",
        b"a/b",
        b"user@example.com",
        b"example.com:",
        b"example.com:x",
        b"example.com:123456",
        b"a,b",
        b"[::1",
        b"::1",
        b"http://example.com",
        b"-a",
        b"a\\b",
        b"a?b",
        b"a#b",
        b"\xc3\xa9.example",
        b"a" * 300,
    ],
)
def test_a_host_that_is_anything_else_is_refused(host: bytes) -> None:
    assert not _passes((b"host", host), host=False)


def test_a_request_without_a_host_is_refused_whatever_its_version() -> None:
    assert not _passes(host=False)
    assert not _passes(host=False, version="1.0")


@pytest.mark.parametrize("name", _ONCE)
@pytest.mark.parametrize("second", [b"1", b"2"])
def test_what_must_come_once_may_not_come_twice_not_even_with_the_same_value(
    name: bytes, second: bytes
) -> None:
    assert not _passes((name, b"1"), (b"accept", b"a"), (name, second))


@pytest.mark.parametrize("name", [b"accept", b"cookie", b"x-forwarded-for", b"x-anything"])
def test_other_headers_may_come_again(name: bytes) -> None:
    assert _passes((name, b"1"), (name, b"2"))


@pytest.mark.parametrize("names", [(b"content-length", b"content_length"), (b"x_a-b", b"x-a_b")])
def test_two_spellings_that_others_take_for_one_are_refused(names: tuple[bytes, bytes]) -> None:
    assert not _passes((names[0], b"1"), (names[1], b"1"))
    assert _passes((names[1], b"1"))


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-length", b"3"), (b"transfer-encoding", b"chunked")],
        [(b"transfer-encoding", b"gzip, chunked")],
        [(b"transfer-encoding", b"chunked, chunked")],
        [(b"transfer-encoding", b"identity")],
        [(b"transfer-encoding", b"")],
        [(b"transfer-encoding", b"chunked;a=b")],
        [(b"transfer-encoding", b"\x0bchunked")],
        [(b"content-length", b"")],
        [(b"content-length", b"+3")],
        [(b"content-length", b"-3")],
        [(b"content-length", b"3, 3")],
        [(b"content-length", b"0x3")],
        [(b"content-length", b"3 3")],
        [(b"content-length", b"\xd9\xa3")],
        [(b"content-length", b"1" * 19)],
    ],
)
def test_a_body_whose_end_is_in_doubt_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    assert _refusal(*headers) == (400, "invalid_headers")


@pytest.mark.parametrize("value", [b"chunked", b"Chunked", b" chunked\t"])
def test_chunks_are_for_the_present_version_only(value: bytes) -> None:
    assert _passes((b"transfer-encoding", value))
    assert not _passes((b"transfer-encoding", value), version="1.0")


def test_the_only_expectation_is_to_continue() -> None:
    assert _passes((b"expect", b"100-Continue"))
    assert _refusal((b"expect", b"200-ok")) == (417, "expectation_failed")


def test_a_refusal_repeats_nothing_but_a_name_that_is_plain() -> None:
    with pytest.raises(Refused) as refused:
        check_head(
            b"POST", b"/", "1.1", [_HOST, (b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]
        )
    assert refused.value.message == "Send at most one Authorization header."


# Laws.

_names = st.binary(min_size=1, max_size=20)
_values = st.binary(max_size=20)


@given(name=_names, value=_values)
@example(name=b"x", value=b"a\r\nb")
@example(name=b"x y", value=b"")
@example(name=b"x", value=b"\x00")
@example(name=b"x:", value=b"1")
def test_a_header_that_passes_can_not_hold_another_one(name: bytes, value: bytes) -> None:
    if not _passes((name.lower(), value)):
        return
    assert set(name.lower()) <= set(_TOKEN)
    assert not set(value) & {*range(0x09), *range(0x0A, 0x20), 0x7F}


@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from((*_ONCE, b"content_length", b"transfer_encoding", b"accept", b"cookie")),
            st.sampled_from((b"0", b"5", b"chunked", b"identity", b"gzip, chunked", b"a.example", b"x")),
        ),
        max_size=5,
    ),
    version=st.sampled_from(("1.0", "1.1")),
)
def test_the_head_that_passes_has_one_host_and_one_end(headers: Headers, version: str) -> None:
    try:
        check_head(b"POST", b"/", version, headers)
    except Refused:
        return
    names = [name for name, _value in headers]
    assert names.count(b"host") == 1
    assert all(names.count(name) <= 1 for name in _ONCE)
    assert not {b"content-length", b"transfer-encoding"} <= set(names)
    assert not {b"content-length", b"content_length"} <= set(names)
    fields = dict(headers)
    assert fields.get(b"transfer-encoding", b"chunked") == b"chunked"
    assert fields.get(b"content-length", b"0").isdigit()
    assert version == "1.1" or b"transfer-encoding" not in fields


@given(target=st.binary(max_size=40))
def test_a_target_that_passes_is_printable_and_begins_with_a_slash(target: bytes) -> None:
    if _passes(target=target):
        assert target.startswith(b"/")
        assert all(0x21 <= byte <= 0x7E and byte != ord("#") for byte in target)
