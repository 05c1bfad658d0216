"""Whether a user may work in an entity, or at the top level.

What they may do there is judged in `permissions`.
"""

from intacct_sandbox.identity import companies
from intacct_sandbox.identity.users import User
from intacct_sandbox.store import Store


def may_enter(store: Store, user: User, entity_id: str | None) -> bool:
    """Whether the user may work there.

    Args:
        store: Holds the entities.
        user: Who, with their restrictions.
        entity_id: Exactly as the entity is called; None for the top level. An unknown or inactive entity is
            open to nobody.
    """
    if entity_id is None:
        return not user.entity_ids or user.allow_top_level
    entity = companies.find_entity(store, user.company_key, entity_id)
    if entity is None or entity.status != "active":
        return False
    return not user.entity_ids or entity_id in user.entity_ids
