"""pydantic's findings in the words of the wire protocol: stable codes, paths, no values of the caller."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from counterfoil.errors import FieldError

_CODES: Final = {
    "missing": "invalid_type",
    "none_required": "invalid_type",
    "extra_forbidden": "unrecognized_keys",
    "string_too_short": "too_small",
    "too_short": "too_small",
    "greater_than": "too_small",
    "greater_than_equal": "too_small",
    "string_too_long": "too_big",
    "too_long": "too_big",
    "less_than": "too_big",
    "less_than_equal": "too_big",
    "string_pattern_mismatch": "invalid_format",
    "enum": "invalid_value",
    "literal_error": "invalid_value",
    "value_error": "custom",
    "assertion_error": "custom",
}
_PARTS_OF_REQUESTS: Final = {"body", "query", "path", "header", "cookie"}


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """One FieldError per finding; unknown fields are reported at the object that holds them."""
    return [_field_error(one) for one in errors]


def _field_error(error: Mapping[str, Any]) -> FieldError:
    kind = str(error["type"])
    path = tuple(str(step) for step in error["loc"])
    if kind == "extra_forbidden":
        return FieldError(path[:-1], "unrecognized_keys", f"Unknown: {path[-1]!r}")
    return FieldError(path, _code(kind), _message(kind, str(error["msg"])))


def _code(kind: str) -> str:
    if kind in _CODES:
        return _CODES[kind]
    if kind.startswith("union_tag"):
        return "invalid_union"
    return "invalid_format" if kind.endswith("_parsing") else "invalid_type"


def _message(kind: str, message: str) -> str:
    if kind == "missing":
        return "Required"
    return message.removeprefix("Value error, ")


def without_part(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """The finding with a path that begins inside the body, the query or the path."""
    location = tuple(error["loc"])
    if location and location[0] in _PARTS_OF_REQUESTS:
        location = location[1:]
    return {**error, "loc": location}
