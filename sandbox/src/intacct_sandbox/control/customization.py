"""Custom fields, custom objects and user-defined dimensions of a company, as tests define them.

What they become is `objects.custom`'s; here JSON is read and told.
"""

from collections.abc import Mapping
from typing import Any, Final

from intacct_sandbox.control.plane import Json, only
from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.faults import Quirks
from intacct_sandbox.identity import companies
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.objects import custom
from intacct_sandbox.objects.custom import PREFIX, TYPES, CustomField, CustomObject
from intacct_sandbox.store import Store

_LONGEST: Final = 80
_MOST_VALUES: Final = 200


class Customization:
    """The additions of all companies.

    Args:
        store: The state.
        quirks: Say where transactions refer to a dimension.
    """

    def __init__(self, store: Store, quirks: Quirks) -> None:
        self._store = store
        self._quirks = quirks

    def every(self) -> Json:
        """What there is, by company; companies without additions are not told of."""
        told = []
        for company in companies.every(self._store):
            additions = custom.of(self._store, company.key)
            if additions.fields or additions.objects:
                told.append(
                    {
                        "company": company.id,
                        "fields": [_field(one) for one in additions.fields],
                        "objects": [_object(one) for one in additions.objects],
                    }
                )
        return {"companies": told, "types": list(TYPES)}

    def add_field(self, wanted: Mapping[str, Any]) -> Json:
        """Add a custom field.

        Args:
            wanted: `company`, `object`, `name` (with or without `nsp::`), `type`, and perhaps `label`,
                `values` and `required`.

        Raises:
            InvalidInput: It cannot be one.
        """
        only(wanted, "company", "object", "name", "type", "label", "values", "required")
        company = self._company(wanted)
        name = _text(wanted, "name").removeprefix(PREFIX)
        new = CustomField(
            object_name=_text(wanted, "object"),
            name=name,
            type=_text(wanted, "type"),
            label=_text(wanted, "label", name),
            values=_values(wanted),
            is_required=_flag(wanted, "required"),
        )
        custom.add_field(self._store, company.key, new)
        return {"company": company.id} | _field(new)

    def add_object(self, wanted: Mapping[str, Any]) -> Json:
        """Add a custom object.

        Args:
            wanted: `company`, `name`, and perhaps `label` and `dimension` (true).

        Raises:
            InvalidInput: It cannot be one.
        """
        only(wanted, "company", "name", "label", "dimension")
        company = self._company(wanted)
        name = _text(wanted, "name").removeprefix(PREFIX)
        new = CustomObject(
            name=name,
            label=_text(wanted, "label", name),
            dimension_path=self._path(name) if _flag(wanted, "dimension") else None,
        )
        custom.add_object(self._store, company.key, new)
        return {"company": company.id} | _object(new)

    def _path(self, name: str) -> str:
        group = "dimensions." if self._quirks.value("user-defined-dimension-path") == "dimensions" else ""
        return f"{group}{PREFIX}{name}"

    def _company(self, wanted: Mapping[str, Any]) -> Company:
        company = companies.find(self._store, _text(wanted, "company"))
        if company is None:
            there = ", ".join(one.id for one in companies.every(self._store))
            raise InvalidInput("company", f"There is no such company; there are {there}.")
        return company


def _field(one: CustomField) -> Json:
    told: Json = {"object": one.object_name, "name": one.path, "type": one.type, "label": one.label}
    return told | {"values": list(one.values), "required": one.is_required}


def _object(one: CustomObject) -> Json:
    return {"object": one.object_name, "label": one.label, "dimension": one.dimension_path}


def _text(wanted: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = wanted.get(name, default)
    if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST:
        return value.strip()
    raise InvalidInput(name, f"{name} must be a text of 1 to {_LONGEST} characters.")


def _values(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    values = wanted.get("values", [])
    if (
        isinstance(values, list)
        and len(values) <= _MOST_VALUES
        and all(isinstance(one, str) and 0 < len(one) <= _LONGEST for one in values)
    ):
        return tuple(dict.fromkeys(values))
    raise InvalidInput("values", f"values must be a list of at most {_MOST_VALUES} texts.")


def _flag(wanted: Mapping[str, Any], name: str) -> bool:
    value = wanted.get(name, False)
    if isinstance(value, bool):
        return value
    raise InvalidInput(name, f"{name} is true or false.")
