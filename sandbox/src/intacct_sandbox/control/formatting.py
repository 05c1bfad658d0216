"""The control plane's part about formats: how each company writes dates and times in the XML gateway."""

from collections.abc import Mapping
from typing import Any

from intacct_sandbox.control.plane import Json, only
from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.identity import companies, formats
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.store import Store


class FormatPlane:
    """The formats of all companies."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def every(self) -> Json:
        """How each company writes."""
        return {"formats": [self._one(company) for company in companies.every(self._store)]}

    def change(self, wanted: Mapping[str, Any]) -> Json:
        """Give a company other formats.

        Args:
            wanted: `company`, and some of `locale`, `date_format`, `clock` and `gmt_offset`.

        Raises:
            InvalidInput: There is no such company, or a format can't be used.
        """
        only(wanted, "company", "locale", "date_format", "clock", "gmt_offset")
        named = wanted.get("company")
        company = companies.find(self._store, named) if isinstance(named, str) else None
        if company is None:
            raise InvalidInput("company", "There is no such company.")
        given = {name: value for name, value in wanted.items() if name != "company"}
        formats.change(self._store, company.key, given)
        return self._one(company)

    def _one(self, company: Company) -> Json:
        own = formats.of(self._store, company.key)
        return {
            "company": company.id,
            "locale": own.locale,
            "date_format": own.date_format,
            "clock": own.clock,
            "gmt_offset": own.gmt_offset,
        }
