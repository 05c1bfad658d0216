"""Token requests as a client sends them, and the codes in what comes back."""

from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from intacct_sandbox.fixtures.guide import CLIENT_ID, CLIENT_SECRET

TOKEN = "/ia/api/v1/oauth2/token"
REVOKE = "/ia/api/v1/oauth2/revoke"
SESSION = "/ia/api/v1/services/core/session/id"
GOOD = {
    "grant_type": "client_credentials",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "username": "Admin@MyCompany",
}


def ask(http: TestClient, **changes: str | None) -> Response:
    """A token request: the good one with changes; None leaves a parameter out."""
    return http.post(TOKEN, data=without_none({**GOOD, **changes}))


def granted(http: TestClient, **changes: str | None) -> dict[str, Any]:
    """The token answer of a request that must succeed."""
    response = ask(http, **changes)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def refresh(http: TestClient, token: str, /, **changes: str | None) -> Response:
    """A refresh request."""
    return ask(http, grant_type="refresh_token", username=None, **{"refresh_token": token, **changes})


def use(http: TestClient, access_token: str) -> Response:
    """The cheapest call that needs a good token."""
    return http.get(SESSION, headers={"Authorization": f"Bearer {access_token}"})


def code(response: Response) -> str:
    """The code of an error, in whichever of Sage's three shapes it comes."""
    body = response.json()
    if "ia::error" in body:
        return str(body["ia::error"]["code"])
    error = body["error"]
    return str(error["errorId"]) if isinstance(error, dict) else str(error)


def without_none(parameters: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}
