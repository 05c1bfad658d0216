"""How a company writes dates and times: its locale, the order of dates, its clock, its offset.

The notation is that of Sage's XML function `readUserFormatting`. In Sage Intacct each user may have formats
of their own; here all users of a company have the company's. What is written so is the gateway's affair.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.store import Store

SCHEMA: Final = """
CREATE TABLE company_formats (
    company_key INTEGER PRIMARY KEY REFERENCES company (key),
    locale TEXT NOT NULL,
    date_format TEXT NOT NULL,
    clock TEXT NOT NULL,
    gmt_offset TEXT NOT NULL
);
"""

# A locale, and how dates are usually written there.
LOCALES: Final[Mapping[str, str]] = {
    "en_US": "/mdY",
    "en_GB": "/dmY",
    "en_CA": "-Ymd",
    "en_AU": "/dmY",
    "en_ZA": "/Ymd",
    "fr_FR": "/dmY",
    "fr_CA": "-Ymd",
    "de_DE": ".dmY",
    "es_ES": "/dmY",
}
CLOCKS: Final = ("24", "12")
SEPARATORS: Final = "/-. "
_ORDERS: Final = frozenset({"mdy", "dmy", "ymd"})
_OFFSET: Final = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)", re.ASCII)
_MEMBERS: Final = ("locale", "date_format", "clock", "gmt_offset")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """The formats of a company.

    Attributes:
        locale: Language and country, one of `LOCALES`.
        date_format: A separator, then `m`, `d` and `y` (two digits) or `Y` (four) in their order: `/mdY` is
            01/31/2026.
        clock: `24` or `12` hours.
        gmt_offset: What local time is ahead of UTC, `+hh:mm` or `-hh:mm`.
    """

    locale: str = "en_US"
    date_format: str = "/mdY"
    clock: str = "24"
    gmt_offset: str = "+00:00"

    @property
    def offset(self) -> timedelta:
        """The offset as a span of time."""
        hours, minutes = int(self.gmt_offset[1:3]), int(self.gmt_offset[4:6])
        span = timedelta(hours=hours, minutes=minutes)
        return -span if self.gmt_offset.startswith("-") else span


DEFAULT: Final = Formats()


def of(store: Store, company_key: int) -> Formats:
    """The formats of a company; those of the United States until others are set."""
    row = store.one("SELECT * FROM company_formats WHERE company_key = ?", (company_key,))
    return Formats(**{name: row[name] for name in _MEMBERS}) if row is not None else DEFAULT


def change(store: Store, company_key: int, wanted: Mapping[str, Any]) -> Formats:
    """Give a company other formats.

    Args:
        store: The state.
        company_key: Whose they are.
        wanted: Some of the members of `Formats`. A locale alone brings its usual order of dates.

    Raises:
        InvalidInput: One of them can't be used.
    """
    for name, value in wanted.items():
        if not isinstance(value, str):
            raise InvalidInput(name, f"{name} must be a text.")
    given = dict(wanted)
    if given.get("locale") in LOCALES:
        given.setdefault("date_format", LOCALES[given["locale"]])
    formats = _checked(replace(of(store, company_key), **given))
    store.execute(
        "INSERT OR REPLACE INTO company_formats (company_key, locale, date_format, clock, gmt_offset)"
        " VALUES (?, ?, ?, ?, ?)",
        (company_key, formats.locale, formats.date_format, formats.clock, formats.gmt_offset),
    )
    return formats


def _checked(formats: Formats) -> Formats:
    if formats.locale not in LOCALES:
        raise InvalidInput("locale", f"locale must be one of {', '.join(LOCALES)}.")
    if not _is_date_format(formats.date_format):
        raise InvalidInput(
            "date_format",
            "date_format is a separator (/ - . or a blank), then m, d and y or Y in the order of mdY, dmY"
            " or Ymd: /mdY.",
        )
    if formats.clock not in CLOCKS:
        raise InvalidInput("clock", "clock must be 24 or 12.")
    if not _OFFSET.fullmatch(formats.gmt_offset):
        raise InvalidInput("gmt_offset", "gmt_offset is +hh:mm or -hh:mm, at most 14 hours.")
    return formats


def _is_date_format(text: str) -> bool:
    return (
        len(text) == 4
        and text[0] in SEPARATORS
        and text[1:].lower() in _ORDERS
        and "M" not in text
        and "D" not in text
    )
