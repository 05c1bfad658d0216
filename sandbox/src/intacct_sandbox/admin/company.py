"""The menus of a company, its own page with Edit and Security, its subscriptions and its entities."""

from datetime import timedelta
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin.administration import (
    Administration,
    CompanyDoor,
    Page,
    administrators,
    in_words,
)
from intacct_sandbox.identity import clients, companies, formats, senders
from intacct_sandbox.identity.companies import SUBSCRIPTIONS, WEB_SERVICES, Company
from intacct_sandbox.identity.formats import CLOCKS, LOCALES, SEPARATORS
from intacct_sandbox.pages.forms import Form

_ADMIN: Final = ("Admin", "/company/admin", "Web Services users, roles and subscriptions.")
_SETUP: Final = ("Setup", "/company/setup", "The company itself, its security and its entities.")
_DATA: Final = ("Data", "/company/data", "What people and programs have put into the company.")
_SECTIONS: Final = [(label, path) for label, path, _ in (_ADMIN, _SETUP, _DATA)]
_ADMIN_PAGES: Final = [
    ("Web Services Users", "/company/admin/web-services-users", "Users that only programs work as."),
    ("Roles", "/company/admin/roles", "Sets of permissions to give to users."),
    ("Subscriptions", "/company/admin/subscriptions", "Which applications the company has."),
    ("API Usage", "/company/admin/api-usage", "The performance tier, and this month’s transactions."),
]
_SETUP_PAGES: Final = [
    ("Company", "/company/setup/company", "Company ID, general information and security."),
    ("Entities", "/company/setup/entities", "The parts of a multi-entity company."),
    ("Custom Fields", "/company/setup/custom-fields", "What is kept of a record beside Sage’s own fields."),
    ("Triggers", "/company/setup/triggers", "Posts to your own programs when records change."),
]
_ABOUT: Final = {WEB_SERVICES: "Needed by everything that calls the company: REST and the XML gateway."}


class CompanyPages:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        pages = [
            ("/menu", self.menu, None),
            ("/admin", self.admin, None),
            ("/setup", self.setup, None),
            ("/setup/company", self.company, None),
            ("/setup/company/edit", self.edit, self.save),
            ("/setup/company/edit/security", self.security, None),
            ("/setup/entities", self.entities, None),
            ("/admin/subscriptions", self.subscriptions, self.subscribe),
        ]
        return [
            door.inside(path, administrators(show), administrators(submit) if submit else None)
            for path, show, submit in pages
        ]

    def menu(self, visit: Page) -> Response:
        return visit.show(
            "menu.html",
            title="Company",
            text="Administration, setup and what is in it.",
            sections=[],
            items=[_ADMIN, _SETUP, _DATA],
        )

    def admin(self, visit: Page) -> Response:
        return visit.show("menu.html", title="Admin", text=_ADMIN[2], sections=_SECTIONS, items=_ADMIN_PAGES)

    def setup(self, visit: Page) -> Response:
        return visit.show("menu.html", title="Setup", text=_SETUP[2], sections=_SECTIONS, items=_SETUP_PAGES)

    def company(self, visit: Page) -> Response:
        lasts = in_words(timedelta(seconds=visit.who.company.session_timeout_seconds))
        own = formats.of(self._store, visit.who.company.key)
        return visit.show("company.html", lasts=lasts, formats=own, dates=_pattern(own.date_format))

    def edit(self, visit: Page) -> Response:
        own = formats.of(self._store, visit.who.company.key)
        form = Form.of(
            title=visit.who.company.title,
            locale=own.locale,
            date_format=own.date_format,
            clock=own.clock,
            gmt_offset=own.gmt_offset,
        )
        return visit.show("company_edit.html", tab="general", form=form, choices=_formats())

    def save(self, visit: Page) -> Response:
        saved = visit.form.attempt(lambda: self._save(visit.who.company.key, visit.form))
        if saved is None:
            return visit.again("company_edit.html", tab="general", choices=_formats())
        return visit.go("/company/setup/company", "The company information was saved.")

    def _save(self, key: int, form: Form) -> Company:
        members = ("locale", "date_format", "clock", "gmt_offset")
        with self._store.transaction():
            # A blank may be what stands between the parts of a date.
            formats.change(self._store, key, {name: form.raw(name) for name in members})
            return companies.rename(self._store, key, form.raw("title"))

    def security(self, visit: Page) -> Response:
        key = visit.who.company.key
        return visit.show(
            "security.html",
            tab="security",
            clients=_count(len(clients.every(self._store, key)), "application"),
            senders=_count(len(senders.every(self._store, key)), "sender"),
        )

    def entities(self, visit: Page) -> Response:
        return visit.show("entities.html", entities=companies.entities(self._store, visit.who.company.key))

    def subscriptions(self, visit: Page) -> Response:
        form = Form.of(subscriptions=sorted(visit.who.company.subscriptions))
        return visit.show("subscriptions.html", form=form, choices=_choices())

    def subscribe(self, visit: Page) -> Response:
        form = visit.form
        wanted = form.many("subscriptions")
        key = visit.who.company.key
        company = form.attempt(lambda: companies.subscribe(self._store, key, wanted))
        if company is None:
            return visit.again("subscriptions.html", choices=_choices())
        state = "on" if WEB_SERVICES in company.subscriptions else "off"
        return visit.go("/company/admin/subscriptions", f"Subscriptions were saved; Web Services is {state}.")


def _choices() -> list[tuple[str, str, str]]:
    return [(name, name, _ABOUT.get(name, "")) for name in SUBSCRIPTIONS]


def _formats() -> dict[str, list[tuple[str, str]]]:
    orders = ("mdY", "dmY", "Ymd", "mdy", "dmy", "ymd")
    written = [separator + order for separator in SEPARATORS for order in orders]
    return {
        "locales": [(name, name) for name in LOCALES],
        "date_formats": [(one, _pattern(one)) for one in written],
        "clocks": [(one, f"{one} hours") for one in CLOCKS],
    }


def _pattern(date_format: str) -> str:
    """`/mdY` as people write it, `MM/DD/YYYY`."""
    parts = {"m": "MM", "d": "DD", "y": "YY", "Y": "YYYY"}
    return date_format[0].join(parts[letter] for letter in date_format[1:])


def _count(number: int, noun: str) -> str:
    return f"{number or 'No'} {noun}{'' if number == 1 else 's'}"
