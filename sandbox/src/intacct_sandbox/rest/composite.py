"""The composite service: 2 to 10 requests in one, later ones built from answers of earlier ones (§6.7).

The requests are done one after the other by what decides single calls, until one fails; what is done stays
done, unless the whole is asked for as one transaction. How a path is answered is not known here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from intacct_sandbox.rest import batches
from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    bad_request,
    outcomes,
    payload_errors,
    payload_malformed,
    payload_missing,
    unprocessed,
)
from intacct_sandbox.rest.callers import Caller, Sandbox
from intacct_sandbox.rest.inner_requests import Inner, InnerRequests

COMPOSITE: Final = "services/core/composite"
FEWEST: Final = 2
MOST: Final = 10
_METHODS: Final = ("GET", "POST", "PATCH", "DELETE")
_MEMBERS: Final = frozenset({"method", "path", "body", "headers", "resultReference"})
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}", re.ASCII)
_REFERENCE: Final = re.compile(r"@\{([A-Za-z_][A-Za-z0-9_-]*)((?:\.[^.{}]+)*)\}", re.ASCII)
# Requests that hold others, or files: not inside a request.
_NOT_INSIDE: Final = ("/services/core/composite", "/services/bulk/")
# A request inside another has its caller's identity and its own body, whatever it says.
_NOT_SAID: Final = frozenset(
    {"authorization", "host", "content-length", "content-type", "transfer-encoding", "prefer"}
)


@dataclass(frozen=True, slots=True)
class _Step:
    method: str
    path: str
    body: Any
    headers: Mapping[str, str]
    name: str | None


class _Unusable(Exception):
    def __init__(self, target: str, message: str) -> None:
        super().__init__(message)
        self.detail = Detail(message, target=target)


class _Unresolved(Exception):
    """A reference leads to nothing."""


class _Undone(Exception):
    """Undo what was done: the whole is one transaction."""


async def run(sandbox: Sandbox, caller: Caller, inner: InnerRequests, body: bytes, *, atomic: bool) -> Answer:
    """`POST /services/core/composite`.

    Args:
        sandbox: The state.
        caller: Who calls; the requests inside are theirs.
        inner: Answers the requests.
        body: JSON.
        atomic: Whether the header for all or nothing is there; the quirk `composite-transaction-header` says
            whether it counts.

    Returns:
        200 with an element for each request, 207 once one has failed.
    """
    if not body.strip():
        return payload_missing(sandbox.ids, "POST")
    try:
        steps = _steps(orjson.loads(body), sandbox)
    except orjson.JSONDecodeError:
        return payload_malformed(sandbox.ids)
    except _Unusable as unusable:
        return payload_errors(sandbox.ids, unusable.detail)
    if not (atomic and sandbox.quirks.value("composite-transaction-header") == "honoured"):
        answers = await _until_failure(sandbox, caller, inner, steps)
        return _together(sandbox, answers, len(steps))
    return await _all_or_nothing(sandbox, caller, inner, steps)


async def _all_or_nothing(
    sandbox: Sandbox, caller: Caller, inner: InnerRequests, steps: Sequence[_Step]
) -> Answer:
    answers: list[Answer] = []
    try:
        with sandbox.store.transaction():
            answers = await _until_failure(sandbox, caller, inner, steps)
            if batches.is_failure(answers[-1]):
                raise _Undone
    except _Undone:
        answers = batches.skipped_but(sandbox, len(steps), answers[-1], len(answers) - 1)
    return _together(sandbox, answers, len(steps))


async def _until_failure(
    sandbox: Sandbox, caller: Caller, inner: InnerRequests, steps: Sequence[_Step]
) -> list[Answer]:
    known: dict[str, Any] = {}
    answers: list[Answer] = []
    for step in steps:
        answers.append(await _do(sandbox, caller, inner, step, known))
        if batches.is_failure(answers[-1]):
            break
        if step.name is not None:
            known[step.name] = batches.result(answers[-1])
    return answers


async def _do(
    sandbox: Sandbox, caller: Caller, inner: InnerRequests, step: _Step, known: Mapping[str, Any]
) -> Answer:
    first = int(sandbox.quirks.value("composite-first-index"))
    try:
        path = str(_filled(step.path, known, first))
        body = _filled(step.body, known, first)
    except _Unresolved as unresolved:
        return bad_request(sandbox.ids, str(unresolved))
    content = orjson.dumps(body) if body is not None else b""
    # A reference might have led somewhere that may not stand inside a request.
    if _refused_path(path, sandbox) is not None:
        return bad_request(sandbox.ids, f"{path} cannot be part of a composite request")
    return await inner.answer(
        sandbox, caller, Inner(method=step.method, path=path, body=content, headers=step.headers)
    )


def _together(sandbox: Sandbox, answers: Sequence[Answer], count: int) -> Answer:
    failed = any(batches.is_failure(answer) for answer in answers)
    shown = [_element(answer) for answer in answers]
    if sandbox.quirks.value("composite-skipped-requests") == "listed":
        shown += [_element(unprocessed(sandbox.ids)) for _ in range(count - len(answers))]
    failures = sum(1 for one in shown if one["ia::status"] >= 300 or one["ia::status"] == 207)
    return outcomes(207 if failed else 200, shown, failed=failures)


def _element(answer: Answer) -> dict[str, Any]:
    if batches.is_failure(answer) and answer.status != 207:
        return {"ia::error": batches.error(answer), "ia::status": answer.status}
    body: dict[str, Any] = orjson.loads(answer.body) if answer.body else {}
    return body | {"ia::status": answer.status}


# Reading


def _steps(payload: object, sandbox: Sandbox) -> list[_Step]:
    if not isinstance(payload, list) or not FEWEST <= len(payload) <= MOST:
        raise _Unusable("/", f"A composite request is an array of {FEWEST} to {MOST} requests")
    steps: list[_Step] = []
    for place, element in enumerate(payload):
        step = _step(element, f"/{place}", sandbox)
        if step.name is not None and any(step.name == other.name for other in steps):
            raise _Unusable(f"/{place}/resultReference", f"The resultReference {step.name} is used twice")
        steps.append(step)
    return steps


def _step(element: object, at: str, sandbox: Sandbox) -> _Step:
    if not isinstance(element, dict):
        raise _Unusable(at, f"{at} must be an object")
    for name in element:
        if name not in _MEMBERS:
            raise _Unusable(f"{at}/{name}", f"{at}/{name} is not a valid field")
    method, path = element.get("method"), element.get("path")
    if method not in _METHODS:
        raise _Unusable(f"{at}/method", f"{at}/method must be one of {', '.join(_METHODS)}")
    if not isinstance(path, str):
        raise _Unusable(f"{at}/path", f"{at}/path must be a string such as /objects/accounts-payable/vendor")
    refusal = _refused_path(path, sandbox)
    if refusal is not None:
        raise _Unusable(f"{at}/path", f"{at}/path {refusal}")
    name = element.get("resultReference")
    if name is not None and not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise _Unusable(f"{at}/resultReference", f"{at}/resultReference must be a name")
    headers = _headers(element.get("headers"), f"{at}/headers")
    return _Step(method, path, element.get("body"), headers, name)


def _headers(value: object, at: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(
        isinstance(text, str) and text.isascii() and text.isprintable()
        for pair in value.items()
        for text in pair
    ):
        raise _Unusable(at, f"{at} must be an object of strings")
    return {name: text for name, text in value.items() if name.lower() not in _NOT_SAID}


def _refused_path(written: str, sandbox: Sandbox) -> str | None:
    path = unquote(urlsplit(written).path)
    allowed = ["/objects/", "/services/"]
    if sandbox.quirks.value("composite-workflows") == "allowed":
        allowed.append("/workflows/")
    if not path.startswith(tuple(allowed)):
        return f"must begin with {' or '.join(allowed)}"
    if path.startswith(_NOT_INSIDE):
        return "cannot be part of a composite request"
    return None


# References


def _filled(value: Any, known: Mapping[str, Any], first: int) -> Any:  # noqa: ANN401 - any JSON
    """The value with its references replaced; a text that is nothing but one becomes what it refers to."""
    if isinstance(value, dict):
        return {name: _filled(one, known, first) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, known, first) for one in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return _referred(whole, known, first)
    return _REFERENCE.sub(lambda found: _text(_referred(found, known, first), found[0]), value)


def _referred(found: re.Match[str], known: Mapping[str, Any], first: int) -> Any:  # noqa: ANN401 - any JSON
    name, path = found[1], found[2]
    if name not in known:
        raise _Unresolved(f"{found[0]} refers to no earlier request")
    value = known[name]
    for part in filter(None, path.split(".")):
        value = _member(value, part, first)
        if value is _NOTHING:
            raise _Unresolved(f"{found[0]} refers to nothing in the result of {name}")
    return value


_NOTHING: Final = object()


def _member(value: Any, part: str, first: int) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        # Sage's example counts to one where there is one: @{vendor.1.key} of a single new vendor.
        return value if part == str(first) and part not in value else value.get(part, _NOTHING)
    if isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 6:
        place = int(part) - first
        return value[place] if 0 <= place < len(value) else _NOTHING
    return _NOTHING


def _text(value: object, reference: str) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise _Unresolved(f"{reference} is no single value")
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
