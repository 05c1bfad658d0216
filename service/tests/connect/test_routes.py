"""Connect sessions, the page's calls and the two-step endpoint over HTTP: shapes, codes, what is stored."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from service.tests.connect.api import PUBLIC_URL, ConnectApi, connect_api
from service.tests.connections.provider_server import Fault, ProviderServer, provider_server, refused
from service.tests.connections.service_process import BY_USERNAME, CLIENT, add_integration, process

from counterfoil.access import Environment
from counterfoil.db import Database
from counterfoil.vault import MasterKey

_USER = {"end_user": {"id": "u1", "email": "ada@example.com", "display_name": "Ada"}}
_PHASES = [
    {"phase": "checking"},
    {"phase": "requesting_token"},
    {"phase": "proving_token"},
    {"phase": "storing"},
]
_TELEMETRY = {"event": "open", "timestamp": "2026-11-24T12:00:00Z"}


@pytest.fixture
async def provider() -> AsyncIterator[ProviderServer]:
    async with provider_server() as server:
        yield server


@pytest.fixture
async def api(
    database: Database, master_key: MasterKey, environment: Environment, provider: ProviderServer
) -> AsyncIterator[ConnectApi]:
    """The endpoints, with the integration `intacct` that holds its own client."""
    async with process(database, master_key, environment, provider.origin) as service:
        await add_integration(service)
        yield await connect_api(service)


async def _connections(api: ConnectApi) -> list[str]:
    rows = await api.service.sql("SELECT connection_id FROM connections WHERE deleted_at IS NULL ORDER BY id")
    return [row[0] for row in rows]


# Making sessions


async def test_a_session_comes_with_a_link_that_holds_its_token_in_the_fragment(api: ConnectApi) -> None:
    answer = await api("POST", "/connect/sessions", _USER)

    assert answer.status == 201
    data = answer.json()["data"]
    assert data["connect_link"] == f"{PUBLIC_URL}/connect/#session_token={data['token']}"
    assert data["token"].startswith("nango_connect_session_")
    assert data["expires_at"] == "2026-11-24T12:30:00.000Z"
    assert set(data) == {"token", "connect_link", "expires_at"}


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ({"allowed_integrations": ["intacct", "other"]}, ["allowed_integrations", "1"]),
        ({"integrations_config_defaults": {"other": {}}}, ["integrations_config_defaults", "other"]),
        ({"overrides": {"other": {}}}, ["overrides", "other"]),
    ],
)
async def test_an_integration_that_is_not_there_is_named_by_its_place(
    api: ConnectApi, named: dict[str, Any], path: list[str]
) -> None:
    answer = await api("POST", "/connect/sessions", {**_USER, **named})

    assert (answer.status, answer.error_code) == (400, "invalid_body")
    [error] = answer.json()["error"]["errors"]
    assert (error["path"], error["code"]) == (path, "custom")
    assert "'other'" in error["message"]


async def test_an_integration_of_another_environment_is_not_there(api: ConnectApi) -> None:
    await api.environments.ensure("prod")
    _record, token = await api.api_keys.create("prod", "test")
    elsewhere = api.holding(token.reveal())

    answer = await elsewhere("POST", "/connect/sessions", {**_USER, "allowed_integrations": ["intacct"]})

    assert answer.status == 400


async def test_a_body_that_breaks_a_rule_says_where(api: ConnectApi) -> None:
    answer = await api("POST", "/connect/sessions", {"end_user": {"id": ""}})

    assert (answer.status, answer.error_code) == (400, "invalid_body")
    assert [error["path"] for error in answer.json()["error"]["errors"]] == [["end_user", "id"]]


async def test_making_a_session_needs_a_key_with_the_scope(api: ConnectApi) -> None:
    _record, reader = await api.api_keys.create("dev", "test", ["environment:connections:read"])
    _record, maker = await api.api_keys.create("dev", "test", ["environment:connect_sessions:write"])

    forbidden = await api.holding(reader.reveal())("POST", "/connect/sessions", _USER)
    assert (forbidden.status, forbidden.error_code) == (403, "forbidden")
    assert (await api.holding(maker.reveal())("POST", "/connect/sessions", _USER)).status == 201


async def test_a_sessions_token_is_no_key_to_make_sessions_with(api: ConnectApi) -> None:
    page = await api.page()

    assert (await page("POST", "/connect/sessions", _USER)).status == 401


async def test_tags_are_derived_from_the_end_user_and_end_up_on_the_connection(api: ConnectApi) -> None:
    page = await api.page(**_USER, tags={"Plan": "gold", "end_user_id": "mine"})

    await page.submit(BY_USERNAME)

    [connection_id] = await _connections(api)
    assert await api.service.column("tags", connection_id) == {
        "end_user_id": "mine",
        "end_user_email": "ada@example.com",
        "end_user_display_name": "Ada",
        "plan": "gold",
    }


async def test_more_tags_than_there_may_be_are_refused(api: ConnectApi) -> None:
    tags = {f"tag{number}": "x" for number in range(10)}

    answer = await api("POST", "/connect/sessions", {**_USER, "tags": tags})

    assert (answer.status, answer.error_code) == (400, "invalid_body")
    assert answer.json()["error"]["errors"][0]["path"] == ["tags"]


# The session itself


async def test_a_session_without_more_shows_only_what_it_has(api: ConnectApi) -> None:
    page = await api.page(tags={}, end_user=None)

    data = (await page("GET", "/connect/session")).json()["data"]

    assert set(data) == {"endUser", "connectUISettings", "allowed_origins", "expires_at", "websocketsPath"}
    assert (data["endUser"], data["allowed_origins"]) == (None, [])
    assert data["expires_at"] == "2026-11-24T12:30:00.000Z"


async def test_a_session_shows_what_it_was_made_of_and_who_may_frame_it(api: ConnectApi) -> None:
    await api.environments.allow_origin("dev", "https://app.example.com")
    page = await api.page(
        **_USER,
        organization={"id": "o1", "display_name": "Northwind"},
        allowed_integrations=["intacct"],
        overrides={"intacct": {"docs_connect": "https://docs.example.com"}},
        integrations_config_defaults={
            "intacct": {
                "user_scopes": "a",
                "connection_config": {"region": "eu", "webhook_url": "https://x.y"},
            }
        },
    )

    data = (await page("GET", "/connect/session")).json()["data"]

    assert data["endUser"] == {
        "id": "u1",
        "display_name": "Ada",
        "email": "ada@example.com",
        "tags": None,
        "organization": {"id": "o1", "display_name": "Northwind"},
    }
    assert data["allowed_origins"] == ["https://app.example.com"]
    assert data["allowed_integrations"] == ["intacct"]
    assert data["overrides"] == {"intacct": {"docs_connect": "https://docs.example.com"}}
    assert data["integrations_config_defaults"] == {"intacct": {"connection_config": {"region": "eu"}}}
    assert "isReconnecting" not in data


async def test_a_deleted_session_is_unknown_from_then_on(api: ConnectApi) -> None:
    page = await api.page()

    gone = await page("DELETE", "/connect/session")

    assert (gone.status, gone.body) == (204, b"")
    for method, target in (("GET", "/connect/session"), ("GET", "/connect/integrations")):
        answer = await page(method, target)
        assert (answer.status, answer.error_code) == (401, "unknown_connect_session_token")
    assert (await page("DELETE", "/connect/session")).status == 401


async def test_an_expired_session_is_unknown(api: ConnectApi) -> None:
    page = await api.page()
    api.service.clock.advance(30 * 60)

    answer = await page("GET", "/connect/session")

    assert (answer.status, answer.error_code) == (401, "unknown_connect_session_token")
    submitted = await page("POST", "/connect/submission", _submission())
    assert submitted.status == 401


def _submission() -> dict[str, Any]:
    return {"integration": "intacct", "attempt": "1" * 32, "values": BY_USERNAME}


async def test_an_api_key_opens_no_session(api: ConnectApi) -> None:
    answer = await api("GET", "/connect/session")

    assert (answer.status, answer.error_code) == (401, "invalid_connect_session_token_format")


# Forms


async def test_what_the_integration_holds_is_shown_but_never_a_secret(api: ConnectApi) -> None:
    page = await api.page()

    answer = await page("GET", "/connect/integrations")

    [form] = answer.json()["data"]
    assert (form["unique_key"], form["provider"]) == ("intacct", "sage-intacct-cc")
    assert [field["name"] for field in form["fields"]] == ["username", "sessionId"]
    assert [(held["name"], held["value"]) for held in form["held"]] == [("clientId", CLIENT["clientId"])]
    assert form["steps_done"] == ["2"]
    assert CLIENT["clientSecret"].encode() not in answer.body


async def test_an_integration_without_a_client_asks_for_it(api: ConnectApi) -> None:
    await add_integration(api.service, "half", clientId=CLIENT["clientId"])
    page = await api.page(allowed_integrations=["half"])

    [form] = (await page("GET", "/connect/integrations")).json()["data"]

    assert [field["name"] for field in form["fields"]] == ["clientSecret", "username", "sessionId"]
    assert [held["name"] for held in form["held"]] == ["clientId"]
    assert form["steps_done"] == []
    assert form["fields"][0]["secret"] is True


async def test_a_session_lists_only_the_integrations_that_it_allows(api: ConnectApi) -> None:
    await add_integration(api.service, "second")

    everything = await (await api.page())("GET", "/connect/integrations")
    one = await (await api.page(allowed_integrations=["second"]))("GET", "/connect/integrations")

    assert {form["unique_key"] for form in everything.json()["data"]} == {"intacct", "second"}
    assert [form["unique_key"] for form in one.json()["data"]] == ["second"]


async def test_a_text_is_read_while_it_is_typed(api: ConnectApi) -> None:
    page = await api.page()

    async def reading(field: str, text: str) -> Any:
        body = {"integration": "intacct", "field": field, "text": text}
        answer = await page("POST", "/connect/username-reading", body)
        assert answer.status == 200
        return answer.json()["data"]

    understood = await reading("username", "Admin@MyCompany|West")
    assert [part["value"] for part in understood["understood"]["parts"]] == ["Admin", "MyCompany", "West"]
    misread = await reading("username", "Admin")
    assert misread["misread"]["problem"]
    assert misread["misread"]["sentence"]
    assert await reading("sessionId", "anything") is None


async def test_a_text_for_an_integration_that_is_not_there(api: ConnectApi) -> None:
    page = await api.page()

    answer = await page(
        "POST", "/connect/username-reading", {"integration": "other", "field": "username", "text": "a"}
    )

    assert answer.status == 404


# Submissions


async def test_a_submission_tells_its_phases_and_then_its_outcome(api: ConnectApi) -> None:
    page = await api.page(**_USER)
    submission = page.submission(BY_USERNAME)

    async with submission.begun() as lines:
        *phases, outcome = [line async for line in lines]

    assert (submission.status, submission.media_type) == (200, "application/x-ndjson")
    assert phases == _PHASES
    [connection_id] = await _connections(api)
    assert outcome == {"connected": {"providerConfigKey": "intacct", "connectionId": connection_id}}
    assert (await api.service.live(connection_id)).authorization.reveal() == "Bearer access-1"


async def test_each_phase_arrives_as_it_begins(api: ConnectApi, provider: ProviderServer) -> None:
    gate = provider.hold_next()
    page = await api.page()

    async with page.submission(BY_USERNAME).begun() as lines:
        assert [await anext(lines), await anext(lines)] == _PHASES[:2]
        await provider.received(1)
        assert await _connections(api) == []
        gate.set()
        assert [line async for line in lines][:2] == _PHASES[2:]


async def test_a_browser_that_goes_away_does_not_stop_what_is_under_way(
    api: ConnectApi, provider: ProviderServer
) -> None:
    gate = provider.hold_next()
    page = await api.page()
    async with page.submission(BY_USERNAME).begun() as lines:
        await anext(lines)
        await provider.received(1)

    gate.set()
    *_, outcome = await page.submit(BY_USERNAME)

    # The first try was finished without a reader: the second one, of the same form, renewed what it made.
    assert await _connections(api) == [outcome["connected"]["connectionId"]]
    assert await api.service.events() == ["connection.created", "connection.replaced"]


async def test_the_same_attempt_twice_makes_one_connection(api: ConnectApi) -> None:
    page = await api.page()

    first = (await page.submit(BY_USERNAME))[-1]
    again = (await page.submit(BY_USERNAME))[-1]
    other = (await page.submit(BY_USERNAME, attempt="2" * 32))[-1]

    assert first == again
    assert other != first
    assert len(await _connections(api)) == 2


async def test_the_same_attempt_in_another_session_is_another_connection(api: ConnectApi) -> None:
    first = (await (await api.page()).submit(BY_USERNAME))[-1]
    second = (await (await api.page()).submit(BY_USERNAME))[-1]

    assert first["connected"]["connectionId"] != second["connected"]["connectionId"]


async def test_a_refusal_ends_the_answer_with_its_diagnosis_and_stores_nothing(
    api: ConnectApi, provider: ProviderServer
) -> None:
    provider.script.append(refused("invalid_grant"))
    page = await api.page()

    *phases, outcome = await page.submit(BY_USERNAME)

    assert phases == _PHASES[:2]
    assert outcome["error"]["code"] == "two_step_credentials_fetch_error"
    diagnosis = outcome["error"]["diagnosis"]
    assert diagnosis["code"] == "user_not_accepted"
    assert diagnosis["sentence"]
    assert diagnosis["remedy"]
    assert CLIENT["clientSecret"] not in str(outcome)
    assert await _connections(api) == []


async def test_a_form_can_be_corrected_and_sent_again(api: ConnectApi, provider: ProviderServer) -> None:
    provider.script.append(Fault.CUT)
    page = await api.page()

    assert "error" in (await page.submit(BY_USERNAME))[-1]
    assert "connected" in (await page.submit(BY_USERNAME))[-1]
    assert len(await _connections(api)) == 1


async def test_what_can_not_work_is_refused_at_the_field_without_asking_the_provider(
    api: ConnectApi, provider: ProviderServer
) -> None:
    page = await api.page()

    *phases, outcome = await page.submit({"username": "Admin"})

    assert phases == _PHASES[:1]
    assert outcome["error"]["code"] == "invalid_body"
    assert [error["path"] for error in outcome["error"]["errors"]] == [["username"]]
    assert provider.calls == []


async def test_an_integration_that_the_session_does_not_allow_can_not_be_connected(
    api: ConnectApi, provider: ProviderServer
) -> None:
    await add_integration(api.service, "second")
    page = await api.page(allowed_integrations=["second"])

    outcome = (await page.submit(BY_USERNAME))[-1]
    two_step = await page("POST", _two_step(page), BY_USERNAME)

    assert outcome["error"]["code"] == "integration_not_allowed"
    assert (two_step.status, two_step.error_code) == (400, "integration_not_allowed")
    assert provider.calls == []
    assert "connected" in (await page.submit(BY_USERNAME, integration="second"))[-1]


async def test_an_integration_that_is_not_there_is_told_as_the_outcome(api: ConnectApi) -> None:
    outcome = (await (await api.page()).submit(BY_USERNAME, integration="other"))[-1]

    assert outcome["error"]["message"]


# Renewing a connection


async def test_a_reconnect_session_renews_the_same_connection(api: ConnectApi) -> None:
    await api.service.connect()
    page = await api.reconnecting_page("c1")

    shown = (await page("GET", "/connect/session")).json()["data"]
    outcome = (await page.submit({"username": "Reader@MyCompany"}))[-1]

    assert shown["isReconnecting"] is True
    assert shown["allowed_integrations"] == ["intacct"]
    assert outcome == {"connected": {"providerConfigKey": "intacct", "connectionId": "c1"}}
    assert await _connections(api) == ["c1"]
    assert await api.service.column("user_id") == "Reader"
    assert await api.service.events() == ["connection.created", "connection.replaced"]


async def test_a_reconnect_session_of_a_deleted_connection_makes_no_new_one(api: ConnectApi) -> None:
    await api.service.connect()
    page = await api.reconnecting_page("c1")
    await api.service.sql("UPDATE connections SET deleted_at = now()")

    outcome = (await page.submit(BY_USERNAME))[-1]

    assert outcome["error"]["code"] == "invalid_connection"
    assert await _connections(api) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"connection_id": "c9", "integration_id": "intacct"}, ["connection_id"]),
        ({"connection_id": "c1", "integration_id": "other"}, ["integration_id"]),
    ],
)
async def test_what_is_to_be_renewed_must_be_there(
    api: ConnectApi, body: dict[str, str], path: list[str]
) -> None:
    await api.service.connect()

    answer = await api("POST", "/connect/sessions/reconnect", body)

    assert (answer.status, answer.error_code) == (400, "invalid_body")
    assert [error["path"] for error in answer.json()["error"]["errors"]] == [path]


# Telemetry


async def test_what_a_page_tells_of_its_use_is_taken(api: ConnectApi) -> None:
    page = await api.page()

    answer = await page("POST", "/connect/telemetry", {**_TELEMETRY, "token": page.token.reveal()})

    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize(
    ("timestamp", "status"),
    [
        ("2026-11-24T10:00:00Z", 204),
        ("2026-11-24T14:00:00Z", 204),
        ("2026-11-24T12:00:00", 204),
        ("2026-11-24T13:00:00+01:00", 204),
        ("2026-11-24T09:59:59Z", 400),
        ("2026-11-24T14:00:01Z", 400),
        ("2026-11-24T12:00:00+03:00", 400),
    ],
)
async def test_a_time_that_is_more_than_two_hours_away_is_refused(
    api: ConnectApi, timestamp: str, status: int
) -> None:
    page = await api.page()
    told = {**_TELEMETRY, "token": page.token.reveal(), "timestamp": timestamp}

    answer = await page("POST", "/connect/telemetry", told)

    assert answer.status == status
    if status == 400:
        assert [error["path"] for error in answer.json()["error"]["errors"]] == [["timestamp"]]


async def test_telemetry_needs_a_session_that_lives(api: ConnectApi) -> None:
    told = {**_TELEMETRY, "token": "nango_connect_session_" + "0" * 64}

    answer = await api("POST", "/connect/telemetry", told)

    assert (answer.status, answer.error_code) == (401, "unknown_connect_session_token")


# The endpoint of the published browser client


def _two_step(page: ConnectApi, **query: str) -> str:
    named = {"connect_session_token": page.token.reveal(), **query}
    return "/auth/two-step/intacct?" + "&".join(f"{name}={value}" for name, value in named.items())


async def test_two_step_answers_with_the_connection(api: ConnectApi) -> None:
    page = await api.page(**_USER)

    answer = await page("POST", _two_step(page), BY_USERNAME)

    assert answer.status == 200
    [connection_id] = await _connections(api)
    assert answer.json() == {"providerConfigKey": "intacct", "connectionId": connection_id}


async def test_two_step_takes_the_token_from_the_header_too(api: ConnectApi) -> None:
    page = await api.page()

    assert (await page("POST", "/auth/two-step/intacct", BY_USERNAME)).status == 200


async def test_two_step_without_any_token(api: ConnectApi) -> None:
    answer = await api("POST", "/auth/two-step/intacct?connect_session_token=", BY_USERNAME)
    assert (answer.status, answer.error_code) == (401, "invalid_connect_session_token_format")


async def test_two_step_keeps_the_settings_that_the_page_sends(api: ConnectApi) -> None:
    page = await api.page()

    await page("POST", _two_step(page, **{"params[region]": "eu"}), BY_USERNAME)

    [connection_id] = await _connections(api)
    assert await api.service.column("connection_config", connection_id) == {"region": "eu"}


async def test_two_step_refuses_a_connection_id_which_the_session_decides(
    api: ConnectApi, provider: ProviderServer
) -> None:
    page = await api.page()

    answer = await page("POST", _two_step(page, connection_id="mine"), BY_USERNAME)

    assert (answer.status, answer.error_code) == (400, "invalid_query_params")
    assert [error["path"] for error in answer.json()["error"]["errors"]] == [["connection_id"]]
    assert provider.calls == []


async def test_two_step_says_why_it_failed_and_stores_nothing(
    api: ConnectApi, provider: ProviderServer
) -> None:
    provider.script.append(refused("invalid_grant"))
    page = await api.page()

    answer = await page("POST", _two_step(page), BY_USERNAME)

    assert (answer.status, answer.error_code) == (400, "two_step_credentials_fetch_error")
    assert answer.json()["error"]["diagnosis"]["code"] == "user_not_accepted"
    assert await _connections(api) == []


async def test_two_step_checks_the_fields_as_the_form_does(api: ConnectApi) -> None:
    page = await api.page()

    answer = await page("POST", _two_step(page), {"username": 7})

    assert (answer.status, answer.error_code) == (400, "invalid_body")
    assert answer.json()["error"]["errors"][0]["path"] == ["username"]


async def test_two_step_refuses_query_parameters_that_it_does_not_know(api: ConnectApi) -> None:
    page = await api.page()

    answer = await page("POST", _two_step(page, more="1"), BY_USERNAME)

    assert (answer.status, answer.error_code) == (400, "invalid_query_params")


# Documents


async def test_the_page_may_be_framed_by_the_origins_of_all_environments(api: ConnectApi) -> None:
    await api.environments.ensure("prod")
    await api.environments.allow_origin("dev", "https://dev.example.com")
    await api.environments.allow_origin("prod", "https://app.example.com")

    policy = (await api("GET", "/connect/")).headers["content-security-policy"]

    assert policy.endswith("frame-ancestors https://app.example.com https://dev.example.com")
