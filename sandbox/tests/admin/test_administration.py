from datetime import timedelta

import pytest
from sandbox.tests.pages.visiting import Site, Visitor, sign_in

from intacct_sandbox.admin.administration import in_words
from intacct_sandbox.identity import users
from intacct_sandbox.identity.companies import Company

SECURITY = "setup/company/edit/security"


@pytest.mark.parametrize(
    "path",
    [
        "menu",
        "admin",
        "setup",
        "setup/company",
        "setup/company/edit",
        "setup/entities",
        "admin/subscriptions",
        "admin/roles",
        "admin/roles/new",
        "admin/web-services-users",
        "admin/web-services-users/new",
        SECURITY,
        f"{SECURITY}/authorized-client-applications",
        f"{SECURITY}/authorized-client-applications/new",
        f"{SECURITY}/web-services-authorizations",
        f"{SECURITY}/web-services-authorizations/new",
    ],
)
def test_whoever_has_no_administrator_privileges_sees_nothing_of_it(path: str, visitor: Visitor) -> None:
    sign_in(visitor, "MyCompany", "clerk").open(f"/company/{path}")
    assert visitor.status == 403
    assert "for administrators" in visitor.text


def test_whoever_has_no_administrator_privileges_changes_nothing(
    site: Site, company: Company, visitor: Visitor
) -> None:
    token = sign_in(visitor, "MyCompany", "clerk").csrf()
    forged = {"csrf": [token], "id": ["Planted"], "user_name": ["x"], "account_email": ["x@example.com"]}
    assert visitor.post("/company/admin/web-services-users/new", forged).status == 403
    assert users.web_services(site.store, company.key) == []


def test_limited_privileges_are_enough(site: Site, company: Company, visitor: Visitor) -> None:
    sign_in(visitor, "MyCompany", "owner")
    owner = users.find(site.store, company.key, "owner")
    assert owner is not None
    site.store.execute("UPDATE company_user SET admin_privileges = 'limited' WHERE key = ?", (owner.key,))
    assert visitor.open("/company/admin").status == 200


def test_a_user_who_is_made_inactive_is_out_at_once(
    site: Site, company: Company, administrator: Visitor
) -> None:
    owner = users.find(site.store, company.key, "owner")
    assert owner is not None
    users.set_status(site.store, owner.key, "inactive")
    assert administrator.open("/company/admin").path == "/company/sign-in"


def test_the_visit_ends_with_the_session_and_each_page_prolongs_it(
    site: Site, company: Company, administrator: Visitor
) -> None:
    site.clock.stop_at(site.clock.now())
    timeout = timedelta(seconds=company.session_timeout_seconds)
    administrator.open("/company")
    site.clock.advance(timeout - timedelta(seconds=1))
    assert administrator.open("/company").path == "/company"
    site.clock.advance(timeout - timedelta(seconds=1))
    assert administrator.open("/company").path == "/company"
    site.clock.advance(timeout)
    assert administrator.open("/company").path == "/company/sign-in"


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(hours=6), "6 hours"),
        (timedelta(hours=1, minutes=30), "1 hour 30 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=20), "seconds"),
    ],
)
def test_a_duration_is_said_in_words(duration: timedelta, words: str) -> None:
    assert in_words(duration) == words
