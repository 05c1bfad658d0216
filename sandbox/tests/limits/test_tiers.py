import pytest

from intacct_sandbox.app import Sandbox
from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.identity import companies
from intacct_sandbox.limits import tiers
from intacct_sandbox.limits.tiers import TIERS


def key(sandbox: Sandbox) -> int:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    return company.key


def test_no_company_is_limited_at_first(sandbox: Sandbox) -> None:
    assert tiers.of(sandbox.store, key(sandbox)) is None


@pytest.mark.parametrize("name", TIERS)
def test_a_tier_is_given_and_taken_back(name: str, sandbox: Sandbox) -> None:
    tiers.give(sandbox.store, key(sandbox), name)
    assert tiers.of(sandbox.store, key(sandbox)) == TIERS[name]
    tiers.give(sandbox.store, key(sandbox), tiers.NONE)
    assert tiers.of(sandbox.store, key(sandbox)) is None


def test_a_tier_nobody_sells_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInput, match="none, 1, 2, 3, 4, custom"):
        tiers.give(sandbox.store, key(sandbox), "9")


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1001, 1, 1)])
def test_a_custom_tier_has_bounds(numbers: tuple[int, int, int], sandbox: Sandbox) -> None:
    application, company, transactions = numbers
    with pytest.raises(InvalidInput, match="whole number"):
        tiers.give_custom(
            sandbox.store,
            key(sandbox),
            per_application=application,
            per_company=company,
            transactions=transactions,
        )
