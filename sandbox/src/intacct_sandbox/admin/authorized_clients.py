"""Authorized client applications of a company: list, add, edit, activate, delete.

A Web Services User ID is kept as it was typed, as Sage does; whether it fits shows when a token is asked for.
The list says so beforehand.
"""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, administrators
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import clients, developers, users
from intacct_sandbox.identity.clients import AuthorizedClient
from intacct_sandbox.pages.forms import Form
from intacct_sandbox.pages.questions import Question, ask

_BASE: Final = "/setup/company/edit/security/authorized-client-applications"
_LIST: Final = f"/company{_BASE}"
_UNKNOWN: Final = "Unknown application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry of the list, with what the developer console knows about the client."""

    key: int
    name: str
    owner: str
    client_id: str
    description: str
    user_id: str
    status: str
    concern: str


class AuthorizedClientPages:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        one = _BASE + "/{client:int}"
        return [
            door.inside(_BASE, administrators(self.every)),
            door.inside(f"{_BASE}/new", administrators(self.new), administrators(self.add)),
            door.inside(one, administrators(self.edit), administrators(self.save)),
            door.inside(f"{one}/status", None, administrators(self.set_status)),
            door.inside(f"{one}/deletion", administrators(self.confirm), administrators(self.delete)),
        ]

    def every(self, visit: Page) -> Response:
        rows = [self._row(client) for client in clients.every(self._store, visit.who.company.key)]
        return visit.show("authorized_clients.html", clients=rows)

    def new(self, visit: Page) -> Response:
        return visit.show("authorized_client.html", client=None, form=Form.of(status="active"))

    def add(self, visit: Page) -> Response:
        form = visit.form
        client_id = form.required("client_id", "Enter the Client ID that the developer console shows.")
        description = form.optional("description")
        client = form.attempt(
            lambda: clients.authorize(
                self._store,
                visit.who.company.key,
                client_id,
                description,
                form.raw("web_services_user_id") or None,
                form.text("status"),
            )
        )
        if client is None:
            return visit.again("authorized_client.html", client=None)
        return visit.go(_LIST, "The client application was authorized.")

    def edit(self, visit: Page) -> Response:
        client = self._client(visit)
        form = Form.of(
            description=client.description,
            web_services_user_id=client.web_services_user_id or "",
            status=client.status,
        )
        return visit.show("authorized_client.html", client=client, form=form)

    def save(self, visit: Page) -> Response:
        client, form = self._client(visit), visit.form
        description = form.optional("description")
        saved = form.attempt(
            lambda: clients.update(
                self._store,
                client.key,
                description=description,
                web_services_user_id=form.raw("web_services_user_id") or None,
                status=form.text("status"),
            )
        )
        if saved is None:
            return visit.again("authorized_client.html", client=client)
        return visit.go(_LIST, "The authorization was saved.")

    def set_status(self, visit: Page) -> Response:
        client = self._client(visit)
        status = "inactive" if visit.form.text("status") == "inactive" else "active"
        clients.set_status(self._store, client.key, status)
        return visit.go(_LIST, f"{self._row(client).name} is {status} now.")

    def confirm(self, visit: Page) -> Response:
        client = self._client(visit)
        text = f"The client {client.client_id} is refused by this company from then on."
        title = f"Remove {self._row(client).name} from the list?"
        return ask(visit, Question(title, text, "Delete authorization", _LIST))

    def delete(self, visit: Page) -> Response:
        client = self._client(visit)
        clients.remove(self._store, client.key)
        return visit.go(_LIST, f"{self._row(client).name} is no longer authorized.")

    def _client(self, visit: Page) -> AuthorizedClient:
        client = clients.by_key(self._store, visit.number("client"))
        if client is None or client.company_key != visit.who.company.key:
            raise UnknownThing
        return client

    def _row(self, client: AuthorizedClient) -> Row:
        owner = developers.owner_of(self._store, client.client_id)
        return Row(
            key=client.key,
            name=owner.application.name if owner else _UNKNOWN,
            owner=owner.developer.name if owner else "Unknown",
            client_id=client.client_id,
            description=client.description,
            user_id=client.web_services_user_id or "",
            status=client.status,
            concern=self._concern(client),
        )

    def _concern(self, client: AuthorizedClient) -> str:
        if client.web_services_user_id is None:
            return ""
        user = users.find(self._store, client.company_key, client.web_services_user_id)
        if user is None or not user.is_web_services:
            return "No Web Services user has exactly this User ID."
        return "This user is inactive." if user.status != "active" else ""
