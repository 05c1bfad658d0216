"""Custom fields of the company: list, add, delete. What they become is `objects.custom`'s."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from intacct_sandbox.admin.administration import Administration, CompanyDoor, Page, administrators
from intacct_sandbox.errors import UnknownThing
from intacct_sandbox.objects import custom
from intacct_sandbox.objects.custom import PREFIX, TYPES, CustomField
from intacct_sandbox.objects.views import VIEWS
from intacct_sandbox.pages.forms import Form
from intacct_sandbox.pages.questions import Question, ask

_BASE: Final = "/setup/custom-fields"
_LIST: Final = f"/company{_BASE}"
_PICKLIST: Final = "picklist"
_LONGEST: Final = 80
_MOST_VALUES: Final = 200
_LABELS: Final = {"date-time": "Date and time"}


class CustomFieldPages:
    """The pages of this module."""

    def __init__(self, administration: Administration) -> None:
        self._store = administration.store

    def routes(self, door: CompanyDoor) -> list[BaseRoute]:
        """The routes of these pages."""
        deletion = _BASE + "/{field:int}/deletion"
        return [
            door.inside(_BASE, administrators(self.every)),
            door.inside(f"{_BASE}/new", administrators(self.new), administrators(self.add)),
            door.inside(deletion, administrators(self.confirm), administrators(self.delete)),
        ]

    def every(self, visit: Page) -> Response:
        fields = custom.numbered_fields(self._store, visit.who.company.key)
        return visit.show("custom_fields.html", fields=fields, type_label=_type_label)

    def new(self, visit: Page) -> Response:
        return visit.show("custom_field.html", form=Form.of(type="text"), choices=self._choices(visit))

    def add(self, visit: Page) -> Response:
        form = visit.form
        wanted = _wanted(form)
        key = visit.who.company.key

        def save() -> CustomField:
            custom.add_field(self._store, key, wanted)
            return wanted

        added = form.attempt(save)
        if added is None:
            return visit.again("custom_field.html", choices=self._choices(visit))
        return visit.go(_LIST, f"The field {added.name} was added to {added.object_name}.")

    def confirm(self, visit: Page) -> Response:
        field = self._field(visit)
        text = "What the records have in it goes with it."
        title = f"Delete the field {field.name} of {field.object_name}?"
        return ask(visit, Question(title, text, "Delete field", _LIST))

    def delete(self, visit: Page) -> Response:
        field = custom.remove_field(self._store, visit.who.company.key, visit.number("field"))
        return visit.go(_LIST, f"The field {field.name} of {field.object_name} was deleted.")

    def _field(self, visit: Page) -> CustomField:
        found = dict(custom.numbered_fields(self._store, visit.who.company.key)).get(visit.number("field"))
        if found is None:
            raise UnknownThing
        return found

    def _choices(self, visit: Page) -> dict[str, Any]:
        every = custom.of(self._store, visit.who.company.key).every()
        return {
            "objects": [(name, name) for name in sorted(every) if name not in VIEWS],
            "types": [(name, _type_label(name)) for name in TYPES],
        }


def _wanted(form: Form) -> CustomField:
    name = form.required("name", "Enter a name.", longest=_LONGEST).removeprefix(PREFIX)
    values = tuple(dict.fromkeys(filter(None, map(str.strip, form.raw("values").splitlines()))))
    if form.raw("type") == _PICKLIST and not values:
        form.reject("values", "Enter the values of the picklist, one in each line.")
    if len(values) > _MOST_VALUES or any(len(value) > _LONGEST for value in values):
        form.reject("values", f"Enter at most {_MOST_VALUES} values of at most {_LONGEST} characters.")
    return CustomField(
        object_name=form.required("object", "Choose an object."),
        name=name,
        type=form.raw("type"),
        label=form.optional("label", longest=_LONGEST) or name,
        values=values,
        is_required=form.holds("required", "yes"),
    )


def _type_label(name: str) -> str:
    return _LABELS.get(name, name.capitalize())
