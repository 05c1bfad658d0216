"""For every auth mode a made-up provider and what passes between it and us; the conformance suite plays them.

A module of tests' support, without any test. A new mode adds its sample here and has the suite.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from service.tests.auth_modes.playing import answer, granted, oauth, proven
from service.tests.providers.sage_intacct.gateway_documents import answer as gateway_answer
from service.tests.providers.sage_intacct.gateway_documents import authentication_failure, session

from counterfoil.auth_modes import AuthMode, AuthorizationResponse
from counterfoil.auth_modes.api_key import ApiKey, ApiKeyOptions
from counterfoil.auth_modes.basic import Basic, BasicOptions
from counterfoil.auth_modes.oauth2_authorization_code import (
    OAuth2AuthorizationCode,
    OAuth2Options,
    proving,
)
from counterfoil.auth_modes.oauth2_cc import OAuth2Cc, OAuth2CcOptions
from counterfoil.auth_modes.two_step import TwoStep
from counterfoil.auth_modes.unauthenticated import NoneOptions, Unauthenticated
from counterfoil.oauth2 import HttpResponse
from counterfoil.outbound import AddressPolicy
from counterfoil.providers.sage_intacct import client_credentials, xml_gateway
from counterfoil.vault import Secret

HOST: Final = "api.example.com"
PROOF: Final = f"https://{HOST}/v1/me"
SECRET: Final = "a-secret-that-nobody-may-see"


@dataclass(frozen=True)
class Example:
    """As much of a provider as a mode sees."""

    options: object
    id: str = "example"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A mode at work.

    Attributes:
        mode: The mode.
        provider: Whose options it works with.
        submitted: What a person types.
        held: The same fields, as far as an integration may hold them.
        least: What an integration must hold for anything to work.
        response: What a browser brings back, in modes that send it to the provider.
        obtaining: The answers that lead to credentials.
        renewing: The answers to a renewal.
        refusing: The answers that lead to a refusal; None where nothing is ever refused.
        wire_code: The refusal's code on the wire.
        revealed: Members of the wire's `credentials` object, beside the fields.
    """

    mode: AuthMode
    provider: Example
    submitted: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    least: Mapping[str, str] = field(default_factory=dict)
    response: AuthorizationResponse | None = None
    obtaining: tuple[HttpResponse, ...] = ()
    renewing: tuple[HttpResponse, ...] = ()
    refusing: tuple[HttpResponse, ...] | None = None
    wire_code: str = ""
    revealed: frozenset[str] = frozenset({"type"})


_TOKEN_MEMBERS: Final = frozenset({"type", "token", "raw"})
_CLIENT: Final = {"client_id": "client-7", "client_secret": SECRET}
_SAGE_CLIENT: Final = {"clientId": "0123456789abcdef0123.app.sage.com", "clientSecret": SECRET}
_SENDER: Final = {"senderId": "acme-sender", "senderPassword": SECRET}

SAMPLES: Final = (
    Sample(
        mode=ApiKey(),
        provider=Example(ApiKeyOptions(provider_host=HOST, verification_urls=(PROOF,))),
        submitted={"apiKey": SECRET},
        obtaining=(answer(200, {}),),
        renewing=(answer(200, {}),),
        refusing=(answer(401, {"message": SECRET}),),
        wire_code="connection_test_failed",
    ),
    Sample(
        mode=Basic(),
        provider=Example(BasicOptions(provider_host=HOST, verification_urls=(PROOF,))),
        submitted={"username": "ada", "password": SECRET},
        obtaining=(answer(204, None),),
        renewing=(answer(204, None),),
        refusing=(answer(403, {"message": SECRET}),),
        wire_code="connection_test_failed",
    ),
    Sample(
        mode=Unauthenticated(),
        provider=Example(NoneOptions(provider_host=HOST, verification_urls=(PROOF,))),
        obtaining=(answer(200, {}),),
        refusing=(answer(404, {}),),
        wire_code="connection_test_failed",
        revealed=frozenset(),
    ),
    Sample(
        mode=OAuth2AuthorizationCode(),
        provider=Example(
            OAuth2Options(
                provider_host=HOST,
                authorization_endpoint="https://login.example.com/authorize",
                token_endpoint="https://login.example.com/token",
                prove=proving((PROOF,), host=HOST),
            )
        ),
        held={**_CLIENT, "scopes": "read,write"},
        least=_CLIENT,
        response=AuthorizationResponse(
            parameters={"code": SECRET},
            redirect_uri="https://connect.example.com/oauth/callback",
            code_verifier=Secret(SECRET),
        ),
        obtaining=(granted(), answer(200, {})),
        renewing=(granted(access_token="newer"),),
        refusing=(oauth("invalid_client", f"secret {SECRET} is wrong"),),
        wire_code="token_err",
        revealed=frozenset({"type", "access_token", "raw"}),
    ),
    Sample(
        mode=OAuth2Cc(),
        provider=Example(
            OAuth2CcOptions(
                provider_host=HOST,
                token_url="https://login.example.com/token",
                verification_urls=(PROOF,),
            )
        ),
        submitted=_CLIENT,
        held=_CLIENT,
        obtaining=(granted(), answer(200, {})),
        renewing=(granted(access_token="newer"),),
        refusing=(oauth("invalid_client", f"secret {SECRET} is wrong"),),
        wire_code="client_credentials_fetch_error",
        revealed=_TOKEN_MEMBERS,
    ),
    Sample(
        mode=TwoStep(),
        provider=Example(client_credentials.provider(f"https://{HOST}").options),
        submitted={**_SAGE_CLIENT, "username": "Admin@MyCompany"},
        held=_SAGE_CLIENT,
        obtaining=(granted(), proven()),
        renewing=(granted(access_token="newer"),),
        refusing=(oauth("invalid_client"),),
        wire_code="two_step_credentials_fetch_error",
        revealed=_TOKEN_MEMBERS,
    ),
    # The same mode where the token is a session and calls carry it in their body.
    Sample(
        mode=TwoStep(),
        provider=Example(xml_gateway.provider(f"https://{HOST}", AddressPolicy()).options),
        submitted={**_SENDER, "companyId": "MyCompany", "userId": "Admin", "userPassword": "the user's"},
        held=_SENDER,
        obtaining=(session(endpoint=f"https://{HOST}{xml_gateway.PATH}"),),
        renewing=(session("newer", f"https://{HOST}{xml_gateway.PATH}"),),
        refusing=(gateway_answer(authentication_failure(f"Sign-in with {SECRET} is incorrect")),),
        wire_code="two_step_credentials_fetch_error",
        revealed=_TOKEN_MEMBERS,
    ),
)
