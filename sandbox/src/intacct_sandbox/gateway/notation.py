"""How the XML API writes the dates, times and booleans of a company, and reads them.

The company's formats are `identity.formats`', and the quirks `gateway-dates` and `gateway-booleans` decide
whether they count. Which field is a date is `values`' affair. Texts are read as they are written, leading
zeros apart; a time without an offset of its own is local time, and a year of two digits is from 1969 to 2068.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity import formats
from intacct_sandbox.identity.formats import Formats
from intacct_sandbox.store import Store

_DIGITS: Final = {"m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})", "y": r"(?P<y>\d{2})", "Y": r"(?P<Y>\d{4})"}
_TIME: Final = r" (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_PLAIN: Final = ("true", "false")
_LETTERS: Final = ("T", "F")
_WORDS: Final = {"fr": ("vrai", "faux"), "de": ("wahr", "falsch"), "es": ("verdadero", "falso")}
_EXAMPLE: Final = "2026-01-31"
_CENTURY: Final = 100
_LAST_OF_2000S: Final = 68


@dataclass(frozen=True, slots=True)
class Notation:
    """One way to write values.

    Attributes:
        formats: Of dates and times.
        truths: The words for true and false.
    """

    formats: Formats = formats.DEFAULT
    truths: tuple[str, str] = _PLAIN

    @property
    def example(self) -> str:
        """A date, for those who wrote it otherwise."""
        return self.day(_EXAMPLE)

    def day(self, iso: str) -> str:
        """`2026-01-31` as a date of the company."""
        parts = {"Y": iso[:4], "y": iso[2:4], "m": iso[5:7], "d": iso[8:10]}
        separator, order = self.formats.date_format[0], self.formats.date_format[1:]
        return separator.join(parts[letter] for letter in order)

    def moment(self, iso: str) -> str:
        """`2026-01-31T16:30:00Z` as a date and time of the company, by its clock and offset."""
        local = _moved(iso[:19], self.formats.offset)
        return f"{self.day(local)} {self._time(local)}"

    def truth(self, *, value: bool) -> str:
        """The word for true or false."""
        return self.truths[0] if value else self.truths[1]

    def read_day(self, text: str) -> str | None:
        """A date of the company as `2026-01-31`; None if it is none."""
        found = self._read(text)
        return found.date().isoformat() if found is not None else None

    def read_moment(self, text: str) -> str | None:
        """A date, perhaps with a time, as `2026-01-31T16:30:00Z`; None if it is none."""
        found = self._read(text)
        if found is None:
            return None
        try:
            return (found - self.formats.offset).isoformat()[:19] + "Z"
        except OverflowError:
            return None

    def read_truth(self, text: str) -> bool | None:
        """A word for true or false; those of queries and of programs are always understood."""
        lowered = text.strip().lower()
        for truths in (self.truths, _PLAIN, _LETTERS):
            if lowered in {word.lower() for word in truths}:
                return lowered == truths[0].lower()
        return None

    def _time(self, local: str) -> str:
        if self.formats.clock == "24":
            return local[11:19]
        hour = int(local[11:13])
        return f"{hour % 12 or 12:02}{local[13:19]} {'PM' if hour >= 12 else 'AM'}"

    def _read(self, text: str) -> datetime | None:
        """Local time, as if it were UTC."""
        match = _pattern(self.formats.date_format, self.formats.clock).fullmatch(text.strip())
        if match is None:
            return None
        found = match.groupdict()
        try:
            day = date(_year(found), int(found["m"]), int(found["d"]))
            clock = time(_hour(found), int(found["minute"] or 0), int(found["second"] or 0), tzinfo=UTC)
            return datetime.combine(day, clock)
        except ValueError:
            return None


ENGLISH: Final = Notation()


def of(store: Store, quirks: Quirks, company_key: int) -> Notation:
    """The notation of a company, as the quirks have it."""
    own = formats.of(store, company_key)
    shown = own if quirks.value("gateway-dates") == "company" else formats.DEFAULT
    words = {"true-false": _PLAIN, "T-F": _LETTERS}.get(quirks.value("gateway-booleans"))
    return Notation(shown, words or _WORDS.get(own.locale[:2], _PLAIN))


@lru_cache(maxsize=64)
def _pattern(date_format: str, clock: str) -> re.Pattern[str]:
    separator, order = date_format[0], date_format[1:]
    day = re.escape(separator).join(_DIGITS[letter] for letter in order)
    half = "" if clock == "24" else r" (?P<half>[AaPp])[Mm]"
    return re.compile(f"{day}(?:{_TIME}{half})?", re.ASCII)


def _year(found: dict[str, str | None]) -> int:
    if found.get("Y") is not None:
        return int(found["Y"] or 0)
    year = int(found["y"] or 0)
    return year + 20 * _CENTURY if year <= _LAST_OF_2000S else year + 19 * _CENTURY


def _hour(found: dict[str, str | None]) -> int:
    hour = int(found["hour"] or 0)
    half = found.get("half")
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _moved(iso: str, span: timedelta) -> str:
    if not span:
        return iso
    try:
        return (datetime.fromisoformat(iso).replace(tzinfo=UTC) + span).isoformat()[:19]
    except OverflowError:
        # The first and the last day of the calendar stay where they are.
        return iso
