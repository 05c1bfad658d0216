"""Reading over REST: lists, records, queries and the session ID, decided without any I/O.

Every function takes a known caller and gives a finished answer. Writing is in `writing`; a method that the
sandbox does not emulate somewhere is told so by `not_built`.
"""

from dataclasses import replace
from typing import Final

from intacct_sandbox import objects
from intacct_sandbox.identity import sessions
from intacct_sandbox.objects import (
    DEFAULT_SIZE,
    LARGEST_SIZE,
    BadExpression,
    BadOperand,
    BadOrder,
    Definition,
    ObjectsError,
    Query,
    UnknownField,
    UnqueryableField,
)
from intacct_sandbox.rest import batches
from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    bad_request,
    field_not_queryable,
    page,
    path_crosses_list,
    payload_errors,
    payload_malformed,
    payload_missing,
    record,
    request_failed,
    several,
)
from intacct_sandbox.rest.callers import Caller, Sandbox, definition_of, refuse_reading
from intacct_sandbox.rest.query_payload import LARGEST_START, Leniency, Malformed, QueryPayload, read
from intacct_sandbox.store import Store

QUERY: Final = "services/core/query"
SESSION: Final = "services/core/session/id"


def list_records(
    sandbox: Sandbox, caller: Caller, name: str, *, method: str, parameters: list[tuple[str, str]]
) -> Answer:
    """`GET /objects/{application}/{name}`: references, 100 a page.

    Args:
        sandbox: The state.
        caller: Who asks.
        name: Application and name.
        method: For the text of a refusal.
        parameters: Of the address; `start` and `size` are understood, others refused (§10, no. 9).
    """
    resource = f"objects/{name}"
    found = _readable(sandbox, caller, name, method=method, resource=resource)
    if isinstance(found, Answer):
        return found
    numbers = {"start": 1, "size": DEFAULT_SIZE}
    largest = {"start": LARGEST_START, "size": LARGEST_SIZE}
    for parameter, text in parameters:
        if parameter not in numbers:
            return bad_request(sandbox.ids, f"Unrecognized parameter {parameter}")
        if not (
            text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= largest[parameter]
        ):
            return bad_request(sandbox.ids, f"{parameter} is a number from 1 to {largest[parameter]}")
        numbers[parameter] = int(text)
    return page(objects.references(_seen(sandbox), found, caller.scope, **numbers))


def get_record(sandbox: Sandbox, caller: Caller, name: str, key: str, *, method: str) -> Answer:
    """`GET /objects/{application}/{name}/{key}`: the full record, or 404; several keys are a batch.

    An object of which a company has one record has it under `setup` too.
    """
    resource = f"objects/{name}"
    found = _readable(sandbox, caller, name, method=method, resource=resource)
    if isinstance(found, Answer):
        return found
    if "," not in key:
        key = objects.singletons.resolved(sandbox.store, found, key, caller.scope)
        return _get(sandbox, caller, found, name, key, method=method)
    return batches.run(
        sandbox,
        key.split(","),
        lambda one: _get(sandbox, caller, found, name, one, method=method),
        atomic=False,
        method=method,
        resource=resource,
    )


def _get(sandbox: Sandbox, caller: Caller, found: Definition, name: str, key: str, *, method: str) -> Answer:
    resource = f"objects/{name}"
    shows_private = sandbox.quirks.value("private-records-by-key") == "shown"
    scope = replace(caller.scope, include_private=shows_private)
    result = objects.get(sandbox.store, found, key, scope, today=sandbox.clock.now().date())
    if result is None:
        return no_such_key(sandbox, name, key, method=method, resource=resource)
    return record(result)


def no_such_key(sandbox: Sandbox, name: str, key: str, *, method: str, resource: str) -> Answer:
    """404 for a key that nothing stands under, or nothing the caller sees."""
    detail = Detail(f"There is no {name} with key {key}", code="invalidKey")
    return request_failed(sandbox.ids, 404, method=method, resource=resource, detail=detail)


def query(sandbox: Sandbox, caller: Caller, body: bytes) -> Answer:
    """`POST /services/core/query`: one query, or by quirk `array-of-queries` several in one body."""
    if not body.strip():
        return payload_missing(sandbox.ids, "POST")
    quirks = sandbox.quirks
    leniency = Leniency(
        clamps_size=quirks.value("query-size-above-4000") == "clamped",
        starts_at_zero=quirks.value("query-start-of-zero") == "first-row",
    )
    try:
        payload = read(body, leniency)
    except Malformed:
        return payload_malformed(sandbox.ids)
    if not isinstance(payload, list):
        return _run_query(sandbox, caller, payload)
    if quirks.value("array-of-queries") == "refused":
        return payload_errors(sandbox.ids, Detail("A query is a JSON object", target="/"))
    return several([_run_query(sandbox, caller, one) for one in payload])


def _run_query(sandbox: Sandbox, caller: Caller, payload: QueryPayload | Detail) -> Answer:
    if isinstance(payload, Detail):
        return payload_errors(sandbox.ids, payload)
    definition = _queried(sandbox, caller, payload.object_name)
    if definition is None:
        detail = Detail(f"The {payload.object_name} object does not exist", target="/object")
        return payload_errors(sandbox.ids, detail)
    refusal = refuse_reading(sandbox, caller, definition, method="QUERY", resource=QUERY)
    if refusal is not None:
        return refusal
    try:
        found = objects.run(
            _seen(sandbox), definition, payload.query, caller.scope, today=sandbox.clock.now().date()
        )
    except ObjectsError as error:
        return _refuse_query(sandbox, definition, payload.query, error)
    return page(found)


def _seen(sandbox: Sandbox) -> Store:
    return objects.seen(sandbox.store, sandbox.clock.now())


def _queried(sandbox: Sandbox, caller: Caller, name: str) -> Definition | None:
    if sandbox.quirks.value("short-object-names") == "accepted" and "/" not in name:
        found = objects.find_short(name)
        return definition_of(sandbox, caller, found.name) if found is not None else None
    return definition_of(sandbox, caller, name)


def session_id(sandbox: Sandbox, caller: Caller) -> Answer:
    """`GET /services/core/session/id`: the session behind the token, which lives on by use (§2)."""
    access = caller.access
    session = sessions.find(sandbox.store, sandbox.clock, access.session_id)
    if session is None:
        # The token outlives its session where nobody used it; it is worth a session as long as it is good.
        session = sessions.start(
            sandbox.store, sandbox.clock, sandbox.ids, access.user, access.entity_id, "token"
        )
    else:
        session = sessions.touch(sandbox.store, sandbox.clock, session)
    return record({"sessionId": session.id, "expiresIn": session.timeout_seconds})


def not_built(sandbox: Sandbox, *, method: str, resource: str, allowed: str) -> Answer:
    """405 for a method that the sandbox does not emulate here, whatever Sage does."""
    detail = Detail(f"The {method} method is not supported on {resource} by this sandbox; use {allowed}")
    return request_failed(
        sandbox.ids, 405, method=method, resource=resource, detail=detail, headers={"Allow": allowed}
    )


def not_supported(sandbox: Sandbox, definition: Definition, *, method: str, resource: str) -> Answer:
    """405 for a method that the object does not have."""
    allowed = ", ".join(definition.methods)
    detail = Detail(f"The {method} method is not supported on {definition.name}; use {allowed}")
    return request_failed(
        sandbox.ids, 405, method=method, resource=resource, detail=detail, headers={"Allow": allowed}
    )


def unsupported_method(
    sandbox: Sandbox, caller: Caller, name: str, possible: tuple[str, ...], *, method: str, resource: str
) -> Answer:
    """405 for a method that an address does not take, whatever the object; 404 where there is no object."""
    definition = definition_of(sandbox, caller, name)
    if definition is None:
        return unknown_resource(sandbox, method=method, resource=resource)
    allowed = ", ".join(one for one in possible if one in definition.methods)
    return not_built(sandbox, method=method, resource=resource, allowed=allowed or "GET")


def unknown_resource(sandbox: Sandbox, *, method: str, resource: str) -> Answer:
    """404 for a path that the sandbox does not serve."""
    detail = Detail(f"{resource} does not exist", code="notFound")
    return request_failed(sandbox.ids, 404, method=method, resource=resource, detail=detail)


def unsupported_version(sandbox: Sandbox) -> Answer:
    """400 for another version than v1 (§6.1)."""
    return bad_request(sandbox.ids, "Version is not supported.")


def _readable(
    sandbox: Sandbox, caller: Caller, name: str, *, method: str, resource: str
) -> Definition | Answer:
    definition = definition_of(sandbox, caller, name)
    if definition is None:
        return unknown_resource(sandbox, method=method, resource=resource)
    return refuse_reading(sandbox, caller, definition, method=method, resource=resource) or definition


def _refuse_query(sandbox: Sandbox, definition: Definition, query: Query, error: ObjectsError) -> Answer:
    if isinstance(error, UnqueryableField):
        return field_not_queryable(sandbox.ids, definition.name, error.path)
    if isinstance(error, UnknownField):
        if any(f"{error.path}.".startswith(f"{path}.") for path in definition.lists):
            return path_crosses_list(sandbox.ids, error.path)
        return payload_errors(sandbox.ids, Detail(f"The {error.path} field does not exist"))
    return payload_errors(sandbox.ids, Detail(str(error), target=_target(query, error)))


def _target(query: Query, error: ObjectsError) -> str | None:
    """Where in the query an error is; None where it is in no one place."""
    if isinstance(error, BadOperand):
        places = [(one.operator, one.path) for one in query.filters]
        return f"/filters/{places.index((error.operator, error.path))}/{error.operator}/{error.path}"
    if isinstance(error, BadExpression):
        return "/filterExpression"
    if isinstance(error, BadOrder):
        return f"/orderBy/{[one.path for one in query.order_by].index(error.path)}"
    return None
