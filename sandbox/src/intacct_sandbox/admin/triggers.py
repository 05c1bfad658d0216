"""Triggers of the company: list, add, edit, activate, delete; what they posted, and how to check a post."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, administrators
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.identity import clients
from intacct_sandbox.objects import registry
from intacct_sandbox.pages.forms import Form
from intacct_sandbox.pages.questions import Question, ask
from intacct_sandbox.triggers import EVENTS, Trigger, definitions, deliveries
from intacct_sandbox.triggers.definitions import NewTrigger

_BASE: Final = "/setup/triggers"
_LIST: Final = f"/company{_BASE}"
_SHOWN: Final = 50


class TriggerPages:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        one = _BASE + "/{trigger:int}"
        return [
            door.inside(_BASE, administrators(self.every)),
            door.inside(f"{_BASE}/new", administrators(self.new), administrators(self.add)),
            door.inside(one, administrators(self.edit), administrators(self.save)),
            door.inside(f"{one}/status", None, administrators(self.set_status)),
            door.inside(f"{one}/deletion", administrators(self.confirm), administrators(self.delete)),
        ]

    def every(self, visit: Page) -> Response:
        key = visit.who.company.key
        return visit.show(
            "triggers.html",
            triggers=definitions.every(self._store, key),
            deliveries=deliveries.every(self._store, key, _SHOWN),
            schedule=[f"{after.seconds} seconds" for after in deliveries.AGAIN_AFTER],
        )

    def new(self, visit: Page) -> Response:
        form = Form.of(status="active", events=EVENTS)
        return visit.show("trigger.html", trigger=None, form=form, **self._choices(visit))

    def add(self, visit: Page) -> Response:
        form = visit.form
        wanted = self._wanted(visit)
        trigger = form.attempt(lambda: definitions.add(self._store, visit.who.company.key, wanted))
        if trigger is None:
            return visit.again("trigger.html", trigger=None, **self._choices(visit))
        return visit.go(_LIST, f"The trigger {trigger.name} was added.")

    def edit(self, visit: Page) -> Response:
        trigger = self._trigger(visit)
        form = Form.of(
            name=trigger.name,
            object_name=trigger.object_name,
            events=trigger.events,
            url=trigger.url,
            client_id=trigger.client_id,
            status=trigger.status,
        )
        return visit.show("trigger.html", trigger=trigger, form=form, **self._choices(visit))

    def save(self, visit: Page) -> Response:
        trigger, form = self._trigger(visit), visit.form
        wanted = self._wanted(visit)
        saved = form.attempt(lambda: definitions.update(self._store, trigger.key, wanted))
        if saved is None:
            return visit.again("trigger.html", trigger=trigger, **self._choices(visit))
        return visit.go(_LIST, f"The trigger {saved.name} was saved.")

    def set_status(self, visit: Page) -> Response:
        trigger = self._trigger(visit)
        status = "inactive" if visit.form.text("status") == "inactive" else "active"
        definitions.set_status(self._store, trigger.key, status)
        return visit.go(_LIST, f"The trigger {trigger.name} is {status} now.")

    def confirm(self, visit: Page) -> Response:
        trigger = self._trigger(visit)
        text = "It posts no more. What it has posted stays in the log."
        return ask(visit, Question(f"Delete the trigger {trigger.name}?", text, "Delete trigger", _LIST))

    def delete(self, visit: Page) -> Response:
        trigger = self._trigger(visit)
        definitions.remove(self._store, trigger.key)
        return visit.go(_LIST, f"The trigger {trigger.name} was deleted.")

    def _wanted(self, visit: Page) -> NewTrigger:
        form = visit.form
        return NewTrigger(
            name=form.required("name", "Enter a name."),
            object_name=form.required("object_name", "Choose an object."),
            events=form.many("events"),
            url=form.required("url", "Enter a URL.", longest=500),
            client_id=form.required("client_id", "Choose a client application."),
            status=form.text("status"),
        )

    def _choices(self, visit: Page) -> dict[str, Any]:
        authorized = clients.every(self._store, visit.who.company.key)
        return {
            "objects": [(name, name) for name in sorted(registry.ALL)],
            "clients": [(one.client_id, one.description or one.client_id) for one in authorized],
            "events": [(event, event.capitalize(), "") for event in EVENTS],
        }

    def _trigger(self, visit: Page) -> Trigger:
        trigger = definitions.by_key(self._store, visit.number("trigger"))
        if trigger is None or trigger.company_key != visit.who.company.key:
            raise UnknownThing
        return trigger
