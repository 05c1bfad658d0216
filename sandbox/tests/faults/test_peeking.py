from starlette.types import Message

from intacct_sandbox.faults.peeking import peek


def arriving(*parts: bytes) -> list[Message]:
    last = len(parts) - 1
    return [
        {"type": "http.request", "body": part, "more_body": number < last}
        for number, part in enumerate(parts)
    ]


async def test_a_short_body_is_whole_and_can_be_read_again() -> None:
    messages = arriving(b"ab", b"cd")
    expected = list(messages)

    async def receive() -> Message:
        return messages.pop(0)

    peeked = await peek(receive, 100)
    assert (peeked.body, peeked.is_whole) == (b"abcd", True)
    assert [await peeked.receive() for _ in range(2)] == expected


async def test_of_a_long_body_only_the_beginning_is_read() -> None:
    messages = arriving(b"ab", b"cd", b"ef")

    async def receive() -> Message:
        return messages.pop(0)

    peeked = await peek(receive, 2)
    assert (peeked.body, peeked.is_whole) == (b"abcd", False)
    assert b"".join([(await peeked.receive())["body"] for _ in range(3)]) == b"abcdef"


async def test_who_hangs_up_is_told_on() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    peeked = await peek(receive, 2)
    assert (peeked.body, await peeked.receive()) == (b"", {"type": "http.disconnect"})
