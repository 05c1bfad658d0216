"""Who is calling, and what they may do. Scopes are strings with colons; `…:*` covers everything under it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from counterfoil.access.environments import Environment
from counterfoil.access.errors import MissingScope
from counterfoil.access.sessions import ConnectSessionRecord

SESSION_SCOPES: Final = frozenset({"environment:integrations:list", "environment:providers:read"})


@dataclass(frozen=True, slots=True)
class ApiKeyCaller:
    """A program that holds an API key.

    Attributes:
        environment: The environment that the key belongs to.
        key_id: The key's primary key; for records of who did what.
        scopes: What the key may do.
    """

    environment: Environment
    key_id: int
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class SessionCaller:
    """A browser that holds a connect session's token."""

    environment: Environment
    session: ConnectSessionRecord

    @property
    def scopes(self) -> frozenset[str]:
        """What every connect session may do besides connecting."""
        return SESSION_SCOPES


Caller = ApiKeyCaller | SessionCaller


def has_scope(caller: Caller, scope: str) -> bool:
    """Whether one of the caller's scopes is this one or covers it.

    `environment:*` covers `environment:connections:read`. Reading credentials includes reading:
    `…:read_credentials` covers `…:read`, `…:list_credentials` covers `…:list`.
    """
    return _is_granted(caller.scopes, scope)


def require_scope(caller: Caller, scope: str) -> None:
    """Raise MissingScope unless the caller has the scope."""
    if not has_scope(caller, scope):
        raise MissingScope(f"This key lacks the scope {scope}.")


@lru_cache(maxsize=1024)
def _is_granted(scopes: frozenset[str], scope: str) -> bool:
    if scope in scopes or f"{scope}_credentials" in scopes:
        return True
    return any(_covers(granted, scope) for granted in scopes if granted.endswith(":*"))


def _covers(wildcard: str, scope: str) -> bool:
    return scope.startswith(wildcard.removesuffix("*"))
