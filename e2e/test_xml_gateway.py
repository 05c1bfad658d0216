"""The way through the guide of the XML gateway, from an empty company to rows through the proxy, in a real
browser."""

import httpx2
import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from e2e import guide
from e2e.browsing import enter
from e2e.guide import Sender
from e2e.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(300)]

USER = "Integration"
PASSWORD = "a long password of a program"
CALL = """<request><operation><content><function controlid="e2e">
  <readByQuery><object>LOCATIONENTITY</object><fields>LOCATIONID,NAME</fields><query/></readByQuery>
</function></content></operation></request>"""


def test_by_a_login_with_a_sender_that_the_integration_holds(empty: World, page: Page) -> None:
    sender, company_id = prepared(empty, page)
    integration(empty, "xml-held", sender)
    guide.open_form(page, empty.connect_link("xml-held"))
    expect(page.get_by_label("Sender password", exact=True)).to_have_count(0)
    # The administrator needs the sender ID for step 2, so the guide beside the form shows it.
    expect(page.get_by_text(sender.sender_id)).to_be_visible()
    enter(page, {"Company ID": company_id, "User ID": USER, "User password": PASSWORD})
    guide.submit(page)
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert called(empty, "xml-held") == "success"


def test_by_a_login_with_a_sender_of_ones_own_after_a_wrong_password(empty: World, page: Page) -> None:
    sender, company_id = prepared(empty, page)
    integration(empty, "xml-own")
    guide.open_form(page, empty.connect_link("xml-own"))
    enter(page, {"Sender ID": sender.sender_id, "Sender password": sender.sender_password})
    enter(page, {"Company ID": company_id, "User ID": USER, "User password": "not the password"})
    guide.submit(page)
    expect(page.get_by_text("did not sign in the user").first).to_be_visible()
    page.get_by_label("User password", exact=True).fill(PASSWORD)
    guide.submit(page)
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert called(empty, "xml-own") == "success"


def test_a_sender_that_nobody_authorized_leads_to_the_step_that_helps(empty: World, page: Page) -> None:
    sender, company_id = prepared(empty, page, authorize=False)
    integration(empty, "xml-unknown", sender)
    guide.open_form(page, empty.connect_link("xml-unknown"))
    enter(page, {"Company ID": company_id, "User ID": USER, "User password": PASSWORD})
    guide.submit(page)
    expect(page.get_by_text("has not authorized the sender ID").first).to_be_visible()
    expect(page.locator("details.step[data-step='2']")).to_have_attribute("open", "")


def prepared(run: World, page: Page, *, authorize: bool = True) -> tuple[Sender, str]:
    """Steps 1 and 2; gives the sender and the Company ID."""
    run.plant("password", PASSWORD)
    guide.sign_up(page, run.sandbox.url)
    sender = guide.licence(page)
    run.plant("sender password", sender.sender_password)
    guide.sign_in(page, run.sandbox.url)
    guide.create_web_services_user(page, USER, password=PASSWORD)
    company_id = guide.company_id(page)
    if authorize:
        guide.authorize_sender(page, sender.sender_id)
    return sender, company_id


def integration(run: World, key: str, sender: Sender | None = None) -> None:
    """An integration of the XML gateway; with a sender it holds it."""
    held = {"senderId": sender.sender_id, "senderPassword": sender.sender_password} if sender else None
    with run.backend() as backend:
        backend.integrations.create(key, provider="sage-intacct", settings=held)


def called(run: World, key: str) -> str:
    """What the product's first call brings, without a word of sender or session in it."""
    connection_id = run.connection_id(key)
    headers = {
        "Authorization": f"Bearer {run.api_key}",
        "Provider-Config-Key": key,
        "Connection-Id": connection_id,
        "Content-Type": "application/xml",
    }
    answer = httpx2.post(f"{run.service.url}/proxy", content=CALL, headers=headers)
    assert answer.status_code == 200, answer.text
    run.answers.append((f"POST /proxy of {key}", answer.content))
    found = etree.fromstring(answer.content)
    return str(found.findtext("operation/result/status"))
