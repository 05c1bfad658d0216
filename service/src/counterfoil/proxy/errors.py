"""Refusals of the proxy itself; what a provider answers is no error here."""

from counterfoil.errors import CounterfoilError, Forbidden, InvalidRequest, ProviderUnavailable, Unavailable


class BaseUrlOverrideNotAllowed(InvalidRequest):
    """`Base-Url-Override` names another base than the provider's own."""

    code = "base_url_override_not_allowed"


class InvalidProxyPath(InvalidRequest):
    """The path could leave the provider's base URL, or two readers could read it differently."""

    code = "invalid_uri_params"


class InvalidProxyQuery(InvalidRequest):
    """The query has characters that must be percent-encoded, or our own API key."""

    code = "invalid_query_params"


class InvalidProxyHeaders(InvalidRequest):
    """A header that steers the proxy is missing or wrong, or one is not forwarded to anybody."""

    code = "invalid_headers"


class NavigationRefused(Forbidden):
    """A browser tried to open a provider's page in our origin."""

    code = "navigation_not_allowed"


class MethodNotProxied(InvalidRequest):
    """A method that is not passed on; the `Allow` header says which ones are.

    Attributes:
        allowed: The methods that are; empty for all that the proxy knows.
    """

    code = "method_not_allowed"
    status = 405

    def __init__(self, message: str, *, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


class RequestBodyTooLarge(InvalidRequest):
    """The body is larger than the proxy passes on."""

    code = "payload_too_large"
    status = 413


class ProxyFailed(CounterfoilError):
    """A fault of our own; the log knows it by the id in the answer's `Counterfoil-Request-Id`."""

    code = "generic_error_support"


class ClientGone(Exception):
    """The caller has hung up; there is nobody to answer."""


class BodyBomb(ProviderUnavailable):
    """A compressed answer grows beyond measure, or is not what it says it is."""

    code = "provider_answer_unreadable"


class TokenRenewed(Unavailable):
    """The provider refused the token and there is a new one, but the body was too large to keep for this."""

    code = "token_renewed"
