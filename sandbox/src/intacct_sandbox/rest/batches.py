"""Batches: many operations of one kind in one request (`sage-intacct-rest.md` §6.4).

An operation is whatever a single call does and answers as a single call is answered; here the answers are put
together. Without the header each is a transaction of its own and none stops the others; with it all are one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    deleted,
    outcomes,
    payload_errors,
    unprocessed,
)
from intacct_sandbox.rest.callers import Sandbox

TRANSACTION_HEADER: Final = "X-IA-API-Param-Transaction"
LARGEST: Final = 500

Json = dict[str, Any]


class _Failed(Exception):
    """An operation of an atomic batch failed: undo the others."""


def is_atomic(headers: Mapping[str, str]) -> bool:
    """Whether a request asks for all or nothing."""
    return headers.get(TRANSACTION_HEADER, "").strip().lower() == "true"


def run(
    sandbox: Sandbox,
    elements: Sequence[object],
    operate: Callable[[Any], Answer],
    *,
    atomic: bool,
    method: str,
    resource: str,
) -> Answer:
    """Do the operation for every element.

    Args:
        sandbox: The state.
        elements: 1 to 500.
        operate: Does one and answers as if it had come alone; without effect where that is a failure.
        atomic: All or nothing.
        method: For a text.
        resource: For a text.

    Returns:
        The operation's own status where all went well, or where all failed alike; 207 otherwise, or for any
        failure, as the quirk `batch-status` says.
    """
    if not 1 <= len(elements) <= LARGEST:
        message = f"A {method} request on {resource} takes 1 to {LARGEST} operations"
        return payload_errors(sandbox.ids, Detail(message, target="/"))
    answers = _atomic(sandbox, elements, operate) if atomic else [operate(one) for one in elements]
    return together(sandbox, answers)


def together(sandbox: Sandbox, answers: Sequence[Answer]) -> Answer:
    """One answer of several; the outcomes match the operations by their places."""
    failed = sum(1 for answer in answers if is_failure(answer))
    statuses = {answer.status for answer in answers}
    if not failed and statuses == {204}:
        return deleted()
    if not failed:
        results = [result(answer) for answer in answers]
        return outcomes(statuses.pop() if len(statuses) == 1 else 200, results, failed=0)
    is_common = len(statuses) == 1 and sandbox.quirks.value("batch-status") == "common"
    return outcomes(statuses.pop() if is_common else 207, [outcome(one) for one in answers], failed=failed)


def is_failure(answer: Answer) -> bool:
    """Whether an operation did not do what it was asked to; a mixed answer is a failure too."""
    return answer.status >= 300 or answer.status == 207


def outcome(answer: Answer) -> Json:
    """An operation's place in a mixed answer; what succeeded without a result carries its status only."""
    if is_failure(answer) and answer.status != 207:
        return {"ia::error": error(answer), "ia::status": answer.status}
    found = result(answer)
    return (found if isinstance(found, dict) else {}) | {"ia::status": answer.status}


def result(answer: Answer) -> Any:  # noqa: ANN401 - any JSON
    """What stands under `ia::result`; None for an answer without a body."""
    return orjson.loads(answer.body)["ia::result"] if answer.body else None


def error(answer: Answer) -> Json:
    """The error of a refusal, wherever its shape has it (§10, no. 1)."""
    body = orjson.loads(answer.body)
    nested = body.get("ia::result")
    found = nested if isinstance(nested, dict) else body
    shown: Json = found.get("ia::error") or body.get("ia::error") or body.get("error") or {}
    return shown


def _atomic(sandbox: Sandbox, elements: Sequence[object], operate: Callable[[Any], Answer]) -> list[Answer]:
    answers: list[Answer] = []
    try:
        with sandbox.store.transaction():
            for element in elements:
                answers.append(operate(element))
                if is_failure(answers[-1]):
                    raise _Failed
    except _Failed:
        return skipped_but(sandbox, len(elements), answers[-1], len(answers) - 1)
    return answers


def skipped_but(sandbox: Sandbox, count: int, failure: Answer, place: int) -> list[Answer]:
    """The answers of an undone transaction: one failed, and so none of the others was done."""
    return [failure if at == place else unprocessed(sandbox.ids) for at in range(count)]
