"""What an operator sets on `generic-basic`."""

from counterfoil.auth_modes import ClientSettings
from counterfoil.auth_modes.basic import BasicOptions
from counterfoil.providers.generic.basic import provider
from counterfoil.vault import Secret


def test_base_url_and_test_come_from_the_settings() -> None:
    values = {"baseUrl": "https://API.example.com:8443/v1", "verificationPath": "me"}
    configured = provider().under(ClientSettings({name: Secret(value) for name, value in values.items()}))
    assert configured.proxy_base_url == "https://API.example.com:8443/v1"
    assert isinstance(configured.options, BasicOptions)
    assert configured.options.provider_host == "api.example.com:8443"
    assert configured.options.verification_urls == ("https://API.example.com:8443/v1/me",)


def test_unconfigured_it_has_no_address() -> None:
    assert provider().proxy_base_url == ""
