"""Business Central: the environment is asked, the tenant is the token's."""

import pytest
from service.tests.auth_modes.playing import answer, jwt
from service.tests.providers.oauth import calls_of, signing_in

from counterfoil.providers import microsoft_business_central

PROVIDER = microsoft_business_central.provider()
TENANT = "6babcaad-604b-40ac-a9d7-9fd97c0b779f"
COMPANIES = answer(200, {"value": []})


def test_a_person_is_sent_to_sign_in_with_their_organisation() -> None:
    address, query = signing_in(PROVIDER, environment="Production").sent_to()
    assert address == "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize"
    assert (
        query["scope"] == "https://api.businesscentral.dynamics.com/Financials.ReadWrite.All offline_access"
    )


def test_tenant_and_environment_are_in_every_address() -> None:
    signing = signing_in(PROVIDER, environment="Sandbox")
    played = signing.back(COMPANIES, token=jwt(tid=TENANT))
    base = f"https://api.businesscentral.dynamics.com/v2.0/{TENANT}/Sandbox"
    assert played.requests[1].url == f"{base}/api/v2.0/companies"
    assert calls_of(PROVIDER, played)[0] == base
    assert played.result.learned == {"tenantId": TENANT, "environment": "Sandbox"}


@pytest.mark.parametrize("token", ["opaque", jwt(tid="../../evil"), jwt(tid=7), jwt()])
def test_a_token_that_names_no_tenant_makes_no_connection(token: str) -> None:
    failed = signing_in(PROVIDER, environment="Production").fails(token=token)
    assert failed.cause.code == "tenant_unknown"


def test_an_environment_that_refuses_makes_none() -> None:
    failed = signing_in(PROVIDER, environment="Production").fails(answer(401, {}), token=jwt(tid=TENANT))
    assert failed.cause.code == "credentials_refused"
