import pytest
from sandbox.tests.rest.conftest import Api

from intacct_sandbox.identity import sessions

VENDORS = "/objects/accounts-payable/vendor"


async def test_a_list_is_references_a_hundred_a_page(api: Api) -> None:
    answer = await api.get("/objects/general-ledger/account")
    assert answer.json()["ia::meta"] == {
        "totalCount": 128,
        "start": 1,
        "pageSize": 100,
        "next": 101,
        "previous": None,
    }
    assert len(answer.rows) == 100
    assert answer.rows[0] == {"key": "1", "id": "1000", "href": "/objects/general-ledger/account/1"}


async def test_a_list_is_paged_by_start_and_size(api: Api) -> None:
    answer = await api.get(f"{VENDORS}?start=31&size=15")
    assert [row["id"] for row in answer.rows] == [str(20001 + number) for number in range(30, 40)]
    assert answer.json()["ia::meta"]["previous"] == 16
    assert answer.json()["ia::meta"]["next"] is None


@pytest.mark.parametrize(
    "query", ["pageSize=5", "start=0", "size=4001", "size=ten", "start=-1", "size=", "start=٣"]
)
async def test_other_parameters_of_a_list_are_refused(api: Api, query: str) -> None:
    answer = await api.get(f"{VENDORS}?{query}")
    assert answer.status == 400
    assert answer.error["code"] == "invalidRequest"


async def test_a_record_comes_whole_in_the_envelope_of_one(api: Api) -> None:
    answer = await api.get("/objects/accounts-receivable/invoice/1")
    body = answer.json()
    assert answer.status == 200
    assert body["ia::meta"] == {"totalCount": 1, "totalSuccess": 1, "totalError": 0}
    invoice = body["ia::result"]
    assert invoice["href"] == "/objects/accounts-receivable/invoice/1"
    assert invoice["lines"][0]["invoice"]["key"] == "1"
    assert invoice["customer"]["name"]


async def test_a_record_is_found_by_key_and_not_by_id(api: Api) -> None:
    for key in ("20001", "999999", "none"):
        answer = await api.get(f"{VENDORS}/{key}")
        assert answer.status == 404
        error = answer.error
        assert (error["code"], error["errorId"]) == ("operationFailed", "REST-7001")
        assert error["message"] == "GET request on objects/accounts-payable/vendor object was unsuccessful"
        assert error["additionalInfo"]["placeholders"] == {
            "OPERATION": "GET",
            "RESOURCE_NAME": "objects/accounts-payable/vendor",
        }
        assert error["details"][0]["code"] == "invalidKey"
        assert "%7E" in error["supportId"]


async def test_an_object_that_is_not_there_is_404(api: Api) -> None:
    answer = await api.get("/objects/none/such")
    assert answer.status == 404
    assert answer.error["details"][0]["code"] == "notFound"


async def test_a_query_answers_flat_rows(api: Api) -> None:
    answer = await api.query(
        {
            "object": "accounts-receivable/invoice",
            "fields": ["key", "id", "customer.id", "state", "totalTxnAmount"],
            "size": 2,
        }
    )
    assert answer.json()["ia::meta"] == {
        "totalCount": 508,
        "start": 1,
        "pageSize": 2,
        "next": 3,
        "previous": None,
    }
    assert [list(row) for row in answer.rows] == [["key", "id", "customer.id", "state", "totalTxnAmount"]] * 2
    assert answer.headers["content-type"] == "application/json"


async def test_a_query_filters_orders_and_counts(api: Api) -> None:
    answer = await api.query(
        {
            "object": "accounts-payable/bill",
            "fields": ["vendor.name", "totalTxnAmountDue", "state"],
            "filters": [
                {"$eq": {"state": "paid"}},
                {"$gt": {"totalTxnAmountDue": "0"}},
                {"$ne": {"state": "paid"}},
            ],
            "filterExpression": "(1 and 2) or 3",
            "orderBy": [{"totalTxnAmountDue": "desc"}],
            "size": 4000,
        }
    )
    due = [float(row["totalTxnAmountDue"]) for row in answer.rows]
    assert due == sorted(due, reverse=True)
    assert all(row["state"] != "paid" for row in answer.rows)
    assert answer.json()["ia::meta"]["totalCount"] == len(due) > 0


async def test_today_is_the_sandbox_s_own(api: Api) -> None:
    query = {
        "object": "accounts-receivable/invoice",
        "fields": ["invoiceDate"],
        "filters": [{"$eq": {"invoiceDate": "currentYear"}}],
        "size": 4000,
    }
    assert {str(row["invoiceDate"])[:4] for row in (await api.query(query)).rows} == {"2026"}
    api.clock.stop_at(api.clock.now().replace(year=2025))
    assert {str(row["invoiceDate"])[:4] for row in (await api.query(query)).rows} == {"2025"}


@pytest.mark.parametrize("body", [b"", b"  \n"])
async def test_no_payload_is_rest_1028(api: Api, body: bytes) -> None:
    answer = await api.query(body)
    assert answer.status == 400
    error = answer.error
    support_id = error.pop("supportId")
    assert support_id
    assert error == {
        "code": "invalidRequest",
        "message": "A POST request requires a payload",
        "errorId": "REST-1028",
        "additionalInfo": {
            "messageId": "IA.REQUEST_REQUIRES_A_PAYLOAD",
            "placeholders": {"OPERATION": "POST"},
            "propertySet": {},
        },
    }


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"object": "\\ud800"}', b"[" * 5000, b"NaN"])
async def test_what_is_not_json_is_rest_1030(api: Api, body: bytes) -> None:
    answer = await api.query(body)
    assert (answer.status, answer.error["errorId"]) == (400, "REST-1030")


async def test_a_write_only_field_is_rest_1106_as_recorded(api: Api) -> None:
    answer = await api.query({"object": "accounts-receivable/invoice", "fields": ["action"]})
    assert answer.status == 400
    assert answer.error["errorId"] == "REST-1106"
    assert answer.error["message"] == (
        "The action field in accounts-receivable/invoice object cannot be used in query in version 1"
    )
    assert answer.error["additionalInfo"] == {
        "messageId": "IA.THE_FIELD_IN_OBJECT_CANNOT_BE_USED_IN_QUERY",
        "placeholders": {"FIELD": "action", "OBJECT": "accounts-receivable/invoice", "VERSION": "1"},
        "propertySet": {},
    }


async def test_a_path_into_a_list_is_rest_1107(api: Api) -> None:
    answer = await api.query({"object": "accounts-receivable/invoice", "fields": ["lines.txnAmount"]})
    assert (answer.status, answer.error["errorId"]) == (400, "REST-1107")


async def test_an_unknown_field_does_not_exist(api: Api) -> None:
    answer = await api.query({"object": "accounts-receivable/invoice", "fields": ["totalDueTxnAmount"]})
    assert answer.status == 400
    assert answer.details == "The totalDueTxnAmount field does not exist"


async def test_an_unknown_object_does_not_exist(api: Api) -> None:
    answer = await api.query({"object": "none/such", "fields": ["id"]})
    assert answer.status == 400
    assert answer.error["details"][0]["target"] == "/object"


async def test_a_bad_operand_and_a_bad_expression_are_payload_errors(api: Api) -> None:
    bad = {"object": "accounts-payable/bill", "fields": ["id"]}
    for more in ({"filters": [{"$eq": {"dueDate": "soon"}}]}, {"filterExpression": "1 and"}):
        answer = await api.query({**bad, **more})
        assert (answer.status, answer.error["errorId"]) == (400, "REST-1064")


async def test_an_error_says_where_in_the_query_it_is(api: Api) -> None:
    good = {"object": "accounts-payable/bill", "fields": ["id"]}
    for more, target in (
        ({"filters": [{"$eq": {"id": "1"}}, {"$gt": {"dueDate": "soon"}}]}, "/filters/1/$gt/dueDate"),
        ({"filterExpression": "1 and"}, "/filterExpression"),
        ({"fields": ["count:id"], "orderBy": [{"dueDate": "asc"}]}, "/orderBy/0"),
    ):
        answer = await api.query({**good, **more})
        assert answer.error["details"][0]["target"] == target


async def test_a_deprecated_field_is_rest_1106_at_any_depth(api: Api) -> None:
    for object_name, path in (
        ("accounts-payable/vendor", "audit.createdBy"),
        ("accounts-payable/bill", "vendor.audit.createdBy"),
        ("accounts-payable/bill-line", "bill.vendor.audit.modifiedBy"),
        ("accounts-receivable/invoice-line", "invoice.action"),
    ):
        answer = await api.query({"object": object_name, "fields": [path]})
        assert (answer.status, answer.error["errorId"]) == (400, "REST-1106")
        assert answer.error["additionalInfo"]["placeholders"]["FIELD"] == path


async def test_aggregates_group_by_the_other_fields(api: Api) -> None:
    query = {
        "object": "accounts-receivable/invoice",
        "fields": ["state", "count:key", "sum:totalTxnAmount"],
        "orderBy": [{"count:key": "desc"}],
    }
    answer = await api.query(query)
    assert sum(row["count:key"] for row in answer.rows) == 508
    assert answer.json()["ia::meta"]["totalCount"] == len(answer.rows)
    counts = [row["count:key"] for row in answer.rows]
    assert counts == sorted(counts, reverse=True)


async def test_a_short_name_is_the_one_object_called_so(api: Api) -> None:
    assert (await api.query({"object": "vendor", "fields": ["id"]})).json()["ia::meta"]["totalCount"] == 40
    assert (await api.query({"object": "payment", "fields": ["id"]})).status == 400
    api.quirks.set("short-object-names", "refused")
    assert (await api.query({"object": "vendor", "fields": ["id"]})).status == 400


async def test_a_list_of_queries_is_answered_part_by_part(api: Api) -> None:
    good = {"object": "accounts-payable/vendor", "fields": ["id"], "size": 1}
    answer = (await api.query([good, {**good, "start": 2}])).json()
    assert [part["ia::result"][0]["id"] for part in answer["ia::result"]] == ["20001", "20002"]
    assert [part["ia::status"] for part in answer["ia::result"]] == [200, 200]
    assert answer["ia::meta"] == {"totalCount": 2, "totalSuccess": 2, "totalError": 0}
    mixed = await api.query([good, {**good, "fields": ["nothing"]}])
    assert mixed.status == 207
    failed = mixed.json()["ia::result"][1]
    assert (failed["ia::status"], failed["ia::error"]["errorId"]) == (400, "REST-1064")
    assert mixed.json()["ia::meta"] == {"totalCount": 2, "totalSuccess": 1, "totalError": 1}
    api.quirks.set("array-of-queries", "refused")
    assert (await api.query([good])).status == 400


@pytest.mark.parametrize(
    ("quirk", "value", "payload", "status"),
    [
        ("query-size-above-4000", "refused", {"size": 4001}, 400),
        ("query-size-above-4000", "clamped", {"size": 4001}, 200),
        ("query-start-of-zero", "first-row", {"start": 0}, 200),
        ("query-start-of-zero", "refused", {"start": 0}, 400),
    ],
)
async def test_numbers_out_of_bounds_are_taken_as_the_quirk_says(
    api: Api, quirk: str, value: str, payload: dict[str, int], status: int
) -> None:
    api.quirks.set(quirk, value)
    answer = await api.query({"object": "accounts-payable/vendor", "fields": ["id"], **payload})
    assert answer.status == status
    if status == 200:
        assert answer.json()["ia::meta"]["pageSize"] == min(payload.get("size", 100), 4000)
        assert answer.json()["ia::meta"]["start"] == 1


async def test_the_session_of_a_token_is_told(api: Api) -> None:
    token = api.token()
    answer = await api.get("/services/core/session/id", token=token)
    again = await api.get("/services/core/session/id", token=token)
    assert answer.status == 200
    result = answer.json()["ia::result"]
    assert result["expiresIn"] == api.company.session_timeout_seconds
    assert answer.json()["ia::meta"] == {"totalCount": 1, "totalSuccess": 1, "totalError": 0}
    assert again.json()["ia::result"] == result
    session = sessions.find(api.store, api.clock, result["sessionId"])
    assert session is not None
    assert session.company_key == api.company.key


async def test_a_token_that_outlived_its_session_gets_another(api: Api) -> None:
    token = api.token(entity_id="East Region")
    first = (await api.get("/services/core/session/id", token=token)).json()["ia::result"]["sessionId"]
    sessions.end(api.store, first)
    second = (await api.get("/services/core/session/id", token=token)).json()["ia::result"]["sessionId"]
    assert second != first
    session = sessions.find(api.store, api.clock, second)
    assert session is not None
    assert session.entity_id == "East Region"


async def test_users_roles_and_entities_are_objects_too(api: Api) -> None:
    entities = await api.query({"object": "company-config/entity", "fields": ["id", "status"]})
    assert [row["id"] for row in entities.rows] == ["Central Region", "East Region", "West Region"]
    users = await api.query(
        {
            "object": "company-config/user",
            "fields": ["id", "webServices.isEnabled"],
            "filters": [{"$eq": {"id": "Admin"}}],
        }
    )
    assert users.rows == [{"id": "Admin", "webServices.isEnabled": True}]
