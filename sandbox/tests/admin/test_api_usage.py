from sandbox.tests.pages.visiting import Site, Visitor

from intacct_sandbox.identity import companies
from intacct_sandbox.limits import tiers, usage

PAGE = "/company/admin/api-usage"


def key(site: Site) -> int:
    company = companies.find(site.store, "MyCompany")
    assert company is not None
    return company.key


def test_a_tier_is_given_and_taken_back(site: Site, administrator: Visitor) -> None:
    administrator.open("/company/admin").click("API Usage").press("Save", tier="3")
    assert tiers.of(site.store, key(site)) == tiers.TIERS["3"]
    assert "tier 3" in administrator.notice()
    administrator.press("Save", tier="none")
    assert tiers.of(site.store, key(site)) is None
    assert "no limits" in administrator.notice()


def test_a_tier_that_is_not_sold_is_refused(site: Site, administrator: Visitor) -> None:
    token = administrator.open(PAGE).csrf()
    administrator.post(PAGE, {"csrf": [token], "tier": ["gold"]})
    assert set(administrator.errors()) == {"tier"}
    assert tiers.of(site.store, key(site)) is None


def test_a_custom_tier_can_be_kept(site: Site, administrator: Visitor) -> None:
    held = tiers.give_custom(site.store, key(site), per_application=2, per_company=3, transactions=7)
    administrator.open(PAGE).press("Save")
    assert tiers.of(site.store, key(site)) == held


def test_the_transactions_of_the_month_are_shown(site: Site, administrator: Visitor) -> None:
    for _ in range(1234):
        usage.count(site.store, key(site), site.clock.now())
    tiers.give(site.store, key(site), "2")
    assert "1,234 of 250,000" in administrator.open(PAGE).text
