"""The grants of the token endpoint: who gets a token, and which of Sage's refusals everybody else gets.

The order of the checks is the order in which the real service's two layers answer: the gateway looks at the
company and the client, the OAuth service at the secret, the authorization and last at the user. Every
refusal is a row of `sage-intacct-rest.md` §1.7; where that file has only a proposal, a quirk names it. HTTP
is not known here.
"""

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity import clients, companies, developers, entity_access, sessions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.developers import ApiKeys
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2 import codes, tokens
from intacct_sandbox.oauth2.codes import CodeRow
from intacct_sandbox.oauth2.payload import Payload, Username, read_username, refuse_shape
from intacct_sandbox.oauth2.refusals import CREDENTIALS_INVALID, Refusal, client_incorrect, gateway, oauth
from intacct_sandbox.oauth2.tokens import Holder, TokenRow
from intacct_sandbox.store import Store

WEB_SERVICES = "Web Services"


class Grants:
    """The token endpoint's decisions over one sandbox's state."""

    def __init__(self, store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._quirks = quirks

    def token(self, payload: Payload) -> dict[str, object] | Refusal:
        """Answer a token request (RFC 6749 §4.1.3, §4.4 and §6): the token answer, or the refusal it
        earns.
        """
        grant_type = payload.get("grant_type")
        answer = {
            "authorization_code": self._authorization_code,
            "client_credentials": self._client_credentials,
            "refresh_token": self._refresh,
        }.get(grant_type)
        if answer is None:
            return gateway("GW-0032", self._ids)
        shape = refuse_shape(payload, self._ids)
        if shape is not None:
            return shape
        with self._store.transaction():
            return answer(payload)

    def revoke(self, payload: Payload) -> Refusal | None:
        """Revoke the pool of the token's user and company (§1.5).

        An unknown token is no error (RFC 7009 §2.2).
        """
        shape = refuse_shape(payload, self._ids)
        if shape is not None:
            return shape
        client = developers.find_client(self._store, payload.get("client_id"))
        if client is None or client.client_secret != payload.get("client_secret"):
            return oauth("invalid_client", "Client authentication failed", status=401)
        row = self._known_token(payload.get("token"))
        if row is None or row.client_id != client.client_id:
            return None
        with self._store.transaction():
            tokens.end_pool(self._store, self._clock, company_key=row.company_key, user_key=row.user_key)
        return None

    def _client_credentials(self, payload: Payload) -> dict[str, object] | Refusal:
        by_username = "username" in payload.values
        session_id = payload.get("session_id").strip()
        if by_username and session_id:
            return oauth("invalid_request", "Give either username or session_id, not both", status=400)
        if by_username:
            return self._by_username(payload)
        if not session_id:
            return gateway("GW-0036", self._ids)
        return self._by_session(payload, session_id)

    def _by_username(self, payload: Payload) -> dict[str, object] | Refusal:
        username = read_username(payload.get("username"), self._ids)
        if isinstance(username, Refusal):
            return username
        company = companies.find(self._store, username.company_id)
        refusal = self._refuse_company_and_client(company, payload)
        if refusal is not None or company is None:
            return refusal or gateway("GW-0011", self._ids)
        user = self._paired_user(company, payload.get("client_id"), username)
        if user is None or not entity_access.may_enter(self._store, user, username.entity_id):
            return self._credentials_invalid()
        return self._grant(company, user, payload.get("client_id"), username.entity_id)

    def _by_session(self, payload: Payload, session_id: str) -> dict[str, object] | Refusal:
        session = sessions.find(self._store, self._clock, session_id)
        if session is None:
            # Without a living session there is no tenant to check the client against.
            return self._refuse_client(payload) or self._credentials_invalid()
        company = companies.by_key(self._store, session.company_key)
        refusal = self._refuse_company_and_client(company, payload)
        if refusal is not None or company is None:
            return refusal or gateway("GW-0011", self._ids)
        user = users.by_key(self._store, session.user_key)
        if user is None or user.status != "active":
            return self._credentials_invalid()
        return self._grant(company, user, payload.get("client_id"), session.entity_id)

    def _authorization_code(self, payload: Payload) -> dict[str, object] | Refusal:
        refusal = self._refuse_client(payload)
        if refusal is not None:
            return refusal
        row = codes.find(self._store, payload.get("code"))
        if row is None or row.client_id != payload.get("client_id"):
            return self._code_invalid()
        if row.used_at is not None:
            # RFC 6749 §4.1.2: who brings a code twice may have stolen it; what came of it ends.
            tokens.end_grant(self._store, self._clock, row.grant_id)
            return self._code_invalid()
        is_proven = codes.proves(row, payload.get("code_verifier"))
        if row.redirect_uri != payload.get("redirect_uri") or not is_proven:
            return self._code_invalid()
        if row.expires_at <= self._clock.now():
            return self._code_invalid()
        return self._redeem(row)

    def _redeem(self, row: CodeRow) -> dict[str, object] | Refusal:
        company = companies.by_key(self._store, row.company_key)
        user = users.by_key(self._store, row.user_key)
        if company is None or user is None or user.status != "active":
            return self._code_invalid()
        if self._active_authorization(company, row.client_id) is None:
            return client_incorrect(self._ids)
        for grant_id in codes.use(self._store, self._clock, row):
            tokens.end_grant(self._store, self._clock, grant_id)
        answer = self._grant(company, user, row.client_id, None, grant_id=row.grant_id)
        # Only who asked for offline access gets a refresh token.
        return answer if row.offline else {name: answer[name] for name in answer if name != "refresh_token"}

    def _refresh(self, payload: Payload) -> dict[str, object] | Refusal:
        client = developers.find_client(self._store, payload.get("client_id"))
        if client is None or client.status != "active":
            return gateway("GW-0011", self._ids)
        if client.client_secret != payload.get("client_secret"):
            return oauth("invalid_client", "Client authentication failed", status=401)
        row = self._known_token(payload.get("refresh_token"))
        if row is None or row.kind != "refresh" or row.client_id != client.client_id:
            return self._refresh_invalid()
        if row.ended_at is not None:
            if self._quirks.value("refresh-token-rotation") == "strict":
                tokens.end_grant(self._store, self._clock, row.grant_id)
            return self._refresh_invalid()
        if row.expires_at <= self._clock.now():
            return self._refresh_invalid()
        return self._renew(row)

    def _renew(self, row: TokenRow) -> dict[str, object] | Refusal:
        company = companies.by_key(self._store, row.company_key)
        user = users.by_key(self._store, row.user_key)
        if (
            company is None
            or user is None
            or user.status != "active"
            or WEB_SERVICES not in company.subscriptions
        ):
            return self._refresh_invalid()
        if self._active_authorization(company, row.client_id) is None:
            return client_incorrect(self._ids)
        if self._quirks.value("refresh-token-rotation") in {"rotate", "strict"}:
            tokens.end_token(self._store, self._clock, row.id)
        return self._grant(company, user, row.client_id, row.entity_id, grant_id=row.grant_id)

    def _grant(
        self,
        company: Company,
        user: User,
        client_id: str,
        entity_id: str | None,
        *,
        grant_id: str | None = None,
    ) -> dict[str, object]:
        session = sessions.start(self._store, self._clock, self._ids, user, entity_id, "token")
        holder = Holder(company=company, user=user, client_id=client_id, entity_id=entity_id, session=session)
        return tokens.issue(
            self._store,
            self._clock,
            self._ids,
            self._quirks,
            holder=holder,
            grant_id=grant_id or self._ids.uuid(),
        )

    def _refuse_company_and_client(self, company: Company | None, payload: Payload) -> Refusal | None:
        client = self._usable_client(payload.get("client_id"))
        if company is None or client is None or not self._scope_fits(client, company):
            return gateway("GW-0011", self._ids)
        # Recorded: with the subscription off, every token request gets this answer, whatever else is wrong.
        if WEB_SERVICES not in company.subscriptions:
            return self._credentials_invalid()
        if client.client_secret != payload.get("client_secret"):
            return client_incorrect(self._ids)
        if self._active_authorization(company, client.client_id) is None:
            return client_incorrect(self._ids)
        return None

    def _refuse_client(self, payload: Payload) -> Refusal | None:
        client = self._usable_client(payload.get("client_id"))
        if client is None:
            return gateway("GW-0011", self._ids)
        if client.client_secret != payload.get("client_secret"):
            return client_incorrect(self._ids)
        return None

    def _usable_client(self, client_id: str) -> ApiKeys | None:
        client = developers.find_client(self._store, client_id)
        return client if client is not None and client.status == "active" else None

    def _scope_fits(self, client: ApiKeys, company: Company) -> bool:
        if self._quirks.value("client-scope-check") == "off":
            return True
        return (client.scope == "production") == company.is_production

    def _active_authorization(self, company: Company, client_id: str) -> clients.AuthorizedClient | None:
        authorized = clients.find_authorized(self._store, company.key, client_id)
        return authorized if authorized is not None and authorized.status == "active" else None

    def _paired_user(self, company: Company, client_id: str, username: Username) -> User | None:
        """The Web Services user attached to the client, if it is the one asked for, letter by letter."""
        authorized = self._active_authorization(company, client_id)
        if authorized is None or authorized.web_services_user_id != username.user_id:
            return None
        user = users.find(self._store, company.key, username.user_id)
        if user is None or not user.is_web_services or user.status != "active":
            return None
        return user

    def _known_token(self, token: str) -> TokenRow | None:
        token_id = tokens.decode(token)
        return tokens.find(self._store, token_id) if token_id else None

    def _credentials_invalid(self) -> Refusal:
        return oauth(
            "invalid_grant", CREDENTIALS_INVALID, status=int(self._quirks.value("invalid-grant-status"))
        )

    def _code_invalid(self) -> Refusal:
        description = "The authorization code is invalid, expired or used"
        return oauth("invalid_grant", description, status=int(self._quirks.value("invalid-grant-status")))

    def _refresh_invalid(self) -> Refusal:
        description = "The refresh token is invalid, expired or revoked"
        return oauth("invalid_grant", description, status=int(self._quirks.value("invalid-grant-status")))
