"""The address that applications send people to, and the one page behind it: sign in, then allow or deny."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity import clients, companies, developers, sessions, users
from intacct_sandbox.identity.companies import WEB_SERVICES, Company
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2 import codes
from intacct_sandbox.oauth2.codes import AuthorizationRequest, RefusedRequest, UnusableRequest
from intacct_sandbox.pages.browser_sessions import BrowserSessions
from intacct_sandbox.pages.doors import Door, Visit
from intacct_sandbox.pages.rendering import HEADERS, environment
from intacct_sandbox.store import Store

AUTHORIZE: Final = "/ia/api/v1/oauth2/authorize"
CONSENT: Final = "/authorize/consent"
INCORRECT: Final = (
    "Sign-in information is incorrect. Check the Company ID, the User ID and the password; letter case"
    " matters."
)
NOT_AUTHORIZED: Final = (
    "An administrator of your company must add this application to the list first: Company → Setup → Company"
    " → Edit → Security → Authorized Client Applications."
)
SWITCHED_OFF: Final = (
    "An administrator of your company has set this application inactive; it can be made active again in the"
    " same list."
)
WRONG_SCOPE: Final = (
    "The application's Client Scope does not fit your company: Production goes with production companies"
    " only, Non-Production with all others only."
)
_POLICY: Final = "Content-Security-Policy"
_OPENER_POLICY: Final = "Cross-Origin-Opener-Policy"


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in."""

    company: Company
    user: User


ConsentDoor = Door[Person]
Page = Visit[Person | None]


def routes(*, store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks) -> list[BaseRoute]:
    """The address of applications, and the pages of people."""
    consent = Consent(store, clock, ids, quirks)
    door = ConsentDoor(
        name="authorize",
        title="Authorize an application",
        templates=environment(Path(__file__).parent / "templates"),
        sessions=BrowserSessions(store, clock, ids.page_token),
        find_subject=consent.find,
    )
    return [
        Route(AUTHORIZE, _arrive, methods=["GET"]),
        door.anyone("/consent", consent.show, consent.submit),
        door.nothing_else(),
    ]


async def _arrive(request: Request) -> Response:
    return RedirectResponse(f"{CONSENT}?{request.url.query}", 302)


class Consent:
    """The pages of this module."""

    def __init__(self, store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._quirks = quirks

    def find(self, session_id: str) -> Person | None:
        """Who a browser session stands for."""
        session = sessions.find(self._store, self._clock, session_id)
        if session is None:
            return None
        company = companies.by_key(self._store, session.company_key)
        user = users.by_key(self._store, session.user_key)
        return None if company is None or user is None or user.status != "active" else Person(company, user)

    def show(self, visit: Page) -> Response:
        """The form to sign in, or the question."""
        asked = self._asked(visit)
        if isinstance(asked, Response):
            return asked
        return self._page(visit, asked)

    def submit(self, visit: Page) -> Response:
        """Sign in, allow or deny."""
        asked = self._asked(visit)
        if isinstance(asked, Response):
            return asked
        choice = visit.form.raw("choice")
        if choice == "deny":
            return RedirectResponse(asked.answer(error="access_denied"), 303)
        if visit.who is None or choice != "allow":
            return self._sign_in(visit, asked)
        return self._allow(visit, asked, visit.who)

    def _sign_in(self, visit: Page, asked: AuthorizationRequest) -> Response:
        form = visit.form
        company = companies.find(self._store, form.text("company_id"))
        user = company and users.check_password(
            self._store, company.key, form.text("user_id"), form.raw("password")
        )
        if not user or user.status != "active" or user.is_web_services:
            form.reject("company_id", INCORRECT)
            return self._page(visit, asked, status=422)
        session = sessions.start(self._store, self._clock, self._ids, user, None, "ui")
        visit.admit(session.id)
        return visit.go(f"{CONSENT}?{visit.request.url.query}")

    def _allow(self, visit: Page, asked: AuthorizationRequest, who: Person) -> Response:
        refusal = self._refusal(asked, who)
        if refusal is not None:
            visit.form.reject("choice", refusal)
            return self._page(visit, asked, status=422)
        with self._store.transaction():
            if clients.find_authorized(self._store, who.company.key, asked.client_id) is None:
                clients.authorize(
                    self._store,
                    who.company.key,
                    client_id=asked.client_id,
                    description="Authorized by its first use",
                    web_services_user_id=None,
                )
            code = codes.issue(self._store, self._clock, self._ids, asked, who.company, who.user)
        return RedirectResponse(asked.answer(code=code), 303)

    def _refusal(self, asked: AuthorizationRequest, who: Person) -> str | None:
        client = developers.find_client(self._store, asked.client_id)
        if client is None or (client.scope == "production") != who.company.is_production:
            return WRONG_SCOPE
        if WEB_SERVICES not in who.company.subscriptions:
            return "Your company has no subscription to Web Services."
        found = clients.find_authorized(self._store, who.company.key, asked.client_id)
        if found is not None and found.status != "active":
            return SWITCHED_OFF
        if found is None and who.user.admin_privileges == "off":
            return NOT_AUTHORIZED
        return None

    def _asked(self, visit: Page) -> AuthorizationRequest | Response:
        request = codes.read_request(self._store, dict(visit.request.query_params))
        if isinstance(request, UnusableRequest):
            problem = ("This request can't be answered", request.sentence)
            return visit.show("problem.html", status=400, problem=problem, back="/")
        if isinstance(request, RefusedRequest):
            return RedirectResponse(request.address, 303)
        return request

    def _page(self, visit: Page, asked: AuthorizationRequest, *, status: int = 200) -> Response:
        owner = developers.owner_of(self._store, asked.client_id)
        context: dict[str, Any] = {"asked": asked, "owner": owner, "query": visit.request.url.query}
        shown = visit.show("consent.html", status=status, **context)
        # The answer to the form leads to the application, which browsers count as the form's target.
        parts = urlsplit(asked.redirect_uri)
        target = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
        shown.headers[_POLICY] = HEADERS[_POLICY].replace(
            "form-action 'self'", f"form-action 'self' {target}"
        )
        shown.headers[_OPENER_POLICY] = self._quirks.value("consent-opener-policy")
        return shown
