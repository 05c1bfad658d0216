"""The verbs of connections, as far as they are not seen through the API."""

from service.tests.connections.service_process import KEY, Process, add_integration


async def test_a_connection_is_found_by_its_primary_key_in_its_environment_only(service: Process) -> None:
    made = await service.connect()
    found = await service.connections.find_by_pk(service.environment.id, made.pk)
    assert found is not None
    assert (found.connection_id, found.integration_key) == ("c1", KEY)
    assert await service.connections.find_by_pk(service.environment.id + 1, made.pk) is None
    await service.connections.delete(service.environment.id, KEY, "c1")
    assert await service.connections.find_by_pk(service.environment.id, made.pk) is None


async def test_one_name_may_be_a_connection_of_several_integrations(service: Process) -> None:
    await add_integration(service, "second")
    await service.connect()
    await service.authorization.authorize(
        service.environment, "second", {"username": "Reader@MyCompany"}, connection_id="c1"
    )
    await service.connections.delete(service.environment.id, KEY, "c1")
    assert (await service.connections.get(service.environment.id, "second", "c1")).connection_id == "c1"


async def test_the_connections_of_an_integration_go_with_it(service: Process) -> None:
    await service.connect()
    await service.connect({"username": "Reader@MyCompany"}, "c2")
    await service.integrations.delete(service.environment, KEY)
    rows = await service.sql("SELECT status, sealed_credentials, deleted_at IS NULL FROM connections")
    assert [(row[0], bytes(row[1]), row[2]) for row in rows] == [("deleted", b"", False)] * 2
    assert (await service.events()).count("connection.deleted") == 2
