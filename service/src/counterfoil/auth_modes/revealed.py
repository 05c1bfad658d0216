"""How modes write times and token answers into the wire's `credentials` object."""

from datetime import UTC, datetime
from typing import Any


def wire_time(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def without_refresh_tokens(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value without members that spell "refresh token", whatever their letter case and punctuation."""
    if isinstance(value, list):
        return [without_refresh_tokens(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: without_refresh_tokens(item)
        for name, item in value.items()
        if "".join(filter(str.isalpha, name)).lower() != "refreshtoken"
    }
