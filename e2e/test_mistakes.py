"""Every mistake of the guide: the Connect page names what happened and the step that mends it, and stores
nothing."""

import pytest
from playwright.sync_api import Locator, Page, expect

from counterfoil_client import ApiError
from e2e import guide
from e2e.guide import ApiClient
from e2e.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(300)]

KEY = "mistakes"
USER = "Integration"
STEP_2 = "Step 2 of the guide: Register an API client"
STEP_3 = "Step 3 of the guide: Authorize the client application"
STEP_4 = "Step 4 of the guide: Enter the credentials here"


def test_step_3_forgotten(empty: World, page: Page) -> None:
    client = registered(empty, page)
    guide.sign_in(page, empty.sandbox.url)
    guide.create_web_services_user(page, USER)
    failure = attempt(empty, page, client, username=f"{USER}@MyCompany")
    says(failure, "Either company “MyCompany” has not authorized the Client ID", STEP_3)
    mend(page, "Authorized Client Applications")


def test_user_in_another_letter_case(empty: World, page: Page) -> None:
    client = registered(empty, page)
    prepared(empty, page, client)
    failure = attempt(empty, page, client, username=f"{USER.lower()}@MyCompany")
    says(failure, "did not accept the user “integration” in company “MyCompany”: letter case differs", STEP_3)


def test_client_of_the_other_scope(empty: World, page: Page) -> None:
    client = registered(empty, page, scope="Non-Production")
    prepared(empty, page, client)
    failure = attempt(empty, page, client, username=f"{USER}@MyCompany")
    says(failure, "the client's scope does not fit the company", STEP_2)


def test_entity_misspelt(empty: World, page: Page) -> None:
    client = registered(empty, page)
    prepared(empty, page, client)
    failure = attempt(empty, page, client, username=f"{USER}@MyCompany|Centrl Region")
    says(failure, "but not for the entity “Centrl Region”", STEP_4)


def test_neither_username_nor_session_id(empty: World, page: Page) -> None:
    client = registered(empty, page)
    prepared(empty, page, client)
    failure = attempt(empty, page, client)
    says(failure, "Neither a Username nor a Session ID was entered; one of the two is needed.", STEP_4)


def test_both_username_and_session_id(empty: World, page: Page) -> None:
    client = registered(empty, page)
    prepared(empty, page, client)
    session_id = empty.plant("session ID", guide.my_session(page))
    # The form sends only the one that is chosen, so both can come from a program only.
    with empty.backend() as backend, pytest.raises(ApiError) as refused:
        backend.auth.two_step(
            KEY,
            session_token=token_of(empty),
            credentials={
                "clientId": client.client_id,
                "clientSecret": client.client_secret,
                "username": f"{USER}@MyCompany",
                "sessionId": session_id,
            },
        )
    diagnosis = refused.value.diagnosis
    assert diagnosis is not None
    assert diagnosis.sentence.startswith("Both a Username and a Session ID were entered")
    assert diagnosis.step is not None
    assert diagnosis.step.number == 4
    empty.integration(KEY)
    guide.open_form(page, empty.connect_link(KEY))
    guide.credentials(page, client, username=f"{USER}@MyCompany", session_id="not a session of anybody")
    guide.choose(page, "Username")
    guide.submit(page)
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()


def test_session_that_has_ended(empty: World, page: Page) -> None:
    client = registered(empty, page)
    prepared(empty, page, client)
    session_id = empty.plant("session ID", guide.my_session(page))
    guide.sign_out(page)
    failure = attempt(empty, page, client, session_id=session_id)
    says(failure, "did not accept the Session ID: the session has ended", STEP_4)


def test_session_that_has_expired(empty: World, page: Page) -> None:
    client = registered(empty, page)
    prepared(empty, page, client)
    session_id = empty.plant("session ID", guide.my_session(page))
    empty.advance(13 * 3600)
    failure = attempt(empty, page, client, session_id=session_id)
    says(failure, "did not accept the Session ID: the session has ended", STEP_4)


def registered(run: World, page: Page, scope: str = "Production") -> ApiClient:
    """Step 2."""
    guide.sign_up(page, run.sandbox.url)
    return run.plant_client(guide.register_api_client(page, scope=scope))


def prepared(run: World, page: Page, client: ApiClient) -> None:
    """Steps 1 and 3."""
    guide.sign_in(page, run.sandbox.url)
    guide.create_web_services_user(page, USER)
    guide.authorize_client(page, client.client_id, USER)


def attempt(
    run: World,
    page: Page,
    client: ApiClient,
    *,
    username: str | None = None,
    session_id: str | None = None,
) -> Locator:
    """Step 4, which fails: the failure on the page, after seeing that nothing was lost nor stored."""
    run.integration(KEY)
    before = connections(run)
    guide.open_form(page, run.connect_link(KEY))
    guide.credentials(page, client, username=username, session_id=session_id)
    guide.submit(page)
    failure = page.get_by_role("alert")
    expect(failure).to_be_visible()
    expect(guide.typed(page, "Client ID")).to_have_value(client.client_id)
    assert connections(run) == before
    return failure


def says(failure: Locator, sentence: str, step: str) -> None:
    """The failure says what happened and which step mends it."""
    expect(failure).to_contain_text(sentence)
    expect(failure).to_contain_text(step)


def mend(page: Page, label: str) -> None:
    """One click away is the step of the guide, with the path to follow."""
    page.get_by_role("button", name="Open step 3").click()
    step = page.locator(".step[open]")
    expect(step).to_have_count(1)
    expect(step).to_contain_text(label)


def connections(run: World) -> list[str]:
    with run.backend() as backend:
        return sorted(one.connection_id for one in backend.connections.list())


def token_of(run: World) -> str:
    run.integration(KEY)
    return run.connect_link(KEY).partition("session_token=")[2]
