"""Values as the XML API writes and takes them: dates and booleans of a company, words of its own.

How a company writes dates is `notation`'s. That a query with an ISO date fails is what clients in the field
report.
"""

import re
from collections.abc import Mapping
from typing import Final

from intacct_sandbox.gateway.legacy import LegacyField
from intacct_sandbox.gateway.notation import Notation
from intacct_sandbox.gateway.refusals import Refused
from intacct_sandbox.objects.definitions import Kind

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def shown(field: LegacyField, value: object, notation: Notation) -> str:
    """A JSON value of `objects` as an element's text; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return notation.truth(value=value)
    text = str(value)
    if field.kind is Kind.DATE:
        return notation.day(text)
    if field.kind is Kind.DATETIME:
        return notation.moment(text)
    names = field.words.get(text)
    if names:
        return names[0]
    return _label(text) if field.is_labelled else text


def cell(field: LegacyField, row: Mapping[str, object], notation: Notation) -> str:
    """A field's text in a row that `legacy.paths` were asked for."""
    if field.only is not None and row.get(field.only[0]) != field.only[1]:
        return ""
    return shown(field, row.get(field.path), notation)


def read_cell(field: LegacyField, row: Mapping[str, object], notation: Notation) -> str:
    """The same where a record is read: a custom checkbox that nobody touched is false there, says Sage."""
    if field.is_custom and field.kind is Kind.BOOLEAN and row.get(field.path) is None:
        return notation.truth(value=False)
    return cell(field, row, notation)


def operand(field: LegacyField, text: str, notation: Notation) -> object:
    """A text of a request as the JSON value that `objects` takes for it.

    Raises:
        Refused: It is no date, or neither true nor false, where the field is of that kind.
    """
    if field.kind in {Kind.DATE, Kind.DATETIME}:
        return _moment(field, text, notation)
    if field.kind is Kind.BOOLEAN:
        return _truth(field, text, notation)
    lowered = text.lower()
    for word, names in field.words.items():
        if lowered == word.lower() or lowered in {name.lower() for name in names}:
            return word
    return _word(text) if field.is_labelled else text


def iso_date(text: str, notation: Notation) -> str:
    """A date of the company as the REST API writes it.

    Raises:
        Refused: It is no date.
    """
    found = notation.read_day(text)
    if found is None:
        raise Refused(f"The value '{text}' is not a date such as {notation.example}.")
    return found


def _label(word: str) -> str:
    """`partiallyApproved` as `Partially Approved`."""
    spaced = _HUMP.sub(" ", word)
    return spaced[:1].upper() + spaced[1:]


def _word(label: str) -> str:
    """`Partially Approved` as `partiallyApproved`; a word of the REST API stays itself."""
    head, *rest = label.split() or [""]
    joined = "".join(part[:1].upper() + part[1:].lower() for part in rest)
    return (head.lower() if rest or head.isupper() else head[:1].lower() + head[1:]) + joined


def _moment(field: LegacyField, text: str, notation: Notation) -> str:
    found = notation.read_day(text) if field.kind is Kind.DATE else notation.read_moment(text)
    if found is None:
        raise Refused(f"The value '{text}' of {field.name} is not a date such as {notation.example}.")
    return found


def _truth(field: LegacyField, text: str, notation: Notation) -> bool:
    found = notation.read_truth(text)
    if found is None:
        raise Refused(f"The value '{text}' of {field.name} is neither {' nor '.join(notation.truths)}.")
    return found
