"""Which messages an environment wants: the wire protocol's flags, and ours beside them."""

from collections.abc import Mapping
from typing import Final

DEFAULTS: Final[Mapping[str, bool]] = {
    "on_auth_creation": False,
    "on_auth_refresh_error": False,
    "on_auth_recovery": False,
    "on_connection_deletion": False,
    "on_endpoint_deactivation": True,
    "on_sync_completion_always": False,
    "on_sync_error": False,
    "on_async_action_completion": True,
}
"""Every flag with its default. `on_auth_recovery` and `on_endpoint_deactivation` are ours. Nothing sends what
the last three stand for yet; they are kept for clients that set them."""


def effective(stored: Mapping[str, bool]) -> dict[str, bool]:
    """All flags: what was set, and the default of what was not."""
    return {name: bool(stored.get(name, default)) for name, default in DEFAULTS.items()}
