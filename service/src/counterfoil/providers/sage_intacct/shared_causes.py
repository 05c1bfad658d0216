"""Causes that both doors of Sage Intacct share, REST and the XML gateway, and how a cause is put together.

What only one door says is in `causes` and `gateway_causes`; what a code means there too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol

from counterfoil.auth_modes import Cause, GuideStep, Who
from counterfoil.oauth2 import NoAnswer

_CODE: Final = re.compile(r"[\w.\-]{1,40}", re.ASCII)


class Tried(Protocol):
    """What was tried, as far as it may be named."""

    @property
    def company(self) -> str:
        """The company for a sentence, such as `company “MyCompany”`."""

    @property
    def values(self) -> Mapping[str, str]:
        """What is worth comparing with Sage's pages."""


def refusal(
    tried: Tried,
    code: str,
    sentence: str,
    remedy: str,
    step: GuideStep | None,
    *,
    who: Who = "administrator",
    fields: tuple[str, ...] = (),
) -> Cause:
    """A cause that shows the values that were tried."""
    return Cause(
        code=code,
        sentence=sentence,
        remedy=remedy,
        who=who,
        step=step,
        details=tried.values,
        fields=fields,
    )


def throttled(tried: Tried) -> Cause:
    """Too many requests at once."""
    return Cause(
        code="throttled",
        sentence=f"Sage Intacct is limiting requests of {tried.company} just now.",
        remedy="Wait a minute, then try again.",
        who="nobody",
        recoverable=True,
    )


def provider_down(_tried: Tried) -> Cause:
    """Sage's own trouble."""
    return Cause(
        code="provider_down",
        sentence="Sage Intacct has a fault or is under maintenance.",
        remedy="Try again in a few minutes.",
        who="nobody",
        recoverable=True,
    )


def address_not_allowed(tried: Tried) -> Cause:
    """The company's IP address filter."""
    return refusal(
        tried,
        "address_not_allowed",
        f"Sage Intacct forbids requests to {tried.company} from this service's network address.",
        "Let the service's outgoing addresses through the company's IP address filter; the team of the "
        "product knows them.",
        None,
    )


def wrong_address(what: str) -> Cause:
    """Something else answers at the configured address; `what` should: `Sage Intacct API`."""
    return Cause(
        code="address_wrong",
        sentence=f"There is no {what} at the configured address.",
        remedy="Check the service's setting for the address of Sage Intacct: scheme and host only, "
        "https://api.intacct.com outside of tests.",
        who="operator",
    )


def request_not_understood(what: str) -> Cause:
    """Our own fault; `what` was not understood: `the request for a session`."""
    return Cause(
        code="request_not_understood",
        sentence=f"Sage Intacct did not understand {what}.",
        remedy="Nothing that was typed is at fault. Report it to the team of the product with the code "
        "shown.",
        who="operator",
    )


def answer_unreadable(what: str, reason: str, status: int) -> Cause:
    """Neither what was asked for nor a refusal came back; `what` is the answer: `The answer of …`."""
    return Cause(
        code="answer_unreadable",
        sentence=f"{what} can't be read: {reason} (HTTP {status}).",
        remedy="Try again. If it stays so, see that the configured address of Sage Intacct is right and that "
        "no proxy between answers in its place.",
        who="operator",
        recoverable=True,
    )


def no_answer(silence: NoAnswer) -> Cause:
    """There is no response at all."""
    return Cause(
        code="provider_unreachable",
        sentence=f"Sage Intacct could not be reached. {silence.message}",
        remedy="Try again in a few minutes. If it stays so, the network between this service and Sage "
        "Intacct needs looking at.",
        who="operator",
        recoverable=True,
    )


def by_status(status: int, at_wrong_address: Callable[[Tried], Cause]) -> Callable[[Tried], Cause] | None:
    """What a status alone says, whatever the body."""
    if status == 429:
        return throttled
    if status >= 500:
        return provider_down
    return at_wrong_address if 300 <= status < 400 or status in (404, 405) else None


def with_facts(
    cause: Cause,
    status: int,
    code: str | None,
    support_id: str | None,
    retry_after_seconds: int | None = None,
) -> Cause:
    """The cause with what Sage's support and a program want to know."""
    facts = {"provider_code": code if code and _CODE.fullmatch(code) else f"HTTP {status}"}
    if support_id is not None:
        facts["support_id"] = support_id
    return replace(cause, details={**cause.details, **facts}, retry_after_seconds=retry_after_seconds)
