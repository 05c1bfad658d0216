"""Driving an exchange: what is sent, what is thrown, what is left alone."""

import pytest
from service.tests.connections.provider_server import ProviderServer
from service.tests.doubles import SettableClock

from counterfoil.auth_modes import AuthorizationFailed, Cause
from counterfoil.connections.exchanges import drive, judge_silence
from counterfoil.oauth2 import Exchange, HttpRequest, HttpResponse, NoAnswer
from counterfoil.outbound import AddressPolicy, Outbound

_CAUSE = Cause(code="c", sentence="s", remedy="r", who="nobody")


class _Exchange:
    """An exchange of two requests that notes what it was given."""

    def __init__(self, *urls: str) -> None:
        self.urls = urls
        self.given: list[HttpResponse | NoAnswer] = []

    def run(self) -> Exchange[str]:
        for url in self.urls:
            try:
                self.given.append((yield HttpRequest("GET", url)))
            except NoAnswer as silence:
                self.given.append(silence)
                raise AuthorizationFailed(_CAUSE) from silence
        return "done"


async def _hook(_previous: HttpResponse | None) -> None:
    return None


async def test_every_request_is_sent_and_every_answer_given_back(provider: ProviderServer) -> None:
    outbound = Outbound(AddressPolicy.from_cidrs(["127.0.0.1/32"]))
    exchange = _Exchange(f"{provider.origin}/ia/api/a", f"{provider.origin}/ia/api/b")
    previous: list[int | None] = []

    async def note(answer: HttpResponse | None) -> None:
        previous.append(None if answer is None else answer.status)

    result = await drive(exchange.run(), outbound, SettableClock(), deadline_seconds=5, before_sending=note)
    assert result == "done"
    assert previous == [None, 401]
    assert [answer.status for answer in exchange.given if isinstance(answer, HttpResponse)] == [401, 401]
    await outbound.close()


async def test_silence_is_thrown_into_the_exchange_with_whether_it_was_sent(provider: ProviderServer) -> None:
    forbidding = Outbound(AddressPolicy())
    exchange = _Exchange(f"{provider.origin}/ia/api/a")
    with pytest.raises(AuthorizationFailed):
        await drive(exchange.run(), forbidding, SettableClock(), deadline_seconds=5, before_sending=_hook)
    [silence] = exchange.given
    assert isinstance(silence, NoAnswer)
    assert silence.sent is False
    await forbidding.close()


async def test_the_deadline_is_for_all_requests_together(provider: ProviderServer) -> None:
    outbound, clock = Outbound(AddressPolicy.from_cidrs(["127.0.0.1/32"])), SettableClock()
    exchange = _Exchange(f"{provider.origin}/ia/api/a", f"{provider.origin}/ia/api/b")

    async def slow(previous: HttpResponse | None) -> None:
        if previous is not None:
            clock.advance(5)

    with pytest.raises(AuthorizationFailed):
        await drive(exchange.run(), outbound, clock, deadline_seconds=5, before_sending=slow)
    assert len(provider.api_statuses) == 1
    assert isinstance(exchange.given[-1], NoAnswer)
    await outbound.close()


def test_silence_is_judged_without_sending_anything() -> None:
    assert judge_silence(_Exchange("http://192.0.2.1/").run()) == _CAUSE
    assert judge_silence(_Exchange().run()) is None
