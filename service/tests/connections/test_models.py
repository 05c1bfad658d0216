"""What the tables themselves hold fast, whatever code writes to them."""

import pytest
from psycopg.errors import ForeignKeyViolation, NotNullViolation, UniqueViolation
from service.tests.connections.service_process import KEY, Process

_COPY = (
    "INSERT INTO connections (environment_id, integration_id, connection_id, status, provider_host, "
    "company_id, user_id, sealed_credentials) "
    "SELECT environment_id, integration_id, %s, 'active', '', '', '', ''::bytea FROM connections LIMIT 1"
)


async def test_of_living_connections_of_one_integration_one_has_a_name(service: Process) -> None:
    await service.connect()
    with pytest.raises(UniqueViolation):
        await service.sql(_COPY, "c1")
    await service.sql(_COPY, "c2")


async def test_a_deleted_connections_name_is_free(service: Process) -> None:
    await service.connect()
    await service.connections.delete(service.environment.id, KEY, "c1")
    await service.sql(_COPY, "c1")
    with pytest.raises(UniqueViolation):
        await service.sql(_COPY, "c1")


async def test_a_connection_starts_without_trouble_and_with_its_first_token(service: Process) -> None:
    await service.connect()
    await service.sql(_COPY, "c2")
    [row] = await service.sql(
        "SELECT token_version, token_rejections, refresh_failures, errors, tags, connection_config, metadata "
        "FROM connections WHERE connection_id = 'c2'"
    )
    assert row == (1, 0, 0, [], {}, {}, None)


async def test_an_end_user_without_an_organization_is_one_row_too(service: Process) -> None:
    add = "INSERT INTO end_users (environment_id, end_user_id, organization_id) VALUES (%s, 'u', %s)"
    await service.sql(add, service.environment.id, None)
    await service.sql(add, service.environment.id, "o")
    for organization in (None, "o"):
        with pytest.raises(UniqueViolation):
            await service.sql(add, service.environment.id, organization)


async def test_a_connection_belongs_to_an_integration_that_is_there(service: Process) -> None:
    await service.connect()
    with pytest.raises(ForeignKeyViolation):
        await service.sql("UPDATE connections SET integration_id = integration_id + 1")
    with pytest.raises(NotNullViolation):
        await service.sql("UPDATE connections SET sealed_credentials = NULL")
