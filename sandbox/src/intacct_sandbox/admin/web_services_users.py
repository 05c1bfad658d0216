"""The Web Services users of a company: list, add, edit, activate, new password, delete."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin import rights
from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, administrators
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import companies, permissions, users
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.users import NewUser, User
from intacct_sandbox.pages.browser_sessions import Notice
from intacct_sandbox.pages.forms import Form
from intacct_sandbox.pages.questions import Question, ask

_LIST: Final = "/company/admin/web-services-users"
_USER_TYPES: Final = [
    ("business", "Business"),
    ("employee", "Employee"),
    ("viewOnly", "View only"),
    ("dashboard", "Dashboard"),
    ("projectManager", "Project manager"),
    ("paymentApprover", "Payment approver"),
]
_ADMIN_PRIVILEGES: Final = [("off", "Off"), ("limited", "Limited"), ("full", "Full")]
_PASSWORD_LENGTH: Final = 20


class WebServicesUserPages:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store
        self._ids = administration.ids

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        base = "/admin/web-services-users"
        one = base + "/{user:int}"
        return [
            door.inside(base, administrators(self.every)),
            door.inside(f"{base}/new", administrators(self.new), administrators(self.add)),
            door.inside(one, administrators(self.edit), administrators(self.save)),
            door.inside(f"{one}/status", None, administrators(self.set_status)),
            door.inside(
                f"{one}/password", administrators(self.confirm_password), administrators(self.reset_password)
            ),
            door.inside(f"{one}/deletion", administrators(self.confirm), administrators(self.delete)),
        ]

    def every(self, visit: Page) -> Response:
        held = users.web_services(self._store, visit.who.company.key)
        return visit.show("web_services_users.html", users=held)

    def new(self, visit: Page) -> Response:
        form = Form.of(user_type="business", admin_privileges="off", status="active", allow_top_level="yes")
        return visit.show("web_services_user.html", user=None, form=form, **self._choices(visit))

    def add(self, visit: Page) -> Response:
        form, company = visit.form, visit.who.company
        password = form.raw("password") or self._ids.token(_PASSWORD_LENGTH)
        wanted = _read(form, company, form.required("id", "Enter a User ID."), password)
        user = form.attempt(lambda: users.add(self._store, company.key, wanted))
        if user is None:
            return visit.again("web_services_user.html", user=None, **self._choices(visit))
        return visit.go(_LIST, _with_password(f"The user {user.id} was added.", user, password))

    def edit(self, visit: Page) -> Response:
        user = self._user(visit)
        return visit.show("web_services_user.html", user=user, form=_filled(user), **self._choices(visit))

    def save(self, visit: Page) -> Response:
        user, form = self._user(visit), visit.form
        wanted = _read(form, visit.who.company, user.id, password="")
        saved = form.attempt(lambda: users.update(self._store, user.key, wanted))
        if saved is None:
            return visit.again("web_services_user.html", user=user, **self._choices(visit))
        return visit.go(_LIST, f"The user {user.id} was saved.")

    def set_status(self, visit: Page) -> Response:
        user = self._user(visit)
        status = "inactive" if visit.form.text("status") == "inactive" else "active"
        users.set_status(self._store, user.key, status)
        return visit.go(_LIST, f"The user {user.id} is {status} now.")

    def confirm_password(self, visit: Page) -> Response:
        user = self._user(visit)
        text = (
            "Programs that sign in with the old one through the XML gateway fail until they have the new one."
            " API clients with a Client ID are not affected."
        )
        return ask(visit, Question(f"Reset the password of {user.id}?", text, "Reset password", _LIST))

    def reset_password(self, visit: Page) -> Response:
        user = self._user(visit)
        password = self._ids.token(_PASSWORD_LENGTH)
        users.set_password(self._store, user.key, password)
        return visit.go(_LIST, _with_password(f"The user {user.id} has a new password.", user, password))

    def confirm(self, visit: Page) -> Response:
        user = self._user(visit)
        text = (
            "Its sessions end at once, and every application that works as this user is refused from then on."
        )
        return ask(visit, Question(f"Delete the user {user.id}?", text, "Delete user", _LIST))

    def delete(self, visit: Page) -> Response:
        user = self._user(visit)
        users.delete(self._store, user.key)
        return visit.go(_LIST, f"The user {user.id} was deleted.")

    def _user(self, visit: Page) -> User:
        user = users.by_key(self._store, visit.number("user"))
        if user is None or user.company_key != visit.who.company.key or not user.is_web_services:
            raise UnknownThing
        return user

    def _choices(self, visit: Page) -> dict[str, Any]:
        key = visit.who.company.key
        return {
            "user_types": _USER_TYPES,
            "admin_privileges": _ADMIN_PRIVILEGES,
            "roles": [(role.id, role.id, role.description) for role in permissions.roles(self._store, key)],
            "entities": [
                (entity.id, entity.name, "" if entity.id == entity.name else f"Entity ID {entity.id}")
                for entity in companies.entities(self._store, key)
            ],
            "applications": rights.applications(),
        }


def _read(form: Form, company: Company, user_id: str, password: str) -> NewUser:
    is_by_role = company.permission_type == "role"
    return NewUser(
        id=user_id,
        user_name=form.required("user_name", "Enter a user name."),
        account_email=form.required("account_email", "Enter an e-mail address."),
        first_name=form.optional("first_name"),
        last_name=form.optional("last_name"),
        contact_name=form.optional("contact_name"),
        user_type=form.text("user_type"),
        admin_privileges=form.text("admin_privileges"),
        status=form.text("status"),
        is_web_services=True,
        roles=form.many("roles") if is_by_role else (),
        permissions=() if is_by_role else rights.read(form),
        entity_ids=form.many("entity_ids"),
        allow_top_level=not company.is_multi_entity or form.holds("allow_top_level", "yes"),
        password=password,
    )


def _filled(user: User) -> Form:
    return Form.of(
        user_name=user.user_name,
        account_email=user.account_email,
        first_name=user.first_name,
        last_name=user.last_name,
        contact_name=user.contact_name,
        user_type=user.user_type,
        admin_privileges=user.admin_privileges,
        status=user.status,
        roles=user.roles,
        entity_ids=user.entity_ids,
        allow_top_level="yes" if user.allow_top_level else "",
        **rights.fields(user.permissions),
    )


def _with_password(text: str, user: User, password: str) -> Notice:
    return Notice(text, once={"user_id": user.id, "password": password})
