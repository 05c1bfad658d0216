"""What was typed into a mode's fields, checked and cleaned. What it means is the mode's affair."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from counterfoil.auth_modes.contract import Field
from counterfoil.errors import FieldError, InvalidBody

MAX_VALUE_CHARACTERS: Final = 8_192
# Pasted from a page or a document, a value brings these along; none of them belongs to either end of a value.
_EDGE: Final = r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
_EDGES: Final = re.compile(f"^{_EDGE}|{_EDGE}$")
_CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read_fields(
    asked: tuple[Field, ...],
    submitted: Mapping[str, object],
    *,
    verbatim: Collection[str] = (),
    most_characters: int = MAX_VALUE_CHARACTERS,
) -> dict[str, str]:
    """The values of the fields; names that are not fields are ignored, empty values left out.

    Args:
        asked: The fields.
        submitted: Names and values as they came.
        verbatim: Names of fields whose values keep their edges, as passwords that people choose.
        most_characters: The longest value.

    Raises:
        InvalidBody: A value is not a text, is too long, or a required one is missing; all of it at once.
    """
    typed: dict[str, str] = {}
    errors: list[FieldError] = []
    for each in asked:
        value = submitted.get(each.name)
        value = "" if value is None else value
        if not isinstance(value, str):
            errors.append(FieldError((each.name,), "invalid_type", f"{each.label} must be a text."))
            continue
        if each.name not in verbatim:
            value = _EDGES.sub("", value)
        error = _field_error(each, value, most_characters)
        if error is not None:
            errors.append(error)
        typed[each.name] = value
    refuse(errors)
    return {name: value for name, value in typed.items() if value}


def control_character_error(asked: Field, value: str) -> FieldError | None:
    """The error of a value that can't go into a header, because it holds a control character."""
    if not _CONTROL_CHARACTERS.search(value):
        return None
    return FieldError((asked.name,), "invalid_format", f"{asked.label} holds a line break or the like.")


def refuse(errors: list[FieldError]) -> None:
    """Raise InvalidBody if there are any."""
    if errors:
        raise InvalidBody(" ".join(error.message for error in errors), errors=errors)


def _field_error(asked: Field, value: str, most_characters: int) -> FieldError | None:
    if not value:
        if not asked.required:
            return None
        return FieldError((asked.name,), "required", f"{asked.label} is missing.")
    if len(value) > most_characters:
        return FieldError((asked.name,), "too_big", f"{asked.label} is longer than it can be.")
    try:
        value.encode()
    except UnicodeEncodeError:
        return FieldError((asked.name,), "invalid_format", f"{asked.label} holds a broken character.")
    return None
