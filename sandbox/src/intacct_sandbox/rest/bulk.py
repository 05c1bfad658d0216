"""The bulk service: a file of records, written one by one in a job (`sage-intacct-rest.md` §6.7).

Every record is a transaction of its own and is written as a single call writes it. Where the reference shows
names and no contents (the result file, percentages), the contents are ours.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from intacct_sandbox import objects
from intacct_sandbox.objects import Definition
from intacct_sandbox.rest import batches, jobs, writing
from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    bad_request,
    created,
    outcomes,
    payload_errors,
    payload_malformed,
    payload_too_large,
    record,
    request_failed,
)
from intacct_sandbox.rest.callers import Caller, Sandbox, definition_of
from intacct_sandbox.rest.deliveries import is_address
from intacct_sandbox.rest.jobs import Job, Json, Outcome

CREATE: Final = "services/bulk/job/create"
STATUS: Final = "services/bulk/job/status"
BODY_PART: Final = "ia::requestBody"
FILE_PART: Final = "file"
# Sage states no limit; this is what the sandbox holds in memory at once.
LARGEST_FILE_BYTES: Final = 64_000_000
_STATES: Final = ("queued", "preprocessing", "processing", "postprocessing", "completed")
_PERCENT: Final = (0, 10, 50, 90, 100)
# Records are written where processing ends.
_STEPS_OF_WORK: Final = 3
_REQUIRED: Final = ("objectName", "operation", "jobFile", "fileContentType")
_MEMBERS: Final = frozenset({*_REQUIRED, "callbackURL"})

Operate = Callable[[Sandbox, Caller, Definition, object], Answer]
# What an operation does with one record, and the method whose permission it needs.
_OPERATIONS: Final[Mapping[str, tuple[str, Operate]]] = {
    "create": ("POST", writing.create_one),
    "update": ("PATCH", writing.update_one),
    "delete": ("DELETE", writing.delete_one),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    object_name: str
    operation: str
    file_name: str
    callback: str | None


class _TooLarge(Exception):
    """More than is taken."""


class _Unusable(Exception):
    def __init__(self, target: str, message: str) -> None:
        super().__init__(message)
        self.detail = Detail(message, target=target)


async def create(
    sandbox: Sandbox,
    caller: Caller,
    *,
    headers: Headers,
    stream: AsyncIterator[bytes],
    base: str,
    entity_id: str | None,
) -> Answer:
    """`POST /services/bulk/job/create`: the job, which begins later.

    Args:
        sandbox: The state.
        caller: Who asks.
        headers: Of the request, which is `multipart/form-data`.
        stream: Its body.
        base: Where the API was called, in front of `/services`.
        entity_id: The entity that the request is made in.
    """
    if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return bad_request(sandbox.ids, f"A request of {CREATE} is multipart/form-data")
    try:
        parts = await _parts(headers, stream)
        order = _order(parts.get(BODY_PART))
        content = _file(parts, order)
    except MultiPartException as failure:
        return bad_request(sandbox.ids, failure.message)
    except _TooLarge:
        return payload_too_large(sandbox.ids, LARGEST_FILE_BYTES)
    except orjson.JSONDecodeError:
        return payload_malformed(sandbox.ids)
    except _Unusable as unusable:
        return payload_errors(sandbox.ids, unusable.detail)
    if definition_of(sandbox, caller, order.object_name) is None:
        detail = Detail(f"The {order.object_name} object does not exist", target="/objectName")
        return payload_errors(sandbox.ids, detail)
    method, _ = _OPERATIONS[order.operation]
    definition = writing.writable(sandbox, caller, order.object_name, method=method, resource=CREATE)
    if isinstance(definition, Answer):
        return definition
    job = jobs.add(
        sandbox,
        caller,
        kind="bulk",
        entity_id=entity_id,
        due_in=jobs.step(sandbox) * _STEPS_OF_WORK,
        asked={
            "objectName": order.object_name,
            "operation": order.operation,
            "base": base,
            # A job goes on as it began, whatever the quirk says by then.
            "stepSeconds": jobs.step(sandbox).total_seconds(),
            "isReadable": _records(content) is not None,
        },
        content=content,
        webhook=order.callback,
    )
    shown = {
        "jobId": job.id,
        "statusURL": _address(sandbox, job),
        "createdDateTime": jobs.wire_time(job.created_at),
    }
    return created(shown) if sandbox.quirks.value("bulk-create-status") == "201" else record(shown)


def status(sandbox: Sandbox, caller: Caller, parameters: Mapping[str, str]) -> Answer:
    """`GET /services/bulk/job/status?jobId=…`, with `download=true` the result file."""
    job = jobs.find(sandbox, caller, "bulk", parameters.get("jobId", ""))
    if job is None:
        detail = Detail("There is no such job", code="notFound")
        return request_failed(sandbox.ids, 404, method="GET", resource=STATUS, detail=detail)
    shown = _shown(sandbox, job)
    if parameters.get("download") != "true":
        return record(shown)
    if job.outcome is None or shown["downloadURL"] is None:
        detail = Detail(f"The job is {shown['status']}; there is no result yet", code="notFound")
        return request_failed(sandbox.ids, 404, method="GET", resource=STATUS, detail=detail)
    named = f'attachment; filename="{shown["jobStatusFile"]}"'
    return Answer(200, _result(job), {"Content-Disposition": named})


async def work(sandbox: Sandbox, caller: Caller, job: Job) -> Outcome:
    """Write a job's records."""
    name, operation = job.asked["objectName"], job.asked["operation"]
    method, operate = _OPERATIONS[operation]
    records = _records(job.content)
    definition = writing.writable(sandbox, caller, name, method=method, resource=CREATE)
    if records is None:
        answer = payload_malformed(sandbox.ids)
    elif isinstance(definition, Answer):
        answer = definition
    else:
        answers = [operate(sandbox, caller, definition, one) for one in records]
        failed = sum(1 for one in answers if batches.is_failure(one))
        answer = outcomes(200, [batches.outcome(one) for one in answers], failed=failed)
    told = {"jobId": job.id, "status": "failed" if answer.status != 200 else "completed"}
    # Whoever is called back gets the job's state; the result file is fetched.
    body = orjson.dumps({"told": _told(sandbox, job, told["status"]), "file": orjson.loads(answer.body)})
    return Outcome(body, answer.status)


def _result(job: Job) -> bytes:
    return orjson.dumps(orjson.loads(job.outcome or b"{}")["file"])


def _told(sandbox: Sandbox, job: Job, state: str) -> Json:
    is_done = state == "completed"
    return {
        "jobId": job.id,
        "status": state,
        "percentComplete": 100 if is_done else 0,
        "downloadURL": f"{_address(sandbox, job)}&download=true" if is_done else None,
        "jobStatusFile": f"{job.id}-response.json" if is_done else None,
    }


def _shown(sandbox: Sandbox, job: Job) -> Json:
    seconds = job.asked["stepSeconds"]
    passed = (sandbox.clock.now() - job.created_at).total_seconds()
    place = min(int(passed // seconds) if seconds else len(_STATES), len(_STATES) - 1)
    if place >= _STEPS_OF_WORK and job.status != 200:
        return _told(sandbox, job, "failed")
    if place >= _STEPS_OF_WORK - 1 and not job.asked["isReadable"]:
        return _told(sandbox, job, "failed")
    return _told(sandbox, job, _STATES[place]) | {"percentComplete": _PERCENT[place]}


def _address(sandbox: Sandbox, job: Job) -> str:
    base = job.asked["base"] if sandbox.quirks.value("bulk-urls") == "absolute" else ""
    return f"{base}/{STATUS}?jobId={job.id}"


# Reading a request


async def _parts(headers: Headers, stream: AsyncIterator[bytes]) -> dict[str, bytes]:
    """The parts by name; each may be a plain value or a file."""
    parser = MultiPartParser(
        headers, _limited(stream), max_files=2, max_fields=4, max_part_size=LARGEST_FILE_BYTES
    )
    form = await parser.parse()
    try:
        return {name: await _content(part) for name, part in form.multi_items()}
    finally:
        await form.close()


async def _content(part: str | UploadFile) -> bytes:
    return part.encode() if isinstance(part, str) else await part.read()


async def _limited(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    total = 0
    async for chunk in stream:
        total += len(chunk)
        if total > LARGEST_FILE_BYTES:
            raise _TooLarge
        yield chunk


def _order(part: bytes | None) -> _Order:
    if part is None:
        raise _Unusable(f"/{BODY_PART}", f"The part {BODY_PART} is missing")
    body = orjson.loads(part)
    if not isinstance(body, dict):
        raise _Unusable("/", f"{BODY_PART} must be an object")
    _check_members(body)
    if body["operation"] not in _OPERATIONS:
        raise _Unusable("/operation", f"/operation must be one of {', '.join(_OPERATIONS)}")
    if body["fileContentType"] != "json":
        raise _Unusable("/fileContentType", "/fileContentType must be json")
    callback = body.get("callbackURL")
    if callback is not None and not is_address(callback):
        raise _Unusable("/callbackURL", "/callbackURL is not the address of a web server")
    name = _full_name(body["objectName"].removeprefix("objects/"))
    return _Order(object_name=name, operation=body["operation"], file_name=body["jobFile"], callback=callback)


def _full_name(name: str) -> str:
    """Sage's example names the object without its application; that is enough where one has that name."""
    found = objects.find_short(name) if "/" not in name else None
    return found.name if found is not None else name


def _check_members(body: Mapping[str, Any]) -> None:
    for name, value in body.items():
        if name not in _MEMBERS:
            raise _Unusable(f"/{name}", f"/{name} is not a valid field")
        if not isinstance(value, str) and not (name == "callbackURL" and value is None):
            raise _Unusable(f"/{name}", f"/{name} must be a string")
    for name in _REQUIRED:
        if not body.get(name):
            raise _Unusable(f"/{name}", f"/{name} is required")


def _file(parts: Mapping[str, bytes], order: _Order) -> bytes:
    """The part with the records: `file`, or named by `jobFile`."""
    for name in (FILE_PART, order.file_name):
        if name in parts:
            return parts[name]
    raise _Unusable(f"/{FILE_PART}", f"The part {FILE_PART} is missing")


def _records(content: bytes) -> list[Any] | None:
    """The records of a file; None where it is no JSON array."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, list) else None
