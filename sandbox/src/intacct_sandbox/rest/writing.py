"""Writing over REST: POST, PATCH and DELETE of records, one or a batch, decided without any I/O.

What a payload means and which rules hold is `objects.writing`'s; here are permissions and Sage's answers
(`sage-intacct-rest.md` §6.4).
"""

from collections.abc import Callable

import orjson

from intacct_sandbox.objects import (
    Author,
    BadPayload,
    Changes,
    Definition,
    KeptElsewhere,
    NoSuchRecord,
    RuleBroken,
    Taken,
    singletons,
    workflows,
)
from intacct_sandbox.objects.errors import Breach, Problem
from intacct_sandbox.rest import batches, printing
from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    created,
    deleted,
    info,
    not_a_valid_field,
    payload_errors,
    payload_malformed,
    payload_missing,
    record,
    request_failed,
)
from intacct_sandbox.rest.callers import Caller, Sandbox, definition_of, refuse_writing
from intacct_sandbox.rest.reading import no_such_key, not_supported, unknown_resource


def create_record(
    sandbox: Sandbox, caller: Caller, name: str, body: bytes, *, atomic: bool = False
) -> Answer:
    """`POST /objects/{application}/{name}`: 201 with a reference; for an array, a batch.

    Args:
        sandbox: The state.
        caller: Who writes.
        name: Application and name.
        body: JSON of a record, or of an array of them.
        atomic: Whether a batch is written all or nothing.
    """
    asked = _asked(sandbox, caller, name, body, method="POST")
    if isinstance(asked, Answer):
        return asked
    definition, payload = asked

    def create(element: object) -> Answer:
        return create_one(sandbox, caller, definition, element)

    if isinstance(payload, list):
        return batches.run(sandbox, payload, create, atomic=atomic, method="POST", resource=f"objects/{name}")
    return create(payload)


def update_record(sandbox: Sandbox, caller: Caller, name: str, key: str, body: bytes) -> Answer:
    """`PATCH /objects/{application}/{name}/{key}`: 200 with a reference."""
    asked = _asked(sandbox, caller, name, body, method="PATCH")
    if isinstance(asked, Answer):
        return asked
    definition, payload = asked
    key = singletons.resolved(sandbox.store, definition, key, caller.scope)
    return _update(sandbox, caller, definition, key, payload)


def update_records(
    sandbox: Sandbox, caller: Caller, name: str, body: bytes, *, atomic: bool = False
) -> Answer:
    """`PATCH /objects/{application}/{name}`: a batch, the key inside each element."""
    asked = _asked(sandbox, caller, name, body, method="PATCH")
    if isinstance(asked, Answer):
        return asked
    definition, payload = asked
    if not isinstance(payload, list):
        return payload_errors(sandbox.ids, Detail("A PATCH request without a key takes an array of objects"))
    return batches.run(
        sandbox,
        payload,
        lambda element: update_one(sandbox, caller, definition, element),
        atomic=atomic,
        method="PATCH",
        resource=f"objects/{name}",
    )


def delete_record(sandbox: Sandbox, caller: Caller, name: str, key: str, *, atomic: bool = False) -> Answer:
    """`DELETE /objects/{application}/{name}/{key}`: 204; for keys between commas, a batch."""
    resource = f"objects/{name}"
    definition = writable(sandbox, caller, name, method="DELETE", resource=resource)
    if isinstance(definition, Answer):
        return definition
    if "," not in key:
        return _delete(sandbox, caller, definition, key)
    return batches.run(
        sandbox,
        key.split(","),
        lambda one: _delete(sandbox, caller, definition, str(one)),
        atomic=atomic,
        method="DELETE",
        resource=resource,
    )


def create_one(sandbox: Sandbox, caller: Caller, definition: Definition, payload: object) -> Answer:
    """Create one record of an object that the caller may create: 201 with a reference."""
    return _tried(
        sandbox,
        lambda: created(changes(sandbox, caller).create(definition, payload).as_json()),
        method="POST",
        resource=f"objects/{definition.name}",
    )


def update_one(sandbox: Sandbox, caller: Caller, definition: Definition, element: object) -> Answer:
    """Change the record whose key stands inside the element: 200 with a reference."""
    key = _key_in(element)
    if key is None:
        return payload_errors(sandbox.ids, Detail("/key is required", target="/key"))
    return _update(sandbox, caller, definition, key, element)


def delete_one(sandbox: Sandbox, caller: Caller, definition: Definition, element: object) -> Answer:
    """Delete the record whose key stands inside the element: 204."""
    key = _key_in(element)
    if key is None:
        return payload_errors(sandbox.ids, Detail("/key is required", target="/key"))
    return _delete(sandbox, caller, definition, key)


def _update(sandbox: Sandbox, caller: Caller, definition: Definition, key: str, payload: object) -> Answer:
    return _tried(
        sandbox,
        lambda: record(changes(sandbox, caller).update(definition, key, payload).as_json()),
        method="PATCH",
        resource=f"objects/{definition.name}",
    )


def _delete(sandbox: Sandbox, caller: Caller, definition: Definition, key: str) -> Answer:
    def act() -> Answer:
        changes(sandbox, caller).delete(definition, key)
        return deleted()

    return _tried(sandbox, act, method="DELETE", resource=f"objects/{definition.name}")


def _key_in(element: object) -> str | None:
    key = element.get("key") if isinstance(element, dict) else None
    return key if isinstance(key, str) else None


def _asked(
    sandbox: Sandbox, caller: Caller, name: str, body: bytes, *, method: str
) -> tuple[Definition, object] | Answer:
    definition = writable(sandbox, caller, name, method=method, resource=f"objects/{name}")
    if isinstance(definition, Answer):
        return definition
    payload = _payload(sandbox, method, body)
    return payload if isinstance(payload, Answer) else (definition, payload)


def run_workflow(
    sandbox: Sandbox, caller: Caller, name: str, action: str, body: bytes, *, base: str, atomic: bool = False
) -> Answer:
    """`POST /workflows/{application}/{name}/{action}`: 200 with a reference and the new state; or a batch.

    Args:
        sandbox: The state.
        caller: Who acts.
        name: Application and name of the object.
        action: The last part of the address.
        body: JSON of a request, or of an array of them.
        base: The API's address, as the caller knows it.
        atomic: Whether a batch is done all or nothing.
    """
    resource = f"workflows/{name}/{action}"
    definition = definition_of(sandbox, caller, name)
    if definition is None or workflows.find(name, action) is None:
        return unknown_resource(sandbox, method="POST", resource=resource)
    # Which right of a role an action takes is not known for each; changing a record is the least.
    refusal = refuse_writing(sandbox, caller, definition, method="PATCH", resource=resource)
    if refusal is not None:
        return refusal
    payload = _payload(sandbox, "POST", body)
    if isinstance(payload, Answer):
        return payload

    def done(element: object) -> Answer:
        writer = author(sandbox, caller)
        shown = workflows.run(sandbox.store, sandbox.quirks, writer, definition, action, element)
        if (definition.name, action) == (printing.INVOICE, printing.ACTION):
            shown |= {"downloadURL": printing.print_invoice(sandbox, caller, shown["key"], base)}
        return record(shown)

    def act(element: object) -> Answer:
        return _tried(sandbox, lambda: done(element), method="POST", resource=resource)

    if isinstance(payload, list):
        return batches.run(sandbox, payload, act, atomic=atomic, method="POST", resource=resource)
    return act(payload)


def changes(sandbox: Sandbox, caller: Caller) -> Changes:
    """The writes of a caller."""
    return Changes(sandbox.store, sandbox.quirks, author(sandbox, caller))


def author(sandbox: Sandbox, caller: Caller) -> Author:
    """A caller as the author of a write, now."""
    user = caller.access.user
    return Author(scope=caller.scope, user_key=user.key, user_id=user.id, now=sandbox.clock.now())


def refused_write(
    sandbox: Sandbox,
    error: BadPayload | NoSuchRecord | Taken | RuleBroken | KeptElsewhere,
    *,
    method: str,
    resource: str,
) -> Answer:
    """The answer to a write that was not done."""
    if isinstance(error, BadPayload):
        return payload_errors(sandbox.ids, *map(_detail, error.problems))
    if isinstance(error, NoSuchRecord):
        return no_such_key(sandbox, error.object_name, error.key, method=method, resource=resource)
    if isinstance(error, KeptElsewhere):
        return request_failed(
            sandbox.ids,
            405,
            method=method,
            resource=resource,
            detail=Detail(str(error)),
            headers={"Allow": "GET"},
        )
    if isinstance(error, Taken):
        status = int(sandbox.quirks.value("duplicate-id-status"))
        detail = Detail(str(error), target="/id")
        return request_failed(sandbox.ids, status, method=method, resource=resource, detail=detail)
    status = int(sandbox.quirks.value("business-rule-status"))
    details = [_breach(breach) for breach in error.breaches]
    return request_failed(sandbox.ids, status, method=method, resource=resource, detail=details)


def writable(
    sandbox: Sandbox, caller: Caller, name: str, *, method: str, resource: str
) -> Definition | Answer:
    """The object of that name, if it has the method and the caller the permission."""
    definition = definition_of(sandbox, caller, name)
    if definition is None:
        return unknown_resource(sandbox, method=method, resource=resource)
    if method not in definition.methods:
        return not_supported(sandbox, definition, method=method, resource=resource)
    return refuse_writing(sandbox, caller, definition, method=method, resource=resource) or definition


def _payload(sandbox: Sandbox, method: str, body: bytes) -> object:
    if not body.strip():
        return payload_missing(sandbox.ids, method)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return payload_malformed(sandbox.ids)


def _tried(sandbox: Sandbox, act: Callable[[], Answer], *, method: str, resource: str) -> Answer:
    try:
        return act()
    except (BadPayload, NoSuchRecord, Taken, RuleBroken, KeptElsewhere) as error:
        return refused_write(sandbox, error, method=method, resource=resource)


def _detail(problem: Problem) -> Detail:
    if problem.kind == "unknown":
        return not_a_valid_field(problem.pointer)
    return Detail(problem.message, target=problem.pointer)


def _breach(breach: Breach) -> Detail:
    return Detail(
        breach.message,
        code=breach.code,
        error_id=breach.error_id,
        target=breach.pointer,
        info=info(breach.message_id) if breach.message_id is not None else {},
    )
