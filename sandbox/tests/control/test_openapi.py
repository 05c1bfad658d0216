"""The document against the routes; and against the sandbox itself, as schemathesis reads it."""

from typing import Any, Final

import pytest
from sandbox.tests.control.fuzzing import fuzz, operations, sample
from starlette.routing import Route
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox, create_app
from intacct_sandbox.control import PREFIX
from intacct_sandbox.control.openapi import CONTROL, document
from intacct_sandbox.objects import ALL, workflows
from intacct_sandbox.settings import Settings

METHODS: Final = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return document()


def test_it_is_served(http: TestClient, published: dict[str, Any]) -> None:
    assert http.get("/_sandbox/openapi.json").json() == published


def test_every_route_of_the_control_plane_is_in_it_with_its_methods(
    http: TestClient, sandbox: Sandbox
) -> None:
    routes = {
        route.path.removeprefix(PREFIX).replace(":int}", "}")
        for route in create_app(Settings(), sandbox).routes
        if isinstance(route, Route) and route.path.startswith(f"{PREFIX}/") and "{rest" not in route.path
    }
    assert routes == set(CONTROL)
    for path, described in CONTROL.items():
        url = PREFIX + path.replace("{number}", "1").replace("{key}", "1")
        unknown = next(method for method in METHODS if method not in described)
        allowed = http.request(unknown, url).headers["allow"]
        assert set(allowed.lower().split(", ")) == set(described), path


def test_every_object_is_in_it_with_its_methods(published: dict[str, Any]) -> None:
    for name, definition in ALL.items():
        path = f"/ia/api/v1/objects/{name}"
        described = set(published["paths"].get(path, {})) | set(published["paths"].get(f"{path}/{{key}}", {}))
        assert {method.upper() for method in described - {"parameters"}} == set(definition.methods), name


def test_every_workflow_is_in_it(published: dict[str, Any]) -> None:
    assert {f"/ia/api/v1/workflows/{path}" for path in workflows.ALL} <= set(published["paths"])


def test_every_reference_leads_somewhere(published: dict[str, Any]) -> None:
    def look(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                _, *steps = node["$ref"].split("/")
                found: Any = published
                for step in steps:
                    found = found[step]
            for one in node.values():
                look(one)
        elif isinstance(node, list):
            for one in node:
                look(one)

    look(published)


def test_what_it_says_can_be_asked_never_ends_in_a_5xx(sandbox: Sandbox, published: dict[str, Any]) -> None:
    app = create_app(Settings(), sandbox)
    chosen = operations(sample(published, objects=3, seed=11), app)
    found = fuzz(chosen, TestClient(app, raise_server_exceptions=False), examples=4, seed=11)
    assert found.failures == []
    # A fuzzer that reached nothing would find nothing.
    assert found.operations > 60
    assert {200, 201, 400, 404} <= set(found.statuses)
