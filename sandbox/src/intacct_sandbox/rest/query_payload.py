"""A query's JSON, read into an object and a `Query` (`sage-intacct-rest.md` §6.6), strictly.

Whatever is not a query becomes a `Detail` that says where and why; what paths and operands mean is not known
here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from intacct_sandbox.objects import DEFAULT_SIZE, LARGEST_SIZE, OPERATORS, Filter, Order, Query
from intacct_sandbox.rest.answers import Detail

_KEYS: Final = frozenset(
    {"object", "fields", "filters", "filterExpression", "filterParameters", "orderBy", "start", "size"}
)
_PARAMETERS: Final = frozenset(
    {"asOfDate", "includeHierarchyFields", "caseSensitiveComparison", "includePrivate"}
)
# A tuple: what a caller sends may be no member of a set at all.
_DIRECTIONS: Final = ("asc", "desc")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LARGEST_START: Final = 10**9
# No source says how many; as many as a composite request has parts.
MOST_QUERIES: Final = 10


@dataclass(frozen=True, slots=True)
class QueryPayload:
    """What a query request asks."""

    object_name: str
    query: Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Leniency:
    """What is done with numbers that are out of their bounds, where Sage's answer is not known.

    Attributes:
        clamps_size: A size above the largest is the largest.
        starts_at_zero: A start of 0 is the first row, as 1 is.
    """

    clamps_size: bool = False
    starts_at_zero: bool = True


_AS_USUAL: Final = Leniency()


class Malformed(Exception):
    """Not JSON at all."""


class _Unusable(Exception):
    def __init__(self, target: str, message: str) -> None:
        super().__init__(message)
        self.detail = Detail(message, target=target)


def read(body: bytes, leniency: Leniency = _AS_USUAL) -> QueryPayload | Detail | list[QueryPayload | Detail]:
    """Read a body: one query, or a list of them, each for itself.

    Raises:
        Malformed: It is not JSON.
    """
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed from None
    if not isinstance(payload, list):
        return read_one(payload, leniency)
    if not 1 <= len(payload) <= MOST_QUERIES:
        return Detail(f"A list of queries holds 1 to {MOST_QUERIES}", target="/")
    return [read_one(one, leniency) for one in payload]


def read_one(payload: object, leniency: Leniency = _AS_USUAL) -> QueryPayload | Detail:
    """Read one query that is no text any more."""
    try:
        return _payload(payload, leniency)
    except _Unusable as unusable:
        return unusable.detail


def _payload(payload: object, leniency: Leniency) -> QueryPayload:
    if not isinstance(payload, dict):
        raise _Unusable("/", "A query is a JSON object")
    for name in payload:
        if name not in _KEYS:
            raise _Unusable(f"/{name}", f"Unrecognized key {name} in query payload")
    object_name = payload.get("object")
    if not isinstance(object_name, str) or not object_name:
        raise _Unusable("/object", "The object of a query is a name such as accounts-payable/vendor")
    parameters = _parameters(payload.get("filterParameters"))
    query = Query(
        fields=_fields(payload.get("fields")),
        filters=tuple(_filters(payload.get("filters"))),
        expression=_expression(payload.get("filterExpression")),
        order_by=tuple(_order(payload.get("orderBy"))),
        start=_start(payload, leniency),
        size=_size(payload, leniency),
        as_of=_day(parameters.get("asOfDate")),
        case_sensitive=_flag(parameters, "caseSensitiveComparison", default=True),
        include_private=_flag(parameters, "includePrivate", default=False),
    )
    # Accepted and without effect: what it adds to an answer is not known.
    _flag(parameters, "includeHierarchyFields", default=False)
    return QueryPayload(object_name, query)


def _start(payload: Mapping[str, Any], leniency: Leniency) -> int:
    value = payload.get("start")
    # False is 0 too, and no number.
    if leniency.starts_at_zero and value == 0 and type(value) is int:
        return 1
    return _number(payload, "start", 1, LARGEST_START)


def _size(payload: Mapping[str, Any], leniency: Leniency) -> int:
    value = payload.get("size")
    if leniency.clamps_size and type(value) is int and value > LARGEST_SIZE:
        return LARGEST_SIZE
    return _number(payload, "size", DEFAULT_SIZE, LARGEST_SIZE)


def _fields(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(path, str) for path in value):
        raise _Unusable("/fields", "fields is a list of at least one field name")
    # A field asked for twice can be in a JSON object once.
    return tuple(dict.fromkeys(value))


def _filters(value: object) -> Iterable[Filter]:
    for place, one in enumerate(_list(value, "/filters")):
        target = f"/filters/{place}"
        operator, condition = _pair(
            one, target, 'A filter is an object such as {"$eq": {"status": "active"}}'
        )
        if operator not in OPERATORS:
            raise _Unusable(target, f"{operator} is not a filter operator")
        path, operand = _pair(condition, f"{target}/{operator}", f"{operator} takes one field and its value")
        yield Filter(operator, path, operand)


def _order(value: object) -> Iterable[Order]:
    for place, one in enumerate(_list(value, "/orderBy")):
        target = f"/orderBy/{place}"
        path, direction = _pair(one, target, 'A step of orderBy is an object such as {"id": "asc"}')
        if direction not in _DIRECTIONS:
            raise _Unusable(f"{target}/{path}", "A direction of orderBy is asc or desc")
        yield Order(path, descending=direction == "desc")


def _expression(value: object) -> str:
    if value is None:
        return "and"
    if not isinstance(value, str):
        raise _Unusable("/filterExpression", "filterExpression is and, or, or such as (1 and 2) or 3")
    return value


def _parameters(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Unusable("/filterParameters", "filterParameters is a JSON object")
    for name in value:
        if name not in _PARAMETERS:
            raise _Unusable(f"/filterParameters/{name}", f"Unrecognized key {name} in query payload")
    return value


def _day(value: object) -> date | None:
    if value is None:
        return None
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _Unusable("/filterParameters/asOfDate", "asOfDate is a date such as 2026-01-31")


def _flag(parameters: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = parameters.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise _Unusable(f"/filterParameters/{name}", f"{name} is true or false")
    return value


def _number(payload: Mapping[str, Any], name: str, default: int, largest: int) -> int:
    value = payload.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= largest:
        raise _Unusable(f"/{name}", f"{name} is a number from 1 to {largest}")
    return value


def _list(value: object, target: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Unusable(target, f"{target.removeprefix('/')} is a list")
    return value


def _pair(value: object, target: str, message: str) -> tuple[str, Any]:
    if not isinstance(value, dict) or len(value) != 1:
        raise _Unusable(target, message)
    ((name, content),) = value.items()
    return name, content
