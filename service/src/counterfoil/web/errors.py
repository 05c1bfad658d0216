"""Failures of HTTP itself, and the one shape of all failures: `{"error": {"code", "message", …}}`."""

from collections.abc import Mapping
from typing import Any

from counterfoil.errors import CounterfoilError, InvalidRequest, NotFound, TooManyRequests
from counterfoil.web.responses import OrjsonResponse


class InvalidQuery(InvalidRequest):
    """The query string breaks the schema; `errors` names the parameters."""

    code = "invalid_query_params"


class InvalidUri(InvalidRequest):
    """A part of the path can't be what the route expects there."""

    code = "invalid_uri_params"


class InvalidHeaders(InvalidRequest):
    """A header can't be what the route expects."""

    code = "invalid_headers"


class InvalidJson(InvalidRequest):
    """The body is not JSON that two parsers would read alike."""

    code = "invalid_json"


class InvalidContentType(InvalidRequest):
    """The body is declared to be something else than JSON."""

    code = "invalid_content_type"
    status = 415


class PayloadTooLarge(InvalidRequest):
    """The body is larger than the service reads."""

    code = "payload_too_large"
    status = 413


class UnknownPath(NotFound):
    """No route by that path."""

    code = "not_found"


class MethodNotAllowed(InvalidRequest):
    """The path exists, but not with this method; the `Allow` header says which ones do."""

    code = "method_not_allowed"
    status = 405


def error_body(error: CounterfoilError) -> dict[str, Any]:
    """The JSON body of a failure."""
    inner: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.errors:
        inner["errors"] = [
            {"code": one.code, "message": one.message, "path": list(one.path)} for one in error.errors
        ]
    inner.update(error.diagnostics())
    return {"error": inner}


def error_response(error: CounterfoilError, headers: Mapping[str, str] | None = None) -> OrjsonResponse:
    """The response of a failure."""
    extra = dict(headers or {})
    if isinstance(error, TooManyRequests):
        extra["Retry-After"] = str(error.retry_after_seconds)
    if error.status == 401:
        # RFC 9110 section 11.6.1 asks for it on every 401.
        extra.setdefault("WWW-Authenticate", "Bearer")
    return OrjsonResponse(error_body(error), status_code=error.status, headers=extra)
