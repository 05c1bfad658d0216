"""From an answer to a result or an error."""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from counterfoil_client._operations import Answer, Operation
from counterfoil_client._reading import Unreadable, mapping_or_none, text_or_none, words
from counterfoil_client.diagnoses import Diagnosis, read_diagnosis
from counterfoil_client.errors import (
    AnswerNotUnderstood,
    ApiError,
    AuthenticationFailed,
    Conflict,
    ConnectionNeedsReconnect,
    ConnectionUnusable,
    FieldError,
    Forbidden,
    InvalidRequest,
    NotFound,
    RateLimited,
    Refusal,
    ServerFailed,
)

T = TypeVar("T")

UNKNOWN: Final = "unknown"

# The wire protocol answers 400 to some questions about things that are not there; the code is what it means.
_CODES: Final[Mapping[str, type[ApiError]]] = {
    "unknown_connection": NotFound,
    "unknown_provider_config": NotFound,
    "unknown_provider_template": NotFound,
}
_UNUSABLE_CODES: Final = frozenset({"invalid_credentials", "connection_unusable"})
_STATUSES: Final[Mapping[int, type[ApiError]]] = {
    401: AuthenticationFailed,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}
# The proxy's answers carry the first one; there the second one may be the provider's.
_REQUEST_ID_HEADERS: Final = ("counterfoil-request-id", "x-request-id")


def result_of(operation: Operation[T], answer: Answer) -> T:
    """What the operation gives.

    Raises:
        ApiError: The service said no.
        AnswerNotUnderstood: It said yes in words that are not Counterfoil's.
    """
    if operation.is_failure(answer):
        raise api_error(answer, operation.asked)
    try:
        return operation.read(answer)
    except (Unreadable, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise AnswerNotUnderstood(
            f"The answer to {operation.asked} ({answer.status}) is not Counterfoil's: {error}. "
            "Is the base URL right?"
        ) from None


def api_error(answer: Answer, asked: str) -> ApiError:
    """The error that a failed answer means."""
    told = error_object(answer)
    refusal = _refusal(answer, told or {}, asked)
    return _kind(refusal)(refusal)


def error_object(answer: Answer) -> Mapping[str, Any] | None:
    """The object in the service's envelope `{"error": {"code", "message", …}}`; None if there is none."""
    try:
        body = json.loads(answer.content)
    except ValueError:
        return None
    told = body.get("error") if isinstance(body, dict) else None
    return told if isinstance(told, dict) and isinstance(told.get("code"), str) else None


def _refusal(answer: Answer, told: Mapping[str, Any], asked: str) -> Refusal:
    message = told.get("message")
    return Refusal(
        status=answer.status,
        code=told.get("code") or answer.headers.get("counterfoil-error") or UNKNOWN,
        message=message if isinstance(message, str) else _unsaid(answer, told),
        errors=_field_errors(told),
        diagnosis=_diagnosis(told),
        retry_after_seconds=_seconds(answer.headers.get("retry-after")),
        request_id=next(
            (answer.headers[name] for name in _REQUEST_ID_HEADERS if name in answer.headers), None
        ),
        asked=asked,
        raw=told,
    )


def _unsaid(answer: Answer, told: Mapping[str, Any]) -> str:
    if told:
        return "The service gave no message."
    if answer.status in (301, 302, 303, 307, 308):
        return "The service answered with a redirect, and none is followed. Is the base URL right?"
    return "The answer is not Counterfoil's own; something in between may have given it."


def _kind(refusal: Refusal) -> type[ApiError]:
    if refusal.status == 424 or refusal.code in _UNUSABLE_CODES:
        return ConnectionUnusable if _mends_itself(refusal.diagnosis) else ConnectionNeedsReconnect
    if refusal.code in _CODES:
        return _CODES[refusal.code]
    if refusal.status in _STATUSES:
        return _STATUSES[refusal.status]
    if refusal.status >= 500:
        return ServerFailed
    return InvalidRequest if refusal.status >= 400 else ApiError


def _mends_itself(diagnosis: Diagnosis | None) -> bool:
    return diagnosis is not None and (diagnosis.recoverable or diagnosis.retry_at is not None)


def _field_errors(told: Mapping[str, Any]) -> tuple[FieldError, ...]:
    listed = told.get("errors")
    if not isinstance(listed, list):
        return ()
    return tuple(_field_error(one) for one in listed if isinstance(one, dict))


def _field_error(one: Mapping[str, Any]) -> FieldError:
    try:
        return FieldError(
            words(one, "path"), text_or_none(one, "code") or "", text_or_none(one, "message") or ""
        )
    except Unreadable:
        return FieldError((), "", "")


def _diagnosis(told: Mapping[str, Any]) -> Diagnosis | None:
    # An error must come through even where its details are of a form that is not known yet.
    try:
        found = mapping_or_none(told, "diagnosis")
        return None if found is None else read_diagnosis(found)
    except Unreadable:
        return None


def _seconds(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() else None
