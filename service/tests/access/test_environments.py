"""Environments, and what an exact origin is."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.doubles import PredictableIds, SettableClock

from counterfoil.access import (
    ApiKeys,
    ConnectSessions,
    Environments,
    InvalidOrigin,
    NewConnectSession,
    UnknownAccount,
    UnknownConnectSessionToken,
    UnknownEnvironment,
    parse_origin,
)
from counterfoil.access.errors import EnvironmentExists, InvalidEnvironmentName, ProductionStays
from counterfoil.db import Database


@pytest.fixture
def environments(database: Database, clock: SettableClock, ids: PredictableIds) -> Environments:
    return Environments(database, clock, ids)


async def test_dev_and_prod_are_made_once_however_many_processes_begin(environments: Environments) -> None:
    await asyncio.gather(*(environments.ensure_defaults() for _ in range(5)))
    assert sorted(one.name for one in await environments.all()) == ["dev", "prod"]


async def test_an_unknown_environment_is_named(environments: Environments) -> None:
    with pytest.raises(UnknownEnvironment, match="'staging'"):
        await environments.get("staging")


@pytest.mark.parametrize("name", ["", "Dev", "a b", "dev/prod", "ä", "x" * 256])
async def test_names_that_could_not_be_part_of_a_key_are_refused(
    environments: Environments, name: str
) -> None:
    with pytest.raises(InvalidEnvironmentName):
        await environments.ensure(name)


async def test_origins_are_added_once_and_taken_away(environments: Environments) -> None:
    await environments.ensure_defaults()
    await environments.allow_origin("dev", "https://app.example.com:443")
    allowed = await environments.allow_origin("dev", "https://app.example.com")
    assert allowed.allowed_origins == ("https://app.example.com",)
    assert (await environments.get("prod")).allowed_origins == ()
    assert (await environments.disallow_origin("dev", "https://app.example.com")).allowed_origins == ()


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("HTTPS://App.Example.com", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(text: str, origin: str) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "app.example.com",
        "https://",
        "https://*.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?x",
        "https://app.example.com#x",
        "https://user@app.example.com",
        "https://app.example.com:",
        "https://app.example.com:0",
        "https://app.example.com:99999",
        "https://app.example.com:x",
        "https://app..example.com",
        "https://-app.example.com",
        "https://app.example.com ",
        "https://app.example.com\n",
        "https://bücher.example",
        "javascript://app.example.com",
        "ftp://app.example.com",
        "https:app.example.com",
        "https:///app.example.com",
        "https://app.example.com\\@evil.example",
    ],
)
def test_what_is_not_exactly_an_origin_is_refused(text: str) -> None:
    with pytest.raises(InvalidOrigin):
        parse_origin(text)


@given(st.text(max_size=40) | st.from_regex(r"https?://[!-~]{0,20}", fullmatch=True))
def test_whatever_is_accepted_is_accepted_again_unchanged(text: str) -> None:
    try:
        origin = parse_origin(text)
    except InvalidOrigin:
        return
    assert parse_origin(origin) == origin


async def test_a_name_is_taken_once(environments: Environments) -> None:
    await environments.create("staging")
    with pytest.raises(EnvironmentExists):
        await environments.create("staging")
    assert (await environments.ensure("staging")).name == "staging"


async def test_a_removed_environment_is_unknown_and_its_name_is_free(environments: Environments) -> None:
    old = await environments.create("staging")
    await environments.remove(old)
    for asked in (environments.get("staging"), environments.get_by_id(old.id)):
        with pytest.raises(UnknownEnvironment):
            await asked
    new = await environments.ensure("staging")
    assert new.id != old.id
    assert (await environments.allow_origin("staging", "https://app.example.com")).id == new.id


async def test_closing_lets_nobody_in(
    environments: Environments, database: Database, clock: SettableClock, ids: PredictableIds
) -> None:
    environment = await environments.create("staging")
    api_keys, sessions = ApiKeys(database, b"p" * 32, clock, ids), ConnectSessions(database, clock, ids)
    _record, key = await api_keys.create("staging", "backend")
    _session, token = await sessions.create(environment, NewConnectSession())
    await environments.close(environment)
    with pytest.raises(UnknownAccount):
        await api_keys.authenticate(key)
    with pytest.raises(UnknownConnectSessionToken):
        await sessions.find(token)
    assert await environments.get("staging") == environment


async def test_production_is_neither_closed_nor_removed(environments: Environments) -> None:
    production = await environments.ensure("prod")
    with pytest.raises(ProductionStays):
        await environments.close(production)
    with pytest.raises(ProductionStays):
        await environments.remove(production)
