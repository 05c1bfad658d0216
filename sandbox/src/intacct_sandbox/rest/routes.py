"""The REST API over HTTP: addresses, headers and bodies; what is answered is decided in `reading`,
`writing` and `modelling`.
"""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2.refusals import gateway
from intacct_sandbox.objects import singletons
from intacct_sandbox.objects.company_config import attachment
from intacct_sandbox.rest import (
    allowing,
    asynchronous,
    batches,
    bulk,
    composite,
    dimensions,
    exporting,
    idempotency,
    modelling,
    printing,
    reading,
    sequences,
    viewing,
    writing,
)
from intacct_sandbox.rest.answers import Answer, payload_too_large, refused
from intacct_sandbox.rest.callers import ENTITY_HEADER, Caller, Sandbox, definition_of, identify
from intacct_sandbox.rest.deliveries import Worker
from intacct_sandbox.rest.inner_requests import (
    PREFIX,
    Decide,
    Decision,
    InnerRequests,
    decide_known,
    resource_of,
)
from intacct_sandbox.store import Store

# Sage takes bodies up to 1 MB (§6.1).
LARGEST_BODY_BYTES: Final = 1_000_000
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_KINDS: Final = ("objects", "services", "workflows")


def routes(
    *, store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks, worker: Worker | None = None
) -> list[BaseRoute]:
    """The routes under `/ia/api/v1/objects`, `/services` and `/workflows`.

    Args:
        store: The state.
        clock: Says when jobs are due.
        ids: Makes support and job IDs.
        quirks: How behaviour without evidence is set.
        worker: Does jobs and tells of them; without one nobody is told.
    """
    sandbox = Sandbox(store, clock, ids, quirks)
    worker = worker or Worker()
    inner = InnerRequests()
    decisions: list[Decision] = [
        (f"{PREFIX}/objects/{{application}}/{{name}}", "", _collection),
        (f"{PREFIX}/objects/{{application}}/{{name}}/{{key}}", "", _record),
        (f"{PREFIX}/{reading.QUERY}", "POST", _query),
        (f"{PREFIX}/{reading.SESSION}", "GET", _session_id),
        (f"{PREFIX}/{modelling.MODEL}", "GET", _model),
        (f"{PREFIX}/workflows/{{application}}/{{name}}/{{action}}", "POST", _workflow),
        (f"{PREFIX}/{composite.COMPOSITE}", "POST", _composite(inner)),
        (f"{PREFIX}/{asynchronous.STATUS}", "GET", _async_status),
        (f"{PREFIX}/{viewing.VIEW}", "POST", _with_body(viewing.run)),
        (f"{PREFIX}/{exporting.EXPORT}", "POST", _with_body(exporting.export)),
        (f"{PREFIX}/{allowing.ALLOWED}", "POST", _with_body(allowing.list_allowed)),
        (f"{PREFIX}/{dimensions.DIMENSIONS}", "GET", _dimensions),
        (f"{PREFIX}/{sequences.NEXT_VALUE}", "POST", _with_body(sequences.next_value)),
        (f"{PREFIX}/{bulk.CREATE}", "POST", _bulk_create),
        (f"{PREFIX}/{bulk.STATUS}", "GET", _bulk_status),
        (f"{PREFIX}/{printing.PRINTED}/{{token}}", "GET", _printed),
        *((f"{PREFIX}/{kind}/{{rest:path}}", "", _unknown) for kind in _KINDS),
        *((f"/ia/api/{{version}}/{kind}/{{rest:path}}", "", _another_version) for kind in _KINDS),
    ]
    inner.serve(decisions)
    worker.serve(sandbox, {"async": asynchronous.work(inner), "bulk": bulk.work})
    return [
        Route(path, _endpoint(sandbox, worker, built, decide), methods=list(_METHODS))
        for path, built, decide in decisions
    ]


def _endpoint(
    sandbox: Sandbox, worker: Worker, built: str, decide: Decide
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that finds out who calls before anything else.

    Args:
        sandbox: The state.
        worker: Does what is due by now.
        built: The one method that is built there; empty where none is looked at.
        decide: Answers a known caller.
    """

    async def endpoint(request: Request) -> Response:
        await worker.advance()
        answer = _open_document(sandbox, decide, request) or await _answer(sandbox, built, decide, request)
        worker.look()
        return Response(
            answer.body, answer.status, headers=dict(answer.headers), media_type="application/json"
        )

    return endpoint


def _open_document(sandbox: Sandbox, decide: Decide, request: Request) -> Answer | None:
    """A printed invoice for whoever has its address, where that is enough."""
    if decide is not _printed or sandbox.quirks.value("invoice-pdf-download") != "address":
        return None
    return printing.fetch(sandbox.store, request.path_params["token"]) if request.method == "GET" else None


async def _answer(sandbox: Sandbox, built: str, decide: Decide, request: Request) -> Answer:
    resource = resource_of(request)
    caller = identify(
        sandbox,
        method=request.method,
        resource=resource,
        authorization=request.headers.get("authorization"),
        entity_header=request.headers.get(ENTITY_HEADER),
    )
    if isinstance(caller, Answer):
        return caller

    async def decided(unread: Request) -> Answer:
        if asynchronous.is_wanted(resource, unread.headers):
            return await _later(sandbox, caller, unread)
        return await decide_known(sandbox, caller, built, decide, unread)

    return await idempotency.once(sandbox, caller, request, resource, decided)


async def _later(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    most_bytes = _largest_body(sandbox, request)
    body = await _body(request, most_bytes)
    if body is None:
        return payload_too_large(sandbox.ids, most_bytes)
    query = f"?{request.url.query}" if request.url.query else ""
    return asynchronous.accept(
        sandbox,
        caller,
        method=request.method,
        path=f"/{quote(resource_of(request))}{query}",
        headers=request.headers,
        entity_id=_entity_id(caller, request),
        body=body,
    )


def _entity_id(caller: Caller, request: Request) -> str | None:
    """The entity a request is made in: the header's, or the token's."""
    return request.headers.get(ENTITY_HEADER, "").strip() or caller.access.entity_id


async def _collection(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    name = _object_name(request)
    if request.method == "POST":
        body = await _json_body(sandbox, request)
        if isinstance(body, Answer):
            return body
        atomic = batches.is_atomic(request.headers)
        return writing.create_record(sandbox, caller, name, body, atomic=atomic)
    if request.method == "PATCH":
        body = await _json_body(sandbox, request)
        if isinstance(body, Answer):
            return body
        atomic = batches.is_atomic(request.headers)
        return writing.update_records(sandbox, caller, name, body, atomic=atomic)
    if request.method not in {"GET", "HEAD"}:
        return reading.unsupported_method(
            sandbox,
            caller,
            name,
            ("GET", "POST", "PATCH"),
            method=request.method,
            resource=resource_of(request),
        )
    parameters = request.query_params.multi_items()
    if name == viewing.SYSTEM_VIEW and "name" in request.query_params:
        return viewing.system_views(sandbox, caller, request.query_params["name"])
    return reading.list_records(sandbox, caller, name, method=request.method, parameters=parameters)


async def _record(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    name, key = _object_name(request), request.path_params["key"]
    if request.method == "PATCH":
        body = await _json_body(sandbox, request)
        return body if isinstance(body, Answer) else writing.update_record(sandbox, caller, name, key, body)
    if request.method == "POST" and key == singletons.SETUP and _is_singleton(sandbox, caller, name):
        body = await _json_body(sandbox, request)
        return body if isinstance(body, Answer) else writing.create_record(sandbox, caller, name, body)
    if request.method == "DELETE":
        atomic = batches.is_atomic(request.headers)
        return writing.delete_record(sandbox, caller, name, key, atomic=atomic)
    if request.method not in {"GET", "HEAD"}:
        return reading.unsupported_method(
            sandbox,
            caller,
            name,
            ("GET", "PATCH", "DELETE"),
            method=request.method,
            resource=resource_of(request),
        )
    return reading.get_record(sandbox, caller, name, key, method=request.method)


async def _workflow(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    body = await _json_body(sandbox, request)
    if isinstance(body, Answer):
        return body
    action = request.path_params["action"]
    atomic = batches.is_atomic(request.headers)
    return writing.run_workflow(
        sandbox, caller, _object_name(request), action, body, base=_base(request), atomic=atomic
    )


async def _printed(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    found = printing.fetch(sandbox.store, request.path_params["token"], caller.access.company.key)
    return found or await _unknown(sandbox, caller, request)


async def _model(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    return modelling.read_model(sandbox, caller, request.query_params.multi_items())


async def _query(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    body = await _json_body(sandbox, request)
    return body if isinstance(body, Answer) else reading.query(sandbox, caller, body)


def _composite(inner: InnerRequests) -> Decide:
    async def decide(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
        body = await _json_body(sandbox, request)
        if isinstance(body, Answer):
            return body
        atomic = batches.is_atomic(request.headers)
        return await composite.run(sandbox, caller, inner, body, atomic=atomic)

    return decide


def _with_body(act: Callable[[Sandbox, Caller, bytes], Answer]) -> Decide:
    async def decide(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
        body = await _json_body(sandbox, request)
        return body if isinstance(body, Answer) else act(sandbox, caller, body)

    return decide


async def _dimensions(sandbox: Sandbox, caller: Caller, _request: Request) -> Answer:
    return dimensions.list_dimensions(sandbox, caller)


async def _async_status(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    return asynchronous.status(sandbox, caller, request.query_params)


async def _bulk_create(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    return await bulk.create(
        sandbox,
        caller,
        headers=request.headers,
        stream=request.stream(),
        base=_base(request),
        entity_id=_entity_id(caller, request),
    )


async def _bulk_status(sandbox: Sandbox, caller: Caller, request: Request) -> Answer:
    return bulk.status(sandbox, caller, request.query_params)


async def _session_id(sandbox: Sandbox, caller: Caller, _request: Request) -> Answer:
    return reading.session_id(sandbox, caller)


async def _unknown(sandbox: Sandbox, _caller: Caller, request: Request) -> Answer:
    return reading.unknown_resource(sandbox, method=request.method, resource=resource_of(request))


async def _another_version(sandbox: Sandbox, _caller: Caller, _request: Request) -> Answer:
    return reading.unsupported_version(sandbox)


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}"


def _is_singleton(sandbox: Sandbox, caller: Caller, name: str) -> bool:
    definition = definition_of(sandbox, caller, name)
    return definition is not None and definition.singleton


def _object_name(request: Request) -> str:
    return f"{request.path_params['application']}/{request.path_params['name']}"


async def _json_body(sandbox: Sandbox, request: Request) -> bytes | Answer:
    """The body of a request that carries JSON."""
    if "xml" in request.headers.get("content-type", "").lower():
        return refused(gateway("GW-0014", sandbox.ids))
    most_bytes = _largest_body(sandbox, request)
    body = await _body(request, most_bytes)
    return body if body is not None else payload_too_large(sandbox.ids, most_bytes)


def _largest_body(sandbox: Sandbox, request: Request) -> int:
    """Attachments carry files, so they may have a limit of their own."""
    if resource_of(request).startswith(f"objects/{attachment.ATTACHMENT}"):
        return int(sandbox.quirks.value("attachment-body-bytes"))
    return LARGEST_BODY_BYTES


async def _body(request: Request, most_bytes: int) -> bytes | None:
    """The body; None as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        return None
    parts: list[bytes] = []
    total = 0
    async for part in request.stream():
        total += len(part)
        if total > most_bytes:
            return None
        parts.append(part)
    return b"".join(parts)
