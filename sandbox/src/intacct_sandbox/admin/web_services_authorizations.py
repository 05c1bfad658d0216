"""The senders of the XML gateway that a company lets in: list, add, edit, activate, delete."""

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, administrators
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import senders
from intacct_sandbox.identity.senders import WebServicesAuthorization
from intacct_sandbox.pages.forms import Form
from intacct_sandbox.pages.questions import Question, ask

_BASE: Final = "/setup/company/edit/security/web-services-authorizations"
_LIST: Final = f"/company{_BASE}"


class WebServicesAuthorizationPages:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        one = _BASE + "/{sender:int}"
        return [
            door.inside(_BASE, administrators(self.every)),
            door.inside(f"{_BASE}/new", administrators(self.new), administrators(self.add)),
            door.inside(one, administrators(self.edit), administrators(self.save)),
            door.inside(f"{one}/status", None, administrators(self.set_status)),
            door.inside(f"{one}/deletion", administrators(self.confirm), administrators(self.delete)),
        ]

    def every(self, visit: Page) -> Response:
        held = senders.every(self._store, visit.who.company.key)
        return visit.show("web_services_authorizations.html", senders=held)

    def new(self, visit: Page) -> Response:
        return visit.show("web_services_authorization.html", sender=None, form=Form.of(status="active"))

    def add(self, visit: Page) -> Response:
        form = visit.form
        sender_id = form.required("sender_id", "Enter the sender ID.")
        description = form.optional("description")
        sender = form.attempt(
            lambda: senders.add(
                self._store, visit.who.company.key, sender_id, description, form.text("status")
            )
        )
        if sender is None:
            return visit.again("web_services_authorization.html", sender=None)
        return visit.go(_LIST, f"The sender {sender.sender_id} was authorized.")

    def edit(self, visit: Page) -> Response:
        sender = self._sender(visit)
        form = Form.of(description=sender.description, status=sender.status)
        return visit.show("web_services_authorization.html", sender=sender, form=form)

    def save(self, visit: Page) -> Response:
        sender, form = self._sender(visit), visit.form
        description = form.optional("description")
        saved = form.attempt(
            lambda: senders.update(
                self._store, sender.key, description=description, status=form.text("status")
            )
        )
        if saved is None:
            return visit.again("web_services_authorization.html", sender=sender)
        return visit.go(_LIST, f"The sender {sender.sender_id} was saved.")

    def set_status(self, visit: Page) -> Response:
        sender = self._sender(visit)
        status = "inactive" if visit.form.text("status") == "inactive" else "active"
        senders.set_status(self._store, sender.key, status)
        return visit.go(_LIST, f"The sender {sender.sender_id} is {status} now.")

    def confirm(self, visit: Page) -> Response:
        sender = self._sender(visit)
        text = "All its requests to this company fail from then on."
        title = f"Remove the sender {sender.sender_id} from the list?"
        return ask(visit, Question(title, text, "Delete authorization", _LIST))

    def delete(self, visit: Page) -> Response:
        sender = self._sender(visit)
        senders.remove(self._store, sender.key)
        return visit.go(_LIST, f"The sender {sender.sender_id} is no longer authorized.")

    def _sender(self, visit: Page) -> WebServicesAuthorization:
        sender = senders.by_key(self._store, visit.number("sender"))
        if sender is None or sender.company_key != visit.who.company.key:
            raise UnknownThing
        return sender
