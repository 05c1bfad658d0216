import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.outbound.errors import AddressRefused
from counterfoil.outbound.targets import Origin, Place, place_and_path, read_target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "//example.com/",
        "example.com",
        "http:example.com",
        "http:///path",
        "http://",
        "https://?x",
        "ftp://example.com/",
        "file:///etc/passwd",
        "unix:///run/docker.sock",
        "http+unix://%2Frun%2Fdocker.sock/",
        "gopher://127.0.0.1:25/",
        "ws://example.com/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://@example.com/",
        "http://example.com@127.0.0.1/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:x/",
        "http://example.com/#fragment",
        "http://example.com#@127.0.0.1/",
        "http://example.com\\@127.0.0.1/",
        "http:\\\\127.0.0.1/",
        "http://exa mple.com/",
        "http://example.com/a b",
        "http://example.com/\r\nHost: x",
        "http://example.com/\x00",
        "http://example.com\t/",
        "http://exämple.com/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://example.com/ü",
        "http://127.1/",
        "http://127.0.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0x7f.1/",
        "http://127.0.0.0x1/",
        "http://0X7F.0X0.0X0.0X1/",
        "http://0x/",
        "http://0/",
        "http://127.0.0.1./",
        "http://127.0.0.256/",
        "http://1.2.3.4.5/",
        "http://a.1/",
        "http://example.com.0x1/",
        "http://example..com/",
        "http://.example.com/",
        "http://-example.com/",
        "http://%31%32%37.0.0.1/",
        "http://example.com%2f@127.0.0.1/",
        "http://[::1/",
        "http://[]@/",
        "http://[a]@",
        "http://[::1]x/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[v1.fe80::a]/",
        "http://[127.0.0.1]/",
        "http://[::127.0.0.1.]/",
        f"http://{'a' * 64}.com/",
        f"http://{'a.' * 127}com/",
        "http://exam*ple.com/",
        "http://exam,ple.com/",
        "http://exam;ple.com/",
        "http://(example).com/",
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        read_target(url)
    assert refused.value.sent is False


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://api.intacct.com/ia/api/v1/x", "api.intacct.com", 443, "/ia/api/v1/x"),
        ("http://example.com", "example.com", 80, "/"),
        ("https://example.com./a", "example.com.", 443, "/a"),
        ("https://xn--exmple-cua.com:8443/?q=%2F", "xn--exmple-cua.com", 8443, "/?q=%2F"),
        ("http://127.0.0.1:8089/ia", "127.0.0.1", 8089, "/ia"),
        ("http://[2606:4700::1111]/", "2606:4700::1111", 80, "/"),
        ("http://a_b.example.com/", "a_b.example.com", 80, "/"),
        ("http://localhost:1/", "localhost", 1, "/"),
        (
            "https://example.com/a%2Fb%20c/%c3%a9?x=%7C&y[z]=1+2",
            "example.com",
            443,
            "/a%2Fb%20c/%c3%a9?x=%7C&y[z]=1+2",
        ),
    ],
)
def test_a_plain_url_is_used_exactly_as_written(url: str, host: str, port: int, target: str) -> None:
    read = read_target(url)
    assert (read.raw_host, read.port, read.raw_path_qs) == (host, port, target)


@pytest.mark.parametrize(
    ("url", "place", "path"),
    [
        (
            "https://api.intacct.com/ia/api",
            Place(Origin(True, "api.intacct.com", 443), "api.intacct.com"),
            "/ia/api",
        ),
        ("http://127.0.0.1:8089", Place(Origin(False, "127.0.0.1", 8089), "127.0.0.1:8089"), "/"),
        ("http://h.example?x=%2F", Place(Origin(False, "h.example", 80), "h.example"), "/?x=%2F"),
        (
            "http://[2606:4700::1111]:81/a",
            Place(Origin(False, "2606:4700::1111", 81), "[2606:4700::1111]:81"),
            "/a",
        ),
    ],
)
def test_place_and_path_are_the_url_in_two(url: str, place: Place, path: str) -> None:
    assert place_and_path(url) == (place, path)


@given(st.text(alphabet="htps:/?#@\\.a1[]%xé \n", max_size=30))
def test_place_and_path_refuse_what_read_target_refuses(text: str) -> None:
    url = f"http://{text}"
    try:
        read = read_target(url)
    except AddressRefused:
        with pytest.raises(AddressRefused):
            place_and_path(url)
    else:
        place, path = place_and_path(url)
        assert (place.origin.host, place.origin.port) == (read.raw_host, read.port)
        # A question mark with nothing behind it is sent too.
        assert path in {read.raw_path_qs, f"{read.raw_path_qs}?"}
