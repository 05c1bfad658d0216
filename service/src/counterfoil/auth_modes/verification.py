"""The test of credentials that nothing has to be exchanged for: ask the provider for something small.

Each address is asked in turn; the first answer of success is the proof. What a refusal means in general is
here; a provider that tells more brings its own `Explain`. Nothing is sent from here.
"""

from collections.abc import Callable, Generator, Sequence
from typing import ClassVar, Final, TypeAlias

from counterfoil.auth_modes.contract import AuthorizationFailed, Cause
from counterfoil.oauth2 import HttpRequest, HttpResponse, NoAnswer
from counterfoil.vault import Secret

Explain: TypeAlias = Callable[[str, HttpResponse | NoAnswer], Cause]

_ACCEPT: Final = "application/json, */*;q=0.5"


class ConnectionTestFailed(AuthorizationFailed):
    """The provider does not let these credentials in, or could not be asked."""

    code: ClassVar[str] = "connection_test_failed"


def prove(
    urls: Sequence[str], header: str, value: Secret, *, host: str, explain: Explain
) -> Generator[HttpRequest, HttpResponse, Cause | None]:
    """Ask until an address answers with success.

    Args:
        urls: What to ask, in order; none proves nothing and refuses nothing.
        header: The name of the header that authorizes.
        value: Its value.
        host: The provider's, for sentences.
        explain: What an answer that is no success means.

    Returns:
        None where the credentials work or nothing could be asked; else what the first address's answer means.
    """
    first: Cause | None = None
    for url in urls:
        try:
            answer: HttpResponse | NoAnswer = yield _question(url, header, value)
        except NoAnswer as silence:
            answer = silence
        if isinstance(answer, HttpResponse) and 200 <= answer.status < 300:
            return None
        first = first or explain(host, answer)
    return first


def explain_answer(host: str, answer: HttpResponse | NoAnswer) -> Cause:
    """What an answer that is no success means where nothing more is known of the provider."""
    if isinstance(answer, NoAnswer):
        return unreachable(answer)
    if answer.status in (401, 403):
        return Cause(
            code="credentials_refused",
            sentence=f"{host} did not accept what was entered (HTTP {answer.status}).",
            remedy="Copy each value again, whole, from where it was issued, and check that it has not been "
            "revoked and may be used for this API.",
            who="administrator",
            details={"host": host, "status": str(answer.status)},
        )
    if is_transient(answer.status):
        return busy(host, answer)
    return Cause(
        code="verification_unclear",
        sentence=f"{host} answered the test of the credentials with HTTP {answer.status}, neither a yes "
        "nor a no.",
        remedy="Correct the integration's base URL or verification path: a GET there must succeed with good "
        "credentials, without a redirection.",
        who="developer",
        details={"host": host, "status": str(answer.status)},
    )


def unreachable(silence: NoAnswer) -> Cause:
    """No answer came."""
    return Cause(
        code="provider_unreachable",
        sentence=silence.message,
        remedy="Try again in a moment. If it stays so, check the integration's addresses, and that the "
        "service may call them.",
        who="developer",
        recoverable=True,
    )


def busy(host: str, answer: HttpResponse) -> Cause:
    """The provider is there and can't answer just now."""
    return Cause(
        code="provider_unavailable",
        sentence=f"{host} can't answer just now (HTTP {answer.status}).",
        remedy="Try again in a few minutes; what was entered may well be right.",
        who="nobody",
        recoverable=True,
        details={"host": host, "status": str(answer.status)},
        retry_after_seconds=_retry_after_seconds(answer),
    )


def is_transient(status: int) -> bool:
    """Whether a status says nothing about the request itself (RFC 9110 §15.5.9 and §15.6, RFC 6585 §4)."""
    return status in (408, 429) or status >= 500


def _question(url: str, header: str, value: Secret) -> HttpRequest:
    authorization = ((header, value.reveal()),) if value else ()
    return HttpRequest("GET", url, (*authorization, ("Accept", _ACCEPT)))


def _retry_after_seconds(answer: HttpResponse) -> int | None:
    text = (answer.header("Retry-After") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
