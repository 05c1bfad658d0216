"""The codes of refusals at the door are what published clients branch on."""

import pytest

from counterfoil.access import errors
from counterfoil.errors import CounterfoilError


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (errors.MissingAuthHeader, 401, "missing_auth_header"),
        (errors.MalformedAuthHeader, 401, "malformed_auth_header"),
        (errors.InvalidSecretKeyFormat, 401, "invalid_secret_key_format"),
        (errors.UnknownAccount, 401, "unknown_account"),
        (errors.InvalidConnectSessionTokenFormat, 401, "invalid_connect_session_token_format"),
        (errors.UnknownConnectSessionToken, 401, "unknown_connect_session_token"),
        (errors.MissingScope, 403, "forbidden"),
        (errors.UnknownEnvironment, 404, "unknown_environment"),
        (errors.InvalidOrigin, 400, "invalid_origin"),
        (errors.InvalidEnvironmentName, 400, "invalid_environment_name"),
        (errors.InvalidScope, 400, "invalid_scope"),
        (errors.UnknownApiKey, 404, "unknown_api_key"),
    ],
)
def test_each_refusal_has_its_code_and_status(kind: type[CounterfoilError], status: int, code: str) -> None:
    assert (kind.status, kind.code) == (status, code)
