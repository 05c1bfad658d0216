"""API keys: their form, who they let in, and how soon a revoked one stops working."""

import asyncio
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.doubles import PredictableIds, SettableClock

from counterfoil.access import (
    ApiKeys,
    Environment,
    InvalidSecretKeyFormat,
    MalformedAuthHeader,
    MissingAuthHeader,
    UnknownAccount,
    UnknownEnvironment,
    bearer_token,
)
from counterfoil.access.errors import ApiKeyExists, InvalidScope, TooManyApiKeys, UnknownApiKey
from counterfoil.access.keys import CACHE_TTL_SECONDS, MOST_KEYS, is_well_formed
from counterfoil.db import Database
from counterfoil.vault import Secret

_PEPPER = b"p" * 32


@pytest.fixture
def api_keys(
    database: Database, environment: Environment, clock: SettableClock, ids: PredictableIds
) -> ApiKeys:
    return ApiKeys(database, _PEPPER, clock, ids)


def _closed_keys(clock: SettableClock) -> ApiKeys:
    """Keys over a database that nobody opened: any use of it fails."""
    return ApiKeys(Database("postgresql://nobody@127.0.0.1:1/none"), _PEPPER, clock, PredictableIds())


async def test_a_key_has_prefix_environment_random_part_and_checksum(api_keys: ApiKeys) -> None:
    _record, key = await api_keys.create("dev", "backend")
    prefix, environment, random, checksum = key.reveal().split("_")
    assert (prefix, environment) == ("cf", "dev")
    assert len(bytes.fromhex(random)) * 8 >= 160
    assert int(checksum, 16) == zlib.crc32(key.reveal().rpartition("_")[0].encode())


async def test_a_key_lets_its_environment_in(api_keys: ApiKeys, environment: Environment) -> None:
    record, key = await api_keys.create("dev", "backend", ["environment:connections:read"])
    caller = await api_keys.authenticate(key)
    assert caller.environment == environment
    assert caller.key_id == record.id
    assert caller.scopes == {"environment:connections:read"}


async def test_only_a_digest_is_stored(api_keys: ApiKeys, database: Database) -> None:
    record, key = await api_keys.create("dev", "backend")
    async with database.pool.connection() as connection:
        rows = await (await connection.execute("SELECT k::text FROM api_keys k")).fetchall()
    assert key.reveal().split("_")[2] not in str(rows)
    assert key.reveal().startswith(record.key_prefix)
    assert len(record.key_prefix) < 16


async def test_a_key_under_another_pepper_is_unknown(
    api_keys: ApiKeys, database: Database, clock: SettableClock
) -> None:
    _record, key = await api_keys.create("dev", "backend")
    with pytest.raises(UnknownAccount):
        await ApiKeys(database, b"q" * 32, clock, PredictableIds()).authenticate(key)


@given(st.text(max_size=80))
def test_no_text_is_well_formed_by_chance(text: str) -> None:
    assert not is_well_formed(text)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "cf_dev",
        f"cf_dev_{'0' * 40}_00000000",
        "nango_connect_session_" + "0" * 64,
        "0b2ad9c6-37a1-4bd1-9b1a-5be25f7c9a10",
        f"cf_dev_{'0' * 40}_{zlib.crc32(b'cf_dev_' + b'0' * 40):08x}\n",
        f"CF_dev_{'0' * 40}_{zlib.crc32(b'CF_dev_' + b'0' * 40):08x}",
    ],
)
async def test_a_text_that_is_no_key_is_refused_before_any_database_work(
    key: str, clock: SettableClock
) -> None:
    with pytest.raises(InvalidSecretKeyFormat):
        await _closed_keys(clock).authenticate(Secret(key))


async def test_a_mistyped_digit_breaks_the_checksum(api_keys: ApiKeys, clock: SettableClock) -> None:
    _record, key = await api_keys.create("dev", "backend")
    text = key.reveal()
    for position in range(len("cf_dev_"), len(text)):
        other = "0" if text[position] != "0" else "1"
        mistyped = text[:position] + other + text[position + 1 :]
        if text[position] != "_":
            with pytest.raises(InvalidSecretKeyFormat):
                await _closed_keys(clock).authenticate(Secret(mistyped))


async def test_a_revoked_key_stops_within_five_seconds_on_every_process(
    api_keys: ApiKeys, database: Database, clock: SettableClock
) -> None:
    record, key = await api_keys.create("dev", "backend")
    elsewhere = ApiKeys(database, _PEPPER, clock, PredictableIds())
    await elsewhere.authenticate(key)
    await api_keys.revoke(record.id)

    clock.advance(CACHE_TTL_SECONDS)
    with pytest.raises(UnknownAccount):
        await elsewhere.authenticate(key)
    assert elsewhere.cached(b"Bearer " + key.reveal().encode()) is None
    with pytest.raises(UnknownAccount):
        await api_keys.authenticate(key)
    with pytest.raises(UnknownApiKey):
        await api_keys.revoke(record.id)


async def test_the_process_that_revokes_forgets_at_once(api_keys: ApiKeys) -> None:
    record, key = await api_keys.create("dev", "backend")
    await api_keys.authenticate(key)
    await api_keys.revoke(record.id)
    with pytest.raises(UnknownAccount):
        await api_keys.authenticate(key)


async def test_the_proxy_finds_a_caller_without_the_database(api_keys: ApiKeys, clock: SettableClock) -> None:
    _record, key = await api_keys.create("dev", "backend")
    header = b"Bearer " + key.reveal().encode()
    assert api_keys.cached(header) is None
    caller = await api_keys.authenticate(key)
    assert api_keys.cached(header) is caller
    assert api_keys.cached(header[:-1]) is None
    clock.advance(CACHE_TTL_SECONDS)
    assert api_keys.cached(header) is None


async def test_use_is_noted_once_a_minute(api_keys: ApiKeys) -> None:
    _record, key = await api_keys.create("dev", "backend")
    assert (await api_keys.of_environment("dev"))[0].last_used_at is None
    await api_keys.authenticate(key)
    assert (await api_keys.of_environment("dev"))[0].last_used_at is not None


async def test_keys_are_made_only_for_environments_and_scopes_that_exist(api_keys: ApiKeys) -> None:
    with pytest.raises(UnknownEnvironment):
        await api_keys.create("nowhere", "backend")
    with pytest.raises(InvalidScope):
        await api_keys.create("dev", "backend", ["everything"])


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ([], MissingAuthHeader),
        ([b""], MissingAuthHeader),
        ([b"Bearer"], MalformedAuthHeader),
        ([b"Bearer "], MalformedAuthHeader),
        ([b"Basic dXNlcjpw"], MalformedAuthHeader),
        ([b"Bearer a b"], MalformedAuthHeader),
        ([b"Bearer a\x00"], MalformedAuthHeader),
        ([b"Bearer \xff"], MalformedAuthHeader),
        ([b"Bearer a", b"Bearer a"], MalformedAuthHeader),
    ],
)
def test_an_authorization_header_is_bearer_and_a_token(headers: list[bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        bearer_token(headers)


@pytest.mark.parametrize("header", [b"Bearer abc", b"bearer abc", b"BEARER  abc "])
def test_the_word_bearer_is_case_insensitive(header: bytes) -> None:
    assert bearer_token([header]).reveal() == "abc"


async def test_names_of_working_keys_differ(api_keys: ApiKeys, environment: Environment) -> None:
    record, key = await api_keys.create_named(environment, "backend")
    assert (await api_keys.authenticate(key)).scopes == {"environment:*"}
    with pytest.raises(ApiKeyExists):
        await api_keys.create_named(environment, "backend")
    await api_keys.revoke(record.id)
    await api_keys.create_named(environment, "backend")


async def test_of_two_that_come_at_once_one_gets_the_name(
    api_keys: ApiKeys, environment: Environment
) -> None:
    made = await asyncio.gather(
        *(api_keys.create_named(environment, "backend") for _ in range(5)), return_exceptions=True
    )
    assert sorted(isinstance(one, ApiKeyExists) for one in made) == [False, True, True, True, True]


async def test_there_is_a_most(api_keys: ApiKeys, environment: Environment) -> None:
    for number in range(MOST_KEYS):
        await api_keys.create_named(environment, f"key {number}")
    with pytest.raises(TooManyApiKeys):
        await api_keys.create_named(environment, "one more")


async def test_scopes_of_the_account_are_scopes(api_keys: ApiKeys) -> None:
    _record, key = await api_keys.create("dev", "account", ["account:environments:create", "account:*"])
    assert (await api_keys.authenticate(key)).scopes == {"account:environments:create", "account:*"}
    with pytest.raises(InvalidScope):
        await api_keys.create("dev", "other", ["accounts:*"])
