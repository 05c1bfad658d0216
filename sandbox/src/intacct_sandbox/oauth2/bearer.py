"""A bearer token on an API call: whose it is, or why it is refused (`sage-intacct-rest.md` §1.8).

Permissions and entity headers are `rest`'s affair; issuing tokens is `grants`'.
"""

from dataclasses import dataclass
from datetime import datetime

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity import clients, companies, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2 import tokens
from intacct_sandbox.oauth2.grants import WEB_SERVICES
from intacct_sandbox.oauth2.refusals import Refusal, gateway, token_invalid, token_not_valid
from intacct_sandbox.oauth2.tokens import TokenRow
from intacct_sandbox.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A caller with a good token.

    Attributes:
        company: The company the token is for.
        user: The user it speaks for.
        entity_id: The token's own entity; None at the top level.
        client_id: The client application it was issued to.
        session_id: The session behind it; also good for the XML gateway.
        token_expires_at: When the token ends, aware, in UTC.
    """

    company: Company
    user: User
    entity_id: str | None
    client_id: str
    session_id: str
    token_expires_at: datetime


def authenticate(
    store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks, authorization: str | None
) -> Access | Refusal:
    """Check an `Authorization` header.

    Returns:
        Whose token it is; or GW-0034 (not a bearer header), GW-0031 (not a JWT, or not an access token),
        REST-1206 (signature does not hold), GW-0040 (expired, by quirk REST-1206 or REST-2102) or REST-2102
        (ended since).
    """
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme != "Bearer" or not token:
        return gateway("GW-0034", ids)
    token_id = tokens.decode(token)
    if token_id is None:
        return token_not_valid(ids) if tokens.is_jwt(token) else gateway("GW-0031", ids)
    row = tokens.find(store, token_id)
    if row is None:
        return token_invalid(ids)
    if row.kind != "access":
        return gateway("GW-0031", ids)
    # An ended token says so even when its time is over as well: revocation is the truer cause.
    if row.ended_at is not None:
        return token_invalid(ids)
    if row.expires_at <= clock.now():
        return _expired(ids, quirks)
    return _access(store, row) or token_invalid(ids)


def _expired(ids: SeededIds, quirks: Quirks) -> Refusal:
    answers = {"REST-1206": token_not_valid, "REST-2102": token_invalid}
    answer = answers.get(quirks.value("expired-token-answer"))
    return answer(ids) if answer is not None else gateway("GW-0040", ids)


def _access(store: Store, row: TokenRow) -> Access | None:
    company = companies.by_key(store, row.company_key)
    user = users.by_key(store, row.user_key)
    if (
        company is None
        or user is None
        or user.status != "active"
        or WEB_SERVICES not in company.subscriptions
    ):
        return None
    authorized = clients.find_authorized(store, company.key, row.client_id)
    if authorized is None or authorized.status != "active":
        return None
    return Access(
        company=company,
        user=user,
        entity_id=row.entity_id,
        client_id=row.client_id,
        session_id=row.session_id,
        token_expires_at=row.expires_at,
    )
