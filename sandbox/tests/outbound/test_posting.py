import socket

from sandbox.tests.outbound.receiving import receiver

from intacct_sandbox.outbound import AddressPolicy, Posted, post


async def test_a_post_arrives_with_the_name_it_was_sent_to() -> None:
    with receiver() as received:
        url = received.url.replace("127.0.0.1", "localhost")
        posted = await post(AddressPolicy(), url, {"X-Mark": "a"}, b"body")
    assert posted == Posted(200)
    headers, body = received.posts[0]
    assert (body, headers["x-mark"], headers["host"]) == (b"body", "a", url.split("/")[2])


async def test_a_redirect_is_not_followed() -> None:
    with receiver() as received:
        received.statuses = [307]
        assert await post(AddressPolicy(), received.url, {}, b"") == Posted(307)
        assert len(received.posts) == 1


async def test_nothing_is_sent_to_an_address_that_is_not_allowed() -> None:
    with receiver() as received:
        posted = await post(AddressPolicy("10.0.0.0/8"), received.url, {}, b"")
        assert received.posts == []
    assert posted.is_forbidden
    assert posted.problem is not None
    assert "127.0.0.1" in posted.problem


async def test_where_nobody_listens_the_problem_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        posted = await post(AddressPolicy(), f"http://127.0.0.1:{taken.getsockname()[1]}/", {}, b"")
    assert (posted.status, posted.is_forbidden) == (None, False)
    assert posted.problem is not None
    assert posted.problem.startswith("The post failed: ")


async def test_a_name_that_leads_nowhere_is_a_problem_and_no_crash() -> None:
    posted = await post(AddressPolicy(), "http://nowhere.invalid/", {}, b"")
    assert posted.status is None
