"""The performance tiers, and which one a company has (`sage-intacct-rest.md` §7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row
from typing import Final

from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.store import Store

NONE: Final = "none"
CUSTOM: Final = "custom"
LARGEST_CONCURRENCY: Final = 1000
LARGEST_ENTITLEMENT: Final = 1_000_000_000

SCHEMA: Final = """
CREATE TABLE company_tier (
    company_key INTEGER PRIMARY KEY REFERENCES company (key),
    tier TEXT NOT NULL,
    per_application INTEGER NOT NULL,
    per_company INTEGER NOT NULL,
    offline INTEGER NOT NULL,
    transactions INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What a company has bought.

    Attributes:
        name: `1` to `4`, or `custom`, which is Sage's tier 5.
        per_application: Requests of one client application at once.
        per_company: Requests of all of them at once.
        offline: Asynchronous jobs at once; shown, and not enforced.
        transactions: A month's entitlement. More are paid for and never refused.
    """

    name: str
    per_application: int
    per_company: int
    offline: int
    transactions: int


TIERS: Final[Mapping[str, Tier]] = {
    tier.name: tier
    for tier in (
        Tier(name="1", per_application=6, per_company=8, offline=1, transactions=100_000),
        Tier(name="2", per_application=8, per_company=10, offline=2, transactions=250_000),
        Tier(name="3", per_application=12, per_company=15, offline=3, transactions=1_000_000),
        Tier(name="4", per_application=15, per_company=20, offline=4, transactions=2_500_000),
    )
}
NAMES: Final = (NONE, *TIERS, CUSTOM)


def of(store: Store, company_key: int) -> Tier | None:
    """The tier of a company; None where nothing is limited."""
    row = store.one("SELECT * FROM company_tier WHERE company_key = ?", (company_key,))
    return _tier(row) if row is not None else None


def give(store: Store, company_key: int, name: str) -> Tier | None:
    """Give a company one of Sage's tiers, or none.

    Raises:
        InvalidInput: There is no tier of that name; a custom one is given by `give_custom`.
    """
    if name == NONE:
        store.execute("DELETE FROM company_tier WHERE company_key = ?", (company_key,))
        return None
    tier = TIERS.get(name)
    if tier is None:
        raise InvalidInput("tier", f"tier must be one of {', '.join(NAMES)}.")
    return _give(store, company_key, tier)


def give_custom(
    store: Store, company_key: int, *, per_application: int, per_company: int, transactions: int
) -> Tier:
    """Give a company a tier of its own, as small as a test wants it.

    Raises:
        InvalidInput: A number is out of bounds.
    """
    _check("per_application", per_application, LARGEST_CONCURRENCY)
    _check("per_company", per_company, LARGEST_CONCURRENCY)
    _check("transactions", transactions, LARGEST_ENTITLEMENT)
    tier = Tier(
        name=CUSTOM,
        per_application=per_application,
        per_company=per_company,
        offline=1,
        transactions=transactions,
    )
    return _give(store, company_key, tier)


def _give(store: Store, company_key: int, tier: Tier) -> Tier:
    store.execute(
        "INSERT OR REPLACE INTO company_tier"
        " (company_key, tier, per_application, per_company, offline, transactions)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            company_key,
            tier.name,
            tier.per_application,
            tier.per_company,
            tier.offline,
            tier.transactions,
        ),
    )
    return tier


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise InvalidInput(name, f"{name} must be a whole number from 1 to {most}.")


def _tier(row: Row) -> Tier:
    return Tier(
        name=row["tier"],
        per_application=row["per_application"],
        per_company=row["per_company"],
        offline=row["offline"],
        transactions=row["transactions"],
    )
