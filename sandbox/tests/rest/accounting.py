"""Payloads of documents and payments, and calls that tests of accounting share."""

import json
from decimal import Decimal
from typing import Any

from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api

BILL = "/objects/accounts-payable/bill"
INVOICE = "/objects/accounts-receivable/invoice"
AP_PAYMENT = "/objects/accounts-payable/payment"
AR_PAYMENT = "/objects/accounts-receivable/payment"
AP_ADJUSTMENT = "/objects/accounts-payable/adjustment"
AR_ADJUSTMENT = "/objects/accounts-receivable/adjustment"
AP_ADVANCE = "/objects/accounts-payable/advance"
AR_ADVANCE = "/objects/accounts-receivable/advance"
ENTRY = "/objects/general-ledger/journal-entry"
VENDOR = "/objects/accounts-payable/vendor/1"
CUSTOMER = "/objects/accounts-receivable/customer/1"
BANK = {"financialEntity": {"entityId": "OPERATING"}}


def line(amount: str, **more: Any) -> dict[str, Any]:
    return {
        "txnAmount": amount,
        "glAccount": {"id": "1000"},
        "dimensions": {"location": {"key": "1"}},
        **more,
    }


def bill(*amounts: str, **more: Any) -> dict[str, Any]:
    return {
        "billNumber": "B-1",
        "vendor": {"key": "1"},
        "createdDate": "2026-11-01",
        "dueDate": "2026-11-30",
        "currency": {"txnCurrency": "USD"},
        "lines": [line(amount) for amount in amounts],
        **more,
    }


def invoice(*amounts: str, **more: Any) -> dict[str, Any]:
    return {
        "customer": {"key": "1"},
        "invoiceDate": "2026-11-01",
        "dueDate": "2026-11-30",
        "lines": [line(amount) for amount in amounts],
        **more,
    }


def entry(*lines: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "glJournal": {"id": "GJ"},
        "postingDate": "2026-11-01",
        "lines": [line(amount, txnType=side) for side, amount in lines],
        **more,
    }


def ap_payment(*details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "vendor": {"key": "1"},
        "paymentMethod": "EFT",
        "paymentDate": "2026-11-10",
        "details": list(details),
        **BANK,
        **more,
    }


def ar_payment(*details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "customer": {"key": "1"},
        "paymentMethod": "EFT",
        "paymentSummary": {"receiptDate": "2026-11-10"},
        "paymentDetails": list(details),
        **BANK,
        **more,
    }


def pays(path: str, amount: str, **more: Any) -> dict[str, Any]:
    """A detail that pays a bill or an invoice by cash, and by what else is given."""
    reference = "bill" if path.startswith(BILL) else "arInvoice"
    takes = {name: value for name, value in more.items() if isinstance(value, str)}
    links = {name: value for name, value in more.items() if not isinstance(value, str)}
    return {reference: {"key": key(path)}, "txnCurrency": {"paymentAmount": amount, **takes}, **links}


def key(path: str) -> str:
    return path.rpartition("/")[2]


async def send(api: Api, method: str, path: str, payload: Any = None) -> Response:
    return await api.call(method, path, body=json.dumps(payload).encode() if payload is not None else b"")


async def make(api: Api, path: str, payload: Any) -> str:
    answer = await send(api, "POST", path, payload)
    assert answer.status == 201, answer.body
    return f"{path}/{answer.json()['ia::result']['key']}"


async def posted_bill(api: Api, *amounts: str, **more: Any) -> str:
    """A bill that is submitted."""
    path = await make(api, BILL, bill(*amounts, **more))
    assert (await act(api, path, "submit")).status == 200
    return path


async def shown(api: Api, path: str) -> dict[str, Any]:
    record: dict[str, Any] = (await api.get(path)).json()["ia::result"]
    return record


async def act(api: Api, path: str, action: str, **more: Any) -> Response:
    _, _, application, name, number = path.split("/")
    return await send(api, "POST", f"/workflows/{application}/{name}/{action}", {"key": number, **more})


async def due(api: Api, path: str) -> Decimal:
    """What a vendor or customer has open."""
    return Decimal((await shown(api, path))["totalDue"] or "0.00")


async def ledger(api: Api, path: str) -> dict[str, Decimal]:
    """What a record has in the ledger: GL account -> debits less credits."""
    found = await api.query(
        {
            "object": "general-ledger/gl-detail",
            "fields": ["glAccount.id", "amount"],
            "filters": [
                {"$eq": {"source.object": path.removeprefix("/objects/").rpartition("/")[0]}},
                {"$eq": {"source.key": key(path)}},
            ],
            "size": 4000,
        }
    )
    sums: dict[str, Decimal] = {}
    for row in found.rows:
        sums[row["glAccount.id"]] = sums.get(row["glAccount.id"], Decimal(0)) + Decimal(row["amount"])
    return {account: amount for account, amount in sums.items() if amount}
