"""The catalogue: every provider can be found, and says what the rest of the service needs of it."""

import re

import pytest

from counterfoil.auth_modes import ClientSettings
from counterfoil.providers import Catalogue, DuplicateProvider, Provider, UnknownProvider, catalogue
from counterfoil.vault import Secret

CATALOGUE = catalogue("https://api.intacct.com/")


def test_a_provider_is_found_by_its_id() -> None:
    assert CATALOGUE.get("sage-intacct-cc").display_name == "Sage Intacct"
    assert CATALOGUE.find("sage-intacct-cc") is CATALOGUE.get("sage-intacct-cc")


def test_an_unknown_provider_is_told_as_not_found() -> None:
    assert CATALOGUE.find("no-such") is None
    with pytest.raises(UnknownProvider) as unknown:
        CATALOGUE.get("no-such")
    assert unknown.value.status == 404


def test_the_origin_names_every_address() -> None:
    provider = catalogue("http://127.0.0.1:8089").get("sage-intacct-cc")
    assert provider.proxy_base_url == "http://127.0.0.1:8089/ia/api"


def test_a_provider_without_settings_is_the_same_under_all() -> None:
    provider = CATALOGUE.get("sage-intacct-cc")
    assert provider.under(ClientSettings({"clientId": Secret("x")})) is provider


def test_settings_make_a_provider_of_its_own_and_leave_the_catalogues_alone() -> None:
    provider = CATALOGUE.get("generic-api-key")
    settings = ClientSettings({"baseUrl": Secret("https://api.example.com"), "other": Secret("x")})
    assert provider.under(settings).proxy_base_url == "https://api.example.com"
    assert provider.under(settings) == provider.under(settings)
    assert provider.proxy_base_url == ""


def test_two_of_one_id_are_refused() -> None:
    provider = CATALOGUE.get("generic-basic")
    with pytest.raises(DuplicateProvider):
        Catalogue((provider, provider))


@pytest.mark.parametrize("provider", CATALOGUE.all(), ids=lambda provider: provider.id)
class TestEveryProvider:
    def test_it_has_a_portable_id(self, provider: Provider) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", provider.id)

    def test_its_mode_knows_its_options(self, provider: Provider) -> None:
        fields = (*provider.mode.client_fields(provider), *provider.mode.fields(provider, _nothing()))
        assert all(re.fullmatch(r"[a-z][A-Za-z0-9_]*", field.name) for field in fields)
        assert len({field.name for field in provider.mode.fields(provider, _nothing())}) == len(
            provider.mode.fields(provider, _nothing())
        )

    def test_fields_of_a_group_are_not_required_one_by_one(self, provider: Provider) -> None:
        fields = provider.mode.fields(provider, _nothing())
        assert all(not field.required for field in fields if field.one_of)

    def test_its_addresses_have_no_slash_at_the_end(self, provider: Provider) -> None:
        assert not provider.proxy_base_url.endswith("/")

    def test_its_picture_is_a_whole_svg_document(self, provider: Provider) -> None:
        assert provider.logo_svg.startswith("<svg ")
        assert provider.logo_svg.endswith("</svg>")
        assert "script" not in provider.logo_svg

    def test_its_steps_are_numbered_from_one(self, provider: Provider) -> None:
        assert [step.number for step in provider.guide] == list(range(1, len(provider.guide) + 1))

    def test_its_settings_are_no_fields_of_the_form(self, provider: Provider) -> None:
        asked = {field.name for field in provider.mode.fields(provider, _nothing())}
        assert asked.isdisjoint(field.name for field in provider.settings)

    def test_it_has_a_base_url_or_a_setting_that_gives_one(self, provider: Provider) -> None:
        required = {field.name for field in provider.settings if field.required and field.web_address}
        assert provider.proxy_base_url or required

    def test_it_does_not_print_its_options(self, provider: Provider) -> None:
        assert "options" not in repr(provider)


def _nothing() -> ClientSettings:
    return ClientSettings()
