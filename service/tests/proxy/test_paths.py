"""From the caller's path to the provider's URL: what passes is exact, and nothing leaves the base."""

import posixpath
import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from counterfoil.proxy.errors import InvalidProxyPath, InvalidProxyQuery
from counterfoil.proxy.paths import is_proxied, upstream_url

BASE = "https://api.example.com/ia/api"


@pytest.mark.parametrize(
    ("path", "query", "url"),
    [
        (b"/proxy", b"", ""),
        (b"/proxy/", b"", "/"),
        (b"/proxy", b"x=1", "?x=1"),
        (b"/proxy/v1/objects/vendor", b"a=b&c=%7C", "/v1/objects/vendor?a=b&c=%7C"),
        (b"/proxy/a/b/", b"", "/a/b/"),
        (b"/proxy/a%20b/caf%C3%A9", b"", "/a%20b/caf%C3%A9"),
        (b"/proxy/file.tar.gz", b"", "/file.tar.gz"),
        (b"/proxy/.well-known/x", b"", "/.well-known/x"),
        (b"/proxy/a", b"path=..%2f..&u=http://x//y?z;w", "/a?path=..%2f..&u=http://x//y?z;w"),
        (b"/proxy/a", b"x=a\\b", "/a?x=a%5Cb"),
        (b"/proxy/https://api.example.com/ia/api/v1/x", b"", "/v1/x"),
        (b"/proxy/https://api.example.com/ia/api", b"", ""),
    ],
)
def test_what_passes_is_passed_as_it_came(path: bytes, query: bytes, url: str) -> None:
    assert upstream_url(BASE, path, query) == BASE + url


@pytest.mark.parametrize(
    "endpoint",
    [
        b"/..",
        b"/../x",
        b"/a/../b",
        b"/a/./b",
        b"/.",
        b"/...",
        b"/%2e%2e/x",
        b"/%2E./x",
        b"/.%2e",
        b"/a%2fb",
        b"/a%2Fb",
        b"/a%5cb",
        b"/a\\b",
        b"/a;b",
        b"/a%3bb",
        b"/a%3fb",
        b"/a?b",
        b"/a#b",
        b"/a%23b",
        b"//evil.example/x",
        b"/a//b",
        b"//",
        b"/%00",
        b"/%0d%0aX:1",
        b"/%7f",
        b"/a%",
        b"/a%4",
        b"/a%zz",
        b"/%252e%252e/x",
        b"/a%2525",
        b"/%c0%ae%c0%ae/x",
        b"/%c0%af",
        b"/%ef%bc%8e%ef%bc%8e/x",
        b"/a%ef%bc%8fb",
        b"/%e2%80%a5/x",
        b"/%ed%a0%80",
        b"/caf\xc3\xa9",
        b"/a b",
        b"/a\x00b",
        b"/a<b",
        b"/https://evil.example/x",
        b"/https://api.example.com/ia/apix/y",
        b"/https://api.example.com/ia/api@evil.example/",
        b"/https://api.example.com/ia/api/../x",
        b"/x/https://api.example.com/ia/api/y",
    ],
)
def test_what_readers_could_read_differently_is_refused(endpoint: bytes) -> None:
    with pytest.raises(InvalidProxyPath):
        upstream_url(BASE, b"/proxy" + endpoint, b"")


@pytest.mark.parametrize("query", [b"a=#b", b"a=\x00", b"a=\xc3\xa9", b"a= b", b"a=\r\nX:1"])
def test_a_query_with_raw_bytes_is_refused(query: bytes) -> None:
    with pytest.raises(InvalidProxyQuery):
        upstream_url(BASE, b"/proxy/a", query)


_TRICKY = st.sampled_from(
    [
        *(bytes([byte]) for byte in range(256)),
        *(b"%%%02x" % byte for byte in range(256)),
        *(b"%%%02X" % byte for byte in (0x2E, 0x2F, 0x5C, 0x3B)),
        *(b"..", b"//", b"/../", b"/./", b"%252e", b"%25%32%65", b"%c0%ae", b"%ef%bc%8e", b"%e2%80%a4"),
        *(
            b"https://evil.example",
            b"@evil.example",
            b":80",
            b"\\\\evil.example",
            b"%ef%bc%8f",
            BASE.encode(),
        ),
    ]
)


@given(st.lists(_TRICKY, max_size=12).map(b"".join), st.lists(_TRICKY, max_size=6).map(b"".join))
@example(b"/https://api.example.com/ia/api/..", b"")
def test_nothing_ever_leaves_the_base_url(endpoint: bytes, query: bytes) -> None:
    try:
        url = upstream_url(BASE, b"/proxy" + endpoint, query)
    except (InvalidProxyPath, InvalidProxyQuery):
        return
    assert url.isascii()
    assert re.fullmatch(r"[!-~]+", url)
    # As two readers see it: split and decoded once and twice, normalised; and as the one who connects does.
    seen, connected = urlsplit(url), URL(url, encoded=True)
    assert (seen.scheme, seen.netloc, seen.fragment) == ("https", "api.example.com", "")
    assert (connected.host, connected.port, connected.raw_fragment) == ("api.example.com", 443, "")
    path = seen.path
    for _ in range(3):
        assert "\\" not in path
        assert posixpath.normpath(path).split("/")[:3] == ["", "ia", "api"]
        path = unquote(path)


@given(st.lists(st.text("abcXYZ019-_~!$&'()*+,=:@é漢 ", min_size=1, max_size=8), max_size=6))
def test_plain_names_always_pass(names: list[str]) -> None:
    encoded = "".join("/" + URL.build(path=f"/{name}").raw_path[1:] for name in names if name.strip())
    assert upstream_url(BASE, b"/proxy" + encoded.encode(), b"") == BASE + encoded


def test_which_paths_are_the_proxys() -> None:
    assert [is_proxied(path) for path in ("/proxy", "/proxy/", "/proxy/x", "/proxyx", "/", "/x/proxy")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


# Everything that some reader on the way takes for two dots, and for a slash.
DOTS = (
    "..",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%2e.",
    "%252e%252e",
    "%25252e%25252e",
    "%c0%ae%c0%ae",
    "%e0%80%ae%e0%80%ae",
    "%ef%bc%8e%ef%bc%8e",
    "%e2%80%a5",
    "..;",
    "..%3b",
    "..%00",
    "..%20",
    "..%09",
)
SLASHES = ("/", "%2f", "%2F", "\\", "%5c", "%5C", "%252f", "%255c", "%c0%af", "%ef%bc%8f", "%e2%88%95", "//")
CLIMBING = tuple(
    pattern.format(dots=dots, slash=slash)
    for pattern in ("/{dots}{slash}admin", "/v1{slash}{dots}{slash}{dots}", "/v1{slash}x{slash}{dots}")
    for dots in DOTS
    for slash in SLASHES
)


def test_there_are_hundreds_of_climbing_spellings() -> None:
    assert len(set(CLIMBING)) >= 300


@pytest.mark.parametrize("dots", DOTS)
def test_no_spelling_of_a_climb_is_passed_on(dots: str) -> None:
    passed = []
    for endpoint in CLIMBING:
        if dots in endpoint:
            try:
                passed.append(upstream_url(BASE, b"/proxy" + endpoint.encode(), b""))
            except InvalidProxyPath:
                continue
    assert passed == []
