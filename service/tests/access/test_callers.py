"""Scopes: what covers what."""

import pytest

from counterfoil.access import ApiKeyCaller, Environment, MissingScope, require_scope

_ENVIRONMENT = Environment(id=1, uuid="u", name="dev")


def _caller(*scopes: str) -> ApiKeyCaller:
    return ApiKeyCaller(environment=_ENVIRONMENT, key_id=1, scopes=frozenset(scopes))


@pytest.mark.parametrize(
    ("granted", "asked"),
    [
        ("environment:*", "environment:connections:read"),
        ("environment:*", "environment:proxy"),
        ("environment:connections:*", "environment:connections:delete"),
        ("environment:connections:read", "environment:connections:read"),
        ("environment:connections:read_credentials", "environment:connections:read"),
        ("environment:integrations:list_credentials", "environment:integrations:list"),
    ],
)
def test_a_scope_covers_itself_and_what_lies_under_it(granted: str, asked: str) -> None:
    require_scope(_caller(granted), asked)


@pytest.mark.parametrize(
    ("granted", "asked"),
    [
        ("environment:connections:read", "environment:connections:read_credentials"),
        ("environment:connections:list", "environment:connections:read"),
        ("environment:connections:*", "environment:connect_sessions:write"),
        ("environment:connect:*", "environment:connections:read"),
        ("environment", "environment:proxy"),
        ("account:*", "environment:proxy"),
    ],
)
def test_a_scope_covers_nothing_else(granted: str, asked: str) -> None:
    with pytest.raises(MissingScope, match=asked):
        require_scope(_caller(granted), asked)


def test_no_scope_covers_nothing() -> None:
    with pytest.raises(MissingScope):
        require_scope(_caller(), "environment:proxy")
