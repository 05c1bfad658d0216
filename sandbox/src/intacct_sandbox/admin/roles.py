"""The roles of a company: list, add, edit, delete."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin import rights
from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, administrators
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import permissions, users
from intacct_sandbox.identity.permissions import Role
from intacct_sandbox.pages.forms import Form
from intacct_sandbox.pages.questions import Question, ask

_LIST = "/company/admin/roles"


class RolePages:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        return [
            door.inside("/admin/roles", administrators(self.every)),
            door.inside("/admin/roles/new", administrators(self.new), administrators(self.add)),
            door.inside("/admin/roles/{role:int}", administrators(self.edit), administrators(self.save)),
            door.inside(
                "/admin/roles/{role:int}/deletion", administrators(self.confirm), administrators(self.delete)
            ),
        ]

    def every(self, visit: Page) -> Response:
        key = visit.who.company.key
        holders = users.every(self._store, key)
        roles = [
            (role, [user.id for user in holders if role.id in user.roles])
            for role in permissions.roles(self._store, key)
        ]
        return visit.show("roles.html", roles=roles)

    def new(self, visit: Page) -> Response:
        return visit.show("role.html", role=None, applications=rights.applications())

    def add(self, visit: Page) -> Response:
        form = visit.form
        name = form.required("id", "Enter a name for the role.", longest=80)
        description, granted = form.optional("description"), rights.read(form)
        role = form.attempt(
            lambda: permissions.add_role(
                self._store,
                visit.who.company.key,
                role_id=name,
                description=description,
                permissions=granted,
            )
        )
        if role is None:
            return visit.again("role.html", role=None, applications=rights.applications())
        return visit.go(_LIST, f"The role {role.id} was added.")

    def edit(self, visit: Page) -> Response:
        role = self._role(visit)
        form = Form.of(description=role.description, **rights.fields(role.permissions))
        return visit.show("role.html", role=role, form=form, applications=rights.applications())

    def save(self, visit: Page) -> Response:
        role, form = self._role(visit), visit.form
        description, granted = form.optional("description"), rights.read(form)
        saved = form.attempt(
            lambda: permissions.update_role(
                self._store, role.key, description=description, permissions=granted
            )
        )
        if saved is None:
            return visit.again("role.html", role=role, applications=rights.applications())
        return visit.go(_LIST, f"The role {role.id} was saved.")

    def confirm(self, visit: Page) -> Response:
        role = self._role(visit)
        return ask(
            visit,
            Question(
                f"Delete the role {role.id}?",
                "Users who have it lose its permissions at once.",
                "Delete role",
                _LIST,
            ),
        )

    def delete(self, visit: Page) -> Response:
        role = self._role(visit)
        permissions.remove_role(self._store, role.key)
        return visit.go(_LIST, f"The role {role.id} was deleted.")

    def _role(self, visit: Page) -> Role:
        role = permissions.role_by_key(self._store, visit.number("role"))
        if role is None or role.company_key != visit.who.company.key:
            raise UnknownThing
        return role
