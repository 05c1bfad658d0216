"""How much the company may ask of the API: its performance tier, and the transactions of this month."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, administrators
from intacct_sandbox.limits import tiers, usage
from intacct_sandbox.limits.tiers import TIERS, Tier
from intacct_sandbox.pages.forms import Form

_PATH: Final = "/admin/api-usage"


class ApiUsagePages:
    """The page of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store
        self._clock = administration.clock

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        return [door.inside(_PATH, administrators(self.show), administrators(self.save))]

    def show(self, visit: Page) -> Response:
        tier = self._tier(visit)
        form = Form.of(tier=tier.name if tier is not None else tiers.NONE)
        return visit.show("api_usage.html", form=form, **self._context(visit, tier))

    def save(self, visit: Page) -> Response:
        form, key = visit.form, visit.who.company.key
        wanted = form.text("tier")
        held = self._tier(visit)
        # A custom tier comes from the control plane; here it can only be kept.
        if held is None or wanted != held.name:
            form.attempt(lambda: tiers.give(self._store, key, wanted))
        if form.errors:
            return visit.again("api_usage.html", **self._context(visit, held))
        said = "has no limits" if wanted == tiers.NONE else f"has tier {wanted}"
        return visit.go(f"/company{_PATH}", f"The company {said} now.")

    def _tier(self, visit: Page) -> Tier | None:
        return tiers.of(self._store, visit.who.company.key)

    def _context(self, visit: Page, tier: Tier | None) -> dict[str, Any]:
        now = self._clock.now()
        choices = [(tiers.NONE, "No limits"), *((name, f"Tier {name}") for name in TIERS)]
        if tier is not None and tier.name == tiers.CUSTOM:
            choices.append((tiers.CUSTOM, "Custom"))
        return {
            "tier": tier,
            "tiers": [tier] if tier is not None and tier.name == tiers.CUSTOM else [],
            "known": list(TIERS.values()),
            "choices": choices,
            "month": f"{now:%B %Y}",
            "transactions": usage.of(self._store, visit.who.company.key, now),
        }
