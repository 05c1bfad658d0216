"""Who is calling: one `Authorization` header, a key or a session's token, never the one taken for the
other."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from service.tests.doubles import PredictableIds, SettableClock
from service.tests.web.asgi import Answer, call
from starlette.types import ASGIApp, Receive, Scope, Send

from counterfoil.access import (
    SESSION_TTL_SECONDS,
    ApiKeyCaller,
    ApiKeys,
    Caller,
    ConnectSessions,
    Environment,
    NewConnectSession,
    SessionCaller,
)
from counterfoil.db import Database
from counterfoil.vault import Secret
from counterfoil.web import any_caller, api_key_caller, install, router, session_caller

_SCOPE = "environment:integrations:list"
_DOORS = ("/key", "/any", "/session")


@pytest.fixture
def api_keys(
    database: Database, environment: Environment, clock: SettableClock, ids: PredictableIds
) -> ApiKeys:
    return ApiKeys(database, b"p" * 32, clock, ids)


@pytest.fixture
def sessions(database: Database, clock: SettableClock, ids: PredictableIds) -> ConnectSessions:
    return ConnectSessions(database, clock, ids)


@pytest.fixture
async def key(api_keys: ApiKeys) -> Secret:
    _record, key = await api_keys.create("dev", "backend")
    return key


@pytest.fixture
async def token(sessions: ConnectSessions, environment: Environment) -> Secret:
    _record, token = await sessions.create(environment, NewConnectSession())
    return token


@pytest.fixture
def app(api_keys: ApiKeys, sessions: ConnectSessions) -> FastAPI:
    by_key = api_key_caller(api_keys, _SCOPE)
    by_any = any_caller(api_keys, sessions, _SCOPE)
    by_session = session_caller(sessions)
    routes = router()

    @routes.get("/key")
    async def of_key(caller: Annotated[ApiKeyCaller, Depends(by_key)]) -> dict[str, Any]:
        return {"environment": caller.environment.name, "key": caller.key_id}

    @routes.get("/any")
    async def of_any(caller: Annotated[Caller, Depends(by_any)]) -> dict[str, Any]:
        return {"environment": caller.environment.name, "is_session": isinstance(caller, SessionCaller)}

    @routes.get("/session")
    async def of_session(caller: Annotated[SessionCaller, Depends(by_session)]) -> dict[str, Any]:
        return {"environment": caller.environment.name, "session": caller.session.id}

    api = FastAPI()
    install(api)
    api.include_router(routes)
    return api


async def _as(app: ASGIApp, target: str, secret: Secret) -> Answer:
    return await call(app, "GET", target, headers={"Authorization": f"Bearer {secret.reveal()}"})


async def test_each_door_knows_its_caller(app: FastAPI, key: Secret, token: Secret) -> None:
    assert (await _as(app, "/key", key)).json()["environment"] == "dev"
    assert (await _as(app, "/session", token)).json()["environment"] == "dev"
    assert (await _as(app, "/any", key)).json() == {"environment": "dev", "is_session": False}
    assert (await _as(app, "/any", token)).json() == {"environment": "dev", "is_session": True}


async def test_a_session_is_never_taken_for_a_key_nor_a_key_for_a_session(
    app: FastAPI, key: Secret, token: Secret
) -> None:
    assert (await _as(app, "/key", token)).error_code == "invalid_secret_key_format"
    assert (await _as(app, "/session", key)).error_code == "invalid_connect_session_token_format"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "missing_auth_header"),
        ("", "missing_auth_header"),
        ("Bearer", "malformed_auth_header"),
        ("Bearer ", "malformed_auth_header"),
        ("Basic dXNlcjpwYXNz", "malformed_auth_header"),
        ("Bearer a b", "malformed_auth_header"),
        ("Bearer a, Bearer b", "malformed_auth_header"),
        ("Bearer\ta", "malformed_auth_header"),
    ],
)
async def test_a_header_that_is_not_bearer_and_a_token_is_401(
    app: FastAPI, header: str | None, code: str
) -> None:
    for door in _DOORS:
        answer = await call(app, "GET", door, headers=None if header is None else {"Authorization": header})
        assert (answer.status, answer.error_code) == (401, code), door
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_scheme_may_be_written_in_any_case(app: FastAPI, key: Secret) -> None:
    for spelling in ("Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", "Bearer {}  "):
        header = {"Authorization": spelling.format(key.reveal())}
        assert (await call(app, "GET", "/key", headers=header)).status == 200, spelling


async def test_two_headers_are_refused_even_if_they_are_equal(app: FastAPI, key: Secret) -> None:
    async def doubled(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "headers": scope["headers"] * 2}, receive, send)

    assert (await _as(doubled, "/key", key)).error_code == "malformed_auth_header"


async def test_a_token_in_the_query_is_no_credential(app: FastAPI, key: Secret) -> None:
    answer = await call(app, "GET", f"/key?access_token={key.reveal()}")
    assert answer.status == 400
    assert key.reveal().encode() not in answer.body


async def test_the_scope_is_asked_of_keys(app: FastAPI, api_keys: ApiKeys) -> None:
    _record, narrow = await api_keys.create("dev", "narrow", ["environment:proxy"])
    for door in ("/key", "/any"):
        answer = await _as(app, door, narrow)
        assert (answer.status, answer.error_code) == (403, "forbidden")
        assert _SCOPE in answer.json()["error"]["message"]


async def test_the_scope_is_asked_of_sessions_too(
    api_keys: ApiKeys, sessions: ConnectSessions, token: Secret
) -> None:
    caller = any_caller(api_keys, sessions, "environment:connections:read_credentials")
    routes = router()

    @routes.get("/secrets")
    async def secrets(caller: Annotated[Caller, Depends(caller)]) -> None: ...

    api = FastAPI()
    install(api)
    api.include_router(routes)
    assert (await _as(api, "/secrets", token)).status == 403


async def test_what_was_taken_back_or_has_ended_is_401(
    app: FastAPI, api_keys: ApiKeys, key: Secret, token: Secret, clock: SettableClock
) -> None:
    [record] = await api_keys.of_environment("dev")
    await api_keys.revoke(record.id)
    clock.advance(SESSION_TTL_SECONDS)

    for door, secret, code in (
        ("/key", key, "unknown_account"),
        ("/any", key, "unknown_account"),
        ("/session", token, "unknown_connect_session_token"),
        ("/any", token, "unknown_connect_session_token"),
    ):
        answer = await _as(app, door, secret)
        assert (answer.status, answer.error_code) == (401, code)
        assert secret.reveal().encode() not in answer.body


async def test_the_document_says_which_door_takes_what(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    taken = {path: [set(one) for one in paths[path]["get"]["security"]] for path in _DOORS}
    assert taken == {
        "/key": [{"API key"}],
        "/any": [{"API key"}, {"Connect session"}],
        "/session": [{"Connect session"}],
    }
