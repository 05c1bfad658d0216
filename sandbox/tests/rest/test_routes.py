import json

import pytest
from sandbox.tests.rest.calling import send
from sandbox.tests.rest.conftest import Api

from intacct_sandbox.rest.routes import LARGEST_BODY_BYTES

QUERY = "/services/core/query"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/objects/accounts-payable/vendor/1", "GET, PATCH, DELETE"),
        ("DELETE", "/objects/accounts-payable/vendor", "GET, POST, PATCH"),
        ("POST", "/services/core/model", "GET"),
        ("GET", QUERY, "POST"),
        ("POST", "/services/core/session/id", "GET"),
    ],
)
async def test_a_method_that_is_not_built_is_405(api: Api, method: str, path: str, allowed: str) -> None:
    answer = await api.call(method, path, body=b"{}")
    assert answer.status == 405
    assert answer.headers["allow"] == allowed
    assert answer.error["errorId"] == "REST-7001"
    assert f"The {method} method is not supported" in answer.details


@pytest.mark.parametrize(
    "path",
    [
        "/objects/accounts-payable",
        "/objects/a/b/c/d",
        "/services/core/nothing",
        "/workflows/accounts-payable/bill/dance",
    ],
)
async def test_a_path_that_is_not_served_is_404(api: Api, path: str) -> None:
    answer = await api.call("POST" if "workflows" in path else "GET", path)
    assert answer.status == 404
    assert path.lstrip("/") in answer.details


async def test_another_version_is_not_supported(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token()}"}
    answer = await send(api.app, "GET", "/ia/api/v0/objects/accounts-payable/vendor", headers, b"")
    assert answer.status == 400
    assert answer.error["message"] == "Version is not supported."


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_the_limit_is_refused(api: Api, declared: bool) -> None:
    body = b" " * (LARGEST_BODY_BYTES + 1)
    headers = {"Content-Length": str(len(body))} if declared else {}
    answer = await api.query(body, headers=headers)
    assert answer.status == 413
    assert str(LARGEST_BODY_BYTES) in answer.error["message"]


async def test_a_body_of_the_limit_is_read(api: Api) -> None:
    payload = json.dumps({"object": "accounts-payable/vendor", "fields": ["id"]}).encode()
    answer = await api.query(payload.ljust(LARGEST_BODY_BYTES))
    assert answer.status == 200


async def test_xml_is_gw_0014(api: Api) -> None:
    answer = await api.query(b"<query/>", headers={"Content-Type": "text/xml"})
    assert answer.json()["ia::error"]["code"] == "GW-0014"


async def test_equal_seeds_and_requests_give_equal_answers(api: Api) -> None:
    token = api.token()
    api.ids.reset()
    first = await api.get("/objects/none/such", token=token)
    api.ids.reset()
    assert await api.get("/objects/none/such", token=token) == first


async def test_a_head_request_is_answered_like_a_get(api: Api) -> None:
    answer = await api.call("HEAD", "/objects/accounts-payable/vendor")
    assert answer.status == 200
