"""The applications of a workspace: list, add, details, edit, delete. Their API keys are in `api_keys`."""

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
from intacct_sandbox.identity.developers import PRODUCTS, SCOPES, Application, Workspace
from intacct_sandbox.pages.forms import Form
from intacct_sandbox.pages.questions import Question, ask

_BASE: Final = "/workspaces/{workspace:int}/apps"


class ApplicationPages:
    """The pages of this module."""

    def __init__(self, development: Development) -> None:
        self._development = development
        self._store = development.store

    def routes(self, door: DeveloperDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        one = _BASE + "/{application:int}"
        return [
            door.inside(_BASE, self.every),
            door.inside(f"{_BASE}/new", self.new, self.add),
            door.inside(one, self.details),
            door.inside(f"{one}/edit", self.edit, self.save),
            door.inside(f"{one}/deletion", self.confirm, self.delete),
        ]

    def every(self, visit: Page) -> Response:
        workspace = self._development.workspace(visit)
        counted = [
            (application, len(developers.api_keys(self._store, application.key)))
            for application in developers.applications(self._store, workspace.key)
        ]
        around = shell(workspace, "Apps", (workspace.name, workspace_path(workspace)))
        return visit.show("applications.html", applications=counted, **around)

    def new(self, visit: Page) -> Response:
        workspace = self._development.workspace(visit)
        form = Form.of(contact_email=workspace.contact_email)
        return visit.show("application_form.html", form=form, **_adding(workspace))

    def add(self, visit: Page) -> Response:
        workspace, form = self._development.workspace(visit), visit.form
        name, home_page_url, contact_email = _read(form)
        application = form.attempt(
            lambda: developers.add_application(
                self._store,
                workspace.key,
                name=name,
                home_page_url=home_page_url,
                contact_email=contact_email,
            )
        )
        if application is None:
            return visit.again("application_form.html", **_adding(workspace))
        return visit.go(
            f"{workspace_path(workspace)}/apps",
            f"The application {application.name} was added. Open it to create its API keys.",
        )

    def details(self, visit: Page) -> Response:
        workspace, application = self._development.application(visit)
        return visit.show(
            "application.html",
            application=application,
            keys=developers.api_keys(self._store, application.key),
            products=PRODUCTS,
            scopes=SCOPES,
            **shell(workspace, application.name, (workspace.name, workspace_path(workspace))),
        )

    def edit(self, visit: Page) -> Response:
        workspace, application = self._development.application(visit)
        form = Form.of(
            name=application.name,
            home_page_url=application.home_page_url,
            contact_email=application.contact_email,
        )
        return visit.show("application_form.html", form=form, **_editing(workspace, application))

    def save(self, visit: Page) -> Response:
        workspace, application = self._development.application(visit)
        form = visit.form
        name, home_page_url, contact_email = _read(form)
        saved = form.attempt(
            lambda: developers.update_application(
                self._store,
                application.key,
                name=name,
                home_page_url=home_page_url,
                contact_email=contact_email,
            )
        )
        if saved is None:
            return visit.again("application_form.html", **_editing(workspace, application))
        return visit.go(application_path(workspace, application), "The application was saved.")

    def confirm(self, visit: Page) -> Response:
        workspace, application = self._development.application(visit)
        text = "Its API keys go with it, and every company refuses them from then on."
        back = application_path(workspace, application)
        return ask(
            visit, Question(f"Delete the application {application.name}?", text, "Delete application", back)
        )

    def delete(self, visit: Page) -> Response:
        workspace, application = self._development.application(visit)
        developers.delete_application(self._store, application.key)
        return visit.go(
            f"{workspace_path(workspace)}/apps", f"The application {application.name} was deleted."
        )


def _adding(workspace: Workspace) -> dict[str, Any]:
    around = shell(workspace, "New application", (workspace.name, workspace_path(workspace)))
    return {"application": None, **around}


def _editing(workspace: Workspace, application: Application) -> dict[str, Any]:
    trail = (
        (workspace.name, workspace_path(workspace)),
        (application.name, application_path(workspace, application)),
    )
    return {"application": application, **shell(workspace, "Edit", *trail)}


def _read(form: Form) -> tuple[str, str, str]:
    return (
        form.required("name", "Enter a name for the application.", longest=100),
        form.required("home_page_url", "Enter the address of its home page.", longest=2000),
        form.required("contact_email", "Enter an email address."),
    )
