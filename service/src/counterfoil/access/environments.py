"""Environments: what isolates integrations, connections and keys; whose pages may open the Connect page."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from counterfoil.access.errors import (
    EnvironmentExists,
    InvalidEnvironmentName,
    InvalidOrigin,
    ProductionStays,
    UnknownEnvironment,
)
from counterfoil.access.models import ApiKeyRow, ConnectSessionRow, EnvironmentRow
from counterfoil.clock import Clock
from counterfoil.db import Database
from counterfoil.ids import Ids

DEFAULT_ENVIRONMENTS: Final = ("dev", "prod")
_PRODUCTION: Final = "prod"
_NAME: Final = re.compile(r"[a-z0-9_-]{1,255}")
_USUAL_PORTS: Final = {"https": 443, "http": 80}
_LABEL: Final = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_ORIGIN: Final = re.compile(
    rf"(?P<scheme>https?)://((?P<name>{_LABEL}([.]{_LABEL})*)|\[(?P<address>[0-9a-f:.]+)\])"
    r"(:(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment.

    Attributes:
        id: Primary key; inside the service only.
        uuid: The name for the outside.
        name: Lower-case letters, digits, `_` and `-`.
        allowed_origins: Exact origins (`https://app.example.com`) of pages that may open the Connect page.
    """

    id: int
    uuid: str
    name: str
    allowed_origins: tuple[str, ...] = ()


class Environments:
    """The environments of this installation."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def ensure_defaults(self) -> None:
        """Make `dev` and `prod` where they are absent."""
        for name in DEFAULT_ENVIRONMENTS:
            await self.ensure(name)

    async def ensure(self, name: str) -> Environment:
        """The environment of this name, made when it is absent. Raises InvalidEnvironmentName."""
        try:
            return await self.get(name)
        except UnknownEnvironment:
            await self._make(name)
            return await self.get(name)

    async def create(self, name: str) -> Environment:
        """A new environment. Raises InvalidEnvironmentName, EnvironmentExists."""
        if not await self._make(name):
            raise EnvironmentExists(f"There is an environment {name!r} already.")
        return await self.get(name)

    async def get(self, name: str) -> Environment:
        """The environment of this name. Raises UnknownEnvironment."""
        async with self._database.session() as session:
            row = await session.scalar(_living().where(EnvironmentRow.name == name))
        if row is None:
            raise UnknownEnvironment(f"There is no environment {name!r}. See: counterfoil environments list")
        return environment_of(row)

    async def get_by_id(self, environment_id: int) -> Environment:
        """The environment with this primary key. Raises UnknownEnvironment."""
        async with self._database.session() as session:
            row = await session.scalar(_living().where(EnvironmentRow.id == environment_id))
        if row is None:
            raise UnknownEnvironment(f"There is no environment {environment_id}.")
        return environment_of(row)

    async def get_by_uuid(self, uuid: str) -> Environment:
        """The environment with this name for the outside. Raises UnknownEnvironment."""
        async with self._database.session() as session:
            row = await session.scalar(_living().where(EnvironmentRow.uuid == uuid))
        if row is None:
            raise UnknownEnvironment("There is no such environment.")
        return environment_of(row)

    async def all(self) -> list[Environment]:
        """All environments, oldest first."""
        async with self._database.session() as session:
            rows = await session.scalars(_living().order_by(EnvironmentRow.id))
            return [environment_of(row) for row in rows]

    async def close(self, environment: Environment) -> None:
        """Let nobody in any more: its keys are revoked and its connect sessions ended. Raises
        ProductionStays.
        """
        if environment.name == _PRODUCTION:
            raise ProductionStays("The environment 'prod' can't be deleted.")
        now = self._clock.now()
        async with self._database.session() as session:
            await session.execute(
                update(ApiKeyRow)
                .where(ApiKeyRow.environment_id == environment.id, ApiKeyRow.revoked_at.is_(None))
                .values(revoked_at=now)
            )
            await session.execute(
                update(ConnectSessionRow)
                .where(
                    ConnectSessionRow.environment_id == environment.id, ConnectSessionRow.deleted_at.is_(None)
                )
                .values(deleted_at=now)
            )

    async def remove(self, environment: Environment) -> None:
        """Take it off the list, and free its name; close it and empty it before. Raises ProductionStays."""
        await self.close(environment)
        async with self._database.session() as session:
            await session.execute(
                update(EnvironmentRow)
                .where(EnvironmentRow.id == environment.id)
                .values(deleted_at=self._clock.now())
            )

    async def allow_origin(self, name: str, origin: str) -> Environment:
        """Let pages of this exact origin open the Connect page. Raises UnknownEnvironment, InvalidOrigin."""
        parsed = parse_origin(origin)
        return await self._set_origins(name, lambda origins: [*origins, parsed])

    async def disallow_origin(self, name: str, origin: str) -> Environment:
        """Take the permission back. Raises UnknownEnvironment, InvalidOrigin."""
        parsed = parse_origin(origin)
        return await self._set_origins(name, lambda origins: [one for one in origins if one != parsed])

    async def _make(self, name: str) -> bool:
        """Whether it was made; False if it was there."""
        if not _NAME.fullmatch(name):
            raise InvalidEnvironmentName(
                "An environment's name is 1 to 255 lower-case letters, digits, hyphens and underscores."
            )
        row = {"uuid": self._ids.uuid(), "name": name, "created_at": self._clock.now()}
        statement = insert(EnvironmentRow).values(row).on_conflict_do_nothing().returning(EnvironmentRow.id)
        async with self._database.session() as session:
            return await session.scalar(statement) is not None

    async def _set_origins(self, name: str, change: Callable[[list[str]], list[str]]) -> Environment:
        async with self._database.session() as session:
            row = await session.scalar(_living().where(EnvironmentRow.name == name).with_for_update())
            if row is None:
                raise UnknownEnvironment(
                    f"There is no environment {name!r}. See: counterfoil environments list"
                )
            row.allowed_origins = list(dict.fromkeys(change(row.allowed_origins)))
            return environment_of(row)


def _living() -> Select[EnvironmentRow]:
    return select(EnvironmentRow).where(EnvironmentRow.deleted_at.is_(None))


def environment_of(row: EnvironmentRow) -> Environment:
    """The value that a row holds."""
    return Environment(id=row.id, uuid=row.uuid, name=row.name, allowed_origins=tuple(row.allowed_origins))


def parse_origin(text: str) -> str:
    """The origin as browsers write it (RFC 6454 section 6.2).

    Scheme, host, and the port unless it is the usual one. Raises InvalidOrigin for anything that is not
    exactly an origin: a path, even a bare slash, a wildcard, a user, another scheme.
    """
    match = _ORIGIN.fullmatch(text.lower()) if text.isascii() else None
    if match is None:
        raise InvalidOrigin(
            "An origin is exactly a scheme, a host and perhaps a port, nothing more: https://app.example.com"
        )
    scheme, name, address, port = match["scheme"], match["name"], match["address"], match["port"]
    host = name if name is not None else _bracketed(address)
    if port is None or int(port) == _USUAL_PORTS[scheme]:
        return f"{scheme}://{host}"
    if not 1 <= int(port) <= 65535:
        raise InvalidOrigin("An origin's port is a number from 1 to 65535.")
    return f"{scheme}://{host}:{int(port)}"


def _bracketed(address: str) -> str:
    try:
        return f"[{IPv6Address(address)}]"
    except ValueError:
        raise InvalidOrigin("The origin's address is not an IPv6 address.") from None
