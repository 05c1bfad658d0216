import inspect

import pytest

import counterfoil_client
from counterfoil_client import AsyncConnectionProxy, AsyncCounterfoil, ConnectionProxy, Counterfoil, testing
from counterfoil_client.authorization import AsyncAuthorization, Authorization
from counterfoil_client.connect_sessions import AsyncConnectSessions, ConnectSessions
from counterfoil_client.connections import AsyncConnections, Connections
from counterfoil_client.integrations import AsyncIntegrations, Integrations
from counterfoil_client.providers import AsyncProviders, Providers

TWINS = [
    (Counterfoil, AsyncCounterfoil),
    (ConnectionProxy, AsyncConnectionProxy),
    (ConnectSessions, AsyncConnectSessions),
    (Connections, AsyncConnections),
    (Integrations, AsyncIntegrations),
    (Providers, AsyncProviders),
    (Authorization, AsyncAuthorization),
]


@pytest.mark.parametrize("package", [counterfoil_client, testing])
def test_what_is_exported_is_listed_in_order(package: object) -> None:
    listed = vars(package)["__all__"]
    present = [
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    ]

    assert sorted(listed, key=str.casefold) == sorted(present, key=str.casefold)


@pytest.mark.parametrize("name", [*counterfoil_client.__all__])
def test_everything_that_is_exported_says_what_it_is(name: str) -> None:
    assert inspect.getdoc(getattr(counterfoil_client, name))


@pytest.mark.parametrize(("synchronous", "asynchronous"), TWINS, ids=lambda kind: kind.__name__)
def test_both_clients_have_the_same_methods(synchronous: type, asynchronous: type) -> None:
    assert _methods(synchronous) == _methods(asynchronous)


@pytest.mark.parametrize("kind", [kind for twins in TWINS for kind in twins], ids=lambda kind: kind.__name__)
def test_every_method_has_a_docstring(kind: type) -> None:
    undocumented = [
        name for name, method in vars(kind).items() if not name.startswith("_") and not inspect.getdoc(method)
    ]

    assert undocumented == []


def test_a_method_shows_the_parameters_of_its_call() -> None:
    shown = str(inspect.signature(Counterfoil("http://127.0.0.1", api_key="k").connections.get))

    assert shown.startswith("(integration_key: str, connection_id: str, *, force_refresh: bool = False")
    assert shown.endswith("-> counterfoil_client.connections.Connection")


def _methods(kind: type) -> dict[str, list[tuple[str, object]]]:
    return {
        name: [(one.name, one.default) for one in inspect.signature(method).parameters.values()]
        for name, method in vars(kind).items()
        if not name.startswith("_") and callable(method)
    }
