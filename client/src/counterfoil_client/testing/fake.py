"""`FakeCounterfoil`: the service in memory, behind the real client."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import httpx2

from counterfoil_client.client import AsyncCounterfoil, Counterfoil
from counterfoil_client.connect_sessions import ConnectSession
from counterfoil_client.testing.calls import RecordedCall, Reply, recorded
from counterfoil_client.testing.routes import Refused, answer, require_key, session_of, working_connection
from counterfoil_client.testing.state import (
    FakeConnection,
    FakeState,
    add_integration,
    connect,
    end_user_json,
    tags_of,
)

Replies: TypeAlias = Reply | Callable[[RecordedCall], Reply]
Route: TypeAlias = tuple[str, str, str | None, Replies]

_BASE_URL: Final = "http://counterfoil.test"
_SAGE_INTACCT: Final = {"sage-intacct": "sage-intacct-cc"}


class FakeCounterfoil:
    """A Counterfoil without a network, a database and a provider, for tests of programs that use the client.

        fake = FakeCounterfoil()
        fake.add_connection("sage-intacct", "customer-17")
        fake.on_proxy("POST", "/v1/services/core/query", Reply(json={"ia::result": []}))

        my_program(fake.client())

        assert fake.proxied_calls[0].json["object"] == "accounts-payable/vendor"

    The client is the real one, so that requests are built and answers are read by the code that runs in
    production. Codes and statuses are the service's. It does not check what only the service can know: the
    form of e-mail addresses, lengths, scopes of keys. Its ids and tokens are the same in every run.

    Args:
        integrations: Keys and their providers; `sage-intacct` with `sage-intacct-cc` if left out.
        now: The time, for sessions and time stamps.
    """

    def __init__(
        self,
        *,
        integrations: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.base_url = _BASE_URL
        self.api_key = "cf_test_fake"
        self.calls: list[RecordedCall] = []
        self._now = now
        self._state = FakeState()
        self._routes: list[Route] = []
        self._failures: deque[Refused | None] = deque()
        for key, provider in (_SAGE_INTACCT if integrations is None else integrations).items():
            add_integration(self._state, key, provider, now())

    @property
    def transport(self) -> httpx2.MockTransport:
        """For `Counterfoil(…, transport=…)` and `AsyncCounterfoil(…, transport=…)`."""
        return httpx2.MockTransport(self._respond)

    def client(self) -> Counterfoil:
        """A client of the fake."""
        return Counterfoil(self.base_url, api_key=self.api_key, transport=self.transport)

    def async_client(self) -> AsyncCounterfoil:
        """An asynchronous client of the fake."""
        return AsyncCounterfoil(self.base_url, api_key=self.api_key, transport=self.transport)

    @property
    def proxied_calls(self) -> list[RecordedCall]:
        """The calls that were for the provider, oldest first."""
        return [call for call in self.calls if call.is_proxied]

    def add_connection(
        self,
        integration_key: str,
        connection_id: str,
        *,
        end_user: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Any] | None = None,
    ) -> None:
        """Have a connection without going through a session.

        Args:
            integration_key: An integration of the fake.
            connection_id: The connection's id; one by that id is replaced.
            end_user: With `id`, perhaps `email`, `display_name`, `tags`.
            tags: Names and values.
            metadata: A JSON object.
            credentials: What `connections.get` shows.

        Raises:
            LookupError: There is no such integration.
        """
        if integration_key not in self._state.integrations:
            raise LookupError(f"The fake has no integration {integration_key!r}.")
        shown_end_user = end_user_json(end_user)
        self._state.connections[(integration_key, connection_id)] = FakeConnection(
            number=self._state.next_number(),
            connection_id=connection_id,
            integration_key=integration_key,
            provider=self._state.integrations[integration_key].provider,
            created_at=self._now(),
            end_user=shown_end_user,
            tags=tags_of(shown_end_user, tags),
            metadata=None if metadata is None else dict(metadata),
            credentials=dict(credentials or {"type": "TWO_STEP", "token": "fake-token", "raw": {}}),
        )

    def complete(
        self,
        session: ConnectSession | str,
        *,
        integration_key: str | None = None,
        connection_id: str | None = None,
    ) -> str:
        """Do what the administrator does on the Connect page: make the session's connection, or renew it.

        Args:
            session: What `connect_sessions.create` or `.reconnect` gave, or its token.
            integration_key: Needed if the session allows several integrations.
            connection_id: Of the new connection; `connection-<number>` if left out.

        Returns:
            The connection's id.

        Raises:
            LookupError: The session is unknown or expired, or does not say which integration.
        """
        token = session if isinstance(session, str) else session.token
        try:
            found = session_of(self._state, token, self._now())
        except Refused as refused:
            raise LookupError(refused.error["message"]) from None
        allowed = found.allowed_integrations or list(self._state.integrations)
        chosen = [key for key in allowed if integration_key in (None, key)]
        if len(chosen) != 1:
            raise LookupError(f"Say which integration: the session allows {', '.join(allowed)}.")
        integration = self._state.integrations[chosen[0]]
        return connect(self._state, found, integration, {}, self._now(), connection_id).connection_id

    def break_connection(
        self,
        integration_key: str,
        connection_id: str,
        *,
        cause: str = "credentials_refused",
        sentence: str = "The provider refuses the credentials.",
        remedy: str = "Connect again.",
        retry_at: datetime | None = None,
    ) -> None:
        """Let a connection have no token that works, until it is renewed.

        Args:
            integration_key: The integration's key.
            connection_id: The connection's id.
            cause: The diagnosis' code.
            sentence: What happened.
            remedy: What to do.
            retry_at: When the service would try again: the client raises ConnectionUnusable. None if only a
                person can mend it: the client raises ConnectionNeedsReconnect.

        Raises:
            LookupError: There is no such connection.
        """
        self._state.connections[(integration_key, connection_id)].problem = {
            "type": "auth",
            "log_id": "fake-log",
            "status": "needs_reconnect" if retry_at is None else "failing",
            "cause": cause,
            "sentence": sentence,
            "remedy": remedy,
            "who": "administrator",
            "step": None,
            "recoverable": retry_at is not None,
            "details": {},
            "at": self._now().isoformat(),
            "retry_at": None if retry_at is None else retry_at.isoformat(),
        }

    def on_proxy(
        self,
        method: str,
        path: str,
        reply: Replies,
        *,
        connection_id: str | None = None,
    ) -> None:
        """Answer proxied calls. Of several that fit, the one that was given last counts.

        Args:
            method: HTTP method.
            path: As the provider sees it, decoded, without the query.
            reply: What to answer, or a function of the call.
            connection_id: Only for this connection; for all if left out.
        """
        self._routes.append((method.upper(), f"/{path.lstrip('/')}", connection_id, reply))

    def fail_next(
        self,
        status: int,
        code: str,
        message: str = "The fake was told to fail.",
        *,
        retry_after_seconds: int | None = None,
    ) -> None:
        """Let the next call fail, whichever it is; may be given several times.

        Args:
            status: HTTP status.
            code: The error's code.
            message: The error's message.
            retry_after_seconds: Value of the header `Retry-After`.
        """
        self._failures.append(Refused(status, code, message, retry_after_seconds=retry_after_seconds))

    def time_out_next(self) -> None:
        """Let the next call get no answer in time, whichever it is; may be given several times."""
        self._failures.append(None)

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        call = recorded(request)
        self.calls.append(call)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            response = self._answer(call, bearer)
        except Refused as refused:
            response = refused.response()
            response.headers["Counterfoil-Error"] = refused.error["code"]
        response.headers["Counterfoil-Request-Id"] = f"fake-request-{len(self.calls)}"
        return response

    def _answer(self, call: RecordedCall, bearer: str) -> httpx2.Response:
        if self._failures:
            failure = self._failures.popleft()
            if failure is None:
                raise httpx2.ReadTimeout("The fake was told to give no answer in time.")
            raise failure
        if not call.is_proxied:
            return answer(self._state, self._now(), call, bearer, self.api_key)
        require_key(bearer, self.api_key)
        working_connection(self._state, call.integration_key or "", call.connection_id or "")
        return _response(self._reply(call))

    def _reply(self, call: RecordedCall) -> Reply:
        for method, path, connection_id, reply in reversed(self._routes):
            if (method, path) == (call.method, unquote(call.path)) and connection_id in (
                None,
                call.connection_id,
            ):
                return reply if isinstance(reply, Reply) else reply(call)
        raise LookupError(f"The fake was given no answer to {call.method} {call.path}: see on_proxy().")


def _response(reply: Reply) -> httpx2.Response:
    if reply.json is not None:
        return httpx2.Response(reply.status, json=reply.json, headers=dict(reply.headers))
    return httpx2.Response(reply.status, content=reply.content, headers=dict(reply.headers))
