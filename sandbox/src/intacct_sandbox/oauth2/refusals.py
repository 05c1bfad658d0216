"""The error answers of the token endpoint and of a refused bearer token, as values.

Three layers of the real thing answer in three shapes, and the difference is what makes a failure hard to
read: the API gateway (`GW-` codes, `ia::error` at the top level, `details` an object), the OAuth service
(RFC 6749 §5.2), and the token checker (`error` at the top level with an `errorId`). Shapes and texts:
`sage-intacct-rest.md` §1.7-1.8. Nothing here decides when a refusal is due.
"""

from dataclasses import dataclass
from typing import Final

from intacct_sandbox.ids import SeededIds

CREDENTIALS_INVALID: Final = "The provided credentials are invalid"
CLIENT_INCORRECT: Final = "The Client ID, Client Secret, and/or 3rd Party Application are incorrect"
USERNAME_FORMAT: Final = "The username format is invalid (expected user@company)"

_GATEWAY_MESSAGES: Final = {
    "GW-0011": "Invalid Request",
    "GW-0012": "Missing Tenant Data",
    "GW-0014": "Invalid Content Type",
    "GW-0031": "Invalid Token",
    "GW-0032": "Invalid Token Payload",
    "GW-0033": "Invalid Token Endpoint",
    "GW-0034": "Invalid Authorization Header",
    "GW-0035": "Missing Token Payload",
    "GW-0036": "Missing User Name",
    "GW-0037": "Missing Client ID",
    "GW-0038": "Multiple Client IDs",
    "GW-0039": "Multiple User Names",
    "GW-0040": "Expired Token",
}

# Sage documents no status for most gateway codes; clients in the field see 400 or 401.
_GATEWAY_STATUS: Final = {"GW-0033": 404, "GW-0034": 401, "GW-0040": 401}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer.

    Attributes:
        status: The HTTP status.
        body: The JSON body.
    """

    status: int
    body: dict[str, object]


def gateway(code: str, ids: SeededIds) -> Refusal:
    """A refusal of the API gateway, which sees the request's shape and its tenant, not the user."""
    request_id = f"{ids.hex(8).upper()}:{ids.hex(4).upper()}_{ids.hex(8).upper()}.{ids.hex(2).upper()}"
    error = {"code": code, "message": _GATEWAY_MESSAGES[code], "details": {"requestId": request_id}}
    return Refusal(_GATEWAY_STATUS.get(code, 400), {"ia::error": error})


def oauth(error: str, description: str, *, status: int) -> Refusal:
    """A refusal of the OAuth service (RFC 6749 §5.2)."""
    return Refusal(status, {"error": error, "error_description": description})


def client_incorrect(ids: SeededIds) -> Refusal:
    """REST-1216: one text for a wrong id, a wrong secret and an application the company never authorized."""
    return _token_checker("invalidClient", "REST-1216", CLIENT_INCORRECT, "IA.CLIENT_IS_INCORRECT", 401, ids)


def token_not_valid(ids: SeededIds) -> Refusal:
    """REST-1206, HTTP 400: the token's signature or form does not hold."""
    return _token_checker(
        "invalidToken", "REST-1206", "The token is not valid", "IA.TOKEN_IS_NOT_VALID", 400, ids
    )


def token_invalid(ids: SeededIds) -> Refusal:
    """REST-2102: the token was good once and is not any more."""
    return _token_checker("tokenInvalid", "REST-2102", "Token is not valid", "IA.TOKEN_IS_INVALID", 401, ids)


def _token_checker(
    code: str, error_id: str, message: str, message_id: str, status: int, ids: SeededIds
) -> Refusal:
    error: dict[str, object] = {
        "code": code,
        "message": message,
        "errorId": error_id,
        "additionalInfo": {"messageId": message_id, "placeholders": {}, "propertySet": {}},
        "supportId": f"{ids.token(10)}%7E{ids.token(22)}",
    }
    return Refusal(status, {"error": error})
