"""The Connect page for people: axe on every state, light and dark, narrow and wide; 320 px and 200 % without
scrolling."""

import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from service.tests.connect.page_server import PERSON_FIELDS, TOKEN, Script, integration, serving
from service.tests.connect.test_page import CONNECTED, EXPIRED, FAILED, fill_in, submit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AXE_SCRIPT = Axe().axe_script
RUN_AXE = """axe.run(document, {resultTypes: ["violations"]}).then(results => results.violations)"""
HELD = [{"name": "clientId", "label": "Client ID", "value": "0123456789abcdef0123.app.sage.com"}]
MISREAD = {
    "misread": {
        "problem": "space",
        "sentence": "No space before the @ sign.",
        "suggestion": "Admin@MyCompany",
    }
}
UNDERSTOOD = {
    "understood": {
        "parts": [
            {"name": "user_id", "value": "Admin"},
            {"name": "company_id", "value": "MyCompany"},
            {"name": "entity_id", "value": None},
        ],
        "notes": [],
    }
}


def _form(_page: Page) -> None:
    return


def _problems(page: Page) -> None:
    submit(page)
    expect(page.get_by_text("Enter the Client Secret.")).to_be_visible()


def _understood(page: Page) -> None:
    page.get_by_role("textbox", name="Username").fill("Admin@MyCompany")
    expect(page.locator(".chips")).to_be_visible()


def _misread(page: Page) -> None:
    page.get_by_role("textbox", name="Username").fill("Admin @MyCompany")
    expect(page.locator(".misread")).to_be_visible()


def _failure(page: Page) -> None:
    fill_in(page)
    submit(page)
    expect(page.get_by_role("alert")).to_be_visible()


def _progress(page: Page) -> None:
    fill_in(page)
    submit(page)
    expect(page.locator(".progress li")).to_have_count(2)


def _success(page: Page) -> None:
    fill_in(page)
    submit(page)
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()


def _guide(page: Page) -> None:
    if not page.locator(".guide").evaluate("guide => guide.open"):
        page.locator(".guide > summary").click()
    for step in page.locator(".step > summary").all():
        step.click()
    page.locator(".trust summary").click()


READINGS = {"Admin@MyCompany": UNDERSTOOD, "Admin @MyCompany": MISREAD}
STATES: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "form": (_form, {}),
    "problems": (_problems, {}),
    "understood": (_understood, {"readings": READINGS}),
    "misread": (_misread, {"readings": READINGS}),
    "failure": (_failure, {"submissions": [[FAILED]]}),
    "progress": (_progress, {"submissions": [[{"phase": "token"}, CONNECTED]]}),
    "success": (_success, {"submissions": [[CONNECTED]]}),
    "guide": (_guide, {"integrations": [integration(fields=PERSON_FIELDS, held=HELD, steps_done=["2"])]}),
    "list": (_form, {"integrations": [integration(), integration(unique_key="b", display_name="B")]}),
    "expired": (_form, {"refused": (401, EXPIRED)}),
    "fault": (_form, {"refused": (500, {"code": "server_error", "message": ""})}),
}


def open_state(page: Page, address: str) -> None:
    page.goto(f"{address}/connect/#session_token={TOKEN}")
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_violation_in_any_state(browser: Browser, width: int) -> None:
    found: list[str] = []
    for state, (reach, changes) in STATES.items():
        held = threading.Event()
        script = Script(**{"hold_submission": held if state == "progress" else None, **deepcopy(changes)})
        context = browser.new_context(
            locale="en-GB", viewport={"width": width, "height": 800}, reduced_motion="reduce"
        )
        with serving(script) as address:
            page = context.new_page()
            open_state(page, address)
            reach(page)
            page.evaluate(AXE_SCRIPT)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found += [f"{state} {scheme}: {one['id']}: {_where(one)}" for one in page.evaluate(RUN_AXE)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{state}: scrolls sideways")
            context.close()
            held.set()
    assert found == []


def _where(violation: dict[str, Any]) -> str:
    return "; ".join(f"{one['target']} {one.get('failureSummary', '')}" for one in violation["nodes"][:3])


def test_at_200_percent_nothing_is_cut_off_or_scrolls_sideways(browser: Browser) -> None:
    # Zooming a window of 1280 px to 200 % leaves 640 CSS pixels, each two device pixels wide.
    context = browser.new_context(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    with serving(Script(submissions=[[FAILED]])) as address:
        page = context.new_page()
        open_state(page, address)
        _failure(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        clipped = page.evaluate(
            "[...document.querySelectorAll('#view *')].filter((one) => one.scrollWidth > one.clientWidth + 1"
            " && getComputedStyle(one).overflowX === 'hidden' && !one.classList.contains('sr')).length"
        )
        assert clipped == 0
    context.close()


def test_with_larger_text_the_form_still_fits(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    with serving(Script()) as address:
        page = context.new_page()
        open_state(page, address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    context.close()
