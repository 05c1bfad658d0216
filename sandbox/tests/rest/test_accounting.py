"""Bills, invoices and journal entries by REST: totals, balance, states, periods, dimensions."""

from typing import Any

import pytest
from sandbox.tests.rest.accounting import (
    BILL,
    ENTRY,
    INVOICE,
    act,
    bill,
    entry,
    invoice,
    line,
    make,
    send,
    shown,
)
from sandbox.tests.rest.conftest import Api


async def test_a_bill_s_totals_are_the_sums_of_its_lines(api: Api) -> None:
    path = await make(api, BILL, bill("100.10", "0.95"))
    made = await shown(api, path)
    assert (made["state"], made["recordType"], made["moduleName"]) == ("draft", "pi", "accountsPayable")
    assert (made["totalTxnAmount"], made["totalTxnAmountDue"], made["totalBaseAmount"]) == ("101.05",) * 3
    assert [one["baseAmount"] for one in made["lines"]] == ["100.10", "0.95"]
    assert [one["dimensions"]["vendor"]["key"] for one in made["lines"]] == ["1", "1"]
    assert made["postingDate"] == "2026-11-01"


async def test_a_rate_of_exchange_makes_base_amounts(api: Api) -> None:
    rate = {"txnCurrency": "EUR", "baseCurrency": "USD", "exchangeRate": {"rate": 1.25}}
    made = await shown(api, await make(api, BILL, bill("10.01", currency=rate)))
    assert (made["totalTxnAmount"], made["totalBaseAmount"]) == ("10.01", "12.51")


async def test_lines_are_added_changed_and_deleted_through_their_owner(api: Api) -> None:
    path = await make(api, BILL, bill("10.00", "20.00", "30.00"))
    first, second, _ = (await shown(api, path))["lines"]
    changed = await send(
        api,
        "PATCH",
        path,
        {
            "lines": [
                {"key": first["key"], "txnAmount": "11.00"},
                {"key": second["key"], "ia::operation": "delete"},
                line("5.50"),
            ]
        },
    )
    assert changed.status == 200, changed.body
    after = await shown(api, path)
    assert [one["txnAmount"] for one in after["lines"]] == ["11.00", "30.00", "5.50"]
    assert after["totalTxnAmount"] == "46.50"


async def test_lines_written_alone_settle_their_bill(api: Api) -> None:
    path = await make(api, BILL, bill("10.00"))
    alone = line("2.00", bill={"key": path.rpartition("/")[2]})
    added = await make(api, "/objects/accounts-payable/bill-line", alone)
    assert (await shown(api, path))["totalTxnAmount"] == "12.00"
    assert (await send(api, "PATCH", added, {"txnAmount": "3.00"})).status == 200
    assert (await shown(api, path))["totalTxnAmount"] == "13.00"
    moved = await send(api, "PATCH", added, {"bill": {"key": "1"}})
    assert "/bill cannot be changed" in moved.details
    assert (await send(api, "DELETE", added)).status == 204
    assert (await shown(api, path))["totalTxnAmount"] == "10.00"
    orphan = await send(api, "POST", "/objects/accounts-payable/bill-line", line("1.00"))
    assert orphan.details == "/bill is required"


@pytest.mark.parametrize(
    ("payload", "target"),
    [
        (bill("1.00", lines=[]), "/lines"),
        (bill("1.00", lines=[{"glAccount": {"id": "1000"}}]), "/lines/0/txnAmount"),
        (bill("1.00", lines=[line("1.001")]), "/lines/0/txnAmount"),
        (bill("1.00", lines=[line("1.00", glAccount={"id": "none"})]), "/lines/0/glAccount"),
        (bill("1.00", lines=[{**line("1.00"), "key": "1"}]), "/lines/0/key"),
        (bill("1.00", lines=[{**line("1.00"), "ia::operation": "burn"}]), "/lines/0/ia::operation"),
        (bill("1.00", dueDate="2026-02-30"), "/dueDate"),
        (bill("1.00", vendor=None), "/vendor"),
        (bill("1.00", state="posted"), "/state"),
    ],
)
async def test_a_bill_that_does_not_do_is_refused_and_leaves_nothing(
    api: Api, payload: dict[str, Any], target: str
) -> None:
    before = (await api.get(BILL)).json()["ia::meta"]["totalCount"]
    answer = await send(api, "POST", BILL, payload)
    assert answer.status == 400
    assert target in [detail.get("target") for detail in answer.error["details"]]
    assert (await api.get(BILL)).json()["ia::meta"]["totalCount"] == before


async def test_a_bill_goes_from_draft_to_posted_to_reversed(api: Api) -> None:
    path = await make(api, BILL, bill("10.00"))
    due = (await shown(api, "/objects/accounts-payable/vendor/1"))["totalDue"] or "0.00"
    submitted = await act(api, path, "submit")
    assert submitted.status == 200
    key = path.rpartition("/")[2]
    assert submitted.json()["ia::result"] == {"key": key, "id": key, "href": path, "state": "posted"}
    after = (await shown(api, "/objects/accounts-payable/vendor/1"))["totalDue"]
    assert float(after) == pytest.approx(float(due) + 10)
    again = await act(api, path, "submit")
    assert (again.status, again.details) == (400, "A record in state posted cannot submit")
    assert (await act(api, path, "reverse", reverseDate="2026-11-20")).json()["ia::result"][
        "state"
    ] == "reversed"
    reversed_bill = await shown(api, path)
    assert (reversed_bill["state"], reversed_bill["totalTxnAmountDue"]) == ("reversed", "0.00")
    assert (await shown(api, "/objects/accounts-payable/vendor/1"))["totalDue"] == due
    assert (await send(api, "PATCH", path, {"description": "x"})).status == 400
    assert (await send(api, "DELETE", path)).status == 400


async def test_with_approval_a_bill_waits_for_it(api: Api) -> None:
    api.quirks.set("bill-approval", "on")
    path = await make(api, BILL, bill("10.00"))
    for action, answered, stored in (
        ("submit", "submitted", "submitted"),
        ("recall", "draft", "draft"),
        ("submit", "submitted", "submitted"),
        ("decline", "declined", "declined"),
        ("submit", "submitted", "submitted"),
        ("approve", "approved", "posted"),
    ):
        answer = await act(api, path, action)
        assert answer.json()["ia::result"]["state"] == answered
        assert (await shown(api, path))["state"] == stored


async def test_a_state_is_changed_by_workflows_only(api: Api) -> None:
    path = await make(api, BILL, bill("10.00", state="draft"))
    answer = await send(api, "PATCH", path, {"state": "posted"})
    assert answer.details == "State must be draft or not included in the request."


async def test_an_invoice_is_posted_at_once_unless_it_is_a_draft(api: Api) -> None:
    posted = await shown(api, await make(api, INVOICE, invoice("5.00")))
    assert (posted["state"], posted["recordType"], posted["totalTxnAmountDue"]) == ("posted", "ri", "5.00")
    draft = await make(api, INVOICE, invoice("5.00", state="draft"))
    assert (await shown(api, draft))["state"] == "draft"
    assert (await act(api, draft, "submit")).json()["ia::result"]["state"] == "posted"
    renamed = await act(api, draft, "reclassify", description="New words")
    assert renamed.json()["ia::result"]["state"] == "posted"
    assert (await shown(api, draft))["description"] == "New words"


async def test_a_workflow_says_what_it_cannot_use(api: Api) -> None:
    path = await make(api, BILL, bill("10.00"))
    assert (await act(api, path, "submit", color="red")).error["details"][0]["errorId"] == "REST-1043"
    assert (
        await send(api, "POST", "/workflows/accounts-payable/bill/submit", {})
    ).details == "/key is required"
    assert (await act(api, f"{BILL}/99999", "submit")).status == 404
    assert (await act(api, path, "reverse", reverseDate="soon")).status == 400
    assert (await api.get("/workflows/accounts-payable/bill/submit")).status == 405


async def test_an_entry_that_does_not_balance_is_refused_as_recorded(api: Api) -> None:
    answer = await send(api, "POST", ENTRY, entry(("debit", "10.00"), ("credit", "9.99")))
    assert answer.status == 400
    assert answer.error["errorId"] == "REST-7001"
    assert [(one["errorId"], one["code"], one["message"]) for one in answer.error["details"]] == [
        ("GL-0951", "unableToCreateRecordError", "Could not create GLBatch record."),
        ("GL-1009", "invalidConfiguration", "Transactions do not balance for Place ,"),
    ]


async def test_an_entry_that_balances_is_posted_and_stays_balanced(api: Api) -> None:
    path = await make(api, ENTRY, entry(("debit", "10.00"), ("credit", "4.00"), ("credit", "6.00")))
    made = await shown(api, path)
    assert (made["state"], made["moduleName"]) == ("posted", "2.GL")
    assert made["txnNumber"] > 60
    assert [one["entryDate"] for one in made["lines"]] == ["2026-11-01"] * 3
    first = made["lines"][0]
    assert (
        await send(api, "PATCH", path, {"lines": [{"key": first["key"], "txnAmount": "11.00"}]})
    ).status == 400
    assert (await shown(api, path))["lines"][0]["txnAmount"] == "10.00"
    assert (await send(api, "DELETE", f"{ENTRY}-line/{first['key']}")).status == 400
    assert (await send(api, "DELETE", path)).status == 204


async def test_a_draft_may_stand_unbalanced(api: Api) -> None:
    path = await make(api, ENTRY, entry(("debit", "10.00"), state="draft"))
    assert (await shown(api, path))["state"] == "draft"


async def test_an_account_s_dimensions_are_required(api: Api) -> None:
    accounts = await api.query(
        {
            "object": "general-ledger/account",
            "fields": ["id"],
            "filters": [{"$eq": {"requireDimensions.department": True}}],
        }
    )
    account = {"id": accounts.rows[0]["id"]}
    answer = await send(api, "POST", BILL, bill("1.00", lines=[line("1.00", glAccount=account)]))
    assert answer.details == "The GL account requires the dimension department"
    assert answer.error["details"][0]["target"] == "/lines/0/dimensions/department"


async def test_closed_books_take_nothing(api: Api) -> None:
    api.quirks.set("closed-periods", "2026-11-15")
    assert (await send(api, "POST", ENTRY, entry(("debit", "1.00"), ("credit", "1.00")))).status == 400
    assert (await send(api, "POST", INVOICE, invoice("1.00"))).details == "The period of 2026-11-01 is closed"
    later = entry(("debit", "1.00"), ("credit", "1.00"), postingDate="2026-11-16")
    assert (await send(api, "POST", ENTRY, later)).status == 201


async def test_a_partner_is_active_and_stays(api: Api) -> None:
    path = await make(api, BILL, bill("1.00"))
    assert "cannot be changed" in (await send(api, "PATCH", path, {"vendor": {"key": "2"}})).details
    assert (
        await send(api, "PATCH", "/objects/accounts-payable/vendor/1", {"status": "inactive"})
    ).status == 200
    assert (await send(api, "POST", BILL, bill("1.00"))).details == "The vendor is inactive"
