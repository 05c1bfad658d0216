"""The four steps of the guide, followed literally: every step is clicks on its labels and nothing else.

a developer   sign_up, register_api_client
a company     sign_in, company_id, create_web_services_user, authorize_client, authorize_sender, my_session
a form        open_form, connect
"""

from dataclasses import dataclass

import httpx2
from lxml import etree
from playwright.sync_api import Locator, Page, expect

from e2e.browsing import enter, follow, value_of

OWNER = "owner"
OWNER_PASSWORD = "sandbox"


@dataclass(frozen=True, slots=True)
class ApiClient:
    """What step 2 gives."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Sender:
    """What the developer console says of the account's Web Services licence."""

    sender_id: str
    sender_password: str


# A developer, in the developer console.


def sign_up(page: Page, sandbox_url: str, *, email: str = "ada@acme.example", name: str = "Acme") -> None:
    """Make a developer account; afterwards the page is the console."""
    page.goto(sandbox_url)
    follow(page, "Developer console", "Sign up")
    enter(page, {"Name": name, "Email": email, "Password": "correct horse battery"})
    follow(page, "Sign up")
    expect(page.get_by_role("link", name="View workspaces", exact=True)).to_be_visible()


def register_api_client(
    page: Page, *, scope: str = "Production", application: str = "Acme Connector"
) -> ApiClient:
    """Step 2, from the console's first page to the values of Application Details."""
    follow(page, "View workspaces", "Add workspace")
    enter(page, {"Name": "Acme Software", "Contact email": "ada@acme.example"})
    follow(page, "Create")
    follow(page, "Apps", "Add application")
    enter(
        page,
        {
            "Name": application,
            "Home page URL": "https://acme.example",
            "Contact email": "ada@acme.example",
        },
    )
    follow(page, "Create")
    follow(page, application, "Create API keys")
    enter(page, {"Sage Product API": "Sage Intacct", "Client Scope": scope})
    follow(page, "Create")
    expect(page.get_by_role("heading", name="Application Details")).to_be_visible()
    return ApiClient(value_of(page, "Client ID"), value_of(page, "Client Secret"))


def licence(page: Page) -> Sender:
    """The sender ID and its password, from the account's page."""
    page.locator("summary", has_text="user menu").click()
    follow(page, "Account", "Reveal Sender password")
    return Sender(value_of(page, "Sender ID"), value_of(page, "Sender password"))


# An administrator, in the company.


def sign_in(page: Page, sandbox_url: str, company_id: str = "MyCompany") -> None:
    """Sign in as the company's administrator."""
    page.goto(sandbox_url)
    follow(page, "Company")
    enter(page, {"Company ID": company_id, "User ID": OWNER, "Password": OWNER_PASSWORD})
    follow(page, "Sign in")
    expect(page.get_by_role("link", name="Company", exact=True)).to_be_visible()


def create_web_services_user(page: Page, user_id: str, *, password: str = "") -> None:
    """Step 1: a user who may do everything."""
    follow(page, "Company", "Admin", "Web Services Users", "Add")
    enter(
        page,
        {
            "User ID": user_id,
            "User name": f"{user_id} of Acme",
            "Account email address": "ada@acme.example",
            "Password": password,
            "Admin privileges": "Full",
        },
    )
    follow(page, "Save")
    expect(page.get_by_role("rowheader", name=user_id, exact=True)).to_be_visible()


def company_id(page: Page) -> str:
    """Where step 1 says that the Company ID is."""
    follow(page, "Company", "Setup", "Company")
    return value_of(page, "Company ID")


def authorize_client(page: Page, client_id: str, user_id: str) -> None:
    """Step 3."""
    follow(page, "Company", "Setup", "Company", "Edit", "Security", "Authorized Client Applications", "Add")
    enter(page, {"Client ID": client_id, "Web Services User ID": user_id})
    follow(page, "Save")
    expect(page.get_by_role("rowheader").filter(has_text=client_id)).to_be_visible()


def authorize_sender(page: Page, sender_id: str) -> None:
    """Let a sender into the XML gateway."""
    follow(page, "Company", "Setup", "Company", "Edit", "Security", "Web Services Authorizations", "Add")
    enter(page, {"Sender ID": sender_id})
    follow(page, "Save")


def my_session(page: Page) -> str:
    """The session ID of the user interface."""
    page.locator("summary", has_text="user menu").click()
    follow(page, "My Session")
    return value_of(page, "Session ID")


def sign_out(page: Page) -> None:
    """End the session of the user interface."""
    page.locator("summary", has_text="user menu").click()
    follow(page, "Sign out")


def api_session(sandbox_url: str, sender: Sender, *, company_id: str, user_id: str, password: str) -> str:
    """A session ID of the XML gateway, by `getAPISession`."""
    request = etree.fromstring(
        """<request>
             <control><senderid/><password/><controlid>e2e</controlid><uniqueid>false</uniqueid>
               <dtdversion>3.0</dtdversion><includewhitespace>false</includewhitespace></control>
             <operation><authentication><login><userid/><companyid/><password/></login></authentication>
               <content><function controlid="session"><getAPISession/></function></content></operation>
           </request>"""
    )
    texts = {
        "control/senderid": sender.sender_id,
        "control/password": sender.sender_password,
        "operation/authentication/login/userid": user_id,
        "operation/authentication/login/companyid": company_id,
        "operation/authentication/login/password": password,
    }
    for path, text in texts.items():
        found = request.find(path)
        assert found is not None
        found.text = text
    answer = httpx2.post(
        f"{sandbox_url}/ia/xml/xmlgw.phtml",
        content=etree.tostring(request, xml_declaration=True, encoding="UTF-8"),
        headers={"Content-Type": "application/xml"},
    )
    session_id = etree.fromstring(answer.content).findtext(".//api/sessionid")
    assert session_id, answer.text
    return session_id


# Whoever fills in the Connect page.


def open_form(page: Page, connect_link: str) -> None:
    """Step 4 begins: the form is there."""
    page.goto(connect_link)
    expect(page.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def credentials(
    page: Page, client: ApiClient | None, *, username: str | None = None, session_id: str | None = None
) -> None:
    """Enter what was collected; `client` is None where the integration holds it already."""
    if client is not None:
        enter(page, {"Client ID": client.client_id, "Client Secret": client.client_secret})
    if username is not None:
        choose(page, "Username")
        typed(page, "Username").fill(username)
    if session_id is not None:
        choose(page, "Session ID")
        typed(page, "Session ID").fill(session_id)


def choose(page: Page, label: str) -> None:
    """Choose one of the two ways to connect."""
    page.locator("label.option").filter(has_text=label).click()


def typed(page: Page, label: str) -> Locator:
    """The field itself; the choice above it bears the same name."""
    return page.get_by_label(label, exact=True).and_(page.locator("input:not([type=radio])"))


def submit(page: Page) -> None:
    """Submit the form."""
    follow(page, "Connect")
