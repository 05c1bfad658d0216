"""Signing up and in, the first page behind the door, the account with its sender, and signing out."""

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.console.development import DeveloperDoor, Development, Page
from intacct_sandbox.identity import developers
from intacct_sandbox.identity.developers import Developer
from intacct_sandbox.pages.browser_sessions import Notice
from intacct_sandbox.pages.doors import Visit
from intacct_sandbox.pages.forms import Form

INCORRECT: Final = (
    "There is no developer account with this email address and password. Letter case of the password matters."
)
_ACCOUNT: Final = "/developer/account"


class SigningIn:
    """The pages of this module."""

    def __init__(self, development: Development) -> None:
        self._store = development.store
        self._ids = development.ids

    def routes(self, door: DeveloperDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        return [
            door.anyone("/sign-in", self.form, self.sign_in),
            door.anyone("/sign-up", self.new, self.sign_up),
            door.anyone("/sign-out", None, self.sign_out),
            door.inside("", self.home),
            door.inside("/account", self.account),
            door.inside("/account/sender-password", None, self.reveal),
        ]

    def form(self, visit: Visit[Developer | None]) -> Response:
        wanted = visit.request.query_params.get("next", "")
        if visit.who is not None:
            return visit.go(visit.door.destination(wanted))
        return visit.show("sign_in.html", form=Form.of(next=wanted))

    def sign_in(self, visit: Visit[Developer | None]) -> Response:
        form = visit.form
        email = form.required("email", "Enter the email address of your account.")
        if not form.raw("password"):
            form.reject("password", "Enter the password.")
        if form.errors:
            return visit.again("sign_in.html")
        developer = developers.sign_in(self._store, email, form.raw("password"))
        if developer is None:
            form.reject("email", INCORRECT)
            return visit.again("sign_in.html")
        visit.admit(str(developer.key))
        return visit.go(visit.door.destination(form.raw("next")))

    def new(self, visit: Visit[Developer | None]) -> Response:
        if visit.who is not None:
            return visit.go(visit.door.prefix)
        return visit.show("sign_up.html")

    def sign_up(self, visit: Visit[Developer | None]) -> Response:
        form = visit.form
        name = form.required("name", "Enter your name or that of your company.", longest=100)
        email = form.required("email", "Enter an email address.")
        password = form.raw("password")
        if not password:
            form.reject("password", "Choose a password.")
        developer = form.attempt(
            lambda: developers.sign_up(self._store, self._ids, email=email, name=name, password=password)
        )
        if developer is None:
            return visit.again("sign_up.html")
        visit.admit(str(developer.key))
        return visit.go(visit.door.prefix, f"Your account is open. Its sender ID is {developer.sender_id}.")

    def sign_out(self, visit: Visit[Developer | None]) -> Response:
        visit.dismiss()
        return visit.go(visit.door.sign_in_path, "You have signed out.")

    def home(self, visit: Page) -> Response:
        held = developers.workspaces(self._store, visit.who.key)
        return visit.show("home.html", workspaces=len(held))

    def account(self, visit: Page) -> Response:
        return visit.show("account.html")

    def reveal(self, visit: Page) -> Response:
        return visit.go(
            _ACCOUNT,
            Notice("The sender password is shown until you leave this page.", once={"reveals": "password"}),
        )
