from datetime import date
from decimal import Decimal

import pytest
from sandbox.tests.objects.books import opened
from sandbox.tests.objects.conftest import Company

from intacct_sandbox.objects.behaviour import Ledger
from intacct_sandbox.objects.currencies import base_currency, find_rate, rounded


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [("1.005", "USD", "1.01"), ("-1.005", "USD", "-1.01"), ("1.5", "JPY", "2.00"), ("1.004", "EUR", "1.00")],
)
def test_half_a_unit_goes_away_from_zero(amount: str, currency: str, shown: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == shown


def test_the_newest_rate_of_its_kind_counts(company: Company) -> None:
    books = opened(company)
    kind = books.make("company-config/exchange-rate-type", {"name": "Daily"})
    lines = [
        {"effectiveStartDate": "2026-05-01", "rate": 2},
        {"effectiveStartDate": "2026-05-03", "rate": 4, "reciprocalRate": 0.25},
    ]
    books.make(
        "company-config/exchange-rate",
        {"exchangeRateType": {"key": kind}, "fromCurrency": "EUR", "toCurrency": "USD", "lines": lines},
    )
    ledger = Ledger(company.store, books.quirks, books.author())
    for currency, base, type_key, day, rate in (
        ("EUR", "USD", int(kind), 1, 2),
        ("EUR", "USD", None, 9, 4),
        ("USD", "EUR", None, 2, "0.5"),
        ("USD", "EUR", None, 3, "0.25"),
    ):
        assert find_rate(ledger, currency, base, type_key, date(2026, 5, day)) == Decimal(rate)
    assert find_rate(ledger, "EUR", "USD", None, date(2026, 4, 30)) is None
    assert find_rate(ledger, "EUR", "USD", int(kind) + 1, date(2026, 5, 9)) is None
    assert find_rate(ledger, "GBP", "USD", None, date(2026, 5, 9)) is None


def test_a_base_currency_is_the_entity_s_or_the_dollar(company: Company) -> None:
    books = opened(company)
    ledger = Ledger(company.store, books.quirks, books.author())
    assert base_currency(ledger, None) == base_currency(ledger, company.entities[0]) == "USD"
    writer = company.writer()
    writer.add(
        "company-config/location",
        {"id": "East", "locationType": "entity", "baseCurrency": "EUR"},
        entity_key=company.entities[1],
    )
    writer.flush()
    assert base_currency(ledger, company.entities[1]) == "EUR"
