"""Telling a webhook what came of a job: signed, and again when it did not listen (§6.7).

It is signed as Sage's outbound webhooks are (`outbound.signing`).
When an attempt is due, and whether there is one, stands in `jobs`; the loop that sends is here too.
"""

import asyncio
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

import orjson

from intacct_sandbox.identity import companies, developers
from intacct_sandbox.outbound import AddressPolicy, post
from intacct_sandbox.outbound.signing import SIGNATURE_HEADER, Signer, hmac_signature, signature
from intacct_sandbox.rest import jobs
from intacct_sandbox.rest.callers import Sandbox
from intacct_sandbox.rest.jobs import Job, Kind, Work

# The attempts behind the first (§6.7).
RETRY_AFTER: Final = (timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90))
_WORTH_ANOTHER: Final = frozenset({408, 429, 500, 502, 503, 504})
_LOOK_AGAIN_SECONDS: Final = 0.2


class Worker:
    """Does what is due and tells of it, as long as there is anything; idle, it waits to be woken.

    Args:
        policy: Which addresses may be told; those of this machine by default.
    """

    def __init__(self, policy: AddressPolicy | None = None) -> None:
        self._policy = policy or AddressPolicy()
        self._sandbox: Sandbox | None = None
        self._works: dict[Kind, Work] = {}
        self._wanted = asyncio.Event()

    def serve(self, sandbox: Sandbox, works: dict[Kind, Work]) -> None:
        """Take what there is to work on."""
        self._sandbox, self._works = sandbox, works

    async def advance(self) -> None:
        """Do everything that is due, before anything is answered."""
        if self._sandbox is not None:
            await jobs.advance(self._sandbox, self._works)

    def look(self) -> None:
        """Begin to work if a request left something to do, or a restored snapshot did."""
        if self._sandbox is not None and jobs.is_anything_left(self._sandbox.store):
            self._wanted.set()

    async def run(self) -> None:
        """Work until cancelled; what a restart found is looked for first."""
        if self._sandbox is None:
            return
        while True:
            await self.advance()
            for job in jobs.to_deliver(self._sandbox):
                await deliver(self._sandbox, self._policy, job)
            if jobs.is_anything_left(self._sandbox.store):
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
                continue
            self._wanted.clear()
            await self._wanted.wait()


async def deliver(sandbox: Sandbox, policy: AddressPolicy, job: Job) -> None:
    """One attempt; only 200 counts, and an address that the operator forbids is not tried again."""
    body = _body(job)
    posted = await post(policy, job.webhook or "", _headers(sandbox, job, body), body)
    now = sandbox.clock.now()
    again_at = None if posted.is_forbidden else _next(job, posted.status, now)
    # A webhook that gave no answer has no status.
    attempt = {
        "status": str(posted.status) if posted.status is not None else None,
        "deliveryDateTime": jobs.wire_time(now),
    }
    if again_at is not None:
        attempt["scheduledRetryDateTime"] = jobs.wire_time(again_at)
    jobs.record_delivery(sandbox.store, job, attempt, again_at)


def is_address(text: str) -> bool:
    """Whether something can be sent there."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _body(job: Job) -> bytes:
    """What is told: an asynchronous answer as it is, of a bulk job its state."""
    if job.kind == "bulk":
        return orjson.dumps(orjson.loads(job.outcome or b"{}").get("told"))
    return job.outcome or b""


def _next(job: Job, answered: int | None, now: datetime) -> datetime | None:
    is_lost = answered is None or answered in _WORTH_ANOTHER
    tried = len(job.deliveries)
    return now + RETRY_AFTER[tried] if is_lost and tried < len(RETRY_AFTER) else None


def _headers(sandbox: Sandbox, job: Job, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if job.kind == "bulk":
        return headers
    headers |= {
        "X-IA-Respond-Code": str(job.status),
        "X-IA-Original-Request-Id": job.id,
        "X-IA-TimeReceived": format_datetime(job.created_at, usegmt=True),
    }
    application = developers.find_client(sandbox.store, job.client_id)
    company = companies.by_key(sandbox.store, job.company_key)
    if application is not None and company is not None:
        secret = application.client_secret
        if sandbox.quirks.value("async-signature") == "hmac":
            headers[SIGNATURE_HEADER] = hmac_signature(secret, body)
        else:
            signer = Signer(company_id=company.id, client_id=job.client_id, client_secret=secret)
            headers[SIGNATURE_HEADER] = signature(signer, body, sandbox.clock.now())
    return headers
