import pytest
from sandbox.tests.objects.books import Books, bill, opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects import RuleBroken, registry, workflows
from intacct_sandbox.objects.payments import ALL, Side

PAYMENT = "accounts-payable/payment"
BILL = "accounts-payable/bill"


@pytest.mark.parametrize("side", ALL.values(), ids=ALL)
def test_every_path_is_one_of_the_objects(side: Side) -> None:
    payment, detail = registry.ALL[side.name], registry.ALL[side.details]
    assert side.paid_on in payment.fields
    assert payment.references[side.partner].target == side.partner_object
    assert payment.references["paymentSummary"].target == side.summary
    assert detail.owner == registry.ALL[side.lines].owner == side.owner
    for use in (*side.pays, *side.takes):
        assert detail.references[use.reference].target == use.document.name
        assert detail.references[use.line].target == use.document.lines.name
        assert use.amount is None or f"txnCurrency.{use.amount}" in detail.fields


def posted(books: Books, *amounts: str) -> str:
    key = books.make(BILL, bill(*amounts))
    workflows.run(
        books.company.store, books.quirks, books.author(), registry.ALL[BILL], "submit", {"key": key}
    )
    return key


def payment(*details: tuple[str, str], **more: object) -> dict[str, object]:
    return {
        "vendor": {"id": "V1"},
        "financialEntity": {"entityId": "BANK"},
        "details": [
            {"bill": {"key": key}, "txnCurrency": {"paymentAmount": amount}} for key, amount in details
        ],
        **more,
    }


def test_one_payment_pays_many_bills(company: Company) -> None:
    books = opened(company)
    first, second = posted(books, "5.00"), posted(books, "3.00", "4.00")
    key = books.make(PAYMENT, payment((first, "5.00"), (second, "3.50")))
    assert books.shown(BILL, first)["state"] == "paid"
    assert books.shown(BILL, second)["totalTxnAmountDue"] == "3.50"
    shown = books.shown(PAYMENT, key)
    assert shown["txnCurrency"]["totalAmount"] == "8.50"
    assert len(shown["details"]) == len(shown["lines"]) == 2
    assert books.shown("accounts-payable/vendor", "1")["totalDue"] == "3.50"
    assert books.shown("accounts-payable/vendor", "1")["lastPaymentMadeDate"] == "2026-05-20"


def test_a_payment_s_day_is_the_day_it_is_made_unless_it_says_one(company: Company) -> None:
    books = opened(company)
    key = posted(books, "5.00")
    for more, day in (({}, "2026-05-20"), ({"paymentDate": "2026-05-03"}, "2026-05-03")):
        made = books.shown(PAYMENT, books.make(PAYMENT, payment((key, "1.00"), **more)))
        assert made["txnPaidDate"] == made["details"][0]["paymentDate"] == day
    wrong = payment((key, "1.00"), paymentSummary={"postingDate": "soon"})
    with pytest.raises(RuleBroken, match="must be a date"):
        books.make(PAYMENT, wrong)


def test_a_draft_can_be_changed_and_deleted(company: Company) -> None:
    books = opened(company)
    bill_key = posted(books, "5.00")
    key = books.make(PAYMENT, payment((bill_key, "1.00"), state="draft"))
    detail = books.shown(PAYMENT, key)["details"][0]["key"]
    books.change(PAYMENT, key, {"details": [{"key": detail, "txnCurrency": {"paymentAmount": "2.00"}}]})
    assert books.shown(PAYMENT, key)["txnCurrency"]["totalAmount"] == "2.00"
    books.drop(PAYMENT, key)
    assert company.store.is_empty("accounts_payable__payment_detail")


def test_an_inactive_vendor_is_not_paid(company: Company) -> None:
    books = opened(company)
    key = posted(books, "5.00")
    books.change("accounts-payable/vendor", "1", {"status": "inactive"})
    with pytest.raises(RuleBroken, match="The vendor is inactive"):
        books.make(PAYMENT, payment((key, "1.00")))
