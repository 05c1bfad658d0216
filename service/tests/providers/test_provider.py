"""The catalogue: every provider can be found, and says what the rest of the service needs of it."""

import re

import pytest

from counterfoil.auth_modes import ClientSettings
from counterfoil.providers import Provider, UnknownProvider, catalogue

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

    def test_it_does_not_print_its_options(self, provider: Provider) -> None:
        assert "options" not in repr(provider)


def _nothing() -> ClientSettings:
    return ClientSettings()
