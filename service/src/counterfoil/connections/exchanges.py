"""Drives an auth mode's exchange over the network: sends what it yields, gives back what came.

What requests and answers mean is the exchange's business. No answer is thrown into it as `NoAnswer`, so
that it can say what that means too.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from counterfoil.auth_modes import AuthorizationFailed, Cause
from counterfoil.clock import Clock
from counterfoil.oauth2 import Exchange, HttpRequest, HttpResponse, NoAnswer
from counterfoil.outbound import Outbound, OutboundError, OutboundRequest

T = TypeVar("T")

BeforeSending = Callable[[HttpResponse | None], Awaitable[None]]


async def drive(
    exchange: Exchange[T],
    outbound: Outbound,
    clock: Clock,
    *,
    deadline_seconds: float,
    before_sending: BeforeSending,
) -> T:
    """Run an exchange to its end.

    Args:
        exchange: Not begun yet; closed when this returns or raises.
        outbound: Sends the requests.
        clock: Measures the deadline.
        deadline_seconds: For all requests together.
        before_sending: Awaited before each request, with the answer to the one before; None before the first.
            What it raises ends the exchange with nothing more sent.

    Raises:
        AuthorizationFailed: The exchange's own judgement.
    """
    ends_at = clock.monotonic_seconds() + deadline_seconds
    answer: HttpResponse | NoAnswer | None = None
    try:
        request = next(exchange)
        while True:
            await before_sending(answer if isinstance(answer, HttpResponse) else None)
            answer = await _answer(outbound, request, ends_at - clock.monotonic_seconds())
            request = exchange.throw(answer) if isinstance(answer, NoAnswer) else exchange.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        exchange.close()


def judge_silence(exchange: Exchange[T]) -> Cause | None:
    """What an exchange makes of its first request being sent and never answered; nothing is sent.

    None if that means nothing to it.
    """
    try:
        next(exchange)
        exchange.throw(NoAnswer("It is not known what came of an earlier request.", sent=None))
    except AuthorizationFailed as failed:
        return failed.cause
    except StopIteration:
        return None
    finally:
        exchange.close()
    return None


async def _answer(outbound: Outbound, request: HttpRequest, seconds_left: float) -> HttpResponse | NoAnswer:
    if seconds_left <= 0:
        return NoAnswer("There was no time left to ask.", sent=False)
    asked = OutboundRequest(request.method, request.url, request.headers, request.body)
    try:
        answer = await outbound.fetch(asked, deadline_seconds=seconds_left)
    except OutboundError as error:
        silence = NoAnswer(error.message, sent=error.sent)
        silence.__cause__ = error
        return silence
    return HttpResponse(answer.status, answer.headers, answer.body)
