"""Xero: which organisation was allowed is asked for, and goes with every call."""

import pytest
from service.tests.auth_modes.playing import answer, jwt
from service.tests.providers.oauth import calls_of, signing_in

from counterfoil.providers import xero

PROVIDER = xero.provider()
OLDER = {
    "tenantId": "1" * 8 + "-1111-4111-8111-" + "1" * 12,
    "authEventId": "e1",
    "updatedDateUtc": "2026-02",
}
NEWER = {
    "tenantId": "2" * 8 + "-2222-4222-8222-" + "2" * 12,
    "authEventId": "e2",
    "updatedDateUtc": "2026-01",
}


def test_a_person_is_sent_away_with_offline_access() -> None:
    address, query = signing_in(PROVIDER).sent_to()
    assert address == "https://login.xero.com/identity/connect/authorize"
    assert query["scope"] == "accounting.settings offline_access"


def test_the_organisation_of_this_authorization_goes_with_every_call() -> None:
    token = jwt(authentication_event_id="e2")
    played = signing_in(PROVIDER).back(answer(200, [OLDER, {**NEWER, "tenantName": "Acme"}]), token=token)
    assert played.requests[1].url == "https://api.xero.com/connections"
    assert played.result.learned == {"tenant_id": NEWER["tenantId"], "tenant_name": "Acme"}
    assert calls_of(PROVIDER, played) == ("https://api.xero.com", {"xero-tenant-id": NEWER["tenantId"]})


def test_without_a_hint_it_is_the_newest() -> None:
    played = signing_in(PROVIDER).back(answer(200, [NEWER, OLDER]))
    assert played.result.fingerprint.company_id == OLDER["tenantId"]


@pytest.mark.parametrize("body", [[], {}, [{"tenantId": 7}], [{"tenantId": "x\r\nInjected: 1"}], [None]])
def test_without_an_organisation_there_is_no_connection(body: object) -> None:
    assert signing_in(PROVIDER).fails(answer(200, body)).code == "connection_validation_failed"


def test_its_issuer_is_not_the_host_that_people_sign_in_at() -> None:
    played = signing_in(PROVIDER).back(answer(200, [OLDER]), iss="https://identity.xero.com")
    assert played.result.learned["tenant_id"] == OLDER["tenantId"]
