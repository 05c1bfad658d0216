"""Refusals at the door. The codes are those that callers of the wire protocol branch on."""

from counterfoil.errors import Conflict, Forbidden, InvalidRequest, NotFound, Unauthenticated


class MissingAuthHeader(Unauthenticated):
    """No `Authorization` header."""

    code = "missing_auth_header"


class MalformedAuthHeader(Unauthenticated):
    """The `Authorization` header is not `Bearer` and a key."""

    code = "malformed_auth_header"


class InvalidSecretKeyFormat(Unauthenticated):
    """What follows `Bearer` can't be one of our keys: wrong form, or a checksum that does not fit."""

    code = "invalid_secret_key_format"


class UnknownAccount(Unauthenticated):
    """A well-formed key that is not known, or not any more."""

    code = "unknown_account"


class InvalidConnectSessionTokenFormat(Unauthenticated):
    """What was sent can't be a connect session token."""

    code = "invalid_connect_session_token_format"


class UnknownConnectSessionToken(Unauthenticated):
    """A connect session token that is unknown, deleted or expired."""

    code = "unknown_connect_session_token"


class MissingScope(Forbidden):
    """The caller is known but lacks the scope."""

    code = "forbidden"


class UnknownEnvironment(NotFound):
    """No environment by that name."""

    code = "unknown_environment"


class EnvironmentExists(Conflict):
    """The name is taken."""

    code = "conflict"


class ProductionStays(InvalidRequest):
    """The environment `prod` can't be deleted."""

    code = "cannot_delete_prod_environment"


class ApiKeyExists(Conflict):
    """Another working key of the environment is called so."""

    code = "conflict"


class TooManyApiKeys(InvalidRequest):
    """The environment has as many working keys as it may have."""

    code = "resource_capped"


class InvalidOrigin(InvalidRequest):
    """A text that is not an exact web origin."""

    code = "invalid_origin"


class InvalidEnvironmentName(InvalidRequest):
    """A text that can't name an environment."""

    code = "invalid_environment_name"


class InvalidScope(InvalidRequest):
    """A text that can't be a scope."""

    code = "invalid_scope"


class UnknownApiKey(NotFound):
    """No API key by that number, or it was revoked before."""

    code = "unknown_api_key"
