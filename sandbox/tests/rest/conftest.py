"""The REST API over a company with business data, and tokens as the token endpoint gives them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from sandbox.tests.rest.calling import Response, send
from starlette.routing import Router

from intacct_sandbox import identity, oauth2, objects, rest
from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.fixtures import business_data
from intacct_sandbox.identity import clients, companies, permissions, sessions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2 import tokens
from intacct_sandbox.oauth2.tokens import Holder
from intacct_sandbox.store import Store

CLIENT_ID = "0123456789abcdef0123.app.sage.com"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Api:
    """The routes under test, and what they stand on."""

    app: Router
    store: Store
    clock: SandboxClock
    ids: SeededIds
    quirks: Quirks
    company: Company

    def token(self, user_id: str = "Admin", entity_id: str | None = None, kind: str = "access_token") -> str:
        """A token of a Web Services user, at the top level or in an entity."""
        user = users.find(self.store, self.company.key, user_id)
        assert user is not None
        session = sessions.start(self.store, self.clock, self.ids, user, entity_id, "token")
        holder = Holder(
            company=self.company, user=user, client_id=CLIENT_ID, entity_id=entity_id, session=session
        )
        issued = tokens.issue(
            self.store, self.clock, self.ids, self.quirks, holder=holder, grant_id=self.ids.uuid()
        )
        return str(issued[kind])

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Response:
        """One call of `/ia/api/v1{path}`, as `Admin` unless a token is given."""
        authorization = {"Authorization": f"Bearer {token or self.token()}"}
        return await send(self.app, method, f"/ia/api/v1{path}", {**authorization, **(headers or {})}, body)

    async def get(self, path: str, **more: Any) -> Response:
        return await self.call("GET", path, **more)

    async def post(self, path: str, payload: Any, **more: Any) -> Response:
        """A POST of JSON."""
        return await self.call("POST", path, body=json.dumps(payload).encode(), **more)

    def pass_time(self, seconds: float) -> None:
        """Let the sandbox's clock go on."""
        self.clock.advance(timedelta(seconds=seconds))

    async def query(self, payload: Any, **more: Any) -> Response:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return await self.call("POST", "/services/core/query", body=body, **more)


@pytest.fixture
def api() -> Api:
    return build_api()


def build_api() -> Api:
    """The routes over a company as it stands at the start of every test."""
    store = Store()
    store.restore(_filled())
    clock = SandboxClock()
    clock.stop_at(NOW)
    ids, quirks = SeededIds(7), Quirks()
    company = companies.find(store, "MyCompany")
    assert company is not None
    app = Router(rest.routes(store=store, clock=clock, ids=ids, quirks=quirks))
    return Api(app, store, clock, ids, quirks, company)


@cache
def _filled() -> bytes:
    """The state every test starts from, made once."""
    store = Store()
    for schema in (identity.SCHEMA, objects.SCHEMA, oauth2.SCHEMA, rest.SCHEMA):
        store.create(schema)
    company = companies.create(store, company_id="MyCompany", title="My Company", is_multi_entity=True)
    for entity_id in ("Central Region", "East Region", "West Region"):
        companies.add_entity(store, company.key, entity_id=entity_id, name=entity_id)
    permissions.add_role(
        store,
        company.key,
        role_id="Vendors",
        description="",
        permissions=["accounts-payable/vendor:readonly"],
    )
    _add_user(store, company, "Admin", permissions=("*:*",))
    _add_user(store, company, "Clerk", roles=("Vendors",))
    _add_user(store, company, "East", permissions=("*:*",), entity_ids=("East Region",))
    _add_user(
        store, company, "EastOnly", permissions=("*:*",), entity_ids=("East Region",), allow_top_level=False
    )
    clients.authorize(store, company.key, CLIENT_ID, "Connector", "Admin")
    clock = SandboxClock()
    clock.stop_at(NOW)
    business_data.fill(store, clock, SeededIds(7), company)
    return store.snapshot()


def _add_user(store: Store, company: Company, user_id: str, **more: Any) -> None:
    email = f"{user_id.lower()}@example.com"
    new = users.NewUser(id=user_id, user_name=user_id, account_email=email, password="x", **more)
    users.add(store, company.key, new)
