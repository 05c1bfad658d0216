"""Authorization codes: what a browser brings back to the application, once, for a token (RFC 6749 §4.1, RFC
7636).

Asking the person is `consent`'s affair; here are the request that leads there, the code, and its one use.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import jwt

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.identity import developers
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE oauth_code (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    company_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    offline INTEGER NOT NULL,
    code_challenge TEXT,
    grant_id TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
);
CREATE INDEX oauth_code_user ON oauth_code (company_key, user_key);
"""

# Sage states no lifetime; ten minutes are the most that RFC 6749 §4.1.2 recommends.
LIFETIME_SECONDS: Final = 600
OFFLINE_ACCESS: Final = "offline_access"
_SIGNING_KEY: Final = hashlib.sha256(b"intacct-sandbox/codes").digest()
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What an application asks a person for.

    Attributes:
        client_id: The application.
        redirect_uri: Where the answer goes; one of those that are registered.
        state: Given back as it came; None where there was none.
        offline: Whether a refresh token is asked for (`scope=offline_access`).
        code_challenge: Of PKCE (S256), or None.
    """

    client_id: str
    redirect_uri: str
    state: str | None
    offline: bool
    code_challenge: str | None

    def answer(self, **parameters: str) -> str:
        """The address that the browser is sent to."""
        told = parameters if self.state is None else {**parameters, "state": self.state}
        separator = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{separator}{urlencode(told)}"


@dataclass(frozen=True, slots=True)
class UnusableRequest:
    """A request that must not be answered by a redirect (RFC 6749 §4.1.2.1): the person is told instead."""

    sentence: str


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A request whose refusal goes to the application; `address` carries it."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """A code as the sandbox remembers it; times are aware and in UTC."""

    id: str
    client_id: str
    redirect_uri: str
    company_key: int
    user_key: int
    offline: bool
    code_challenge: str | None
    grant_id: str
    expires_at: datetime
    used_at: datetime | None


def read_request(
    store: Store, values: Mapping[str, str]
) -> AuthorizationRequest | UnusableRequest | RefusedRequest:
    """What the query of an authorization request asks for, or why it can't be answered."""
    client = developers.find_client(store, values.get("client_id", ""))
    if client is None or client.status != "active":
        return UnusableRequest(
            "The application that sent you here is not known: its client_id is wrong or inactive."
        )
    redirect_uri = values.get("redirect_uri", "")
    if redirect_uri not in client.redirect_uris:
        return UnusableRequest(
            "The application that sent you here names a redirect_uri that is not registered for it. Redirect"
            " URIs belong to the API keys in the developer console and must be equal, letter for letter."
        )
    challenge = values.get("code_challenge") or None
    request = AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        state=values.get("state"),
        offline=OFFLINE_ACCESS in values.get("scope", "").split(),
        code_challenge=challenge,
    )
    if values.get("response_type") != "code":
        return _refused(request, "unsupported_response_type", "response_type must be code")
    if challenge is not None and values.get("code_challenge_method") != "S256":
        return _refused(request, "invalid_request", "code_challenge_method must be S256")
    if challenge is not None and not _CHALLENGE.fullmatch(challenge):
        return _refused(request, "invalid_request", "code_challenge is not a SHA-256 in base64url")
    return request


def issue(
    store: Store,
    clock: SandboxClock,
    ids: SeededIds,
    request: AuthorizationRequest,
    company: Company,
    user: User,
) -> str:
    """A code for the application, in the name of a user of a company; a JWT, as in Sage's samples."""
    code_id = ids.uuid()
    store.execute(
        "INSERT INTO oauth_code (id, client_id, redirect_uri, company_key, user_key, offline, code_challenge,"
        " grant_id, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            code_id,
            request.client_id,
            request.redirect_uri,
            company.key,
            user.key,
            request.offline,
            request.code_challenge,
            ids.uuid(),
            (clock.now() + timedelta(seconds=LIFETIME_SECONDS)).isoformat(),
        ),
    )
    claims = {"clientId": request.client_id, "cnyId": company.id, "jti": code_id}
    return jwt.encode(claims, _SIGNING_KEY, algorithm="HS256")


def find(store: Store, code: str) -> CodeRow | None:
    """The code of that text; None where it is not one of ours."""
    try:
        code_id = jwt.decode(code, _SIGNING_KEY, algorithms=["HS256"]).get("jti")
    except jwt.InvalidTokenError:
        return None
    row = store.one("SELECT * FROM oauth_code WHERE id = ?", (code_id,))
    if row is None:
        return None
    return CodeRow(
        id=row["id"],
        client_id=row["client_id"],
        redirect_uri=row["redirect_uri"],
        company_key=row["company_key"],
        user_key=row["user_key"],
        offline=bool(row["offline"]),
        code_challenge=row["code_challenge"],
        grant_id=row["grant_id"],
        expires_at=datetime.fromisoformat(row["expires_at"]),
        used_at=datetime.fromisoformat(row["used_at"]) if row["used_at"] else None,
    )


def use(store: Store, clock: SandboxClock, row: CodeRow) -> list[str]:
    """Spend a code. Returns the ids of this user's earlier code grants: a new one makes them unusable
    (§1.4).
    """
    store.execute("UPDATE oauth_code SET used_at = ? WHERE id = ?", (clock.now().isoformat(), row.id))
    earlier = store.query(
        "SELECT grant_id FROM oauth_code"
        " WHERE company_key = ? AND user_key = ? AND used_at IS NOT NULL AND id <> ?",
        (row.company_key, row.user_key, row.id),
    )
    return [str(one["grant_id"]) for one in earlier]


def proves(row: CodeRow, verifier: str) -> bool:
    """Whether the verifier fits the challenge (RFC 7636 §4.6); without a challenge there must be none."""
    if row.code_challenge is None:
        return not verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(digest.decode(), row.code_challenge)


def _refused(request: AuthorizationRequest, error: str, description: str) -> RefusedRequest:
    return RefusedRequest(request.answer(error=error, error_description=description))
