"""Plays the other side of an exchange: scripted answers to a generator of requests."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

import pytest

from counterfoil.auth_modes import AuthorizationFailed
from counterfoil.oauth2 import Exchange, HttpRequest, HttpResponse, NoAnswer

T = TypeVar("T")


@dataclass
class Played(Generic[T]):
    """What came of an exchange, and every request it made."""

    result: T
    requests: list[HttpRequest] = field(default_factory=list)

    @property
    def forms(self) -> list[dict[str, str]]:
        """The form bodies of the requests that had one."""
        return [form(request) for request in self.requests if request.body is not None]


def play(exchange: Exchange[T], *answers: HttpResponse | NoAnswer) -> Played[T]:
    """Drive an exchange with answers in order; fails if it wants more or fewer."""
    requests: list[HttpRequest] = []
    left = list(answers)
    try:
        requests.append(next(exchange))
        while True:
            assert left, f"one request more than scripted: {requests[-1]}"
            answer = left.pop(0)
            following = exchange.throw(answer) if isinstance(answer, NoAnswer) else exchange.send(answer)
            requests.append(following)
    except StopIteration as end:
        assert not left, "fewer requests than scripted"
        return Played(end.value, requests)


def play_to_failure(exchange: Exchange[T], *answers: HttpResponse | NoAnswer) -> AuthorizationFailed:
    """Drive an exchange that must fail with a cause."""
    with pytest.raises(AuthorizationFailed) as failed:
        play(exchange, *answers)
    return failed.value


def form(request: HttpRequest) -> dict[str, str]:
    """The parameters of a form body; repeated ones are a fault."""
    pairs = parse_qsl((request.body or b"").decode("ascii"), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def answer(status: int, body: Any, *headers: tuple[str, str]) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(status, headers, json.dumps(body).encode())


def granted(**members: Any) -> HttpResponse:
    """A token answer as Sage Intacct gives it; a member None is left out."""
    body = {"token_type": "Bearer", "access_token": "access", "refresh_token": "refresh", "expires_in": 43200}
    return answer(200, {name: value for name, value in (body | members).items() if value is not None})


def proven() -> HttpResponse:
    """The session ID service's answer to a good token."""
    meta = {"totalCount": 1, "totalSuccess": 1, "totalError": 0}
    return answer(200, {"ia::result": {"sessionId": "s", "expiresIn": 21600}, "ia::meta": meta})


def gateway(code: str, status: int = 400) -> HttpResponse:
    """A refusal of the gateway."""
    details = {"requestId": "AC47C2BE:D9EE_63EBC07F.59"}
    return answer(status, {"ia::error": {"code": code, "message": "Invalid Request", "details": details}})


def oauth(
    code: str, description: str = "The provided credentials are invalid", status: int = 401
) -> HttpResponse:
    """A refusal in the words of RFC 6749."""
    return answer(status, {"error": code, "error_description": description})


def jwt(**claims: Any) -> str:
    """An unsigned JSON Web Token."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"
