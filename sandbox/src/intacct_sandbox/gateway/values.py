"""Values as the XML API writes and takes them: `MM/DD/YYYY`, `true`, words of its own.

Sage documents the dates; that a query with an ISO date fails is what clients in the field report. That a time
is in UTC is a guess.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from intacct_sandbox.gateway.legacy import LegacyField
from intacct_sandbox.gateway.refusals import Refused
from intacct_sandbox.objects.definitions import Kind

_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BOOLEANS: Final = {"t": True, "true": True, "f": False, "false": False}


def shown(field: LegacyField, value: object) -> str:
    """A JSON value of `objects` as an element's text; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if field.kind is Kind.DATE:
        return f"{text[5:7]}/{text[8:10]}/{text[:4]}"
    if field.kind is Kind.DATETIME:
        return f"{text[5:7]}/{text[8:10]}/{text[:4]} {text[11:19]}"
    names = field.words.get(text)
    if names:
        return names[0]
    return _label(text) if field.is_labelled else text


def cell(field: LegacyField, row: Mapping[str, object]) -> str:
    """A field's text in a row that `legacy.paths` were asked for."""
    if field.only is not None and row.get(field.only[0]) != field.only[1]:
        return ""
    return shown(field, row.get(field.path))


def operand(field: LegacyField, text: str) -> object:
    """A text of a request as the JSON value that `objects` takes for it.

    Raises:
        Refused: It is no date, or neither true nor false, where the field is of that kind.
    """
    if field.kind in {Kind.DATE, Kind.DATETIME}:
        return _moment(field, text)
    if field.kind is Kind.BOOLEAN:
        return _truth(field, text)
    lowered = text.lower()
    for word, names in field.words.items():
        if lowered == word.lower() or lowered in {name.lower() for name in names}:
            return word
    return _word(text) if field.is_labelled else text


def iso_date(text: str) -> str:
    """`01/31/2026` as the REST API writes it.

    Raises:
        Refused: It is no date.
    """
    match = _DAY.fullmatch(text.strip())
    if match is not None:
        try:
            return datetime(int(match[3]), int(match[1]), int(match[2]), tzinfo=UTC).date().isoformat()
        except ValueError:
            pass
    raise Refused(f"The value '{text}' is not a date such as 01/31/2026.")


def _label(word: str) -> str:
    """`partiallyApproved` as `Partially Approved`."""
    spaced = _HUMP.sub(" ", word)
    return spaced[:1].upper() + spaced[1:]


def _word(label: str) -> str:
    """`Partially Approved` as `partiallyApproved`; a word of the REST API stays itself."""
    head, *rest = label.split() or [""]
    joined = "".join(part[:1].upper() + part[1:].lower() for part in rest)
    return (head.lower() if rest or head.isupper() else head[:1].lower() + head[1:]) + joined


def _moment(field: LegacyField, text: str) -> str:
    match = _DAY.fullmatch(text.strip())
    if match is None:
        raise Refused(f"The value '{text}' of {field.name} is not a date such as 01/31/2026.")
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise Refused(f"The value '{text}' of {field.name} is not a date such as 01/31/2026.") from None
    if field.kind is Kind.DATE:
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _truth(field: LegacyField, text: str) -> bool:
    found = _BOOLEANS.get(text.strip().lower())
    if found is None:
        raise Refused(f"The value '{text}' of {field.name} is neither true nor false.")
    return found
