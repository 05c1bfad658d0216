"""Plays a provider that people sign in at, from the browser's answer on, by scripted answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from service.tests.auth_modes.playing import Played, granted, play, play_to_failure

from counterfoil.auth_modes import (
    AuthorizationFailed,
    AuthorizationRequest,
    AuthorizationResponse,
    ClientSettings,
    Obtained,
    Redirecting,
    Submission,
)
from counterfoil.oauth2 import Exchange, HttpResponse
from counterfoil.providers import Provider
from counterfoil.vault import Secret

REDIRECT = "https://connect.example.com/oauth/callback"
SETTINGS = ClientSettings({"client_id": Secret("client-7"), "client_secret": Secret("the-secret")})


@dataclass(frozen=True)
class SigningIn:
    """A person at a provider, with the settings of the connection that were asked beforehand."""

    provider: Provider
    params: Mapping[str, str]

    def sent_to(self) -> tuple[str, dict[str, str]]:
        """The address that a browser is sent to, and its query."""
        mode: object = self.provider.mode
        assert isinstance(mode, Redirecting)
        request = AuthorizationRequest(state="s", redirect_uri=REDIRECT, code_challenge="c")
        url = mode.authorization_url(self.provider, SETTINGS, self._submission({}), request)
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        return url.partition("?")[0], query

    def back(self, *answers: HttpResponse, token: str = "access", **brought: str) -> Played[Obtained]:
        """The browser is back with a code; the token is granted, then come the answers."""
        return play(self._obtained(brought), granted(access_token=token), *answers)

    def fails(self, *answers: HttpResponse, token: str = "access", **brought: str) -> AuthorizationFailed:
        """The same, to a failure."""
        return play_to_failure(self._obtained(brought), granted(access_token=token), *answers)

    def _obtained(self, brought: Mapping[str, str]) -> Exchange[Obtained]:
        return self.provider.mode.obtain(
            self.provider, SETTINGS, self._submission({"code": "the-code", **brought})
        )

    def _submission(self, brought: Mapping[str, str]) -> Submission:
        read = self.provider.mode.read(self.provider, SETTINGS, {}, self.params)
        response = AuthorizationResponse(
            parameters=brought, redirect_uri=REDIRECT, code_verifier=Secret("v" * 43)
        )
        return Submission(read.values, read.params, response)


def signing_in(provider: Provider, **params: str) -> SigningIn:
    """Somebody at this provider."""
    return SigningIn(provider, params)


def calls_of(provider: Provider, played: Played[Obtained]) -> tuple[str, dict[str, Any]]:
    """Where calls of the connection go, and with which headers of its own."""
    calls = provider.calls_of(played.result.credentials)
    return calls.base_url, dict(calls.headers)
