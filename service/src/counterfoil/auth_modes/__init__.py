"""Auth modes: one module per way to obtain, renew and apply credentials.

    API_KEY     `api_key`           a key is sent along with every call
    BASIC       `basic`             user name and password are sent along with every call
    NONE        `unauthenticated`   nothing is asked and nothing is sent
    OAUTH2      `oauth2_authorization_code`   a person allows it at the provider; its code becomes a token
    OAUTH2_CC   `oauth2_cc`         a client is exchanged for a token; renewed by asking again
    TWO_STEP    `two_step`          fields are exchanged for a token at a token endpoint; renewed the same way

A mode is a set of hooks (`contract.AuthMode`). Its field list draws the Connect form, the API schema and the
documentation; its exchanges are generators of requests, driven by `connections`. What is particular to a
provider comes in the provider's options as small functions, so no mode names a provider.
"""

from typing import Final

from counterfoil.auth_modes.api_key import ApiKey
from counterfoil.auth_modes.basic import Basic
from counterfoil.auth_modes.contract import (
    Adopting,
    AuthMode,
    AuthorizationFailed,
    AuthorizationRequest,
    AuthorizationResponse,
    Cause,
    ClientSettings,
    Credentials,
    Field,
    Fingerprint,
    GuideStep,
    Knowing,
    Misread,
    NothingToRenew,
    Obtained,
    ProviderOptions,
    Redirecting,
    Submission,
    SubmissionRefused,
    Understood,
    Values,
    Who,
)
from counterfoil.auth_modes.oauth2_authorization_code import OAuth2AuthorizationCode
from counterfoil.auth_modes.oauth2_cc import OAuth2Cc
from counterfoil.auth_modes.two_step import TwoStep
from counterfoil.auth_modes.unauthenticated import Unauthenticated

ALL: Final[tuple[AuthMode, ...]] = (
    ApiKey(),
    Basic(),
    Unauthenticated(),
    OAuth2AuthorizationCode(),
    OAuth2Cc(),
    TwoStep(),
)


def mode(name: str) -> AuthMode:
    """The mode of that name.

    Raises:
        KeyError: There is none; a provider of the catalogue always names one.
    """
    return _BY_NAME[name]


_BY_NAME: Final = {each.name: each for each in ALL}

__all__ = [
    "ALL",
    "Adopting",
    "AuthMode",
    "AuthorizationFailed",
    "AuthorizationRequest",
    "AuthorizationResponse",
    "Cause",
    "ClientSettings",
    "Credentials",
    "Field",
    "Fingerprint",
    "GuideStep",
    "Knowing",
    "Misread",
    "NothingToRenew",
    "Obtained",
    "ProviderOptions",
    "Redirecting",
    "Submission",
    "SubmissionRefused",
    "Understood",
    "Values",
    "Who",
    "mode",
]
