"""Issued tokens: their rows, their JWT form, and the pool that one user of one company shares.

Sage's tokens are JWTs that carry user and company (`sage-intacct-rest.md` §1.6). The signature here
protects nothing; it lets a mangled token be told from a good one. Who may have a token is decided in
`grants`, who may use it in `bearer`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import jwt

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.sessions import Session
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE oauth_token (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
    grant_id TEXT NOT NULL,
    company_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    entity_id TEXT,
    session_id TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT
);
CREATE INDEX oauth_token_pool ON oauth_token (company_key, user_key);
CREATE INDEX oauth_token_grant ON oauth_token (grant_id);
"""

ISSUER: Final = "https://api.intacct.com"
_ALGORITHM: Final = "HS256"
_SIGNING_KEY: Final = sha256(b"intacct-sandbox").digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """One token as the sandbox remembers it; times are aware and in UTC."""

    id: str
    kind: str
    grant_id: str
    company_key: int
    user_key: int
    client_id: str
    entity_id: str | None
    session_id: str
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """For whom a token speaks: a user of a company, in one entity or at the top level, through one client."""

    company: Company
    user: User
    client_id: str
    entity_id: str | None
    session: Session


def issue(
    store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks, *, holder: Holder, grant_id: str
) -> dict[str, object]:
    """Issue an access and a refresh token of one grant.

    Returns:
        The token answer: `token_type`, `access_token`, `refresh_token`, `expires_in` in seconds; no `scope`
        key, as recorded.
    """
    lifetime_seconds = int(quirks.value("access-token-lifetime-seconds"))
    refresh_seconds = int(quirks.value("refresh-token-lifetime-seconds"))
    return {
        "token_type": "Bearer",
        "access_token": _issue_one(store, clock, ids, holder, grant_id, "access", lifetime_seconds),
        "refresh_token": _issue_one(store, clock, ids, holder, grant_id, "refresh", refresh_seconds),
        "expires_in": lifetime_seconds,
    }


def decode(token: str) -> str | None:
    """The id of a token whose signature holds; None for any other text. Expiry is the caller's to judge."""
    try:
        claims = jwt.decode(
            token,
            _SIGNING_KEY,
            algorithms=[_ALGORITHM],
            options={"verify_exp": False, "verify_aud": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError:
        return None
    token_id = claims.get("jti")
    return token_id if isinstance(token_id, str) else None


def is_jwt(token: str) -> bool:
    """Whether the text is a JWT at all, whoever signed it."""
    try:
        jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
    return True


def find(store: Store, token_id: str) -> TokenRow | None:
    """The token of that id."""
    row = store.one("SELECT * FROM oauth_token WHERE id = ?", (token_id,))
    if row is None:
        return None
    return TokenRow(
        id=row["id"],
        kind=row["kind"],
        grant_id=row["grant_id"],
        company_key=row["company_key"],
        user_key=row["user_key"],
        client_id=row["client_id"],
        entity_id=row["entity_id"],
        session_id=row["session_id"],
        expires_at=datetime.fromisoformat(row["expires_at"]),
        ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
    )


def end_token(store: Store, clock: SandboxClock, token_id: str) -> None:
    """End one token."""
    store.execute(
        "UPDATE oauth_token SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
        (clock.now().isoformat(), token_id),
    )


def expire(store: Store, clock: SandboxClock, token: str) -> None:
    """Let an access token end now, whatever its claims say; any other text is nobody's token."""
    token_id = decode(token)
    if token_id is not None:
        store.execute(
            "UPDATE oauth_token SET expires_at = ? WHERE id = ? AND kind = 'access' AND expires_at > ?",
            (clock.now().isoformat(), token_id, clock.now().isoformat()),
        )


def end_grant(store: Store, clock: SandboxClock, grant_id: str) -> None:
    """End every token of a grant, as strict rotation does when a spent refresh token comes again."""
    store.execute(
        "UPDATE oauth_token SET ended_at = ? WHERE grant_id = ? AND ended_at IS NULL",
        (clock.now().isoformat(), grant_id),
    )


def end_pool(store: Store, clock: SandboxClock, *, company_key: int, user_key: int) -> int:
    """End all tokens of one user in one company, and say how many: revoking one revokes them all (§1.5)."""
    return store.execute(
        "UPDATE oauth_token SET ended_at = ? WHERE company_key = ? AND user_key = ? AND ended_at IS NULL",
        (clock.now().isoformat(), company_key, user_key),
    ).rowcount


def _issue_one(
    store: Store,
    clock: SandboxClock,
    ids: SeededIds,
    holder: Holder,
    grant_id: str,
    kind: str,
    lifetime_seconds: int,
) -> str:
    token_id = ids.uuid()
    # JWT dates are whole seconds; the row keeps the same moment so that `exp` and `expires_in` agree.
    issued_at = clock.now().replace(microsecond=0)
    expires_at = issued_at + timedelta(seconds=lifetime_seconds)
    store.execute(
        "INSERT INTO oauth_token"
        " (id, kind, grant_id, company_key, user_key, client_id, entity_id, session_id,"
        " issued_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            token_id,
            kind,
            grant_id,
            holder.company.key,
            holder.user.key,
            holder.client_id,
            holder.entity_id,
            holder.session.id,
            issued_at.isoformat(),
            expires_at.isoformat(),
        ),
    )
    claims = {
        "iss": ISSUER,
        "aud": holder.client_id,
        "sub": f"{holder.user.id}@{holder.company.id}",
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "jti": token_id,
        "clientId": holder.client_id,
        "cnyId": holder.company.id,
        "cnyKey": str(holder.company.key),
        "userId": holder.user.id,
        "userKey": str(holder.user.key),
        "entityId": holder.entity_id or "",
        "sessionId": holder.session.id,
        "use": kind,
    }
    return jwt.encode(claims, _SIGNING_KEY, algorithm=_ALGORITHM)
