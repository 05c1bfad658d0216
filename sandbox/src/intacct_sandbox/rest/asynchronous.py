"""`Prefer: respond-async`: a request is accepted, done later, and its answer sent to a webhook (§6.7).

The work is the very request, decided by what decides single calls. Sending is `deliveries`' affair.
"""

from collections.abc import Mapping
from typing import Final

import orjson

from intacct_sandbox.rest import jobs
from intacct_sandbox.rest.answers import Answer, accepted, bad_request, not_found, record
from intacct_sandbox.rest.callers import Caller, Sandbox
from intacct_sandbox.rest.deliveries import is_address
from intacct_sandbox.rest.inner_requests import Inner, InnerRequests
from intacct_sandbox.rest.jobs import Job, Json, Outcome, Work

STATUS: Final = "services/core/async/job-status"
WEBHOOK_URL_HEADER: Final = "X-IA-Webhook-EndpointURL"
WEBHOOK_ID_HEADER: Final = "X-IA-Webhook-Id"
# Without it a caller waits two minutes (§6.7).
RETRY_AFTER_SECONDS: Final = 120
_PREFERENCES: Final = frozenset({"respond-async", "respond-async-serialized"})
# What tells of jobs, or is one itself, is answered at once.
_AT_ONCE: Final = ("services/bulk/", "services/core/async/", "services/core/session/", "services/core/model")
_KEPT_HEADERS: Final = ("content-type", "x-ia-api-param-transaction")


def is_wanted(resource: str, headers: Mapping[str, str]) -> bool:
    """Whether a request asks to be done later, and can be."""
    preferences = {part.strip().lower() for part in headers.get("Prefer", "").replace(";", ",").split(",")}
    return not preferences.isdisjoint(_PREFERENCES) and not resource.startswith(_AT_ONCE)


def accept(
    sandbox: Sandbox,
    caller: Caller,
    *,
    method: str,
    path: str,
    headers: Mapping[str, str],
    entity_id: str | None,
    body: bytes,
) -> Answer:
    """202 with the job and where to ask for its state.

    Args:
        sandbox: The state.
        caller: Who asks.
        method: Of the request.
        path: Below the version, with its query.
        headers: Of the request.
        entity_id: The entity that the request is made in.
        body: Of the request.
    """
    webhook = headers.get(WEBHOOK_URL_HEADER)
    if headers.get(WEBHOOK_ID_HEADER) is not None:
        message = f"{WEBHOOK_ID_HEADER} names a webhook that is not there; this sandbox takes the address in"
        return bad_request(sandbox.ids, f"{message} {WEBHOOK_URL_HEADER}")
    if webhook is not None and not is_address(webhook):
        return bad_request(sandbox.ids, f"{WEBHOOK_URL_HEADER} is not the address of a web server")
    if webhook is None and sandbox.quirks.value("async-without-webhook") == "refused":
        return bad_request(sandbox.ids, f"An asynchronous request needs {WEBHOOK_URL_HEADER}")
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    job = jobs.add(
        sandbox,
        caller,
        kind="async",
        entity_id=entity_id,
        due_in=jobs.step(sandbox),
        asked={"method": method, "path": path, "headers": kept},
        content=body,
        webhook=webhook,
    )
    shown = {
        "jobId": job.id,
        "state": "queued",
        "queuedDateTime": jobs.wire_time(job.created_at),
        "href": _href(job),
    }
    return accepted(shown, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def status(sandbox: Sandbox, caller: Caller, parameters: Mapping[str, str]) -> Answer:
    """`GET /services/core/async/job-status?jobId=…`."""
    job_id = parameters.get("jobId", "")
    job = jobs.find(sandbox, caller, "async", job_id)
    if job is None:
        return not_found(sandbox.ids, f"Asynchronous job {job_id} status could not be found")
    shown: Json = {
        "jobId": job.id,
        "state": _state(job),
        "queuedDateTime": jobs.wire_time(job.created_at),
        "href": _href(job),
    }
    if job.outcome is not None:
        shown["startedDateTime"] = shown["finishedDateTime"] = jobs.wire_time(job.due_at)
        shown["deliveryStatus"] = list(job.deliveries)
    if job.outcome is not None and sandbox.quirks.value("async-result-in-status") == "yes":
        body = orjson.loads(job.outcome) if job.outcome else None
        shown["response"] = {"status": job.status, "body": body}
    return record(shown)


def work(inner: InnerRequests) -> Work:
    """What does such a job."""

    async def do(sandbox: Sandbox, caller: Caller, job: Job) -> Outcome:
        asked = job.asked
        request = Inner(
            method=asked["method"], path=asked["path"], body=job.content, headers=asked["headers"]
        )
        answer = await inner.answer(sandbox, caller, request)
        return Outcome(answer.body, answer.status)

    return do


def _state(job: Job) -> str:
    if job.outcome is None:
        return "queued"
    if job.deliver_at is not None:
        return "deferred" if job.deliveries else "inTransit"
    return "delivered" if job.deliveries and job.deliveries[-1]["status"] == "200" else "dead"


def _href(job: Job) -> str:
    return f"/{STATUS}?jobId={job.id}"
