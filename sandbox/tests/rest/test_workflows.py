"""Every workflow over HTTP: from its legal states to what Sage's examples answer, and refused from others."""

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.tests.rest.accounting import send, shown
from sandbox.tests.rest.conftest import Api, build_api

from intacct_sandbox.objects import RowWriter, documents, payments, registry, workflows
from intacct_sandbox.objects.actions import Action

# Bills, invoices and what pays them are undone in `test_paying` and `test_general_ledger`.
OF_BOOKS = {*documents.ALL, *payments.ALL}
SAMPLES = {"text": "Words", "texts": ["1"], "date": "2026-11-20", "boolean": True, "number": "2.50"}
ALONE = [name for name in workflows.ALL if name.rpartition("/")[0] not in OF_BOOKS]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """One for all: every test makes the records it acts on."""
    built = build_api()
    yield built
    built.store.close()


def put(api: Api, name: str, **values: Any) -> int:
    """A record beside the API: many of these are made by Sage itself."""
    definition = registry.ALL[name]
    writer = RowWriter(api.store, api.company.key)
    if definition.fields["id"].computed is None:
        values["id"] = f"S{api.ids.hex(6)}"
    if definition.owner is not None:
        target = definition.references[definition.owner].target or ""
        values[definition.owner] = put(api, target, **({"state": "draft"} if target in OF_BOOKS else {}))
    key = writer.add(name, values)
    writer.flush()
    return key


def given(known: Action) -> dict[str, Any]:
    body = {name: SAMPLES[kind] for name, kind in known.takes.items()}
    if "customerId" in body:
        body["customerId"] = "10001"
    # Lines and held schedules are tested for themselves.
    return {
        name: value for name, value in body.items() if name != "contractLineKeys" and "resume" not in name
    }


@pytest.mark.parametrize("name", ALONE)
async def test_an_action_answers_as_documented_from_every_legal_state(api: Api, name: str) -> None:
    known = workflows.ALL[name]
    object_name = name.rpartition("/")[0]
    for legal in known.legal:
        key = put(api, object_name, **({known.state_field: legal} if legal is not None else {}))
        answer = await send(api, "POST", f"/workflows/{name}", {"key": str(key), **given(known)})
        assert answer.status == 200, (legal, answer.body)
        result = answer.json()["ia::result"]
        assert set(known.shows) <= set(result)
        assert result["key"] == str(key)
        if "state" in known.shows:
            assert result["state"] == known.answer
        if "href" in known.shows:
            record = await shown(api, result["href"])
            if known.state is not None and known.state_field == "state":
                assert record["state"] == known.state


@pytest.mark.parametrize("name", workflows.ALL)
async def test_an_action_is_refused_from_another_state(api: Api, name: str) -> None:
    known = workflows.ALL[name]
    other = 1 if known.state_field in {"isReopened", "releaseToPay"} else "elsewhere"
    key = put(api, name.rpartition("/")[0], **{known.state_field: other})
    answer = await send(api, "POST", f"/workflows/{name}", {"key": str(key), **given(known)})
    assert answer.status == 400
    assert answer.error["details"][0]["code"] == "operationFailed"
    assert f"cannot {name.rpartition('/')[2]}" in answer.details


@pytest.mark.parametrize("name", workflows.ALL)
async def test_an_action_says_what_it_cannot_use(api: Api, name: str) -> None:
    known = workflows.ALL[name]
    nobody = await send(api, "POST", f"/workflows/{name}", {"key": "999999", **given(known)})
    assert nobody.status == 404
    wrong = {member: {"not": "usable"} for member in known.takes}
    answer = await send(api, "POST", f"/workflows/{name}", {"key": "1", "color": "red", **wrong})
    assert answer.status == 400
    targets = [detail["target"] for detail in answer.error["details"]]
    assert targets == ["/color", *(f"/{member}" for member in known.takes)]
    for member in known.needs:
        less = {one: value for one, value in given(known).items() if one != member}
        answer = await send(api, "POST", f"/workflows/{name}", {"key": "1", **less})
        assert answer.details == f"/{member} is required"


async def test_a_contract_s_schedules_are_held_and_resumed(api: Api) -> None:
    contract = put(api, "contracts/contract", state="inProgress")
    first, second = (put(api, "contracts/contract-line", state="inProgress", contract=contract) for _ in "ab")
    where = "/workflows/contracts/contract"
    held = {"key": str(contract), "asOfDate": "2026-11-20", "holdBilling": True, "memo": "Disputed"}
    assert (await send(api, "POST", f"{where}/hold-schedules", held)).status == 200
    for line in (first, second):
        billing = (await shown(api, f"/objects/contracts/contract-line/{line}"))["billing"]
        assert (billing["holdDate"], billing["memo"]) == ("2026-11-20", "Disputed")
    assert (await shown(api, f"/objects/contracts/contract/{contract}"))["holdBilling"] is True
    some = {
        "key": str(contract),
        "asOfDate": "2026-11-25",
        "resumeBilling": True,
        "contractLineKeys": str(first),
    }
    assert (await send(api, "POST", f"{where}/resume-schedules", some)).status == 200
    again = await send(api, "POST", f"{where}/resume-schedules", some)
    assert again.details == "The billing schedule is not on hold"
    billing = (await shown(api, f"/objects/contracts/contract-line/{first}"))["billing"]
    assert (billing["holdDate"], billing["resumeDate"]) == (None, "2026-11-25")
    strange = await send(api, "POST", f"{where}/resume-schedules", {**some, "contractLineKeys": "77"})
    assert strange.error["details"][0]["target"] == "/contractLineKeys"


async def test_an_expense_s_schedules_are_held_and_resumed(api: Api) -> None:
    schedule = put(api, "contracts/expense-schedule")
    expense = put(
        api, "contracts/expense", state="inProgress", **{"templates.expenseJournal1.schedule": schedule}
    )
    for action, status in (("hold-schedules", "onHold"), ("resume-schedules", "inProgress")):
        body = {"key": str(expense), "asOfDate": "2026-11-20"}
        answer = await send(api, "POST", f"/workflows/contracts/expense/{action}", body)
        assert answer.json()["ia::result"]["templates"] == {
            "expenseJournal1": {"schedule": {"key": str(schedule), "id": str(schedule), "status": status}},
            "expenseJournal2": {"schedule": {"key": None, "id": None, "status": None}},
        }
        at = f"/objects/contracts/expense-schedule/{schedule}"
        assert (await shown(api, at))["status"] == status


async def test_a_reconciliation_is_reopened_by_its_account_and_day(api: Api) -> None:
    key = put(
        api,
        "cash-management/bank-reconciliation",
        bankAccount=1,
        reconciliationDate="2026-10-31",
        reconciliationStatus="reconciled",
    )
    where = "/workflows/cash-management/bank-reconciliation/reopen"
    body = {"bankAccountId": "OPERATING", "reconciliationDate": "2026-10-31"}
    answer = await send(api, "POST", where, body)
    assert answer.json()["ia::result"] == {
        "key": str(key),
        "state": "reopened",
        "bankAccountId": "OPERATING",
        "message": "The reconciliation was reopened",
    }
    assert (await send(api, "POST", where, body)).details == "A record in state 1 cannot reopen"
    assert (await send(api, "POST", where, {**body, "bankAccountId": "NOBODY"})).status == 404


async def test_a_bank_transaction_is_assigned_and_ignored(api: Api) -> None:
    key = put(api, "cash-management/bank-transaction")
    where = "/workflows/cash-management/bank-transaction"
    body = {"key": str(key), "customerId": "10001"}
    assert (await send(api, "POST", f"{where}/assign-customer", body)).json()["ia::result"] == body
    record = await shown(api, f"/objects/cash-management/bank-transaction/{key}")
    assert record["customer"]["id"] == "10001"
    nobody = await send(api, "POST", f"{where}/assign-customer", {**body, "customerId": "nobody"})
    assert nobody.error["details"][0]["target"] == "/customerId"
    for action, state in (("ignore", "ignored"), ("stop-ignoring", "unmatched")):
        answer = await send(api, "POST", f"{where}/{action}", {"key": str(key)})
        assert answer.json()["ia::result"] == {"key": str(key), "state": state}


async def test_a_line_is_estimated_anew(api: Api) -> None:
    key = put(api, "contracts/contract-line", state="inProgress")
    body = {
        "key": str(key),
        "revaluedDate": "2026-11-20",
        "quantity": "3",
        "rate": "10",
        "flatFixedAmount": "30.00",
    }
    where = "/workflows/contracts/contract-line/reestimate"
    assert (await send(api, "POST", where, {**body, "flatFixedAmount": "much"})).status == 400
    assert (await send(api, "POST", where, body)).json()["ia::result"]["state"] == "revalued"
    billing = (await shown(api, f"/objects/contracts/contract-line/{key}"))["billing"]
    assert (billing["quantity"], billing["rate"], billing["flatFixedAmount"]) == ("3", "10", "30.00")


async def test_what_is_paid_keeps_its_state_when_it_is_reclassified(api: Api) -> None:
    found = await api.query(
        {
            "object": "accounts-receivable/invoice",
            "fields": ["key"],
            "filters": [{"$eq": {"state": "paid"}}],
            "size": 1,
        }
    )
    body = {"key": found.rows[0]["key"], "description": "New words"}
    answer = await send(api, "POST", "/workflows/accounts-receivable/invoice/reclassify", body)
    assert answer.json()["ia::result"]["state"] == "posted"
    record = await shown(api, f"/objects/accounts-receivable/invoice/{body['key']}")
    assert (record["state"], record["description"]) == ("paid", "New words")
