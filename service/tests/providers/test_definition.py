"""The wire's form of a provider carries what the published Connect pages draw a form from."""

import json

from counterfoil.providers import catalogue, definition

SHOWN = definition(catalogue("https://api.intacct.com").get("sage-intacct-cc"), "https://connect.example")


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
