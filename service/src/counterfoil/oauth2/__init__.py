"""OAuth 2.0 as a client (RFC 6749): token requests and what their answers mean, as plain values.

    HttpRequest, HttpResponse     what is to be sent, what came back
    Exchange                      a generator of requests that is sent the responses; who sends is not known
    NoAnswer                      thrown into an exchange by its driver when there is no response
    authorization_url             where a person's browser is sent to
    code_challenge                the challenge of a PKCE verifier
    is_issuer_of                  whether an `iss` that came back can be right
    token_request                 a request to a token endpoint, secrets in the form body or in a header
    client_authorization          that header: a client as HTTP Basic
    parse_token_response          `TokenGranted`, `TokenRefused` or `TokenUnreadable`; never raises
    unverified_claims             what a JWT says of itself; a hint, never a proof

No socket, no clock, no provider. The authorization server of the sandbox shares no code with it.
"""

from counterfoil.oauth2.authorization_code import authorization_url, code_challenge, is_issuer_of
from counterfoil.oauth2.exchange import (
    Exchange,
    HttpRequest,
    HttpResponse,
    NoAnswer,
    TokenAnswer,
    TokenGranted,
    TokenRefused,
    TokenUnreadable,
    client_authorization,
    parse_token_response,
    token_request,
)
from counterfoil.oauth2.jwt import unverified_claims, unverified_lifetime_seconds

__all__ = [
    "Exchange",
    "HttpRequest",
    "HttpResponse",
    "NoAnswer",
    "TokenAnswer",
    "TokenGranted",
    "TokenRefused",
    "TokenUnreadable",
    "authorization_url",
    "client_authorization",
    "code_challenge",
    "is_issuer_of",
    "parse_token_response",
    "token_request",
    "unverified_claims",
    "unverified_lifetime_seconds",
]
