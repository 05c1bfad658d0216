"""Causes on their way into and out of a connection's row, and the one cause that only this package can know.

A row keeps its present cause as the item of `errors` that readers of the API see. What causes there are is
the provider's matter (`auth_modes.Cause`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from counterfoil.auth_modes import Cause, GuideStep

FRESH_TOKENS_REFUSED: Final = Cause(
    code="fresh_tokens_refused",
    sentence="The provider refuses tokens that it has issued only minutes ago.",
    remedy="Check whether the user may do what was asked; it is tried again in a few minutes.",
    who="administrator",
    recoverable=True,
)


def parked(cause: Cause, tries: int) -> Cause:
    """A cause that is not asked about any more: the same password again would lock the user out."""
    return replace(
        cause,
        sentence=f"{cause.sentence} The provider was asked {tries} times with the same password and is not "
        "asked again with it, so that the user is not locked out.",
        details={**cause.details, "tries": str(tries)},
    )


def superseded(cause: Cause, other: str) -> Cause:
    """The cause of an end that another connection of the same user brought about.

    Args:
        cause: What the provider said, which does not know why.
        other: The other connection's id.
    """
    return Cause(
        code="superseded",
        sentence=f"The same user has authorized the same company once more, for the connection “{other}”; "
        "the provider ended this one's authorization with it.",
        remedy="Use that connection, or connect this one as another user. Connecting it again as the same "
        "user ends the other one.",
        who="administrator",
        step=cause.step,
        details={**cause.details, "superseded_by": other},
    )


_UNSAID: Final = Cause(
    code="unknown",
    sentence="The connection's token could not be renewed.",
    remedy="Connect again.",
    who="administrator",
)


def error_item(
    cause: Cause, *, status: str, log_id: str, at: datetime, retry_at: datetime | None
) -> dict[str, Any]:
    """The item of `errors` that tells the cause: `type` and `log_id` as callers know them, and ours."""
    told = cause.as_json()
    return {
        "type": "auth",
        "log_id": log_id,
        "status": status,
        "cause": told.pop("code"),
        **told,
        "at": at.isoformat(),
        "retry_at": None if retry_at is None else retry_at.isoformat(),
    }


def cause_of(errors: Sequence[Mapping[str, Any]]) -> Cause:
    """The cause that `error_item` wrote."""
    told = next((item for item in errors if item.get("type") == "auth" and "cause" in item), None)
    if told is None:
        return _UNSAID
    step = told["step"]
    return Cause(
        code=told["cause"],
        sentence=told["sentence"],
        remedy=told["remedy"],
        who=told["who"],
        step=None if step is None else GuideStep(step["number"], step["title"]),
        recoverable=told["recoverable"],
        details=told["details"],
    )
