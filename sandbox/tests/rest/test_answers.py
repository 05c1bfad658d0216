import json

from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2 import Refusal
from intacct_sandbox.objects import Page
from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    bad_request,
    page,
    payload_errors,
    record,
    refused,
    request_failed,
)


def body(answer: Answer) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(answer.body)
    return parsed


def test_one_result_has_three_totals() -> None:
    assert body(record({"key": "1"})) == {
        "ia::result": {"key": "1"},
        "ia::meta": {"totalCount": 1, "totalSuccess": 1, "totalError": 0},
    }


def test_a_page_has_its_place() -> None:
    assert body(page(Page(rows=[{"id": "a"}], total=3, start=2, size=1))) == {
        "ia::result": [{"id": "a"}],
        "ia::meta": {"totalCount": 3, "start": 2, "pageSize": 1, "next": 3, "previous": 1},
    }


def test_a_refusal_keeps_its_shape() -> None:
    answer = refused(Refusal(401, {"error": {"errorId": "REST-2102"}}))
    assert (answer.status, body(answer)) == (401, {"error": {"errorId": "REST-2102"}})


def test_an_error_is_nested_as_recorded() -> None:
    answer = payload_errors(
        SeededIds(1), Detail("/x is not a valid field", error_id="REST-1043", target="/x")
    )
    parsed = json.loads(answer.body)
    error = parsed["ia::result"]["ia::error"]
    assert error.pop("supportId")
    assert error == {
        "code": "invalidRequest",
        "message": "Payload contains errors",
        "errorId": "REST-1064",
        "additionalInfo": {
            "messageId": "IA.PAYLOAD_CONTAINS_ERRORS",
            "placeholders": {},
            "propertySet": {},
        },
        "details": [
            {
                "errorId": "REST-1043",
                "code": "invalidRequest",
                "message": "/x is not a valid field",
                "target": "/x",
                "additionalInfo": {},
            }
        ],
    }
    assert parsed["ia::meta"] == {"totalCount": 1, "totalSuccess": 0, "totalError": 1}


def test_what_has_no_known_id_gets_none() -> None:
    error = json.loads(bad_request(SeededIds(1), "Version is not supported.").body)["ia::result"]["ia::error"]
    assert "errorId" not in error
    assert error["message"] == "Version is not supported."


def test_a_failure_may_carry_headers() -> None:
    answer = request_failed(
        SeededIds(1), 405, method="PUT", resource="objects/a/b", detail=Detail("no"), headers={"Allow": "GET"}
    )
    assert (answer.status, dict(answer.headers)) == (405, {"Allow": "GET"})
