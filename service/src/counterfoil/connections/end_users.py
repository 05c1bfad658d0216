"""End users: who a connection belongs to in the operator's product, and the tags that follow from that."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from counterfoil.connections.models import EndUserRow

MOST_TAGS: Final = 10
_TAG_KEY: Final = re.compile(r"[a-z][a-z0-9_\-./]{0,63}")
_LONGEST_TAG_VALUE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class EndUser:
    """The operator's user on whose behalf the product acts.

    Attributes:
        id: As the operator knows them.
        email: Or None.
        display_name: Or None.
        tags: The operator's own, or None.
        organization_id: What they belong to, or None.
        organization_display_name: Or None.
    """

    id: str
    email: str | None = None
    display_name: str | None = None
    tags: Mapping[str, str] | None = None
    organization_id: str | None = None
    organization_display_name: str | None = None


async def save_end_user(session: AsyncSession, environment_id: int, end_user: EndUser) -> int:
    """Create or update the end user in the session's transaction; their primary key.

    What is None leaves what is known as it is.
    """
    insertion = insert(EndUserRow).values(
        environment_id=environment_id,
        end_user_id=end_user.id,
        email=end_user.email,
        display_name=end_user.display_name,
        tags=None if end_user.tags is None else dict(end_user.tags),
        organization_id=end_user.organization_id,
        organization_display_name=end_user.organization_display_name,
    )
    new = insertion.excluded
    statement = insertion.on_conflict_do_update(
        index_elements=["environment_id", "end_user_id", "organization_id"],
        set_={
            "email": func.coalesce(new.email, EndUserRow.email),
            "display_name": func.coalesce(new.display_name, EndUserRow.display_name),
            "tags": func.coalesce(new.tags, EndUserRow.tags),
            "organization_display_name": func.coalesce(
                new.organization_display_name, EndUserRow.organization_display_name
            ),
        },
    ).returning(EndUserRow.id)
    pk: int = (await session.execute(statement)).scalar_one()
    return pk


def end_user_of(row: EndUserRow | None) -> EndUser | None:
    """The value that a row holds."""
    if row is None:
        return None
    return EndUser(
        id=row.end_user_id,
        email=row.email,
        display_name=row.display_name,
        tags=row.tags,
        organization_id=row.organization_id,
        organization_display_name=row.organization_display_name,
    )


def derived_tags(end_user: EndUser) -> dict[str, str]:
    """The tags that say who the end user is, and their own ones where those are valid and all fit."""
    facts = {
        "end_user_id": end_user.id,
        "end_user_email": end_user.email,
        "end_user_display_name": end_user.display_name,
        "organization_id": end_user.organization_id,
        "organization_display_name": end_user.organization_display_name,
    }
    derived = {key: value[:_LONGEST_TAG_VALUE] for key, value in facts.items() if value}
    lowered = {
        key.lower(): value[:_LONGEST_TAG_VALUE] for key, value in (end_user.tags or {}).items() if value
    }
    own = {key: value for key, value in lowered.items() if _TAG_KEY.fullmatch(key)}
    everything = {**own, **derived}
    return everything if len(everything) <= MOST_TAGS else derived
