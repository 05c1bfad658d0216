"""Currencies: a company's base currency, the rate of a day, and how many places an amount has.

Rates are the company's own records (`company-config/exchange-rate` with lines by day). The base currency is
the US dollar unless the location of an entity says another; the API has no object that sets a company's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.behaviour import Draft, Ledger, day
from intacct_sandbox.objects.definitions import Kind
from intacct_sandbox.objects.documents import Currency
from intacct_sandbox.objects.errors import Breach, RuleBroken
from intacct_sandbox.objects.kinds import Native

BASE: Final = "USD"

# Currencies whose smallest unit is the whole one (ISO 4217); every other amount has two places here, for
# money on the wire has two.
_WITHOUT_PLACES: Final = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"})

_RATE: Final = "company-config/exchange-rate"
_RATE_LINE: Final = "company-config/exchange-rate-line"
_RATE_TYPE: Final = "company-config/exchange-rate-type"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many units of the base currency one unit of another is worth, from a day on.

    Attributes:
        type_id: The kind of rate; None where the caller gave the rate itself.
    """

    value: Decimal
    on: date | None
    type_id: str | None


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount in the places of its currency, half a unit away from zero."""
    unit = Decimal(1) if currency in _WITHOUT_PLACES else Decimal("0.01")
    return amount.quantize(unit, ROUND_HALF_UP).quantize(Decimal("0.01"))


def base_currency(ledger: Ledger, entity_key: int | None) -> str:
    """The base currency of an entity, or of the company."""
    if entity_key is None:
        return BASE
    found = ledger.store.one(
        "SELECT baseCurrency FROM company_config__location"
        " WHERE company_key = ? AND entity_key = ? AND locationType = 'entity'",
        (ledger.author.company_key, entity_key),
    )
    return str(found[0]) if found is not None and found[0] is not None else BASE


def settle_currency(ledger: Ledger, draft: Draft, paths: Currency, *, on: Native, base: str) -> None:
    """Complete the currencies of a new record and the rate between them.

    Args:
        ledger: The company's rows.
        draft: The record.
        paths: Where they stand in it.
        on: The day whose rate counts, unless the record names another.
        base: The base currency.

    Raises:
        RuleBroken: The base currency is another, or there is no rate for the day.
    """
    draft.default(paths.base, base)
    draft.default(paths.txn, base)
    given = draft.values[paths.base]
    if given != base:
        raise RuleBroken(
            Breach(f"The base currency is {base}, not {given}", pointer=_at(draft, paths.base)),
        )
    currency = str(draft.values[paths.txn])
    own_rate = draft.values.get(paths.rate)
    counted_on = day(draft.values.get(paths.rate_date)) or day(on)
    if own_rate is not None:
        _check_rate(draft, paths, own_rate)
        draft.default(paths.rate_date, counted_on)
        return
    rate = _rate(ledger, draft, paths, currency=currency, base=base, on=counted_on)
    draft.values[paths.rate] = _kept(draft, paths.rate, rate.value)
    draft.default(paths.rate_date, counted_on)
    if rate.type_id is not None:
        draft.default(paths.rate_type, rate.type_id)


def _check_rate(draft: Draft, paths: Currency, rate: Native) -> None:
    try:
        is_positive = Decimal(str(rate)) > 0
    except ArithmeticError:
        is_positive = False
    if not is_positive:
        raise RuleBroken(Breach("A rate of exchange is above zero", pointer=_at(draft, paths.rate)))


def _rate(
    ledger: Ledger, draft: Draft, paths: Currency, *, currency: str, base: str, on: date | None
) -> Rate:
    if currency == base:
        return Rate(Decimal(1), on, None)
    type_key, type_id = _type(ledger, draft, paths)
    value = find_rate(ledger, currency, base, type_key, on) if on is not None else None
    if value is None:
        shown = on.isoformat() if on is not None else "that day"
        raise RuleBroken(
            Breach(
                f"There is no exchange rate from {currency} to {base} for {shown}",
                "invalidConfiguration",
                pointer=_at(draft, paths.txn),
            )
        )
    return Rate(value, on, type_id)


def find_rate(ledger: Ledger, currency: str, base: str, type_key: int | None, on: date) -> Decimal | None:
    """The newest rate up to a day, of one kind or of any, or what the other direction says of it."""
    forward = _rate_line(ledger, currency, base, type_key, on)
    if forward is not None and forward["rate"]:
        return Decimal(str(forward["rate"]))
    backward = _rate_line(ledger, base, currency, type_key, on)
    if backward is None:
        return None
    if backward["reciprocalRate"]:
        return Decimal(str(backward["reciprocalRate"]))
    return Decimal(1) / Decimal(str(backward["rate"])) if backward["rate"] else None


def _rate_line(
    ledger: Ledger, currency: str, base: str, type_key: int | None, on: date
) -> Mapping[str, float | None] | None:
    of_type = "" if type_key is None else f" AND r.exchangeRateType = {type_key:d}"
    found = ledger.store.one(
        f"SELECT l.rate, l.reciprocalRate FROM {registry.ALL[_RATE_LINE].table} AS l"  # noqa: S608 - own names
        f" JOIN {registry.ALL[_RATE].table} AS r"
        " ON r.company_key = l.company_key AND r.key = l.exchangeRate"
        f" WHERE l.company_key = ? AND r.fromCurrency = ? AND r.toCurrency = ?{of_type}"
        " AND l.effectiveStartDate <= ? ORDER BY l.effectiveStartDate DESC, l.key DESC",
        (ledger.author.company_key, currency, base, on.isoformat()),
    )
    return dict(found) if found is not None else None


def _type(ledger: Ledger, draft: Draft, paths: Currency) -> tuple[int | None, str | None]:
    """The kind of rate that a record names, by its name or key, or the company's default."""
    wanted = draft.values.get(paths.rate_type)
    found = ledger.store.one(
        f"SELECT key, name FROM {registry.ALL[_RATE_TYPE].table} WHERE company_key = ?"  # noqa: S608 - own names
        " AND CASE WHEN ? IS NULL THEN isDefault = 1 ELSE name = ? OR CAST(key AS TEXT) = ? END",
        (ledger.author.company_key, wanted, wanted, wanted),
    )
    if found is not None:
        return int(found[0]), str(found[1] or found[0])
    if wanted is None:
        return None, None
    at = _at(draft, paths.rate_type)
    raise RuleBroken(Breach(f"There is no {_RATE_TYPE} with id {wanted}", "invalidKey", pointer=at))


def _kept(draft: Draft, path: str, value: Decimal) -> Native:
    """A rate as its field keeps it: some objects write it in a string."""
    return str(value) if draft.definition.fields[path].kind is Kind.TEXT else float(value)


def _at(draft: Draft, path: str) -> str:
    return f"{draft.pointer}/{path.replace('.', '/')}"
