import pytest
from sandbox.tests.pages.visiting import Site, Visitor

from intacct_sandbox.identity import senders
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.senders import WebServicesAuthorization

LIST = "/company/setup/company/edit/security/web-services-authorizations"


@pytest.fixture
def with_sender(administrator: Visitor) -> Visitor:
    """The administrator at the list, just after authorizing the sender acme."""
    administrator.open("/company/setup/company/edit/security").click("Web Services Authorizations")
    return administrator.click("Add").press("Save", sender_id="acme", description="Ours")


def stored(site: Site, company: Company) -> WebServicesAuthorization:
    sender = senders.find(site.store, company.key, "acme")
    assert sender is not None
    return sender


def test_without_senders_the_page_says_what_to_do(administrator: Visitor) -> None:
    assert "No sender is authorized yet" in administrator.open(LIST).text


def test_a_sender_is_authorized_and_active(site: Site, company: Company, with_sender: Visitor) -> None:
    assert with_sender.notice() == "The sender acme was authorized."
    assert stored(site, company).status == "active"


@pytest.mark.parametrize("typed", ["", "two words", "acme"])
def test_a_refused_sender_stands_beside_its_field_and_nothing_is_lost(
    typed: str, with_sender: Visitor
) -> None:
    with_sender.open(f"{LIST}/new").press("Save", sender_id=typed, description="Again", status="inactive")
    assert set(with_sender.errors()) == {"sender_id"}
    labels = ("Sender ID", "Description", "Status")
    assert [with_sender.field(label) for label in labels] == [typed, "Again", "inactive"]


def test_a_sender_is_edited_and_its_id_stays(site: Site, company: Company, with_sender: Visitor) -> None:
    with_sender.click("Edit acme")
    assert with_sender.field("Sender ID") == "acme"
    with_sender.press("Save", description="x" * 1001)
    assert set(with_sender.errors()) == {"description"}
    with_sender.press("Save", description="Other", status="inactive")
    assert (stored(site, company).description, stored(site, company).status) == ("Other", "inactive")


def test_a_sender_is_made_inactive_and_active_again(
    site: Site, company: Company, with_sender: Visitor
) -> None:
    with_sender.press("Make inactive acme")
    assert stored(site, company).status == "inactive"
    with_sender.press("Make active acme")
    assert stored(site, company).status == "active"


def test_a_sender_is_deleted_only_after_a_yes(site: Site, company: Company, with_sender: Visitor) -> None:
    with_sender.click("Delete acme").click("Cancel")
    assert len(senders.every(site.store, company.key)) == 1
    with_sender.click("Delete acme").press("Delete authorization")
    assert senders.every(site.store, company.key) == []


def test_the_sender_of_another_company_is_not_there(with_sender: Visitor, outsider: Visitor) -> None:
    assert outsider.open(f"{LIST}/1").status == 404
    assert outsider.open(f"{LIST}/1/deletion").status == 404
