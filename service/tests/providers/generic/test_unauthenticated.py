"""What an operator sets on `generic-unauthenticated`."""

from counterfoil.auth_modes import ClientSettings
from counterfoil.auth_modes.unauthenticated import NoneOptions
from counterfoil.providers.generic.unauthenticated import provider
from counterfoil.vault import Secret


def test_base_url_and_test_come_from_the_settings() -> None:
    values = {"baseUrl": "https://api.example.com", "verificationPath": "/health"}
    configured = provider().under(ClientSettings({name: Secret(value) for name, value in values.items()}))
    assert configured.options == NoneOptions(
        provider_host="api.example.com", verification_urls=("https://api.example.com/health",)
    )
    assert configured.mode.fields(configured, ClientSettings()) == ()
