"""The general ledger by REST: postings, balances by period, reversal, rates, entities, refusals."""

import json
from decimal import Decimal
from typing import Any

import pytest
from sandbox.tests.rest.accounting import (
    AP_PAYMENT,
    BILL,
    ENTRY,
    INVOICE,
    act,
    ap_payment,
    bill,
    entry,
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

DETAIL = "general-ledger/gl-detail"


async def total(api: Api, *filters: dict[str, Any]) -> Decimal:
    found = await api.query({"object": DETAIL, "fields": ["amount"], "filters": list(filters), "size": 4000})
    start, rows = found.json()["ia::meta"]["next"], found.rows
    while start is not None:
        page = await api.query(
            {"object": DETAIL, "fields": ["amount"], "filters": list(filters), "size": 4000, "start": start}
        )
        start, rows = page.json()["ia::meta"]["next"], rows + page.rows
    return sum((Decimal(row["amount"]) for row in rows), Decimal(0))


async def owed(api: Api, partners: str) -> Decimal:
    found = await api.query({"object": partners, "fields": ["totalDue"], "size": 4000})
    return sum((Decimal(row["totalDue"] or 0) for row in found.rows), Decimal(0))


async def test_the_fixture_s_books_balance_and_its_subledgers_are_their_accounts(api: Api) -> None:
    assert await total(api) == 0
    payables = await total(api, {"$eq": {"glAccount.id": "2000"}})
    assert -payables == await owed(api, "accounts-payable/vendor") > 0
    receivables = await total(api, {"$eq": {"glAccount.id": "1200"}})
    assert receivables == await owed(api, "accounts-receivable/customer") > 0


async def test_a_bill_is_in_the_ledger_from_its_submit_to_its_reversal(api: Api) -> None:
    path = await make(api, BILL, bill("10.00", "5.00"))
    assert await ledger(api, path) == {}
    await act(api, path, "submit")
    assert await ledger(api, path) == {"1000": Decimal(15), "2000": Decimal(-15)}
    found = await api.query(
        {
            "object": DETAIL,
            "fields": [
                "postingDate",
                "moduleName",
                "documentNumber",
                "txnType",
                "debitAmount",
                "creditAmount",
                "dimensions.vendor.key",
                "dimensions.location.key",
                "journalEntry.key",
            ],
            "filters": [
                {"$eq": {"source.key": key(path)}},
                {"$eq": {"source.object": BILL.removeprefix("/objects/")}},
            ],
            "orderBy": [{"key": "asc"}],
        }
    )
    assert found.rows[0] == {
        "postingDate": "2026-11-01",
        "moduleName": "3.AP",
        "documentNumber": "B-1",
        "txnType": "debit",
        "debitAmount": "10.00",
        "creditAmount": None,
        "dimensions.vendor.key": "1",
        "dimensions.location.key": "1",
        "journalEntry.key": None,
    }
    assert [row["txnType"] for row in found.rows] == ["debit", "credit"] * 2
    await act(api, path, "reverse", reverseDate="2026-11-20")
    mirrored = f"{BILL}/{int(key(path)) + 1}"
    reversal = await shown(api, mirrored)
    assert (reversal["state"], reversal["totalTxnAmount"], reversal["totalTxnAmountDue"]) == (
        "reversal",
        "-15.00",
        "0.00",
    )
    assert (reversal["postingDate"], reversal["vendor"]["key"]) == ("2026-11-20", "1")
    assert [one["txnAmount"] for one in reversal["lines"]] == ["-10.00", "-5.00"]
    assert await ledger(api, mirrored) == {"1000": Decimal(-15), "2000": Decimal(15)}


async def test_a_changed_invoice_changes_its_lines_and_a_deleted_one_has_none(api: Api) -> None:
    path = await make(api, INVOICE, invoice("10.00"))
    assert await ledger(api, path) == {"1200": Decimal(10), "1000": Decimal(-10)}
    only = (await shown(api, path))["lines"][0]["key"]
    await send(api, "PATCH", path, {"lines": [{"key": only, "txnAmount": "12.00"}]})
    assert await ledger(api, path) == {"1200": Decimal(12), "1000": Decimal(-12)}
    assert (await send(api, "DELETE", path)).status == 204
    assert await ledger(api, path) == {}


async def test_lines_of_entries_are_detail_too_and_drafts_are_not(api: Api) -> None:
    posted = await make(api, ENTRY, entry(("debit", "10.00"), ("credit", "10.00")))
    draft = await make(api, ENTRY, entry(("debit", "10.00"), state="draft"))
    for path, amounts in ((posted, ["10.00", "-10.00"]), (draft, [])):
        found = await api.query(
            {
                "object": DETAIL,
                "fields": ["amount", "moduleName"],
                "filters": [{"$eq": {"journalEntry.key": key(path)}}],
                "orderBy": [{"key": "asc"}],
            }
        )
        assert [row["amount"] for row in found.rows] == amounts
        assert {row["moduleName"] for row in found.rows} <= {"2.GL"}


async def test_balances_by_period_are_sums_of_detail(api: Api) -> None:
    periods = await api.query(
        {
            "object": "general-ledger/reporting-period",
            "fields": ["startDate", "endDate"],
            "orderBy": [{"startDate": "asc"}],
        }
    )
    last = periods.rows[-1]
    in_it = {"$between": {"postingDate": [last["startDate"], last["endDate"]]}}
    assert await total(api, in_it) == 0
    of_cash = {"$eq": {"glAccount.id": "1000"}}
    opening = await total(api, of_cash, {"$lt": {"postingDate": last["startDate"]}})
    closing = await total(api, of_cash, {"$lte": {"postingDate": last["endDate"]}})
    assert closing - opening == await total(api, of_cash, in_it)


async def test_detail_is_read_only(api: Api) -> None:
    first = (await api.get(f"/objects/{DETAIL}?size=1")).rows[0]
    assert (await shown(api, first["href"]))["txnType"] in {"debit", "credit"}
    for method, at in (("POST", f"/objects/{DETAIL}"), ("PATCH", first["href"]), ("DELETE", first["href"])):
        assert (await send(api, method, at, {})).status == 405


async def test_detail_is_an_entity_s_own(api: Api) -> None:
    east = await api.query(
        {"object": DETAIL, "fields": ["entity.id"], "size": 4000}, token=api.token("Admin", "East Region")
    )
    assert {row["entity.id"] for row in east.rows} == {"East Region"}


async def test_an_entry_is_reversed_on_the_day_it_says(api: Api) -> None:
    path = await make(
        api,
        ENTRY,
        entry(
            ("debit", "10.00"), ("credit", "10.00"), automaticReversalDate="2026-12-01", description="Accrual"
        ),
    )
    made = await shown(api, path)
    reversal = await shown(api, f"{ENTRY}/{made['reversedBy']['key']}")
    assert (reversal["postingDate"], reversal["reversedFromDate"], reversal["state"]) == (
        "2026-12-01",
        "2026-11-01",
        "posted",
    )
    assert [one["txnType"] for one in reversal["lines"]] == ["credit", "debit"]
    assert reversal["txnNumber"] == made["txnNumber"] + 1
    for method in ("PATCH", "DELETE"):
        answer = await send(api, method, path, {"description": "x"})
        assert "A journal entry that is reversed cannot be" in answer.details
    early = entry(("debit", "1.00"), ("credit", "1.00"), automaticReversalDate="2026-11-01")
    assert "after the day it is posted on" in (await send(api, "POST", ENTRY, early)).details


async def test_an_entry_balances_in_each_entity_or_names_its_base(api: Api) -> None:
    places = await api.query(
        {
            "object": "company-config/location",
            "fields": ["key", "entity.id"],
            "filters": [{"$eq": {"locationType": "location"}}],
        }
    )
    east, west = (
        next(row["key"] for row in places.rows if row["entity.id"] == f"{name} Region")
        for name in ("East", "West")
    )
    sides = (("debit", east), ("credit", west))
    lines = [line("5.00", txnType=side, dimensions={"location": {"key": place}}) for side, place in sides]
    refused = await send(api, "POST", ENTRY, entry(lines=lines))
    assert refused.error["details"][1]["errorId"] == "GL-1009"
    assert refused.error["details"][1]["message"] == "Transactions do not balance for Place East Region,"
    assert (await send(api, "POST", ENTRY, entry(lines=lines, baseLocation={"key": east}))).status == 201
    api.quirks.set("entries-between-entities", "free")
    assert (await send(api, "POST", ENTRY, entry(lines=lines))).status == 201


async def test_what_takes_no_direct_postings_gets_none(api: Api) -> None:
    control = [line("5.00", txnType=side, glAccount={"id": "2000"}) for side in ("debit", "credit")]
    answer = await send(api, "POST", ENTRY, entry(lines=control))
    assert answer.details == "The GL account takes no direct postings"
    assert answer.error["details"][0]["target"] == "/lines/0/glAccount"


async def test_an_account_with_postings_is_not_deleted(api: Api) -> None:
    accounts = await api.query(
        {"object": "general-ledger/account", "fields": ["key"], "filters": [{"$eq": {"id": "2000"}}]}
    )
    answer = await send(api, "DELETE", f"/objects/general-ledger/account/{accounts.rows[0]['key']}")
    assert answer.status == 400
    assert "cannot be deleted" in answer.details


async def test_statistical_entries_need_no_balance_and_are_not_in_the_ledger(api: Api) -> None:
    before = await total(api)
    account = {
        "id": "S1",
        "name": "Heads",
        "reportType": "forPeriod",
        "requireDimensions": {"location": True},
    }
    assert (await send(api, "POST", "/objects/general-ledger/statistical-account", account)).status == 201
    journal = {"id": "SJ", "name": "Statistics"}
    assert (await send(api, "POST", "/objects/general-ledger/statistical-journal", journal)).status == 201
    one = {"txnType": "increase", "txnAmount": "12", "statisticalAccount": {"id": "S1"}}
    body = {"statisticalJournal": {"id": "SJ"}, "postingDate": "2026-11-01", "lines": [one]}
    where = "/objects/general-ledger/statistical-journal-entry"
    refused = await send(api, "POST", where, body)
    assert refused.details == "The GL account requires the dimension location"
    placed = {**body, "lines": [{**one, "dimensions": {"location": {"key": "1"}}}]}
    made = await shown(api, await make(api, where, placed))
    assert (made["state"], made["txnNumber"]) == ("posted", 1)
    assert await total(api) == before
    no_account = {**body, "lines": [{"txnType": "increase", "txnAmount": "12"}]}
    assert (await send(api, "POST", where, no_account)).details == "A line needs a statistical account"


# Currencies


async def rates(api: Api, *lines: tuple[str, float], from_: str = "EUR", to: str = "USD") -> None:
    kind = await make(
        api, "/objects/company-config/exchange-rate-type", {"name": f"Daily {from_}", "isDefault": True}
    )
    await make(
        api,
        "/objects/company-config/exchange-rate",
        {
            "exchangeRateType": {"key": key(kind)},
            "fromCurrency": from_,
            "toCurrency": to,
            "lines": [{"effectiveStartDate": day, "rate": rate} for day, rate in lines],
        },
    )


async def test_a_bill_takes_the_rate_of_its_day(api: Api) -> None:
    refused = await send(api, "POST", BILL, bill("10.00", currency={"txnCurrency": "EUR"}))
    assert refused.details == "There is no exchange rate from EUR to USD for 2026-11-01"
    await rates(api, ("2026-10-01", 1.5), ("2026-10-25", 1.25), ("2026-11-10", 2))
    made = await shown(api, await make(api, BILL, bill("10.01", currency={"txnCurrency": "EUR"})))
    assert (made["totalTxnAmount"], made["totalBaseAmount"]) == ("10.01", "12.51")
    assert made["currency"]["exchangeRate"] == {"date": "2026-11-01", "rate": 1.25, "typeId": "Daily EUR"}
    assert made["lines"][0]["currency"]["exchangeRate"]["rate"] == 1.25
    unknown = {"txnCurrency": "EUR", "exchangeRate": {"typeId": "None such"}}
    assert "exchange-rate-type" in (await send(api, "POST", BILL, bill("1.00", currency=unknown))).details


async def test_a_rate_of_the_other_direction_does_as_well(api: Api) -> None:
    await rates(api, ("2026-10-01", 4), from_="USD", to="EUR")
    made = await shown(api, await make(api, INVOICE, invoice("10.00", currency={"txnCurrency": "EUR"})))
    assert made["totalBaseAmount"] == "2.50"


async def test_a_payment_at_another_rate_posts_a_gain_or_a_loss(api: Api) -> None:
    await rates(api, ("2026-10-01", 1.25), ("2026-11-10", 1.5))
    path = await posted_bill(api, "10.00", "0.01", currency={"txnCurrency": "EUR"})
    euro = {"txnCurrency": {"currency": "EUR"}}
    for amount, cash in (("3.33", "5.00"), ("6.68", "10.02")):
        payment = await make(api, AP_PAYMENT, ap_payment(pays(path, amount), **euro))
        made = await shown(api, payment)
        assert (made["txnCurrency"]["totalAmount"], made["baseCurrency"]["totalAmount"]) == (amount, cash)
        posted = await ledger(api, payment)
        assert sum(posted.values()) == 0
        assert posted["1000"] == -Decimal(cash)
        assert posted["8010"] > 0
    paid = await shown(api, path)
    assert (paid["state"], paid["totalBaseAmountDue"]) == ("paid", "0.00")
    assert paid["paymentInformation"]["totalBaseAmountPaid"] == paid["totalBaseAmount"] == "12.51"


async def test_entries_take_rates_line_by_line(api: Api) -> None:
    await rates(api, ("2026-10-01", 1.25))
    euro = {"currency": {"txnCurrency": "EUR"}}
    lines = [line("8.00", txnType="debit", **euro), line("10.00", txnType="credit")]
    made = await shown(api, await make(api, ENTRY, entry(lines=lines)))
    assert [one["baseAmount"] for one in made["lines"]] == ["10.00", "10.00"]
    assert made["lines"][0]["currency"]["exchangeRate"] == 1.25


async def test_yen_have_no_places_in_a_base_of_yen(api: Api) -> None:
    found = await api.query(
        {
            "object": "company-config/location",
            "fields": ["key", "locationType"],
            "filters": [{"$eq": {"entity.id": "East Region"}}],
        }
    )
    places = {row["locationType"]: row["key"] for row in found.rows}
    at = f"/objects/company-config/location/{places['entity']}"
    assert (await send(api, "PATCH", at, {"baseCurrency": "JPY"})).status == 200
    rate = {"txnCurrency": "USD", "exchangeRate": {"rate": 150.333}}
    lines = [line("10.01", dimensions={"location": {"key": places["location"]}})]
    body = json.dumps(invoice(currency=rate, lines=lines)).encode()
    answer = await api.call("POST", INVOICE, token=api.token("Admin", "East Region"), body=body)
    assert answer.status == 201, answer.body
    made = await shown(api, f"{INVOICE}/{answer.json()['ia::result']['key']}")
    assert (made["currency"]["baseCurrency"], made["totalBaseAmount"]) == ("JPY", "1505.00")


@pytest.mark.parametrize("rate", [0, -1])
async def test_a_rate_is_above_zero(api: Api, rate: float) -> None:
    given = {"txnCurrency": "EUR", "exchangeRate": {"rate": rate}}
    answer = await send(api, "POST", BILL, bill("1.00", currency=given))
    assert answer.details == "A rate of exchange is above zero"
