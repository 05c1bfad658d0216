"""Every way through the guide, from an empty company to rows that came through the proxy, in a real
browser."""

import pytest
from playwright.sync_api import Page, expect

from e2e import guide
from e2e.guide import ApiClient
from e2e.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(300)]

USER = "Integration"
ENTITIES = ["Central Region", "East Region", "West Region"]


def test_by_username(empty: World, page: Page) -> None:
    client = register(empty, page)
    company_id = let_in(empty, page, client)
    connect(empty, page, "by-username", client, username=f"{USER}@{company_id}")
    assert [row["name"] for row in rows(empty, "by-username")] == ENTITIES


def test_by_username_with_entity(empty: World, page: Page) -> None:
    client = register(empty, page)
    company_id = let_in(empty, page, client)
    connect(empty, page, "by-entity", client, username=f"{USER}@{company_id}|Central Region")
    assert "Central Region" in [row["name"] for row in rows(empty, "by-entity")]


def test_by_session_id_of_the_user_interface(empty: World, page: Page) -> None:
    client = register(empty, page)
    let_in(empty, page, client)
    session_id = empty.plant("session ID", guide.my_session(page))
    connect(empty, page, "by-ui-session", client, session_id=session_id)
    assert [row["name"] for row in rows(empty, "by-ui-session")] == ENTITIES


def test_by_session_id_of_the_xml_gateway(empty: World, page: Page) -> None:
    password = empty.plant("password", "a long password of a program")
    guide.sign_up(page, empty.sandbox.url)
    client = empty.plant_client(guide.register_api_client(page))
    sender = guide.licence(page)
    empty.plant("sender password", sender.sender_password)
    company_id = let_in(empty, page, client, password=password)
    guide.authorize_sender(page, sender.sender_id)
    session_id = guide.api_session(
        empty.sandbox.url, sender, company_id=company_id, user_id=USER, password=password
    )
    empty.plant("session ID", session_id)
    connect(empty, page, "by-api-session", client, session_id=session_id)
    assert [row["name"] for row in rows(empty, "by-api-session")] == ENTITIES


def test_with_a_client_that_the_integration_holds(empty: World, page: Page) -> None:
    client = register(empty, page)
    company_id = let_in(empty, page, client)
    empty.integration("held", client)
    guide.open_form(page, empty.connect_link("held"))
    expect(page.get_by_label("Client Secret", exact=True)).to_have_count(0)
    # The administrator needs the Client ID for step 3, so the guide beside the form shows it.
    expect(page.get_by_text(client.client_id)).to_be_visible()
    guide.credentials(page, None, username=f"{USER}@{company_id}")
    guide.submit(page)
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert [row["name"] for row in rows(empty, "held")] == ENTITIES


def register(run: World, page: Page) -> ApiClient:
    """Step 2 from signing up on."""
    guide.sign_up(page, run.sandbox.url)
    return run.plant_client(guide.register_api_client(page))


def let_in(run: World, page: Page, client: ApiClient, password: str = "") -> str:
    """Steps 1 and 3; gives the Company ID."""
    guide.sign_in(page, run.sandbox.url)
    guide.create_web_services_user(page, USER, password=password)
    company_id = guide.company_id(page)
    guide.authorize_client(page, client.client_id, USER)
    return company_id


def connect(
    run: World,
    page: Page,
    key: str,
    client: ApiClient,
    *,
    username: str | None = None,
    session_id: str | None = None,
) -> None:
    """Step 4."""
    run.integration(key)
    guide.open_form(page, run.connect_link(key))
    guide.credentials(page, client, username=username, session_id=session_id)
    guide.submit(page)
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()


def rows(run: World, key: str) -> list[dict[str, object]]:
    """What the product's first call brings."""
    connection_id = run.connection_id(key)
    with run.backend() as backend:
        return run.proxied_rows(backend.proxy(key, connection_id))
