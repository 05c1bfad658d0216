import pytest
from sandbox.tests.pages.visiting import Site, Visitor

from intacct_sandbox.identity import developers
from intacct_sandbox.identity.developers import ApiKeys

MASKED = {"•"}


@pytest.fixture
def keys(application: Visitor) -> Visitor:
    """The developer at Application Details, just after creating production keys."""
    application.click("Create API keys")
    return application.press("Create", product="sage-intacct", scope="production")


def stored(site: Site) -> ApiKeys:
    [only] = developers.api_keys(site.store, 1)
    return only


def test_a_new_secret_is_shown_once_in_full(site: Site, keys: Visitor) -> None:
    held = stored(site)
    assert keys.field("Client ID") == held.client_id
    assert keys.field("Client Secret") == held.client_secret
    assert held.secret_shown_at is not None
    keys.open(keys.path)
    assert set(keys.field("Client Secret")) == MASKED
    assert held.client_secret not in keys.client.get(keys.path).text


def test_a_secret_is_shown_again_only_on_request(site: Site, keys: Visitor) -> None:
    keys.open(keys.path).press("Reveal Client Secret")
    assert keys.field("Client Secret") == stored(site).client_secret
    assert set(keys.open(keys.path).field("Client Secret")) == MASKED


def test_the_form_needs_a_product_and_a_scope(application: Visitor) -> None:
    application.click("Create API keys").press("Create", redirect_uris="https://a.example/cb")
    assert set(application.errors()) == {"product", "scope"}
    assert application.field("Redirect URIs") == "https://a.example/cb"


@pytest.mark.parametrize(
    ("field", "label", "typed"),
    [
        ("redirect_uris", "Redirect URIs", "http://a.example/cb"),
        ("redirect_uris", "Redirect URIs", "https://localhost/cb"),
        ("redirect_uris", "Redirect URIs", "nonsense"),
        ("origin_domains", "Origin domains", "http://a.example"),
        ("license_key", "License key (sender ID)", "nobody"),
        ("license_password", "License password", "not it"),
    ],
)
def test_a_refused_setting_stands_beside_its_field_and_nothing_is_lost(
    field: str, label: str, typed: str, site: Site, application: Visitor
) -> None:
    application.click("Create API keys")
    application.press("Create", product="sage-intacct", scope="non-production", **{field: typed})
    assert application.status == 422
    assert set(application.errors()) == {field}
    assert application.field(label) == typed
    assert application.field("Sage Product API") == "sage-intacct"
    assert application.field("Client Scope") == "non-production"
    assert developers.api_keys(site.store, 1) == []


def test_addresses_are_separated_by_commas_or_line_breaks(site: Site, application: Visitor) -> None:
    application.click("Create API keys").press(
        "Create",
        product="sage-intacct",
        scope="non-production",
        redirect_uris="https://a.example/cb, acme://cb\r\nhttps://127.0.0.1:9/cb",
        origin_domains="https://a.example",
    )
    assert stored(site).redirect_uris == ("https://a.example/cb", "acme://cb", "https://127.0.0.1:9/cb")
    assert stored(site).origin_domains == ("https://a.example",)
    assert "acme://cb" in application.text


def test_keys_can_be_bound_to_the_sender_of_another_account(
    site: Site, application: Visitor, another_developer: Visitor
) -> None:
    _, other = developers.every(site.store)
    application.click("Create API keys").press(
        "Create",
        product="sage-intacct",
        scope="production",
        license_key=other.sender_id,
        license_password=other.sender_password,
    )
    assert stored(site).license_key == other.sender_id


def test_a_sender_has_at_most_five_production_keys(keys: Visitor) -> None:
    for _ in range(4):
        keys.click("Create API keys").press("Create", product="sage-intacct", scope="production")
        assert keys.status == 200
    keys.click("Create API keys").press("Create", product="sage-intacct", scope="production")
    assert "5 production keys" in keys.errors()["scope"]


def test_the_scope_is_shown_and_offers_no_change(keys: Visitor) -> None:
    assert "Production (can never be changed" in keys.text
    assert keys.open(f"{keys.path}/keys/1/edit").status == 404


def test_rotation_asks_first_and_shows_the_new_secret(site: Site, keys: Visitor) -> None:
    old = stored(site).client_secret
    keys.click("Rotate secret")
    assert "Rotate the Client Secret?" in keys.text
    assert stored(site).client_secret == old
    keys.press("Rotate secret")
    assert keys.field("Client Secret") == stored(site).client_secret != old


def test_keys_are_made_inactive_and_active_again(site: Site, keys: Visitor) -> None:
    keys.press("Make inactive")
    assert stored(site).status == "inactive"
    assert "Inactive" in keys.text
    keys.press("Make active")
    assert stored(site).status == "active"


def test_keys_are_deleted_only_after_a_yes(site: Site, keys: Visitor) -> None:
    keys.click("Delete keys").click("Cancel")
    assert len(developers.api_keys(site.store, 1)) == 1
    keys.click("Delete keys").press("Delete keys")
    assert developers.api_keys(site.store, 1) == []
    assert "This application has no API keys yet" in keys.text
