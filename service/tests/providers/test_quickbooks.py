"""QuickBooks Online: the company's number comes back beside the code and is asked for at once."""

from service.tests.auth_modes.playing import answer
from service.tests.providers.oauth import calls_of, signing_in

from counterfoil.auth_modes import ClientSettings
from counterfoil.providers import quickbooks
from counterfoil.vault import Secret

PROVIDER = quickbooks.provider()
COMPANY = answer(200, {"CompanyInfo": {"CompanyName": "Acme"}, "time": "2026"})


def test_a_person_is_sent_to_choose_a_company() -> None:
    address, query = signing_in(PROVIDER).sent_to()
    assert address == "https://appcenter.intuit.com/connect/oauth2"
    assert query["scope"] == "com.intuit.quickbooks.accounting"


def test_the_company_is_proven_and_kept() -> None:
    played = signing_in(PROVIDER).back(COMPANY, realmId="4620816365")
    token, proof = played.requests
    assert token.url == "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    assert dict(token.headers)["Authorization"].startswith("Basic ")
    assert proof.url == "https://quickbooks.api.intuit.com/v3/company/4620816365/companyinfo/4620816365"
    assert played.result.learned == {"realmId": "4620816365"}
    assert calls_of(PROVIDER, played)[0] == "https://quickbooks.api.intuit.com"


def test_without_a_company_there_is_no_connection() -> None:
    assert signing_in(PROVIDER).fails().cause.code == "setting_missing"


def test_a_company_that_refuses_the_token_makes_none() -> None:
    failed = signing_in(PROVIDER).fails(answer(403, {}), realmId="1")
    assert (failed.code, failed.cause.code) == ("connection_validation_failed", "credentials_refused")


def test_an_answer_that_is_no_company_proves_nothing() -> None:
    assert signing_in(PROVIDER).fails(answer(200, []), realmId="1").code == "connection_validation_failed"


def test_a_developers_sandbox_is_a_setting() -> None:
    sandbox = PROVIDER.under(ClientSettings({"environment": Secret("sandbox")}))
    played = signing_in(sandbox).back(COMPANY, realmId="7")
    assert played.requests[1].url.startswith("https://sandbox-quickbooks.api.intuit.com/v3/company/7/")
    assert sandbox.proxy_base_url == "https://sandbox-quickbooks.api.intuit.com"
