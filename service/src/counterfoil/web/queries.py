"""Strict query strings with nested maps: `tags[end_user_id]=7` is `{"tags": {"end_user_id": "7"}}`.

Brackets may be raw or percent-encoded; one level of them is understood. A name that comes twice is a list.
What a query may hold is said by a pydantic model; anything else is refused.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends
from pydantic import BaseModel, BeforeValidator, ValidationError
from starlette.requests import Request

from counterfoil.errors import FieldError
from counterfoil.web.bodies import is_storable
from counterfoil.web.errors import InvalidQuery
from counterfoil.web.validation import field_errors

MAX_PARAMETERS: Final = 200
_NESTED: Final = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")
_MORE_TRUE: Final = {"enabled", "enable"}
_MORE_FALSE: Final = {"disabled", "disable"}

Model = TypeVar("Model", bound=BaseModel)


def _as_bool(value: object) -> object:
    """What pydantic does not know of the words that the wire protocol takes for true and false."""
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    if word in _MORE_TRUE:
        return True
    return False if word in _MORE_FALSE else word


QueryBool = Annotated[bool, BeforeValidator(_as_bool)]


class QueryModel(Generic[Model]):
    """A dependency that reads the query string as a model."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def __call__(self, request: Request) -> Model:
        """The model of this request's query. Raises InvalidQuery."""
        given = parse_query(request.scope["query_string"])
        try:
            return self.model.model_validate(given)
        except ValidationError as error:
            raise InvalidQuery(
                "The query string can't be understood.", errors=field_errors(error.errors())
            ) from None


def query(model: type[Model]) -> Any:  # noqa: ANN401 - what Depends returns
    """A dependency, for `Annotated`: the query string as this model.

    Derive the model from `Strict`, so that unknown parameters are refused.
    """
    return Depends(QueryModel(model))


def parse_query(query_string: bytes) -> dict[str, Any]:
    """The parameters by name: texts, lists of texts where a name repeats, maps where a name has brackets.

    Raises InvalidQuery when it is not UTF-8, too long, or uses a name both plainly and with brackets.
    """
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise InvalidQuery(
            f"The query string is not UTF-8, or it has more than {MAX_PARAMETERS} parts."
        ) from None
    result: dict[str, Any] = {}
    for name, value in pairs:
        if not is_storable(name) or not is_storable(value):
            raise _malformed(name.split("[")[0], "It holds a character that no text has.")
        _add(result, name, value)
    return result


def unknown_parameters(names: Iterable[str]) -> InvalidQuery:
    """The refusal of parameters that a route does not know."""
    shown = ", ".join(repr(name) for name in names)
    return InvalidQuery(
        "The query string has parameters that are not known here.",
        errors=[FieldError((), "unrecognized_keys", f"Unknown: {shown}")],
    )


def _add(result: dict[str, Any], name: str, value: str) -> None:
    nested = _NESTED.fullmatch(name)
    if nested is None:
        result[name] = _with(result.get(name), value, name)
        return
    outer, inner = nested.groups()
    map_so_far = result.setdefault(outer, {})
    if not isinstance(map_so_far, dict):
        raise _malformed(outer, "It is given both with and without brackets.")
    map_so_far[inner] = _with(map_so_far.get(inner), value, outer)


def _with(present: object, value: str, name: str) -> object:
    if present is None:
        return value
    if isinstance(present, dict):
        raise _malformed(name, "It is given both with and without brackets.")
    return [*present, value] if isinstance(present, list) else [present, value]


def _malformed(name: str, message: str) -> InvalidQuery:
    path = (name,) if is_storable(name) else ()
    return InvalidQuery("The query string can't be understood.", errors=[FieldError(path, "custom", message)])
