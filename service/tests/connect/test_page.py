"""The Connect page opened by link, in a real browser, before an API that answers as each test says."""

import re
import threading
from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from service.tests.connect.page_server import (
    PERSON_FIELDS,
    SECOND_TOKEN,
    TOKEN,
    Script,
    integration,
    serving,
)

from counterfoil.auth_modes.basic import PASSWORD_FIELD, USERNAME_FIELD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SECRET = "sandbox-client-secret"
FAILED: dict[str, Any] = {
    "error": {
        "code": "two_step_credentials_fetch_error",
        "message": "The credentials were refused.",
        "diagnosis": {
            "code": "client_not_authorized",
            "sentence": "MyCompany has not authorized this client application.",
            "remedy": "Add the Client ID with the Web Services User ID.",
            "who": "administrator",
            "step": {"number": 3, "title": "Authorize the client application"},
            "details": {"client_id": "0123456789abcdef0123.app.sage.com"},
            "recoverable": False,
        },
    }
}
CONNECTED = {"connected": {"providerConfigKey": "sage-intacct", "connectionId": "c-1"}}
EXPIRED = {"code": "unknown_connect_session_token", "message": "Start again."}


def open_form(page: Page, address: str) -> None:
    page.goto(f"{address}/connect/#session_token={TOKEN}")
    expect(page.get_by_role("heading", name="Connect Sage Intacct")).to_be_visible()


def fill_in(page: Page) -> None:
    page.get_by_label("Client ID", exact=True).fill("0123456789abcdef0123.app.sage.com")
    page.get_by_label("Client Secret", exact=True).fill(SECRET)
    page.get_by_role("textbox", name="Username").fill("Admin@MyCompany")


def submit(page: Page) -> None:
    page.get_by_role("button", name="Connect", exact=True).click()


def test_the_token_of_a_link_leaves_the_address_bar_and_enters_no_request_line(page: Page) -> None:
    script = Script(submissions=[[CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        assert page.url == f"{address}/connect/"
        fill_in(page)
        submit(page)
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()

    assert not [one["url"] for one in script.requests if "7777" in one["url"]]
    calls = [
        one for one in script.requests if one["path"].startswith("/connect/") and one["path"] != "/connect/"
    ]
    assert {one["headers"]["authorization"] for one in calls} == {f"Bearer {TOKEN}"}
    assert "referer" not in {name for one in script.requests for name in one["headers"]}
    assert not [one["url"] for one in script.requests if SECRET in one["url"]]


def test_the_token_is_kept_in_no_storage_and_no_cookie(page: Page, context: BrowserContext) -> None:
    with serving(Script()) as address:
        open_form(page, address)
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert context.cookies() == []


def test_a_token_in_the_query_is_refused_unread(page: Page) -> None:
    script = Script()
    with serving(script) as address:
        page.goto(f"{address}/connect/?session_token={TOKEN}&theme=dark")
        expect(page.get_by_role("heading", name="This link can't be used")).to_be_visible()
        assert page.url == f"{address}/connect/?theme=dark"
    assert not [one for one in script.requests if "authorization" in one["headers"]]


def test_without_a_token_the_page_says_at_once_that_the_link_is_incomplete(page: Page) -> None:
    with serving(Script()) as address:
        page.goto(f"{address}/connect/")
        expect(page.get_by_role("heading", name="This link is not complete")).to_be_visible()


def test_no_parameter_changes_where_typed_data_goes(page: Page) -> None:
    script = Script(submissions=[[CONNECTED]])
    with serving(script) as address:
        page.goto(f"{address}/connect/?apiURL=https://evil.example/#session_token={TOKEN}")
        fill_in(page)
        submit(page)
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert len(script.submitted()) == 1


def test_the_page_works_at_the_root_and_below_a_prefix(page: Page) -> None:
    with serving(Script()) as address:
        page.goto(f"{address}/#session_token={TOKEN}")
        expect(page.get_by_role("heading", name="Connect Sage Intacct")).to_be_visible()


def test_what_was_typed_is_sent_once_however_often_one_clicks(page: Page) -> None:
    held = threading.Event()
    script = Script(hold_submission=held, submissions=[[{"phase": "token"}, CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        fill_in(page)
        page.get_by_role("button", name="Connect", exact=True).dblclick()
        expect(page.get_by_role("button", name="Connecting…")).to_be_visible()
        page.locator("form").evaluate("form => form.requestSubmit()")
        held.set()
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()

    (body,) = script.submitted()
    assert body["integration"] == "sage-intacct"
    assert body["values"] == {
        "clientId": "0123456789abcdef0123.app.sage.com",
        "clientSecret": SECRET,
        "username": "Admin@MyCompany",
    }


def test_the_phases_of_the_pipeline_are_shown_as_they_begin(page: Page) -> None:
    held = threading.Event()
    script = Script(hold_submission=held, submissions=[[{"phase": "token"}, CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        fill_in(page)
        submit(page)
        phases = page.locator(".progress li")
        expect(phases).to_have_count(2)
        expect(phases.first).to_have_attribute("data-state", "done")
        held.set()
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()


def test_a_failure_names_cause_remedy_person_and_step_and_keeps_what_was_typed(page: Page) -> None:
    script = Script(submissions=[[FAILED], [CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        fill_in(page)
        submit(page)

        failure = page.get_by_role("alert")
        expect(failure).to_contain_text("MyCompany has not authorized this client application.")
        expect(failure).to_contain_text("Add the Client ID with the Web Services User ID.")
        expect(failure).to_contain_text("An administrator of your company")
        expect(failure).to_contain_text("Step 3 of the guide: Authorize the client application")
        expect(failure).to_contain_text("Authorized Client Applications")
        expect(page.locator("[data-step='3']")).to_have_attribute("open", "")
        expect(page.locator("[data-step='3']")).to_contain_text("Check this step")
        expect(page.get_by_label("Client Secret", exact=True)).to_have_value(SECRET)
        expect(page.get_by_role("textbox", name="Username")).to_have_value("Admin@MyCompany")

        submit(page)
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()


def test_focus_goes_to_the_failure(page: Page) -> None:
    with serving(Script(submissions=[[FAILED]])) as address:
        open_form(page, address)
        fill_in(page)
        submit(page)
        expect(page.get_by_role("heading", name="Not connected yet")).to_be_focused()


def test_values_to_enter_elsewhere_can_be_copied(page: Page, context: BrowserContext) -> None:
    with serving(Script(submissions=[[FAILED]])) as address:
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        open_form(page, address)
        fill_in(page)
        submit(page)
        page.get_by_role("alert").get_by_role("button", name="Copy Client ID").click()
        expect(page.get_by_role("button", name="Copy Client ID")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == "0123456789abcdef0123.app.sage.com"
        page.get_by_role("alert").get_by_role("button", name="Copy the menu path").click()
        assert page.evaluate("navigator.clipboard.readText()") == (
            "Company → Setup → Company → Edit → Security → Authorized Client Applications → Add"
        )


def test_a_problem_of_one_field_is_said_beside_it_and_described_to_screen_readers(page: Page) -> None:
    refused = {
        "error": {
            "code": "invalid_body",
            "message": "Please correct the fields.",
            "errors": [{"code": "custom", "message": "A session ID has no spaces.", "path": ["sessionId"]}],
        }
    }
    with serving(Script(submissions=[[refused]])) as address:
        open_form(page, address)
        fill_in(page)
        submit(page)
        field = page.get_by_label("Session ID", exact=True).and_(page.locator("input[type=password]"))
        # The problem lies in the option that was not on show; it is brought forward.
        expect(field).to_be_visible()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(r"A session ID has no spaces\."))
        expect(field).to_be_focused()


def test_missing_values_are_found_before_anything_is_sent(page: Page) -> None:
    script = Script()
    with serving(script) as address:
        open_form(page, address)
        submit(page)
        expect(page.get_by_label("Client ID", exact=True)).to_be_focused()
        expect(page.get_by_text("Enter the Client Secret.")).to_be_visible()
    assert script.submitted() == []


def test_only_the_chosen_way_is_sent_and_the_other_stays_typed(page: Page) -> None:
    fields = integration(fields=PERSON_FIELDS)
    script = Script(integrations=[fields], submissions=[[CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        page.get_by_role("textbox", name="Username").fill("Admin@MyCompany")
        page.get_by_role("radio", name="Session ID").check(force=True)
        page.locator("[name=sessionId]").fill("abc..")
        page.get_by_role("radio", name="Username").check(force=True)
        expect(page.get_by_role("textbox", name="Username")).to_have_value("Admin@MyCompany")
        page.get_by_role("radio", name="Session ID").check(force=True)
        submit(page)
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert script.submitted()[0]["values"] == {"sessionId": "abc.."}


def test_a_secret_can_be_shown_and_hidden(page: Page) -> None:
    with serving(Script()) as address:
        open_form(page, address)
        secret = page.locator("[name=clientSecret]")
        expect(secret).to_have_attribute("type", "password")
        page.get_by_role("button", name="Show Client Secret").click()
        expect(secret).to_have_attribute("type", "text")
        page.get_by_role("button", name="Hide Client Secret").click()
        expect(secret).to_have_attribute("type", "password")


def test_the_username_is_explained_while_it_is_typed(page: Page) -> None:
    understood = {
        "understood": {
            "parts": [
                {"name": "user_id", "value": "Admin"},
                {"name": "company_id", "value": "MyCompany"},
                {"name": "entity_id", "value": None},
            ],
            "notes": ["Letter case counts."],
        }
    }
    misread = {
        "misread": {
            "problem": "space",
            "sentence": "A user ID ends without a space.",
            "suggestion": "Admin@MyCompany",
        }
    }
    script = Script(readings={"Admin @MyCompany": misread, "Admin@MyCompany": understood})
    with serving(script) as address:
        open_form(page, address)
        username = page.get_by_role("textbox", name="Username")
        username.fill("Admin @MyCompany")
        expect(username).to_have_accessible_description(re.compile(r"A user ID ends without a space\."))
        page.get_by_role("button", name="Use Admin@MyCompany").click()
        expect(username).to_have_value("Admin@MyCompany")
        expect(page.locator(".chips")).to_contain_text("Top level, all entities")
        expect(page.locator(".reading:visible")).to_contain_text("Letter case counts.")


def test_a_field_leads_to_its_step_of_the_guide(page: Page) -> None:
    with serving(Script()) as address:
        open_form(page, address)
        page.get_by_role("button", name="Where do I find this? (Client ID)").click()
        step = page.locator("[data-step='2']")
        expect(step).to_have_attribute("open", "")
        expect(step.locator("summary")).to_be_focused()
        expect(step).to_contain_text("Create API keys")


def test_what_the_integration_holds_is_shown_for_the_guide_and_its_step_is_done(page: Page) -> None:
    held = [{"name": "clientId", "label": "Client ID", "value": "0123456789abcdef0123.app.sage.com"}]
    script = Script(integrations=[integration(fields=PERSON_FIELDS, held=held, steps_done=["2"])])
    with serving(script) as address:
        open_form(page, address)
        expect(page.get_by_label("Client ID", exact=True)).to_have_count(0)
        expect(page.locator(".given")).to_contain_text("0123456789abcdef0123.app.sage.com")
        expect(page.locator("[data-step='2']")).to_contain_text("Done for you")


def test_a_lost_network_can_be_retried_as_the_same_attempt(page: Page) -> None:
    script = Script(submissions=[[CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        fill_in(page)
        bodies: list[Any] = []

        def cut(route: Route) -> None:
            bodies.append(route.request.post_data_json)
            route.abort("connectionreset")

        page.route("**/connect/submission", cut, times=1)
        submit(page)
        expect(page.get_by_role("alert")).to_contain_text("The server can't be reached")
        expect(page.get_by_label("Client Secret", exact=True)).to_have_value(SECRET)
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert bodies[0]["attempt"] == script.submitted()[0]["attempt"]
    assert re.fullmatch("[0-9a-f]{32}", bodies[0]["attempt"])


def test_an_answer_that_breaks_off_counts_as_lost(page: Page) -> None:
    with serving(Script(submissions=[[{"phase": "token"}]])) as address:
        open_form(page, address)
        fill_in(page)
        submit(page)
        expect(page.get_by_role("alert")).to_contain_text("the same connection is used")


def test_an_expired_link_says_so(page: Page) -> None:
    with serving(Script(refused=(401, EXPIRED))) as address:
        page.goto(f"{address}/connect/#session_token={TOKEN}")
        expect(page.get_by_role("heading", name="This link has expired")).to_be_visible()


def test_a_new_link_in_the_same_tab_renews_the_session_and_keeps_what_was_typed(page: Page) -> None:
    script = Script(submissions=[[CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        fill_in(page)
        script.refused = (401, EXPIRED)
        submit(page)
        expect(page.get_by_role("alert")).to_contain_text("This link has expired")
        script.refused = None
        page.evaluate("hash => { location.hash = hash }", f"#session_token={SECOND_TOKEN}")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert page.url == f"{address}/connect/"
        submit(page)
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    submission = [one for one in script.requests if one["path"] == "/connect/submission"][-1]
    assert submission["headers"]["authorization"] == f"Bearer {SECOND_TOKEN}"


def test_a_fault_of_the_server_can_be_tried_again(page: Page) -> None:
    script = Script(refused=(503, {"code": "unavailable", "message": "Later."}))
    with serving(script) as address:
        page.goto(f"{address}/connect/#session_token={TOKEN}")
        expect(page.get_by_role("heading", name="Something went wrong on our side")).to_be_visible()
        script.refused = None
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", name="Connect Sage Intacct")).to_be_visible()


def test_several_integrations_are_offered_as_a_list(page: Page) -> None:
    several = [integration(), integration(unique_key="second", display_name="Second Ledger")]
    script = Script(integrations=several, submissions=[[CONNECTED]])
    with serving(script) as address:
        page.goto(f"{address}/connect/#session_token={TOKEN}")
        page.get_by_role("button", name="Second Ledger").click()
        expect(page.get_by_role("heading", name="Connect Second Ledger")).to_be_visible()
        page.get_by_role("button", name="All integrations").click()
        expect(page.get_by_role("heading", name="What would you like to connect?")).to_be_visible()


def test_a_reconnect_says_what_it_does(page: Page) -> None:
    script = Script(submissions=[[CONNECTED]])
    script.session["isReconnecting"] = True
    with serving(script) as address:
        page.goto(f"{address}/connect/#session_token={TOKEN}")
        expect(page.get_by_role("heading", name="Reconnect Sage Intacct")).to_be_visible()
        fill_in(page)
        page.get_by_role("button", name="Reconnect", exact=True).click()
        expect(page.get_by_role("heading", name="Connected again")).to_be_visible()


def test_another_auth_modes_form_is_drawn_from_its_fields_alone(page: Page) -> None:
    books = integration(
        unique_key="books",
        provider="generic-basic",
        display_name="Books",
        fields=[asdict(USERNAME_FIELD), asdict(PASSWORD_FIELD)],
    )
    refused = {"code": "connection_test_failed", "message": "No.", "diagnosis": {
        "code": "credentials_refused", "sentence": "books.example did not accept what was entered.",
        "remedy": "Copy each value again.", "who": "administrator", "step": None, "recoverable": False,
        "details": {"host": "books.example"},
    }}  # fmt: skip
    connected = {"connected": {"providerConfigKey": "books", "connectionId": "c-1"}}
    script = Script(integrations=[books], submissions=[[{"error": refused}], [connected]])
    with serving(script) as address:
        page.goto(f"{address}/connect/#session_token={TOKEN}")
        expect(page.get_by_role("heading", name="Connect Books")).to_be_visible()
        page.get_by_role("textbox", name="User name").fill("ada")
        page.get_by_label("Password", exact=False).first.fill(SECRET)
        submit(page)
        expect(page.get_by_text("books.example did not accept what was entered")).to_be_visible()
        submit(page)
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert [one["values"] for one in script.submitted()] == [{"username": "ada", "password": SECRET}] * 2


def test_the_whole_form_works_by_keyboard(page: Page) -> None:
    script = Script(submissions=[[CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        expect(page.get_by_role("heading", name="Connect Sage Intacct")).to_be_focused()
        typed = {"clientId": "id", "clientSecret": "secret", "username": "Admin@MyCompany"}
        for name, value in typed.items():
            tab_to(page, name)
            page.keyboard.type(value)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Connected")).to_be_focused()
    assert script.submitted()[0]["values"] == typed


def tab_to(page: Page, name: str) -> None:
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} is not reached by the Tab key")


@pytest.mark.parametrize(("theme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(23, 31, 28)")])
def test_the_theme_parameter_wins_over_the_browser(page: Page, theme: str, ground: str) -> None:
    with serving(Script()) as address:
        page.goto(f"{address}/connect/?theme={theme}&lang=en#session_token={TOKEN}")
        expect(page.locator(".sheet")).to_have_css("background-color", ground)
        expect(page.locator("html")).to_have_attribute("lang", "en")


def choose_language(page: Page, name: str) -> None:
    page.locator("#language").select_option(label=name)


def test_another_language_keeps_what_was_typed_and_where_one_is(page: Page) -> None:
    with serving(Script(submissions=[[FAILED], [CONNECTED]])) as address:
        open_form(page, address)
        fill_in(page)
        submit(page)
        expect(page.get_by_role("alert")).to_contain_text("What to do")
        expect(page.get_by_role("combobox", name="Language")).to_have_value("en")
        choose_language(page, "Deutsch")

        expect(page.get_by_role("heading", name="Sage Intacct verbinden")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.get_by_role("combobox", name="Sprache")).to_be_focused()
        expect(page.locator("[name=clientSecret]")).to_have_value(SECRET)
        expect(page.get_by_role("textbox", name="Username")).to_have_value("Admin@MyCompany")
        expect(page.get_by_role("alert")).to_contain_text("Was zu tun ist")
        expect(page.locator("[data-step='3']")).to_have_attribute("open", "")
        expect(page).to_have_title("Sage Intacct verbinden")

        page.get_by_role("button", name="Verbinden", exact=True).click()
        expect(page.get_by_role("heading", name="Verbunden")).to_be_visible()
        choose_language(page, "Français")
        expect(page.get_by_role("heading", name="Connecté")).to_be_visible()
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_another_language_keeps_the_way_that_was_chosen(page: Page) -> None:
    script = Script(integrations=[integration(fields=PERSON_FIELDS)], submissions=[[CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        page.get_by_role("textbox", name="Username").fill("Admin@MyCompany")
        page.get_by_role("radio", name="Session ID").check(force=True)
        page.locator("[name=sessionId]").fill("abc..")
        choose_language(page, "Español")
        expect(page.locator("html")).to_have_attribute("lang", "es")
        expect(page.locator("[name=username]")).to_be_hidden()
        expect(page.locator("[name=username]")).to_have_value("Admin@MyCompany")
        page.locator("button[type=submit]").click()
        expect(page.get_by_role("heading", name="Conectado")).to_be_visible()
    assert script.submitted()[0]["values"] == {"sessionId": "abc.."}


def test_the_language_is_chosen_by_keyboard_and_not_while_something_is_sent(page: Page) -> None:
    held = threading.Event()
    script = Script(hold_submission=held, submissions=[[{"phase": "token"}, CONNECTED]])
    with serving(script) as address:
        open_form(page, address)
        fill_in(page)
        page.locator("#language").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("html")).not_to_have_attribute("lang", "en")
        page.locator("button[type=submit]").click()
        expect(page.locator("#language")).to_be_disabled()
        held.set()
        expect(page.locator("#language")).to_be_enabled()


def test_a_language_that_does_not_arrive_changes_nothing(page: Page) -> None:
    with serving(Script()) as address:
        open_form(page, address)
        page.route("**/connect/?lang=*", lambda route: route.abort())
        fill_in(page)
        choose_language(page, "Deutsch")
        expect(page.locator("#language")).to_have_value("en")
        expect(page.get_by_role("heading", name="Connect Sage Intacct")).to_be_visible()
        expect(page.get_by_label("Client Secret", exact=True)).to_have_value(SECRET)


def test_what_is_said_of_success_is_what_is_known(page: Page) -> None:
    nothing_typed = Script(integrations=[integration(fields=[])], submissions=[[CONNECTED]])
    with serving(nothing_typed) as address:
        open_form(page, address)
        submit(page)
        expect(page.get_by_text("Sage Intacct is connected. You are done.")).to_be_visible()
    with serving(Script(submissions=[[CONNECTED]])) as address:
        open_form(page, address)
        fill_in(page)
        submit(page)
        expect(page.get_by_text("answered a first call with these credentials")).to_be_visible()


def failed_with(details: dict[str, str]) -> dict[str, Any]:
    diagnosis = {
        "code": "credentials_refused",
        "sentence": "It did not accept what was entered.",
        "remedy": "Copy it again.",
        "who": "administrator",
        "step": None,
        "details": details,
        "recoverable": False,
    }
    return {"error": {"code": "connection_test_failed", "message": "Refused.", "diagnosis": diagnosis}}


def test_causes_that_many_providers_have_are_said_in_the_pages_language(page: Page) -> None:
    refusals = [[failed_with({"host": "api.example.com"})], [failed_with({})]]
    misread = {"problem": "at_sign_missing", "sentence": "There is no @.", "suggestion": None}
    script = Script(
        integrations=[integration(provider="generic-api-key", fields=PERSON_FIELDS)],
        submissions=refusals,
        readings={"Admin": {"misread": misread}},
    )
    with serving(script) as address:
        page.goto(f"{address}/connect/?lang=de#session_token={TOKEN}")
        page.get_by_role("textbox", name="Username").fill("Admin")
        expect(page.get_by_text("Es fehlt das @.")).to_be_visible()
        page.locator("button[type=submit]").click()
        refused = page.get_by_role("alert")
        expect(refused).to_contain_text("api.example.com hat die Eingaben nicht angenommen.")
        page.locator("button[type=submit]").click()
        # Words that need what is not known give way to the API's own.
        expect(refused).to_contain_text("It did not accept what was entered.")
