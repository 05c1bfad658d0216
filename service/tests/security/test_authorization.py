"""Routes x credentials x environments: everything is refused but what the table of routes allows."""

import base64
import json
import zlib
from collections.abc import Mapping

from service.tests.security.conftest import Whole
from service.tests.security.routes import PROXY, ROUTES, Door
from service.tests.web.asgi import Answer

NEEDING_A_KEY = tuple(route for route in (*ROUTES, *PROXY) if isinstance(route.needs, str))
NEEDING_A_SESSION = tuple(route for route in ROUTES if route.needs is Door.SESSION)
FOR_BROWSERS = tuple(route for route in ROUTES if route.needs is Door.BROWSER)
NOWHERE = "11111111-2222-4333-8444-555555555555"
UNKNOWN_KEY_CODES = {
    "missing_auth_header",
    "malformed_auth_header",
    "invalid_secret_key_format",
    "unknown_account",
    "unknown_connect_session_token",
    "invalid_connect_session_token_format",
}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_every_route_of_the_document_is_in_the_table(whole: Whole) -> None:
    document = (await whole.ask("GET", "/openapi.json")).json()
    described = {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    }
    assert {(route.method, route.path) for route in ROUTES} == described
    assert len(ROUTES) == len(described)


async def test_the_document_says_who_may_call(whole: Whole) -> None:
    document = (await whole.ask("GET", "/openapi.json")).json()
    for route in ROUTES:
        said = {
            scheme
            for one in document["paths"][route.path][route.method.lower()].get("security", [])
            for scheme in one
        }
        needed = {"API key"} if isinstance(route.needs, str) else set()
        if route.session_too or route.needs is Door.SESSION:
            needed.add("Connect session")
        assert said == needed, f"{route.method} {route.path}"


async def test_nobody_gets_through_a_locked_door_without_the_right_credentials(whole: Whole) -> None:
    wrong = await _wrong_credentials(whole)
    tried = 0
    for route in (*NEEDING_A_KEY, *NEEDING_A_SESSION):
        for name, headers in wrong.items():
            answer = await whole.ask(route.method, route.target(), headers)
            tried += 1
            assert answer.status == 401, f"{name}: {route.method} {route.path}: {answer.body!r}"
            assert answer.error_code in UNKNOWN_KEY_CODES, f"{name}: {route.method} {route.path}"
    assert tried >= 600


async def test_a_browsers_door_opens_to_a_live_sessions_token_only(whole: Whole) -> None:
    gone = await _ended_session(whole)
    key = await whole.key("dev")
    for route in FOR_BROWSERS:
        body = json.dumps(_BODIES.get(route.path, {})).encode()
        for query in ("", "?connect_session_token=", f"?connect_session_token={gone}", f"?api_key={key}"):
            answer = await whole.ask(route.method, route.target() + query, bearer(key), body)
            assert answer.status in {400, 401}, f"{route.path}{query}: {answer.body!r}"
            assert answer.error_code in {*UNKNOWN_KEY_CODES, "invalid_query_params"}, f"{route.path}{query}"


async def test_a_key_without_the_scope_is_refused_and_one_with_it_is_not(whole: Whole) -> None:
    scopes = {str(route.needs) for route in NEEDING_A_KEY}
    for scope in sorted(scopes):
        # A key that may read credentials may read what belongs to them, so it is no key without the scope.
        others = scopes - {scope, f"{scope}_credentials"}
        without, granted = (
            bearer(await whole.key("dev", *sorted(others))),
            bearer(await whole.key("dev", scope)),
        )
        for route in NEEDING_A_KEY:
            if route.needs != scope:
                continue
            refused = await whole.ask(route.method, route.target(), without)
            assert (refused.status, refused.error_code) == (403, "forbidden"), f"{route}: {refused.body!r}"
            allowed = await whole.ask(route.method, route.target(), granted)
            assert allowed.status not in {401, 403}, f"{route}: {allowed.body!r}"


async def test_an_environments_key_does_nothing_for_the_account_nor_the_reverse(whole: Whole) -> None:
    of_environment = bearer(await whole.key("dev"))
    of_account = bearer(await whole.key("dev", "account:*"))
    for route in NEEDING_A_KEY:
        wrong = of_environment if route.is_account else of_account
        answer = await whole.ask(route.method, route.target(), wrong)
        assert (answer.status, answer.error_code) == (403, "forbidden"), f"{route}"


async def test_a_sessions_token_opens_only_what_the_table_says(whole: Whole) -> None:
    token = bearer(await whole.session_token("dev"))
    for route in (*NEEDING_A_KEY, *NEEDING_A_SESSION):
        if route.method == "DELETE" and route.needs is Door.SESSION:
            continue  # It ends the session; the table's own line is proven by the test of its ending.
        answer = await whole.ask(route.method, route.target(), token)
        opens = route.session_too or route.needs is Door.SESSION
        assert (answer.status != 401) == opens, f"{route}: {answer.body!r}"


async def test_ended_sessions_and_revoked_keys_open_nothing(whole: Whole) -> None:
    ended = bearer(await _ended_session(whole))
    for route in NEEDING_A_SESSION:
        answer = await whole.ask(route.method, route.target(), ended)
        assert (answer.status, answer.error_code) == (401, "unknown_connect_session_token")


async def test_what_belongs_to_another_environment_is_as_unknown_as_what_is_nowhere(whole: Whole) -> None:
    mine, other = bearer(await whole.key("dev")), bearer(await whole.key("other"))
    connection_id = await _furnish(whole, mine)
    for request in _REQUESTS:
        there = await _sent(whole, _about(request, "books", connection_id), other)
        gone = await _sent(whole, _about(request, "bookz", NOWHERE), other)
        told = there.body.decode().replace("books", "bookz").replace(connection_id, NOWHERE)
        assert (there.status, told) == (gone.status, gone.body.decode()), request
    # They are there all the same, for whoever they belong to.
    found = await whole.ask("GET", f"/connections/{connection_id}?provider_config_key=books", mine)
    assert found.status == 200
    assert (await whole.ask("GET", "/integrations", other)).json() == {"data": []}
    assert (await whole.ask("GET", "/connections", other)).json() == {"connections": []}


async def test_a_session_of_another_environment_reaches_nothing_here(whole: Whole) -> None:
    await _furnish(whole, bearer(await whole.key("dev")))
    token = await whole.session_token("other")
    answer = await whole.ask("POST", f"/auth/unauthenticated/books?connect_session_token={token}")
    assert (answer.status, answer.error_code) == (404, "unknown_provider_config")
    assert (await whole.ask("GET", "/integrations", bearer(token))).json() == {"data": []}


_BODIES = {
    "/api-auth/api-key/{integration_key}": {"apiKey": "k"},
    "/api-auth/basic/{integration_key}": {"username": "u", "password": "p"},
    "/oauth2/auth/{integration_key}": {"client_id": "i", "client_secret": "s"},
}

_Request = tuple[str, str, object]

# With {key} and {id} where an integration's key and a connection's id stand.
_REQUESTS: tuple[_Request, ...] = (
    ("GET", "/integrations/{key}", None),
    ("PATCH", "/integrations/{key}", {"display_name": "Mine now"}),
    ("DELETE", "/integrations/{key}", None),
    ("GET", "/config/{key}", None),
    ("GET", "/integrations/{key}/functions", None),
    ("GET", "/connections/{id}?provider_config_key={key}", None),
    ("GET", "/connections/{id}?provider_config_key={key}&force_refresh=true", None),
    ("PATCH", "/connections/{id}?provider_config_key={key}", {"tags": {"a": "b"}}),
    ("DELETE", "/connections/{id}?provider_config_key={key}", None),
    (
        "POST",
        "/connections/metadata",
        {"connection_id": "{id}", "provider_config_key": "{key}", "metadata": {"a": 1}},
    ),
    (
        "PATCH",
        "/connections/metadata",
        {"connection_id": ["{id}"], "provider_config_key": "{key}", "metadata": {"a": 1}},
    ),
    ("POST", "/connection/{id}/metadata?provider_config_key={key}", {"a": 1}),
    ("PATCH", "/connection/{id}/metadata?provider_config_key={key}", {"a": 1}),
    ("POST", "/connect/sessions", {"end_user": {"id": "1"}, "allowed_integrations": ["{key}"]}),
    ("POST", "/connect/sessions/reconnect", {"connection_id": "{id}", "integration_id": "{key}"}),
    ("GET", "/connections?connectionId={id}", None),
    ("GET", "/connections?integrationId={key}", None),
    ("GET", "/connections?search={id}", None),
    ("GET", "/environment/webhooks/deliveries/1", None),
    ("POST", "/environment/webhooks/deliveries/1/replay", {}),
    ("POST", "/environment/webhooks/endpoints/1/activate", {}),
)


async def _furnish(whole: Whole, headers: Mapping[str, str]) -> str:
    """An integration `books` in `dev` with a connection, whose id this is."""
    integration = {
        "provider": "generic-unauthenticated",
        "unique_key": "books",
        "integration_config": {"baseUrl": "https://api.example.com"},
    }
    made = await whole.ask("POST", "/integrations", headers, json.dumps(integration).encode())
    assert made.status == 200, made.body
    session = json.dumps({"end_user": {"id": "1"}}).encode()
    opened = await whole.ask("POST", "/connect/sessions", headers, session)
    token = opened.json()["data"]["token"]
    connected = await whole.ask("POST", f"/auth/unauthenticated/books?connect_session_token={token}")
    assert connected.status == 200, connected.body
    return str(connected.json()["connectionId"])


def _about(request: _Request, key: str, connection_id: str) -> _Request:
    text = json.dumps(request)
    method, path, body = json.loads(text.replace("{key}", key).replace("{id}", connection_id))
    return method, path, body


async def _sent(whole: Whole, request: _Request, headers: Mapping[str, str]) -> Answer:
    method, path, body = request
    return await whole.ask(method, path, headers, b"" if body is None else json.dumps(body).encode())


async def _wrong_credentials(whole: Whole) -> dict[str, dict[str, str]]:
    key = await whole.key("dev")
    basic = base64.b64encode(f"{key}:".encode()).decode()
    wrong_digit = key[:-9] + ("0" if key[-9] != "0" else "1") + key[-8:]
    return {
        "nothing": {},
        "an empty header": {"Authorization": ""},
        "a word": {"Authorization": "Bearer"},
        "garbage": bearer("garbage"),
        "a key with a mistyped digit": bearer(wrong_digit),
        "a key that looks right and is unknown": bearer(_well_formed("dev", "ab" * 20)),
        "a key of an environment that is not there": bearer(_well_formed("nowhere", "cd" * 20)),
        "the key as a user name": {"Authorization": f"Basic {basic}"},
        "the key in a header of its own": {"X-Api-Key": key},
        "the key twice": {"Authorization": f"Bearer {key}, Bearer {key}"},
        "an unknown session": bearer("nango_connect_session_" + "0" * 64),
    }


def _well_formed(environment: str, digits: str) -> str:
    body = f"cf_{environment}_{digits}"
    return f"{body}_{zlib.crc32(body.encode()):08x}"


async def _ended_session(whole: Whole) -> str:
    token = await whole.session_token("dev")
    assert (await whole.ask("DELETE", "/connect/session", bearer(token))).status == 204
    return token
