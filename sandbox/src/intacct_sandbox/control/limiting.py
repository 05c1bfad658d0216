"""The control plane's part about limits: the tier of each company, its month, its traffic."""

from collections.abc import Mapping
from typing import Any, Final

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.control.plane import Json, only
from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.identity import companies
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.limits import Limits, tiers, usage
from intacct_sandbox.store import Store

_NUMBERS: Final = ("per_application", "per_company", "transactions")


class TierPlane:
    """The limits of all companies."""

    def __init__(self, store: Store, clock: SandboxClock, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits

    def every(self) -> Json:
        """What each company may ask, and what it did."""
        return {"limits": [self._one(company) for company in companies.every(self._store)]}

    def give(self, wanted: Mapping[str, Any]) -> Json:
        """Give a company a tier.

        Args:
            wanted: `company` and `tier`; of a custom one also `per_application`, `per_company` and perhaps
                `transactions`, a month's entitlement.

        Raises:
            InvalidInput: There is no such company or tier, or a number can't be used.
        """
        only(wanted, "company", "tier", *_NUMBERS)
        named = wanted.get("company")
        company = companies.find(self._store, named) if isinstance(named, str) else None
        if company is None:
            raise InvalidInput("company", "There is no such company.")
        tier = str(wanted.get("tier", ""))
        if tier == tiers.CUSTOM:
            tiers.give_custom(
                self._store,
                company.key,
                per_application=_whole(wanted, "per_application"),
                per_company=_whole(wanted, "per_company"),
                transactions=_whole(wanted, "transactions", tiers.LARGEST_ENTITLEMENT),
            )
            return self._one(company)
        for name in _NUMBERS:
            if name in wanted:
                raise InvalidInput(name, f"Only the tier {tiers.CUSTOM} has numbers of its own.")
        tiers.give(self._store, company.key, tier)
        return self._one(company)

    def _one(self, company: Company) -> Json:
        tier = tiers.of(self._store, company.key)
        now = self._clock.now()
        load = self._limits.load(company.id)
        return {
            "company": company.id,
            "tier": tier.name if tier is not None else tiers.NONE,
            "per_application": tier.per_application if tier is not None else None,
            "per_company": tier.per_company if tier is not None else None,
            "month": usage.month(now),
            "transactions": usage.of(self._store, company.key, now),
            "entitlement": tier.transactions if tier is not None else None,
            "under_way": load.under_way,
            "most_at_once": load.most,
            "refused": load.refused,
        }


def _whole(wanted: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = wanted.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise InvalidInput(name, f"{name} must be a whole number.")
