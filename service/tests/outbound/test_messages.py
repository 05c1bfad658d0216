from counterfoil.outbound import Deadlines, OutboundRequest, OutboundResponse


def test_a_header_is_the_first_of_its_name() -> None:
    answer = OutboundResponse(200, (("set-cookie", "a=1"), ("set-cookie", "b=2"), ("etag", '"x"')), b"")

    assert answer.header("set-cookie") == "a=1"
    assert answer.header("etag") == '"x"'
    assert answer.header("location") is None


def test_a_request_has_neither_headers_nor_a_body_unless_told() -> None:
    request = OutboundRequest("GET", "https://api.example.com/")

    assert (request.headers, request.body) == ((), None)


def test_the_deadlines_grow_from_connecting_to_all_of_it() -> None:
    deadlines = Deadlines()

    assert deadlines.connect_seconds < deadlines.idle_seconds < deadlines.total_seconds
