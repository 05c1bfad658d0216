"""Credentials in a connection's row: how they are opened, and how new ones take the place of old ones."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import func

from counterfoil.auth_modes import Credentials, Obtained
from counterfoil.connections.leases import Standing
from counterfoil.connections.limits import TokenLimits
from counterfoil.connections.models import ConnectionRow
from counterfoil.connections.states import renewal_due_in_seconds, spread
from counterfoil.vault import SealContext, Vault


def open_credentials(
    vault: Vault, standing: Standing, load: Callable[[Mapping[str, Any]], Credentials]
) -> Credentials:
    """The credentials of a connection in the open. Raises UnsealFailed."""
    context = credentials_context(standing.environment_id, standing.pk)
    return load(orjson.loads(vault.open(standing.sealed_credentials, context)))


def credentials_context(environment_id: int, pk: int) -> SealContext:
    """Where a connection's sealed credentials live."""
    return SealContext(environment_id, "connections", "sealed_credentials", str(pk))


def set_token(
    row: ConnectionRow, obtained: Obtained, vault: Vault, limits: TokenLimits, *, elapsed_seconds: float
) -> None:
    """Seal new credentials into a row that is locked, and clear what was known of the old ones.

    Args:
        row: With its primary key, inside a transaction.
        obtained: The credentials and how long the token lives.
        vault: Seals.
        limits: When to renew.
        elapsed_seconds: Since before the token was asked for: its life may have begun then.
    """
    plaintext = orjson.dumps(obtained.credentials.dump())
    row.sealed_credentials = vault.seal(plaintext, credentials_context(row.environment_id, row.id))
    row.token_version = (row.token_version or 0) + 1
    stated = obtained.expires_in_seconds
    lifetime = max((stated or limits.assumed_lifetime_seconds) - elapsed_seconds, 0.0)
    due_in = renewal_due_in_seconds(lifetime, limits.margin_seconds, spread(row.id, row.token_version))
    row.token_obtained_at = func.now()
    row.token_expires_at = None if stated is None else func.now() + timedelta(seconds=lifetime)
    stays = obtained.lasting or obtained.on_demand
    row.refresh_at = None if stays else func.now() + timedelta(seconds=due_in)
    row.updated_at = func.now()
    row.cause = row.retry_at = row.lease_owner = row.lease_until = row.refresh_sent_at = None
    row.superseded_by = None
    row.refresh_failures = row.secret_refusals = 0
    row.errors = []
