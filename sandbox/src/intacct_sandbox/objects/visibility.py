"""Which records a caller sees: company, entity, restrictions, privacy (`sage-intacct-rest.md` §5).

At the top level every entity's records are seen, private ones only on request. In an entity its own are
seen, and of shared objects the top level's too. Permissions are checked elsewhere; this bounds rows.
"""

from dataclasses import dataclass

from intacct_sandbox.objects.definitions import Definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose records a caller sees.

    Attributes:
        company_key: The company.
        entity_key: The entity the call is made in; None at the top level.
        allowed_entity_keys: The entities a restricted user may see at the top level; None for all.
        include_private: At the top level, records private to an entity too.
        sees_top_level_transactions: In an entity, transactions of the top level too.
    """

    company_key: int
    entity_key: int | None = None
    allowed_entity_keys: tuple[int, ...] | None = None
    include_private: bool = False
    sees_top_level_transactions: bool = False


def condition(definition: Definition, scope: Scope) -> str:
    """The SQL over alias `t` that holds for the records in scope.

    Only integers of the sandbox's own are written into it, and the type of a document.
    """
    parts = [f"t.company_key = {scope.company_key:d}"]
    if definition.document is not None:
        parts.append(f"t.document = '{_escaped(definition.document)}'")
    if scope.entity_key is not None:
        parts.append(_in_entity(definition, scope, scope.entity_key))
    else:
        if scope.allowed_entity_keys is not None:
            listed = ", ".join(f"{key:d}" for key in scope.allowed_entity_keys)
            parts.append(f"(t.entity_key IS NULL OR t.entity_key IN ({listed}))")
        if definition.has_private and not scope.include_private:
            parts.append("t.private = 0")
    return " AND ".join(parts)


def looked_at(definition: Definition, scope: Scope) -> tuple[str, ...]:
    """The columns, beside the company's, that the condition looks at."""
    is_bounded = scope.entity_key is not None or scope.allowed_entity_keys is not None
    hides_private = scope.entity_key is None and definition.has_private and not scope.include_private
    looks = {"document": definition.document is not None, "entity_key": is_bounded, "private": hides_private}
    return tuple(name for name, does in looks.items() if does)


def _escaped(text: str) -> str:
    """Text inside SQL's single quotes; no mark can be bound in a condition that several statements share."""
    return text.replace("'", "''").replace("\x00", "")


def _in_entity(definition: Definition, scope: Scope, entity_key: int) -> str:
    if definition.scope == "shared" or scope.sees_top_level_transactions:
        return f"(t.entity_key IS NULL OR t.entity_key = {entity_key:d})"
    return f"t.entity_key = {entity_key:d}"
