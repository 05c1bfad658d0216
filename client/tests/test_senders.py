import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from counterfoil_client._http import service_at
from counterfoil_client._operations import Answer, Operation, Page, json_of
from counterfoil_client._secret import Secret
from counterfoil_client._senders import (
    AsyncResource,
    AsyncSender,
    Resource,
    Sender,
    described,
    listed,
    listed_async,
    sent,
    sent_async,
)

SERVICE = service_at("http://cf.example", Secret("k"), 1.0)


def read_number(which: str, *, factor: int = 1) -> Operation[int]:
    """The number of a thing."""
    return Operation(method="GET", path=f"/{which}", read=lambda answer: json_of(answer)["number"] * factor)


def find_numbers(first: int) -> Operation[Page[int]]:
    """All numbers down to 0."""

    def read_page(_answer: Answer) -> Page[int]:
        return Page((first,), find_numbers(first - 1) if first else None)

    return Operation(method="GET", path=f"/{first}", read=read_page)


class Numbers(Resource):
    get = sent(read_number)
    list = listed(find_numbers)


class AsyncNumbers(AsyncResource):
    get = sent_async(read_number)
    list = listed_async(find_numbers)


def seven(_request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={"number": 7})


@pytest.fixture
def numbers() -> Iterator[Numbers]:
    sender = Sender(SERVICE, httpx2.MockTransport(seven))
    yield Numbers(sender)
    sender.close()


@pytest.fixture
async def async_numbers() -> AsyncIterator[AsyncNumbers]:
    sender = AsyncSender(SERVICE, httpx2.MockTransport(seven))
    yield AsyncNumbers(sender)
    await sender.close()


def test_a_method_gives_what_its_operation_reads(numbers: Numbers) -> None:
    assert numbers.get("a", factor=2) == 14


async def test_an_awaited_method_gives_the_same(async_numbers: AsyncNumbers) -> None:
    assert await async_numbers.get("a", factor=2) == 14


def test_a_list_is_walked_to_its_last_page(numbers: Numbers) -> None:
    assert list(numbers.list(2)) == [2, 1, 0]


async def test_a_list_is_walked_to_its_last_page_asynchronously(async_numbers: AsyncNumbers) -> None:
    assert [number async for number in async_numbers.list(2)] == [2, 1, 0]


def test_threads_may_share_a_client(numbers: Numbers) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(numbers.get, "abcdefgh")) == [7] * 8


async def test_calls_may_be_made_side_by_side(async_numbers: AsyncNumbers) -> None:
    assert await asyncio.gather(*(async_numbers.get(name) for name in "abc")) == [7, 7, 7]


@pytest.mark.parametrize("kind", [Numbers, AsyncNumbers])
def test_a_method_is_described_by_its_builder(kind: type) -> None:
    assert inspect.getdoc(vars(kind)["get"]) == "The number of a thing."
    assert list(inspect.signature(vars(kind)["get"]).parameters) == ["self", "which", "factor"]
    assert inspect.signature(vars(kind)["get"]).return_annotation is int


def test_a_list_is_described_as_an_iterator() -> None:
    assert inspect.signature(Numbers.list).return_annotation == "Iterator[int]"
    assert inspect.signature(AsyncNumbers.list).return_annotation == "AsyncIterator[int]"


def test_parameters_that_the_method_fills_in_are_not_shown() -> None:
    def method(self: object, /, *, factor: int = 1) -> int:
        return factor

    assert list(inspect.signature(described(method, read_number, bound=1)).parameters) == ["self", "factor"]


def test_a_mistake_of_the_reader_of_a_stream_is_its_own(numbers: Numbers) -> None:
    def read_wrongly() -> None:
        with numbers._sender.opened(read_number("a")):
            raise KeyError("the caller's own")

    with pytest.raises(KeyError):
        read_wrongly()
