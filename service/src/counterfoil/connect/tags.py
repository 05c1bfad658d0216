"""The tags of a connect session: what is known of the end user, overlaid by what the caller asked for."""

from collections.abc import Mapping
from typing import Any, Final

from counterfoil.connect.errors import InvalidSessionRequest
from counterfoil.errors import FieldError

MOST_TAGS: Final = 10
_DERIVED: Final = (
    ("end_user_id", "end_user", "id"),
    ("end_user_email", "end_user", "email"),
    ("end_user_display_name", "end_user", "display_name"),
    ("organization_id", "organization", "id"),
    ("organization_display_name", "organization", "display_name"),
)


def session_tags(
    end_user: Mapping[str, Any] | None,
    organization: Mapping[str, Any] | None,
    asked: Mapping[str, str] | None,
) -> dict[str, str]:
    """All tags of a session.

    The end user's own tags are the least important: where all together would be more than ten, they are left
    out.

    Raises:
        InvalidSessionRequest: Even without them there are more than ten.
    """
    parts = {"end_user": end_user or {}, "organization": organization or {}}
    derived = {tag: str(parts[part][name]) for tag, part, name in _DERIVED if parts[part].get(name)}
    own = {key: value for key, value in (parts["end_user"].get("tags") or {}).items() if value}
    everything = {**own, **derived, **(asked or {})}
    if len(everything) <= MOST_TAGS:
        return everything
    without_own = {**derived, **(asked or {})}
    if len(without_own) <= MOST_TAGS:
        return without_own
    message = (
        f"With those derived from the end user there are {len(without_own)} tags; the most is {MOST_TAGS}."
    )
    raise InvalidSessionRequest(
        "There are too many tags.", errors=[FieldError(("tags",), "too_big", message)]
    )
