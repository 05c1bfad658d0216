"""Who calls, and in which entity: the bearer token and the entity header, made into whose records are seen.

What a caller may do to an object is asked of `objects.rights`; here are only company and entity
(`sage-intacct-rest.md` §1.8, §5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.identity import companies
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2 import Access, Refusal, authenticate
from intacct_sandbox.objects import Definition, Scope, custom, may
from intacct_sandbox.rest.answers import Answer, Detail, bad_request, refused, request_failed
from intacct_sandbox.store import Store

ENTITY_HEADER: Final = "X-IA-API-Param-Entity"

# Any of these rights shows an object's records: one that may be viewed may also be listed.
READING: Final = ("list", "readonly")
# What else a method needs.
WRITING: Final[Mapping[str, tuple[str, ...]]] = {
    "POST": ("add",),
    "PATCH": ("edit",),
    "DELETE": ("delete",),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A good token's holder.

    Attributes:
        access: What the token says.
        scope: Whose records are seen.
    """

    access: Access
    scope: Scope


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What every request is answered from."""

    store: Store
    clock: SandboxClock
    ids: SeededIds
    quirks: Quirks


def identify(
    sandbox: Sandbox, *, method: str, resource: str, authorization: str | None, entity_header: str | None
) -> Caller | Answer:
    """Find out who calls.

    Args:
        sandbox: The state.
        method: For the text of a refusal.
        resource: The path below the version, for the text of a refusal.
        authorization: The header.
        entity_header: The header's entity ID, which wins over the token's; None or blank for the token's.
    """
    access = authenticate(sandbox.store, sandbox.clock, sandbox.ids, sandbox.quirks, authorization)
    if isinstance(access, Refusal):
        return refused(access)
    return place(sandbox, access, method=method, resource=resource, entity_header=entity_header)


def place(
    sandbox: Sandbox, access: Access, *, method: str, resource: str, entity_header: str | None
) -> Caller | Answer:
    """A good token's holder in the entity of a request; the arguments are those of `identify`."""
    entity_id = (entity_header or "").strip() or access.entity_id
    user = access.user
    if entity_id is None:
        if user.entity_ids and not user.allow_top_level:
            return _not_allowed(sandbox, method, resource, "the top level")
        return Caller(
            access, Scope(company_key=access.company.key, allowed_entity_keys=_allowed(sandbox, access))
        )
    entity = companies.find_entity(sandbox.store, access.company.key, entity_id)
    if entity is None or entity.status != "active":
        return bad_request(sandbox.ids, f"There is no entity {entity_id} in {ENTITY_HEADER}")
    if user.entity_ids and entity_id not in user.entity_ids:
        return _not_allowed(sandbox, method, resource, f"entity {entity_id}")
    return Caller(access, Scope(company_key=access.company.key, entity_key=entity.key))


def definition_of(sandbox: Sandbox, caller: Caller, name: str) -> Definition | None:
    """The object of that name as the caller's company has it; None if there is none."""
    return custom.find(sandbox.store, caller.access.company.key, name)


def refuse_reading(
    sandbox: Sandbox, caller: Caller, definition: Definition, *, method: str, resource: str
) -> Answer | None:
    """403 where the caller has no permission to see the object's records."""
    return _refuse(sandbox, caller, definition, READING, method=method, resource=resource)


def refuse_writing(
    sandbox: Sandbox, caller: Caller, definition: Definition, *, method: str, resource: str
) -> Answer | None:
    """403 where the caller has no permission to write the object's records by that method."""
    return _refuse(sandbox, caller, definition, WRITING[method], method=method, resource=resource)


def _refuse(
    sandbox: Sandbox,
    caller: Caller,
    definition: Definition,
    rights: tuple[str, ...],
    *,
    method: str,
    resource: str,
) -> Answer | None:
    if may(sandbox.store, sandbox.quirks, caller.access.user, definition, *rights):
        return None
    message = f"You do not have permission for API operation {method} on {definition.name}"
    return request_failed(
        sandbox.ids, 403, method=method, resource=resource, detail=Detail(message, code="operationFailed")
    )


def _allowed(sandbox: Sandbox, access: Access) -> tuple[int, ...] | None:
    if not access.user.entity_ids:
        return None
    entities = companies.entities(sandbox.store, access.company.key)
    return tuple(entity.key for entity in entities if entity.id in access.user.entity_ids)


def _not_allowed(sandbox: Sandbox, method: str, resource: str, where: str) -> Answer:
    return request_failed(
        sandbox.ids,
        403,
        method=method,
        resource=resource,
        detail=Detail(f"You do not have access to {where}", code="operationFailed"),
    )
