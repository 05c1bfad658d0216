"""The wire's form of a provider carries what the published Connect pages draw a form from."""

import json

from counterfoil.providers import catalogue, definition

CATALOGUE = catalogue("https://api.intacct.com")
SHOWN = definition(CATALOGUE.get("sage-intacct-cc"), "https://connect.example")


def test_the_required_members_are_there() -> None:
    assert SHOWN["name"] == "sage-intacct-cc"
    assert SHOWN["display_name"] == "Sage Intacct"
    assert SHOWN["auth_mode"] == "TWO_STEP"
    assert SHOWN["docs"].startswith("https://")
    assert SHOWN["proxy"] == {"base_url": "https://api.intacct.com/ia/api"}
    assert SHOWN["logo_url"] == "https://connect.example/images/template-logos/sage-intacct-cc.svg"
    assert SHOWN["token_url"] == "https://api.intacct.com/ia/api/v1/oauth2/token"
    assert SHOWN["body_format"] == "form"


def test_fields_asked_always_and_fields_the_integration_may_hold_are_apart() -> None:
    assert list(SHOWN["credentials"]) == ["username", "sessionId"]
    assert list(SHOWN["integration_config"]) == ["clientId", "clientSecret"]
    assert SHOWN["credentials"]["username"]["optional"] is True
    assert SHOWN["credentials"]["sessionId"]["secret"] is True
    assert SHOWN["credentials"]["username"]["title"] == "Username"
    assert SHOWN["integration_config"]["clientSecret"]["secret"] is True


def test_a_definition_is_json() -> None:
    assert json.loads(json.dumps(SHOWN)) == SHOWN


def test_what_an_operator_sets_is_listed_and_nothing_is_made_up() -> None:
    shown = definition(CATALOGUE.get("generic-api-key"), "https://connect.example")
    assert list(shown["credentials"]) == ["apiKey"]
    assert list(shown["integration_config"]) == [
        "baseUrl",
        "headerName",
        "headerPrefix",
        "verificationPath",
        "webhookSecret",
        "webhookSignatureHeader",
    ]
    assert shown["integration_config"]["baseUrl"]["format"] == "uri"
    assert shown["integration_config"]["baseUrl"]["optional"] is False
    assert "proxy" not in shown
    assert "token_url" not in shown


def test_a_client_may_be_held_beside_the_settings() -> None:
    shown = definition(CATALOGUE.get("generic-client-credentials"), "https://connect.example")
    assert "credentials" not in shown
    assert list(shown["integration_config"])[:3] == ["client_id", "client_secret", "baseUrl"]
    assert shown["integration_config"]["client_id"]["optional"] is True
    assert [one["order"] for one in shown["integration_config"].values()] == list(range(9))


def test_a_session_of_the_xml_gateway_is_told_in_the_wires_words() -> None:
    shown = definition(CATALOGUE.get("sage-intacct"), "https://connect.example")
    assert shown["auth_mode"] == "TWO_STEP"
    assert shown["token_url"] == "https://api.intacct.com/ia/xml/xmlgw.phtml"
    assert shown["body_format"] == "xml"
    assert "token_response" not in shown
    assert list(shown["credentials"]) == ["companyId", "userId", "userPassword", "entityId"]
    assert list(shown["integration_config"]) == ["senderId", "senderPassword"]


def test_nothing_is_asked_where_nobody_is_known() -> None:
    shown = definition(CATALOGUE.get("generic-unauthenticated"), "https://connect.example")
    assert "credentials" not in shown
    assert shown["auth_mode"] == "NONE"


def test_who_is_sent_to_the_provider_is_asked_for_settings_and_for_no_client() -> None:
    shown = definition(CATALOGUE.get("netsuite"), "https://connect.example")
    assert shown["authorization_url"].startswith("https://${connectionConfig.accountId}.app.netsuite.com/")
    assert shown["proxy"] == {"base_url": "https://${connectionConfig.accountId}.suitetalk.api.netsuite.com"}
    assert list(shown["connection_config"]) == ["accountId"]
    assert "credentials" not in shown
    assert "client_id" not in json.dumps(shown)
    sage = definition(CATALOGUE.get("sage-intacct-oauth"), "https://connect.example")
    assert (sage["default_scopes"], sage["scope_separator"]) == (["offline_access"], " ")
