"""Payments, memos and advances by REST: what is open, states, what is refused, reversal, the ledger."""

from decimal import Decimal
from typing import Any

import pytest
from sandbox.tests.rest.accounting import (
    AP_ADJUSTMENT,
    AP_ADVANCE,
    AP_PAYMENT,
    AR_ADJUSTMENT,
    AR_ADVANCE,
    AR_PAYMENT,
    BANK,
    BILL,
    CUSTOMER,
    INVOICE,
    VENDOR,
    act,
    ap_payment,
    ar_payment,
    bill,
    due,
    invoice,
    key,
    ledger,
    line,
    make,
    pays,
    posted_bill,
    send,
    shown,
)
from sandbox.tests.rest.conftest import Api


def amounts(document: dict[str, Any]) -> tuple[str, str, str]:
    paid = document["paymentInformation"]["totalTxnAmountPaid"]
    return document["state"], document["totalTxnAmountDue"], paid


async def test_a_bill_is_paid_in_two_parts(api: Api) -> None:
    before = await due(api, VENDOR)
    path = await posted_bill(api, "60.00", "40.00")
    assert await due(api, VENDOR) == before + 100
    first = await make(api, AP_PAYMENT, ap_payment(pays(path, "70.00")))
    half = await shown(api, path)
    assert amounts(half) == ("partiallyPaid", "30.00", "70.00")
    assert [one["paymentInformation"]["totalTxnAmountPaid"] for one in half["lines"]] == ["60.00", "10.00"]
    assert await due(api, VENDOR) == before + 30
    await make(api, AP_PAYMENT, ap_payment(pays(path, "30.00")))
    whole = await shown(api, path)
    assert amounts(whole) == ("paid", "0.00", "100.00")
    assert whole["paymentInformation"]["fullyPaidDate"] == "2026-11-25"
    assert await due(api, VENDOR) == before
    payment = await shown(api, first)
    assert (payment["state"], payment["recordType"], payment["txnPaidDate"]) == (
        "confirmed",
        "apPayment",
        "2026-11-10",
    )
    assert payment["txnCurrency"]["totalAmount"] == payment["baseCurrency"]["totalPaid"] == "70.00"
    assert payment["financialEntity"]["txnAmount"] == "70.00"
    assert payment["paymentSummary"]["postingDate"] == "2026-11-10"
    (detail,) = payment["details"]
    assert (detail["bill"]["key"], detail["state"], detail["txnCurrency"]["currency"]) == (
        key(path),
        "confirmed",
        "USD",
    )
    (paid_line,) = payment["lines"]
    assert (paid_line["glAccount"]["id"], paid_line["txnCurrency"]["amount"]) == ("2000", "70.00")


async def test_an_invoice_is_paid_and_the_money_is_in_the_bank(api: Api) -> None:
    before = await due(api, CUSTOMER)
    path = await make(api, INVOICE, invoice("100.00"))
    payment = await make(api, AR_PAYMENT, ar_payment(pays(path, "100.00")))
    assert amounts(await shown(api, path)) == ("paid", "0.00", "100.00")
    assert await due(api, CUSTOMER) == before
    made = await shown(api, payment)
    assert (made["state"], made["paidDate"]) == ("complete", "2026-11-10")
    assert made["paymentSummary"]["receiptDate"] == "2026-11-10"
    assert await ledger(api, payment) == {"1000": Decimal(100), "1200": Decimal(-100)}


async def test_more_than_is_open_is_not_paid(api: Api) -> None:
    path = await posted_bill(api, "10.00")
    answer = await send(api, "POST", AP_PAYMENT, ap_payment(pays(path, "10.01")))
    assert answer.status == 400
    assert answer.details == f"The amount 10.01 is more than the 10.00 that bill {key(path)} has open"
    assert answer.error["details"][0]["target"] == "/details/0/txnCurrency/paymentAmount"
    twice = ap_payment(pays(path, "6.00"), pays(path, "6.00"))
    assert (await send(api, "POST", AP_PAYMENT, twice)).status == 400
    assert amounts(await shown(api, path)) == ("posted", "10.00", "0.00")
    assert (await make(api, AP_PAYMENT, ap_payment(pays(path, "6.00"), pays(path, "4.00")))) is not None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vendor": {"key": "2"}}, "is another vendor's"),
        ({"details": []}, "needs at least one detail"),
        ({"details": [{"txnCurrency": {"paymentAmount": "1.00"}}]}, "pays one bill or apCreditAdjustment"),
        ({"financialEntity": {"entityId": "NOBANK"}}, "There is no bank account with id NOBANK"),
        (
            {"txnCurrency": {"currency": "EUR"}, "exchangeRate": {"rate": 1.1}},
            "is in USD, the payment in EUR",
        ),
        ({"vendor": None}, "/vendor is required"),
        ({"state": "confirmed"}, "State must be draft"),
    ],
)
async def test_a_payment_that_does_not_do_is_refused(api: Api, change: dict[str, Any], says: str) -> None:
    path = await posted_bill(api, "10.00")
    answer = await send(api, "POST", AP_PAYMENT, {**ap_payment(pays(path, "1.00")), **change})
    assert answer.status == 400
    assert says in answer.details
    assert amounts(await shown(api, path)) == ("posted", "10.00", "0.00")


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
async def test_a_payment_pays_something(api: Api, amount: str) -> None:
    path = await posted_bill(api, "10.00")
    answer = await send(api, "POST", AP_PAYMENT, ap_payment(pays(path, amount)))
    assert "above zero" in answer.details


async def test_a_draft_bill_takes_no_payment(api: Api) -> None:
    path = await make(api, BILL, bill("10.00"))
    answer = await send(api, "POST", AP_PAYMENT, ap_payment(pays(path, "1.00")))
    assert answer.details == f"The bill {key(path)} is in state draft and takes no payment"


async def test_one_line_of_a_bill_can_be_paid(api: Api) -> None:
    path = await posted_bill(api, "60.00", "40.00")
    second = (await shown(api, path))["lines"][1]["key"]
    detail = pays(path, "40.00", billLine={"key": second})
    await make(api, AP_PAYMENT, ap_payment(detail))
    paid = [one["paymentInformation"]["totalTxnAmountPaid"] for one in (await shown(api, path))["lines"]]
    assert paid == ["0.00", "40.00"]
    assert (await send(api, "POST", AP_PAYMENT, ap_payment(detail))).status == 400


@pytest.mark.parametrize("side", ["payable", "receivable"])
async def test_a_reversed_payment_leaves_everything_open_again(api: Api, side: str) -> None:
    if side == "payable":
        path, partner, state = await posted_bill(api, "10.00"), VENDOR, "reversed"
        payment = await make(api, AP_PAYMENT, ap_payment(pays(path, "10.00")))
        more = {"paymentDate": "2026-11-12", "description": "Wrong bank"}
    else:
        path, partner, state = await make(api, INVOICE, invoice("10.00")), CUSTOMER, "reversal"
        payment = await make(api, AR_PAYMENT, ar_payment(pays(path, "10.00")))
        more = {"reversedDate": "2026-11-12", "memo": "Bounced"}
    before = await due(api, partner)
    refused = await act(api, path, "reverse")
    assert refused.details == "A record in state paid cannot reverse"
    answer = await act(api, payment, "reverse", **more)
    assert answer.json()["ia::result"]["state"] == state
    assert amounts(await shown(api, path)) == ("posted", "10.00", "0.00")
    assert await due(api, partner) == before + 10
    assert (await shown(api, payment))["state"] == "reversed"
    again = await act(api, payment, "reverse")
    assert again.details == "A record in state reversed cannot reverse"
    collection, _, number = payment.rpartition("/")
    mirrored = f"{collection}/{int(number) + 1}"
    assert (await shown(api, mirrored))["state"] == "reversal"
    undone = await ledger(api, mirrored)
    assert undone == {account: -amount for account, amount in (await ledger(api, payment)).items()}
    assert (await act(api, path, "reverse")).status == 200


async def test_a_payment_under_way_selects_its_bill(api: Api) -> None:
    api.quirks.set("new-ap-payments", "submitted")
    path = await posted_bill(api, "10.00")
    payment = await make(api, AP_PAYMENT, ap_payment(pays(path, "10.00")))
    selected = await shown(api, path)
    assert amounts(selected) == ("selected", "10.00", "0.00")
    assert selected["paymentInformation"]["totalTxnAmountSelectedForPayment"] == "10.00"
    assert await ledger(api, payment) == {}
    assert (await send(api, "POST", AP_PAYMENT, ap_payment(pays(path, "1.00")))).status == 400
    for action, answered in (("decline", "declined"), ("submit", "submitted"), ("approve", "approved")):
        assert (await act(api, payment, action)).json()["ia::result"]["state"] == answered
        assert (await shown(api, path))["state"] == ("posted" if action == "decline" else "selected")
    assert (await act(api, payment, "print")).json()["ia::result"]["state"] == "delivered"
    assert (await act(api, payment, "confirm")).json()["ia::result"]["state"] == "confirmed"
    assert amounts(await shown(api, path)) == ("paid", "0.00", "10.00")
    assert await ledger(api, payment) == {"2000": Decimal(10), "1000": Decimal(-10)}


async def test_a_draft_payment_does_nothing_until_it_is_submitted(api: Api) -> None:
    path = await make(api, INVOICE, invoice("10.00"))
    payment = await make(api, AR_PAYMENT, ar_payment(pays(path, "10.00"), state="draft"))
    assert amounts(await shown(api, path)) == ("posted", "10.00", "0.00")
    assert (await act(api, payment, "submit")).json()["ia::result"]["state"] == "completed"
    assert amounts(await shown(api, path)) == ("paid", "0.00", "10.00")
    kept = await send(api, "DELETE", payment)
    assert kept.details == "A payment in state complete cannot be deleted"
    draft = await make(api, AR_PAYMENT, ar_payment(state="draft"))
    assert (await send(api, "DELETE", draft)).status == 204


async def test_a_credit_memo_and_an_advance_pay_an_invoice_with_cash(api: Api) -> None:
    path = await make(api, INVOICE, invoice("100.00"))
    memo_lines = [{"txnCurrency": {"amount": "-30.00"}, "glAccount": {"id": "4000"}}]
    memo = await make(
        api,
        AR_ADJUSTMENT,
        {
            "customer": {"key": "1"},
            "createdDate": "2026-11-02",
            "lines": [{**one, "dimensions": {"location": {"key": "1"}}} for one in memo_lines],
        },
    )
    advance = await make(
        api,
        AR_ADVANCE,
        {
            "customer": {"key": "1"},
            "paymentInformation": {"receiptDate": "2026-11-03", "financialEntity": {"id": "OPERATING"}},
            "items": [line("50.00", glAccount={"id": "2210"})],
        },
    )
    before = await due(api, CUSTOMER)
    payment = await make(
        api,
        AR_PAYMENT,
        ar_payment(
            pays(
                path,
                "50.00",
                adjustmentAmount="30.00",
                postedAdvanceAmount="20.00",
                arAdjustment={"key": key(memo)},
                postedAdvance={"key": key(advance)},
            )
        ),
    )
    assert amounts(await shown(api, path)) == ("paid", "0.00", "100.00")
    used = await shown(api, memo)
    assert (used["state"], used["txnCurrency"]["totalDue"], used["txnCurrency"]["totalPaid"]) == (
        "paid",
        "0.00",
        "-30.00",
    )
    rest = await shown(api, advance)
    assert (rest["state"], rest["paymentInformation"]["totalTxnAmountDue"]) == ("partiallyPaid", "30.00")
    # The memo was off the balance before; the advance and the cash come off now.
    assert await due(api, CUSTOMER) == before - 70
    assert await ledger(api, payment) == {
        "1000": Decimal(50),
        "2210": Decimal(20),
        "1200": Decimal(-70),
    }
    assert (await act(api, memo, "reverse")).status == 400
    assert (await act(api, payment, "reverse")).status == 200
    assert (await shown(api, memo))["txnCurrency"]["totalDue"] == "-30.00"
    assert (await shown(api, advance))["paymentInformation"]["totalTxnAmountDue"] == "50.00"
    assert (await act(api, memo, "reverse")).json()["ia::result"]["state"] == "reversal"


async def test_a_debit_memo_and_an_advance_pay_a_bill_without_cash(api: Api) -> None:
    path = await posted_bill(api, "100.00")
    memo = await make(
        api,
        AP_ADJUSTMENT,
        {"vendor": {"key": "1"}, "createdDate": "2026-11-02", "lines": [line("-40.00")]},
    )
    advance = await make(
        api,
        AP_ADVANCE,
        {
            "vendor": {"key": "1"},
            "advanceDate": "2026-11-02",
            "lines": [line("60.00", glAccount={"id": "1500"})],
            **BANK,
        },
    )
    assert await ledger(api, advance) == {"1500": Decimal(60), "1000": Decimal(-60)}
    assert await ledger(api, memo) == {"1000": Decimal(-40), "2000": Decimal(40)}
    payment = await make(
        api,
        AP_PAYMENT,
        ap_payment(
            pays(
                path,
                "0.00",
                adjustmentAmount="40.00",
                postedAdvanceAmount="60.00",
                apDebitAdjustment={"key": key(memo)},
                apPostedAdvance={"key": key(advance)},
            )
        ),
    )
    assert amounts(await shown(api, path)) == ("paid", "0.00", "100.00")
    assert (await shown(api, advance))["txnTotalDue"] == "0.00"
    assert (await shown(api, memo))["txnTotalDue"] == "0.00"
    assert await ledger(api, payment) == {"2000": Decimal(60), "1500": Decimal(-60)}


async def test_a_memo_is_not_paid_and_a_bill_is_not_taken(api: Api) -> None:
    first, second = await posted_bill(api, "10.00"), await posted_bill(api, "10.00")
    taken = pays(first, "1.00", inlineAmount="1.00", inlineBill={"key": key(second)})
    answer = await send(api, "POST", AP_PAYMENT, ap_payment(taken))
    assert answer.details == f"The bill {key(second)} raises what is owed"
    memo = await make(
        api, AP_ADJUSTMENT, {"vendor": {"key": "1"}, "createdDate": "2026-11-02", "lines": [line("-4.00")]}
    )
    paid = {"apCreditAdjustment": {"key": key(memo)}, "txnCurrency": {"paymentAmount": "1.00"}}
    answer = await send(api, "POST", AP_PAYMENT, ap_payment(paid))
    assert answer.details == f"The adjustment {key(memo)} lowers what is owed"


async def test_with_the_quirk_every_adjustment_lowers(api: Api) -> None:
    api.quirks.set("adjustment-sign", "lowers")
    before = await due(api, VENDOR)
    memo = await make(
        api, AP_ADJUSTMENT, {"vendor": {"key": "1"}, "createdDate": "2026-11-02", "lines": [line("4.00")]}
    )
    assert await due(api, VENDOR) == before - 4
    path = await posted_bill(api, "4.00")
    detail = pays(path, "0.00", adjustmentAmount="4.00", apDebitAdjustment={"key": key(memo)})
    await make(api, AP_PAYMENT, ap_payment(detail))
    assert (await shown(api, path))["state"] == (await shown(api, memo))["state"] == "paid"
    assert await due(api, VENDOR) == before


async def test_what_pays_is_not_deleted_and_what_is_paid_is_not_changed(api: Api) -> None:
    path = await posted_bill(api, "10.00")
    payment = await make(api, AP_PAYMENT, ap_payment(pays(path, "4.00")))
    for method, at, payload in (
        ("DELETE", payment, None),
        ("PATCH", payment, {"description": "x"}),
        ("DELETE", path, None),
        ("PATCH", path, {"description": "x"}),
    ):
        answer = await send(api, method, at, payload)
        assert answer.status == 400, (method, at)
        assert "cannot be" in answer.details
    row = (await shown(api, path))["lines"][0]["key"]
    added = await send(api, "PATCH", f"{BILL}-line/{row}", {"txnAmount": "99.00"})
    assert "state partiallyPaid cannot be changed" in added.details


async def test_vendors_who_are_not_to_be_paid_are_not(api: Api) -> None:
    path = await posted_bill(api, "10.00")
    for change, says in (
        ({"doNotPay": True}, "not to be paid"),
        ({"doNotPay": False, "isOnHold": True}, "on hold"),
    ):
        assert (await send(api, "PATCH", VENDOR, change)).status == 200
        answer = await send(api, "POST", AP_PAYMENT, ap_payment(pays(path, "1.00")))
        assert says in answer.details


async def test_payments_of_a_day_share_their_summary(api: Api) -> None:
    path = await posted_bill(api, "10.00")
    first = await shown(api, await make(api, AP_PAYMENT, ap_payment(pays(path, "1.00"))))
    second = await shown(api, await make(api, AP_PAYMENT, ap_payment(pays(path, "2.00"))))
    later = await shown(
        api, await make(api, AP_PAYMENT, ap_payment(pays(path, "3.00"), paymentDate="2026-11-11"))
    )
    assert first["paymentSummary"]["key"] == second["paymentSummary"]["key"] != later["paymentSummary"]["key"]
    summary = await shown(api, f"/objects/accounts-payable/summary/{first['paymentSummary']['key']}")
    assert (summary["glPostingDate"], summary["state"], summary["totalAmount"]) == (
        "2026-11-10",
        "open",
        "3.00",
    )
    await send(api, "PATCH", f"/objects/accounts-payable/summary/{summary['key']}", {"state": "closed"})
    closed = ap_payment(pays(path, "1.00"), paymentSummary={"key": summary["key"]})
    assert (await send(api, "POST", AP_PAYMENT, closed)).details == "The summary is closed"


async def test_closed_books_take_no_payment(api: Api) -> None:
    path = await posted_bill(api, "10.00")
    api.quirks.set("closed-periods", "2026-11-15")
    answer = await send(api, "POST", AP_PAYMENT, ap_payment(pays(path, "1.00")))
    assert answer.details == "The period of 2026-11-10 is closed"
