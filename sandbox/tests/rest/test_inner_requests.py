"""Requests inside others are answered as if they had come alone."""

import json

from sandbox.tests.rest.conftest import Api

from intacct_sandbox.rest.answers import Answer
from intacct_sandbox.rest.batches import error

COMPOSITE = "/services/core/composite"


async def test_an_inner_answer_is_the_single_answer(api: Api) -> None:
    paths = ["/objects/accounts-payable/vendor?size=3", "/services/core/model?filter=vendor-type&type=object"]
    body = json.dumps([{"method": "GET", "path": path} for path in paths]).encode()
    inside = (await api.call("POST", COMPOSITE, body=body)).json()["ia::result"]
    for path, one in zip(paths, inside, strict=True):
        assert {**(await api.get(path)).json(), "ia::status": 200} == one


async def test_what_is_not_served_or_not_built_is_the_same_inside(api: Api) -> None:
    for method, path, status in [("GET", "/objects/a/b/c/d", 404), ("POST", "/services/core/model", 405)]:
        first = {"method": method, "path": path, "body": {}}
        body = json.dumps([first, first]).encode()
        inside = (await api.call("POST", COMPOSITE, body=body)).json()["ia::result"][0]
        assert inside["ia::status"] == status
        alone = await api.call(method, path, body=b"{}")
        assert inside["ia::error"]["message"] == alone.error["message"]


async def test_a_document_type_in_a_path_is_decoded(api: Api) -> None:
    path = "/objects/order-entry/document::Sales%20Invoice"
    body = json.dumps([{"method": "GET", "path": path}] * 2).encode()
    answer = await api.call("POST", COMPOSITE, body=body)
    assert [one["ia::status"] for one in answer.json()["ia::result"]] == [200, 200]


def test_an_error_is_found_in_each_of_its_three_places() -> None:
    for body in (
        {"ia::result": {"ia::error": {"code": "x"}}},
        {"ia::error": {"code": "x"}},
        {"error": {"code": "x"}},
    ):
        assert error(Answer(400, json.dumps(body).encode())) == {"code": "x"}
