"""Typed access to the members of a JSON object. Members that nobody asked for are nobody's concern."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]


class Unreadable(ValueError):
    """A member is missing or of another type than the protocol says; never leaves the package."""


def text(source: Json, name: str) -> str:
    """A text that must be there."""
    value = source.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"{name} is not a text")
    return value


def text_or_none(source: Json, name: str) -> str | None:
    """A text, or None where it is null or absent."""
    return None if source.get(name) is None else text(source, name)


def number(source: Json, name: str) -> int:
    """A whole number that must be there."""
    value = source.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(f"{name} is not a whole number")
    return value


def flag(source: Json, name: str) -> bool:
    """True only where the member says so."""
    return source.get(name) is True


def moment(source: Json, name: str) -> datetime:
    """A time with its offset that must be there (ISO 8601)."""
    try:
        found = datetime.fromisoformat(text(source, name))
    except ValueError as error:
        raise Unreadable(f"{name} is not a time") from error
    if found.tzinfo is None:
        raise Unreadable(f"{name} is a time without an offset")
    return found


def moment_or_none(source: Json, name: str) -> datetime | None:
    """A time, or None where it is null or absent."""
    return None if source.get(name) is None else moment(source, name)


def mapping(source: Json, name: str) -> Json:
    """An object that must be there."""
    return as_mapping(source.get(name), name)


def mapping_or_none(source: Json, name: str) -> Json | None:
    """An object, or None where it is null or absent."""
    return None if source.get(name) is None else mapping(source, name)


def mappings(source: Json, name: str) -> Sequence[Json]:
    """A list of objects that must be there."""
    return [as_mapping(item, name) for item in _list(source, name)]


def texts(source: Json, name: str) -> Mapping[str, str]:
    """An object's members that are texts; empty where it is null or absent."""
    found = mapping_or_none(source, name) or {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def words(source: Json, name: str) -> tuple[str, ...]:
    """A list's items that are texts; empty where it is null or absent."""
    if source.get(name) is None:
        return ()
    return tuple(item for item in _list(source, name) if isinstance(item, str))


def as_mapping(value: object, name: str) -> Json:
    """A JSON value that must be an object."""
    if not isinstance(value, Mapping):
        raise Unreadable(f"{name} is not an object")
    return value


def _list(source: Json, name: str) -> Sequence[object]:
    value = source.get(name)
    if not isinstance(value, list):
        raise Unreadable(f"{name} is not a list")
    return value
