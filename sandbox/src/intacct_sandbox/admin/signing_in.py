"""Signing in to a company, the first page behind it, the session's own page, and signing out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, SignedIn, in_words
from intacct_sandbox.identity import clients, companies, sessions, users
from intacct_sandbox.identity.companies import WEB_SERVICES
from intacct_sandbox.identity.users import User
from intacct_sandbox.pages.doors import Visit
from intacct_sandbox.pages.forms import Form

INCORRECT: Final = (
    "Sign-in information is incorrect."
    " Check the Company ID, the User ID and the password; letter case matters."
)
WEB_SERVICES_ONLY: Final = (
    "This is a Web Services user. They are for programs and can't sign in here; use another user."
)
INACTIVE: Final = "This user is inactive. An administrator of the company can make it active again."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing an integration needs, and whether the company has it."""

    title: str
    text: str
    path: str
    is_done: bool


class SigningIn:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store
        self._clock = administration.clock
        self._ids = administration.ids

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        return [
            door.anyone("/sign-in", self.form, self.sign_in),
            door.anyone("/sign-out", None, self.sign_out),
            door.inside("", self.home),
            door.inside("/session", self.session),
        ]

    def form(self, visit: Visit[SignedIn | None]) -> Response:
        wanted = visit.request.query_params.get("next", "")
        if visit.who is not None:
            return visit.go(visit.door.destination(wanted))
        return visit.show("sign_in.html", form=Form.of(next=wanted))

    def sign_in(self, visit: Visit[SignedIn | None]) -> Response:
        form = visit.form
        form.required("company_id", "Enter the Company ID.")
        form.required("user_id", "Enter the User ID.")
        if not form.raw("password"):
            form.reject("password", "Enter the password.")
        user = self._user(form) if not form.errors else None
        if user is None:
            return visit.again("sign_in.html")
        session = sessions.start(self._store, self._clock, self._ids, user, None, "ui")
        visit.admit(session.id)
        return visit.go(visit.door.destination(form.raw("next")))

    def _user(self, form: Form) -> User | None:
        company = companies.find(self._store, form.text("company_id"))
        user = company and users.check_password(
            self._store, company.key, form.text("user_id"), form.raw("password")
        )
        if not user:
            form.reject("company_id", INCORRECT)
            return None
        if user.is_web_services:
            form.reject("user_id", WEB_SERVICES_ONLY)
        elif user.status != "active":
            form.reject("user_id", INACTIVE)
        return user if not form.errors else None

    def sign_out(self, visit: Visit[SignedIn | None]) -> Response:
        if visit.who is not None:
            sessions.end(self._store, visit.who.session.id)
        visit.dismiss()
        return visit.go(visit.door.sign_in_path, "You have signed out.")

    def home(self, visit: Page) -> Response:
        return visit.show("home.html", may_administer=visit.who.may_administer, steps=self._steps(visit.who))

    def _steps(self, who: SignedIn) -> list[Step]:
        key = who.company.key
        active = {user.id for user in users.web_services(self._store, key) if user.status == "active"}
        entries = clients.every(self._store, key)
        ready = [c for c in entries if c.status == "active" and c.web_services_user_id in active]
        return [
            Step(
                "Subscription to Web Services",
                "Lets programs into the company at all.",
                "/company/admin/subscriptions",
                WEB_SERVICES in who.company.subscriptions,
            ),
            Step(
                "An active Web Services user",
                "The user that the application works as, with the permissions it needs.",
                "/company/admin/web-services-users",
                bool(active),
            ),
            Step(
                "An authorized client application for that user",
                "Binds the application's Client ID to the Web Services user.",
                "/company/setup/company/edit/security/authorized-client-applications",
                bool(ready),
            ),
        ]

    def session(self, visit: Page) -> Response:
        lasts = in_words(timedelta(seconds=visit.who.session.timeout_seconds))
        return visit.show("session.html", lasts=lasts)
