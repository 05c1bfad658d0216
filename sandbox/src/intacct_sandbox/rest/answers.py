"""The answers of the REST API as values: status and JSON in Sage's envelopes (`sage-intacct-rest.md` §6.2).

Errors of the object and query layer stand under `ia::result`, as recorded. What has an error id or a text in
the reference gets exactly that; what has none is told in the details of the general failure REST-7001 or
REST-1064, without an invented id. When an answer is due is decided elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from intacct_sandbox.ids import SeededIds
from intacct_sandbox.oauth2 import Refusal
from intacct_sandbox.objects import Page

Json = Mapping[str, Any]

_ONE: Final = {"totalCount": 1, "totalSuccess": 1, "totalError": 0}
_NONE: Final = {"totalCount": 1, "totalSuccess": 0, "totalError": 1}


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished response.

    Attributes:
        status: The HTTP status.
        body: JSON.
        headers: Beside the content type.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry of an error's `details`.

    Attributes:
        target: A JSON pointer into the request, `/size`.
    """

    message: str
    code: str = "invalidRequest"
    error_id: str | None = None
    target: str | None = None
    info: Json = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The wire form; what is not known is absent."""
        known = {"errorId": self.error_id, "code": self.code, "message": self.message, "target": self.target}
        return {name: value for name, value in known.items() if value is not None} | {
            "additionalInfo": self.info
        }


def record(result: Json) -> Answer:
    """A single result with the three totals."""
    return _answer(200, {"ia::result": result, "ia::meta": _ONE})


def created(result: Json) -> Answer:
    """201 with the reference to a new record."""
    return _answer(201, {"ia::result": result, "ia::meta": _ONE})


def accepted(result: Json, *, headers: Mapping[str, str]) -> Answer:
    """202: what was asked will be done."""
    return _answer(202, {"ia::result": result, "ia::meta": _ONE}, headers)


def deleted() -> Answer:
    """204 without a body."""
    return Answer(204, b"")


def outcomes(status: int, results: Sequence[object], *, failed: int) -> Answer:
    """The outcomes of several operations, and how many of them failed."""
    totals = {"totalCount": len(results), "totalSuccess": len(results) - failed, "totalError": failed}
    return _answer(status, {"ia::result": results, "ia::meta": totals})


def unprocessed(ids: SeededIds) -> Answer:
    """422 of an operation that was not done because another one of its transaction failed."""
    message = "Operation skipped due to atomic transaction failure"
    return _error(ids, 422, code="unprocessed", message=message, error_id=None)


def models(found: Sequence[Json]) -> Answer:
    """Models, and the totals that an unknown name's empty answer was recorded with."""
    totals = {"totalCount": len(found), "totalSuccess": len(found), "totalError": 0}
    return _answer(200, {"ia::result": found, "ia::meta": totals})


def page(found: Page) -> Answer:
    """A page of a list or a query."""
    meta = {
        "totalCount": found.total,
        "start": found.start,
        "pageSize": found.size,
        "next": found.next,
        "previous": found.previous,
    }
    return _answer(200, {"ia::result": found.rows, "ia::meta": meta})


def several(answers: Sequence[Answer]) -> Answer:
    """The answers of several queries in one, as a composite request shows its parts: 207 if one failed."""
    parts = [_part(answer) for answer in answers]
    failed = sum(answer.status >= 400 for answer in answers)
    totals = {"totalCount": len(parts), "totalSuccess": len(parts) - failed, "totalError": failed}
    return _answer(207 if failed else 200, {"ia::result": parts, "ia::meta": totals})


def _part(answer: Answer) -> Json:
    body = orjson.loads(answer.body)
    shown = body if answer.status < 400 else body["ia::result"]
    return {**shown, "ia::status": answer.status}


def refused(refusal: Refusal) -> Answer:
    """A refused bearer token or a gateway's refusal, in the shape it already has."""
    return _answer(refusal.status, refusal.body)


def payload_missing(ids: SeededIds, method: str) -> Answer:
    """REST-1028."""
    return _error(
        ids,
        400,
        code="invalidRequest",
        message=f"A {method} request requires a payload",
        error_id="REST-1028",
        info=_info("IA.REQUEST_REQUIRES_A_PAYLOAD", OPERATION=method),
    )


def payload_malformed(ids: SeededIds) -> Answer:
    """REST-1030: not JSON. Only its number and meaning are known."""
    return _error(
        ids, 400, code="invalidRequest", message="The request payload is not valid JSON", error_id="REST-1030"
    )


def payload_too_large(ids: SeededIds, most_bytes: int) -> Answer:
    """413. The reference gives the limit, not the answer."""
    message = f"The request payload is larger than {most_bytes} bytes"
    return _error(ids, 413, code="invalidRequest", message=message, error_id=None)


def not_a_valid_field(target: str) -> Detail:
    """REST-1043, the detail of a field that the object does not have."""
    return Detail(
        f"{target} is not a valid field",
        error_id="REST-1043",
        target=target,
        info=_info("IA.NOT_A_VALID_FIELD", FIELD=target),
    )


def payload_errors(ids: SeededIds, *details: Detail) -> Answer:
    """REST-1064 with what is wrong in the payload."""
    return _error(
        ids,
        400,
        code="invalidRequest",
        message="Payload contains errors",
        error_id="REST-1064",
        info=_info("IA.PAYLOAD_CONTAINS_ERRORS"),
        details=details,
    )


def field_not_queryable(ids: SeededIds, object_name: str, path: str) -> Answer:
    """REST-1106: a field that is there and may not be used in a query."""
    return _error(
        ids,
        400,
        code="invalidRequest",
        message=f"The {path} field in {object_name} object cannot be used in query in version 1",
        error_id="REST-1106",
        info=_info(
            "IA.THE_FIELD_IN_OBJECT_CANNOT_BE_USED_IN_QUERY", FIELD=path, OBJECT=object_name, VERSION="1"
        ),
    )


def path_crosses_list(ids: SeededIds, path: str) -> Answer:
    """REST-1107: one may walk up from a line, not down into lines. Only its number and meaning are known."""
    message = f"The path {path} crosses a list and cannot be used in query"
    return _error(ids, 400, code="invalidRequest", message=message, error_id="REST-1107")


def request_failed(
    ids: SeededIds,
    status: int,
    *,
    method: str,
    resource: str,
    detail: Detail | Sequence[Detail],
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """REST-7001, the general failure of an operation on a resource, with its reasons in the details."""
    return _error(
        ids,
        status,
        code="operationFailed",
        message=f"{method} request on {resource} object was unsuccessful",
        error_id="REST-7001",
        info=_info("IA.REQUEST_ON_OBJECT_FAILED", OPERATION=method, RESOURCE_NAME=resource),
        details=(detail,) if isinstance(detail, Detail) else detail,
        headers=headers,
    )


def not_found(ids: SeededIds, message: str) -> Answer:
    """404 with a text and no error id."""
    return _error(ids, 404, code="notFound", message=message, error_id=None)


def bad_request(ids: SeededIds, message: str) -> Answer:
    """400 with a text and no error id, as some were seen."""
    return _error(ids, 400, code="invalidRequest", message=message, error_id=None)


def _error(
    ids: SeededIds,
    status: int,
    *,
    code: str,
    message: str,
    error_id: str | None,
    info: Json | None = None,
    details: Sequence[Detail] = (),
    headers: Mapping[str, str] | None = None,
) -> Answer:
    error: dict[str, object] = {"code": code, "message": message}
    if error_id is not None:
        error["errorId"] = error_id
    error["additionalInfo"] = info if info is not None else {}
    error["supportId"] = f"{ids.token(10)}%7E{ids.token(22)}"
    if details:
        error["details"] = [detail.as_json() for detail in details]
    body = {"ia::result": {"ia::error": error}, "ia::meta": _NONE}
    return _answer(status, body, headers)


def info(message_id: str) -> Json:
    """What an error tells for programs, where its text's name was seen."""
    return _info(message_id)


def _info(message_id: str, **placeholders: str) -> dict[str, object]:
    return {"messageId": message_id, "placeholders": placeholders, "propertySet": {}}


def _answer(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, orjson.dumps(body), headers or {})
