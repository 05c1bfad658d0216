"""The API keys of an application: create, show the secret, rotate it, activate, delete.

A secret stands on Application Details in full once after it was made; later only on request, until the
page is left.
"""

import re
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.console.development import (
    DeveloperDoor,
    Development,
    Page,
    application_path,
    shell,
    workspace_path,
)
from intacct_sandbox.identity import developers
from intacct_sandbox.identity.developers import PRODUCTS, SCOPES, ApiKeys, Application, Workspace
from intacct_sandbox.pages.browser_sessions import Notice
from intacct_sandbox.pages.forms import Form
from intacct_sandbox.pages.questions import Question, ask

_BASE: Final = "/workspaces/{workspace:int}/apps/{application:int}/keys"
_COPY_NOW: Final = "Copy the Client Secret now: it is masked afterwards."
_BETWEEN: Final = re.compile(r"[,\s]+")


class ApiKeysPages:
    """The pages of this module."""

    def __init__(self, development: Development) -> None:
        self._development = development
        self._store = development.store
        self._clock = development.clock
        self._ids = development.ids

    def routes(self, door: DeveloperDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        one = _BASE + "/{keys:int}"
        return [
            door.inside(f"{_BASE}/new", self.new, self.create),
            door.inside(f"{one}/secret", None, self.reveal),
            door.inside(f"{one}/rotation", self.confirm_rotation, self.rotate),
            door.inside(f"{one}/status", None, self.set_status),
            door.inside(f"{one}/deletion", self.confirm_deletion, self.delete),
        ]

    def new(self, visit: Page) -> Response:
        return visit.show("api_keys_form.html", **_creating(*self._development.application(visit)))

    def create(self, visit: Page) -> Response:
        workspace, application = self._development.application(visit)
        form = visit.form
        product = form.required("product", "Choose a product.")
        scope = form.required("scope", "Choose Production or Non-Production.")
        license_key = form.optional("license_key")
        keys = form.attempt(
            lambda: developers.create_api_keys(
                self._store,
                self._ids,
                self._clock,
                application.key,
                product,
                scope,
                redirect_uris=_addresses(form, "redirect_uris"),
                origin_domains=_addresses(form, "origin_domains"),
                license_key=license_key,
                license_password=form.raw("license_password"),
            )
        )
        if keys is None:
            return visit.again("api_keys_form.html", **_creating(workspace, application))
        return self._show(
            visit, keys, "The API keys were created. Copy the Client Secret now: it is masked afterwards."
        )

    def reveal(self, visit: Page) -> Response:
        _, _, keys = self._development.keys(visit)
        return self._show(visit, keys, "The Client Secret is shown until you leave this page.")

    def confirm_rotation(self, visit: Page) -> Response:
        workspace, application, keys = self._development.keys(visit)
        text = f"The old secret of {keys.client_id} is refused at once; whoever uses it needs the new one."
        back = application_path(workspace, application)
        return ask(visit, Question("Rotate the Client Secret?", text, "Rotate secret", back))

    def rotate(self, visit: Page) -> Response:
        _, _, keys = self._development.keys(visit)
        rotated = developers.rotate_secret(self._store, self._ids, keys.key)
        return self._show(visit, rotated, f"The Client Secret was rotated. {_COPY_NOW}")

    def set_status(self, visit: Page) -> Response:
        workspace, application, keys = self._development.keys(visit)
        status = "inactive" if visit.form.text("status") == "inactive" else "active"
        developers.set_api_keys_status(self._store, keys.key, status)
        return visit.go(
            application_path(workspace, application), f"The keys {keys.client_id} are {status} now."
        )

    def confirm_deletion(self, visit: Page) -> Response:
        workspace, application, keys = self._development.keys(visit)
        text = f"The client {keys.client_id} is unknown from then on, whatever companies have authorized it."
        back = application_path(workspace, application)
        return ask(visit, Question("Delete these API keys?", text, "Delete keys", back))

    def delete(self, visit: Page) -> Response:
        workspace, application, keys = self._development.keys(visit)
        developers.delete_api_keys(self._store, keys.key)
        return visit.go(application_path(workspace, application), f"The keys {keys.client_id} were deleted.")

    def _show(self, visit: Page, keys: ApiKeys, text: str) -> Response:
        workspace, application = self._development.application(visit)
        developers.show_secret(self._store, self._clock, keys.key)
        return visit.go(
            application_path(workspace, application), Notice(text, once={"client_id": keys.client_id})
        )


def _creating(workspace: Workspace, application: Application) -> dict[str, Any]:
    trail = (
        (workspace.name, workspace_path(workspace)),
        (application.name, application_path(workspace, application)),
    )
    around = shell(workspace, "New API keys", *trail)
    return {"application": application, "products": PRODUCTS, "scopes": SCOPES, **around}


def _addresses(form: Form, name: str) -> list[str]:
    return [address for address in _BETWEEN.split(form.raw(name)) if address]
