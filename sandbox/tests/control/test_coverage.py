from starlette.routing import Route

from intacct_sandbox.app import Sandbox, create_app
from intacct_sandbox.control.coverage import MEANINGS, OF_OBJECTS, SERVICES, TRAITS, Mark
from intacct_sandbox.faults.request_log import SAGE_PREFIX
from intacct_sandbox.objects import ALL
from intacct_sandbox.settings import Settings

# Routes that only refuse: everything else below a prefix, and other versions of the API.
REFUSALS = ("{rest:path}", "{version}")


def test_every_path_of_sages_has_its_line_and_every_line_its_path(sandbox: Sandbox) -> None:
    routes = create_app(Settings(), sandbox).routes
    served = {
        route.path
        for route in routes
        if isinstance(route, Route)
        and route.path.startswith(SAGE_PREFIX)
        and not any(mark in route.path for mark in REFUSALS)
    }
    assert served == {service.path for service in SERVICES}, "say it in intacct_sandbox.control.coverage"


def test_everything_stands_on_something() -> None:
    assert all(one.marks for one in (*SERVICES, *TRAITS))
    assert set(MEANINGS) == set(Mark)


def test_every_object_has_a_mark() -> None:
    assert {definition.evidence for definition in ALL.values()} <= set(OF_OBJECTS)
