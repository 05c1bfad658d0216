import pytest
from sandbox.tests.rest.calling import Response, send
from sandbox.tests.rest.conftest import CLIENT_ID, Api

from intacct_sandbox.identity import clients, users

VENDORS = "/objects/accounts-payable/vendor"
INVOICES = "/objects/accounts-receivable/invoice"


async def invoices(api: Api, **more: object) -> int:
    answer = await api.get(INVOICES, **more)
    assert answer.status == 200, answer.body
    return int(answer.json()["ia::meta"]["totalCount"])


async def bare(api: Api, headers: dict[str, str]) -> Response:
    return await send(api.app, "GET", f"/ia/api/v1{VENDORS}", headers, b"")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}])
async def test_what_is_no_bearer_header_is_gw_0034(api: Api, header: dict[str, str]) -> None:
    answer = await bare(api, header)
    assert answer.status == 401
    assert answer.json()["ia::error"]["code"] == "GW-0034"
    assert set(answer.json()["ia::error"]["details"]) == {"requestId"}


async def test_what_is_no_jwt_is_gw_0031(api: Api) -> None:
    answer = await api.get(VENDORS, token="opaque")
    assert answer.status == 400
    assert answer.json()["ia::error"]["code"] == "GW-0031"


async def test_a_refresh_token_is_no_access_token(api: Api) -> None:
    answer = await api.get(VENDORS, token=api.token(kind="refresh_token"))
    assert answer.json()["ia::error"]["code"] == "GW-0031"


async def test_a_token_whose_signature_does_not_hold_is_rest_1206(api: Api) -> None:
    head, claims, signature = api.token().split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    answer = await api.get(VENDORS, token=f"{head}.{claims}.{flipped}")
    assert answer.status == 400
    error = answer.json()["error"]
    assert (error["errorId"], error["message"]) == ("REST-1206", "The token is not valid")


@pytest.mark.parametrize(("setting", "status"), [("GW-0040", 401), ("REST-1206", 400), ("REST-2102", 401)])
async def test_an_expired_token_is_refused_as_the_quirk_says(api: Api, setting: str, status: int) -> None:
    token = api.token()
    api.quirks.set("expired-token-answer", setting)
    api.clock.stop_at(api.clock.now().replace(year=2027))
    answer = await api.get(VENDORS, token=token)
    assert answer.status == status
    body = answer.json()
    assert setting in {body.get("ia::error", {}).get("code"), body.get("error", {}).get("errorId")}


async def test_a_token_ends_with_its_user_s_status(api: Api) -> None:
    token = api.token()
    admin = users.find(api.store, api.company.key, "Admin")
    assert admin is not None
    users.set_status(api.store, admin.key, "inactive")
    answer = await api.get(VENDORS, token=token)
    assert answer.status == 401
    assert answer.json()["error"]["code"] == "tokenInvalid"
    assert answer.json()["error"]["additionalInfo"]["messageId"] == "IA.TOKEN_IS_INVALID"


async def test_a_token_ends_with_the_client_s_authorization(api: Api) -> None:
    token = api.token()
    authorized = clients.find_authorized(api.store, api.company.key, CLIENT_ID)
    assert authorized is not None
    clients.set_status(api.store, authorized.key, "inactive")
    answer = await api.get(VENDORS, token=token)
    assert answer.json()["error"]["errorId"] == "REST-2102"


async def test_the_token_is_looked_at_before_anything_else(api: Api) -> None:
    for path in ("/objects/none/such", "/services/none", "/objects/accounts-payable/vendor/999999"):
        answer = await send(api.app, "DELETE", f"/ia/api/v1{path}", {}, b"")
        assert answer.json()["ia::error"]["code"] == "GW-0034"


async def test_entities_split_what_the_top_level_sees(api: Api) -> None:
    top = await invoices(api)
    parts = [
        await invoices(api, headers={"X-IA-API-Param-Entity": entity_id})
        for entity_id in ("Central Region", "East Region", "West Region")
    ]
    assert top == 508
    assert all(0 < part < top for part in parts)
    assert sum(parts) < top


async def test_the_token_s_entity_counts_and_the_header_wins_over_it(api: Api) -> None:
    east = await invoices(api, headers={"X-IA-API-Param-Entity": "East Region"})
    west = await invoices(api, headers={"X-IA-API-Param-Entity": "West Region"})
    token = api.token(entity_id="East Region")
    assert await invoices(api, token=token) == east
    assert await invoices(api, token=token, headers={"X-IA-API-Param-Entity": ""}) == east
    assert await invoices(api, token=token, headers={"X-IA-API-Param-Entity": "West Region"}) == west
    assert east != west


async def test_another_header_is_silently_ignored(api: Api) -> None:
    assert await invoices(api, headers={"Sage-Param-Entity": "East Region"}) == 508


async def test_an_unknown_entity_is_refused(api: Api) -> None:
    for entity_id in ("Nowhere", "east region"):
        answer = await api.get(VENDORS, headers={"X-IA-API-Param-Entity": entity_id})
        assert answer.status == 400
        assert entity_id in answer.error["message"]


async def test_a_restricted_user_enters_the_allowed_entity_only(api: Api) -> None:
    token = api.token("East")
    east = await invoices(api, token=token, headers={"X-IA-API-Param-Entity": "East Region"})
    assert 0 < east < await invoices(api, token=token) < 508
    answer = await api.get(VENDORS, token=token, headers={"X-IA-API-Param-Entity": "West Region"})
    assert answer.status == 403
    assert "West Region" in answer.details


async def test_a_user_without_the_top_level_must_name_an_entity(api: Api) -> None:
    token = api.token("EastOnly")
    answer = await api.get(VENDORS, token=token)
    assert answer.status == 403
    assert "top level" in answer.details
    assert await invoices(api, token=token, headers={"X-IA-API-Param-Entity": "East Region"}) > 0


async def test_an_object_without_permission_is_denied_by_name(api: Api) -> None:
    token = api.token("Clerk")
    assert (await api.get(VENDORS, token=token)).status == 200
    assert (await api.get(f"{VENDORS}/1", token=token)).status == 200
    query = {"object": "accounts-payable/vendor", "fields": ["id"]}
    assert (await api.query(query, token=token)).status == 200
    denied = {"object": "accounts-payable/bill", "fields": ["id"]}
    for answer in (
        await api.get(INVOICES, token=token),
        await api.get(f"{INVOICES}/1", token=token),
        await api.query(denied, token=token),
    ):
        assert answer.status == 403
        assert answer.error["errorId"] == "REST-7001"
        assert "You do not have permission" in answer.details
    assert "QUERY on accounts-payable/bill" in answer.details
