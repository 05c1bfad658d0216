"""The workspaces of a developer: list, add, look at, edit."""

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.console.development import DeveloperDoor, Development, Page, shell, workspace_path
from intacct_sandbox.identity import developers
from intacct_sandbox.identity.developers import MOST_PRODUCTION_KEYS
from intacct_sandbox.pages.forms import Form

_BASE: Final = "/workspaces"


class WorkspacePages:
    """The pages of this module."""

    def __init__(self, development: Development) -> None:
        self._development = development
        self._store = development.store

    def routes(self, door: DeveloperDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        one = _BASE + "/{workspace:int}"
        return [
            door.inside(_BASE, self.every),
            door.inside(f"{_BASE}/new", self.new, self.add),
            door.inside(one, self.overview),
            door.inside(f"{one}/edit", self.edit, self.save),
        ]

    def every(self, visit: Page) -> Response:
        held = developers.workspaces(self._store, visit.who.key)
        counted = [
            (workspace, len(developers.applications(self._store, workspace.key))) for workspace in held
        ]
        return visit.show("workspaces.html", workspaces=counted)

    def new(self, visit: Page) -> Response:
        form = Form.of(contact_email=visit.who.email)
        return visit.show("workspace_form.html", workspace=None, form=form)

    def add(self, visit: Page) -> Response:
        form = visit.form
        name, contact_email = _read(form)
        workspace = form.attempt(
            lambda: developers.add_workspace(
                self._store, visit.who.key, name=name, contact_email=contact_email
            )
        )
        if workspace is None:
            return visit.again("workspace_form.html", workspace=None)
        return visit.go(workspace_path(workspace), f"The workspace {workspace.name} was added.")

    def overview(self, visit: Page) -> Response:
        workspace = self._development.workspace(visit)
        return visit.show(
            "workspace.html",
            applications=len(developers.applications(self._store, workspace.key)),
            production_keys=developers.production_keys(self._store, visit.who.sender_id),
            most_production_keys=MOST_PRODUCTION_KEYS,
            **shell(workspace, workspace.name),
        )

    def edit(self, visit: Page) -> Response:
        workspace = self._development.workspace(visit)
        form = Form.of(name=workspace.name, contact_email=workspace.contact_email)
        return visit.show("workspace_form.html", workspace=workspace, form=form)

    def save(self, visit: Page) -> Response:
        workspace, form = self._development.workspace(visit), visit.form
        name, contact_email = _read(form)
        saved = form.attempt(
            lambda: developers.update_workspace(
                self._store, workspace.key, name=name, contact_email=contact_email
            )
        )
        if saved is None:
            return visit.again("workspace_form.html", workspace=workspace)
        return visit.go(workspace_path(workspace), "The workspace was saved.")


def _read(form: Form) -> tuple[str, str]:
    name = form.required("name", "Enter a name for the workspace.", longest=100)
    return name, form.required("contact_email", "Enter an email address.")
