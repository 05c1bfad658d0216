"""Reading JSON bodies so that no two parsers could read them differently.

Refused: nesting deeper than 64, duplicate keys, NaN and Infinity, integers of absurd length, NUL characters,
lone surrogates, anything that is not UTF-8. PostgreSQL or Python would choke on the last ones later, as our
own fault.
"""

import json
import math
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from pydantic import BaseModel, ConfigDict, JsonValue

from counterfoil.web.errors import InvalidJson

MAX_BODY_BYTES: Final = 10_000_000
MAX_DEPTH: Final = 64
# More digits than any number of ours has; Python itself stops at 4300, with an exception of its own.
_MAX_INT_DIGITS: Final = 64


class Strict(BaseModel):
    """The base of request models: unknown fields are refused, and values are what they say they are."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def parse_json(body: bytes) -> JsonValue:
    """The value of a JSON text (RFC 8259). Raises InvalidJson with a sentence that says what is wrong."""
    try:
        text = body.decode("utf-8")
        value: JsonValue = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_bounded_int
        )
    except UnicodeDecodeError:
        raise InvalidJson("The body is not UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        raise InvalidJson(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    _refuse_depth(value)
    return value


def is_storable(text: str) -> bool:
    """Whether a text can be stored and sent: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidJson("The body names a key twice in one object.")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJson(f"The body holds {name}, which is not JSON.")


def _bounded_int(digits: str) -> int:
    if len(digits) > _MAX_INT_DIGITS:
        raise InvalidJson(f"The body holds an integer of more than {_MAX_INT_DIGITS} digits.")
    return int(digits)


def _refuse_depth(value: JsonValue) -> None:
    for depth, one in _walk(value):
        if depth > MAX_DEPTH and isinstance(one, dict | list):
            raise _too_deep()
        if isinstance(one, str) and not is_storable(one):
            raise InvalidJson("The body holds a NUL character or half of a surrogate pair.")
        if isinstance(one, float) and math.isinf(one):
            raise InvalidJson("The body holds a number too large to be one.")


def _too_deep() -> InvalidJson:
    return InvalidJson(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _walk(value: JsonValue) -> Iterator[tuple[int, JsonValue]]:
    """Every value within, keys too, with the number of the level that it stands on, from 1."""
    pending: list[tuple[int, JsonValue]] = [(1, value)]
    while pending:
        depth, one = pending.pop()
        yield depth, one
        if isinstance(one, dict):
            pending.extend((depth + 1, key) for key in one)
            pending.extend((depth + 1, item) for item in one.values())
        elif isinstance(one, list):
            pending.extend((depth + 1, item) for item in one)
