"""NetSuite: every account has hosts of its own."""

import pytest
from service.tests.auth_modes.playing import answer
from service.tests.providers.oauth import SETTINGS, calls_of, signing_in

from counterfoil.errors import InvalidBody
from counterfoil.providers import netsuite

PROVIDER = netsuite.provider()


def test_a_person_is_sent_to_their_account() -> None:
    address, query = signing_in(PROVIDER, accountId="1234567-sb1").sent_to()
    assert address == "https://1234567-sb1.app.netsuite.com/app/login/oauth2/authorize.nl"
    assert query["scope"] == "rest_webservices"


def test_token_proof_and_calls_are_the_accounts() -> None:
    played = signing_in(PROVIDER, accountId="1234567").back(answer(404, {}), answer(200, {}))
    api = "https://1234567.suitetalk.api.netsuite.com"
    assert [request.url for request in played.requests] == [
        f"{api}/services/rest/auth/oauth2/v1/token",
        f"{api}/services/rest/system/v1/serverTime",
        f"{api}/services/rest/record/v1/metadata-catalog",
    ]
    assert calls_of(PROVIDER, played)[0] == api


@pytest.mark.parametrize("account", ["", "1234567_SB1", "evil.example/", "a.b", "-1", "1\n2"])
def test_an_account_that_would_be_another_host_is_refused(account: str) -> None:
    with pytest.raises(InvalidBody):
        PROVIDER.mode.read(PROVIDER, SETTINGS, {"accountId": account})
