"""Integrations and providers in the wire protocol's names; what one holds as client is not shown."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field, StringConstraints

from counterfoil.integrations.service import Integration, IntegrationChange, NewIntegration
from counterfoil.web import Strict

UniqueKey = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9~:.@ _-]{1,255}$")]
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,255}$")]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Texts = dict[str, str]


class OAuthClient(Strict):
    """The client of an integration whose provider sends people to sign in. Scopes are separated by commas."""

    type: Literal["OAUTH2"]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    client_secret: Annotated[str, StringConstraints(min_length=1, max_length=8192)] = Field(repr=False)
    scopes: Annotated[str, StringConstraints(pattern=r"^[\w:/.*, -]*$", max_length=8192)] | None = None

    def settings(self) -> dict[str, str]:
        """As the auth mode names them; scopes that are not told stay as they are."""
        return self.model_dump(exclude={"type"}, exclude_none=True)


class CreateIntegration(Strict):
    """POST /integrations."""

    provider: ProviderName
    unique_key: UniqueKey
    display_name: DisplayName | None = None
    forward_webhooks: bool = True
    credentials: OAuthClient | None = None
    integration_config: Texts = Field(default_factory=dict, repr=False)
    custom: Texts = Field(default_factory=dict)

    def new(self) -> NewIntegration:
        """In our own words."""
        return NewIntegration(
            unique_key=self.unique_key,
            provider=self.provider,
            display_name=self.display_name,
            settings=self.integration_config | _client(self.credentials),
            custom=self.custom,
            forward_webhooks=self.forward_webhooks,
        )


class UpdateIntegration(Strict):
    """PATCH /integrations/{uniqueKey}."""

    unique_key: UniqueKey | None = None
    display_name: DisplayName | None = None
    forward_webhooks: bool | None = None
    credentials: OAuthClient | None = None
    integration_config: Texts = Field(default_factory=dict, repr=False)
    custom: Texts = Field(default_factory=dict)

    def change(self) -> IntegrationChange:
        """In our own words."""
        return IntegrationChange(
            unique_key=self.unique_key,
            display_name=self.display_name,
            settings=self.integration_config | _client(self.credentials),
            custom=self.custom,
            forward_webhooks=self.forward_webhooks,
        )


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


class IntegrationQuery(Strict):
    """GET /integrations/{uniqueKey}: `include` may come once or more often."""

    include: Annotated[list[Literal["webhook", "credentials"]], BeforeValidator(_as_list)] = Field(
        default_factory=list
    )


class ProvidersQuery(Strict):
    """GET /providers."""

    search: UniqueKey | None = None


def integration_json(integration: Integration, public_url: str) -> dict[str, Any]:
    """The integration object."""
    shown: dict[str, Any] = {
        "unique_key": integration.unique_key,
        "provider": integration.provider.id,
        "display_name": integration.display_name,
        "logo": f"{public_url}/images/template-logos/{integration.provider.id}.svg",
        "forward_webhooks": integration.forward_webhooks,
        "created_at": _wire_time(integration.created_at),
        "updated_at": _wire_time(integration.updated_at),
    }
    client = {field.name for field in integration.provider.mode.client_fields(integration.provider)}
    held = sorted(integration.settings.held() & client)
    return shown | {"preconfigured_credentials": held} if held else shown


def included_json(
    include: list[str], integration: Integration, *, webhook_url: str | None, may_read_credentials: bool
) -> Mapping[str, Any]:
    """What was asked for besides.

    `webhook_url` is null where the provider sends no webhooks. The wire's `credentials` object knows only
    modes whose client is not kept in `integration_config`.
    """
    wanted = [name for name in include if name != "credentials" or may_read_credentials]
    members = {
        "webhook": ("webhook_url", webhook_url),
        "credentials": ("credentials", _credentials_json(integration)),
    }
    return dict(members[name] for name in wanted)


def webhook_url(integration: Integration, environment_uuid: str, public_url: str) -> str | None:
    """Where the provider's webhooks go; None where it sends none."""
    if integration.provider.read_webhook is None:
        return None
    return f"{public_url}/webhook/{environment_uuid}/{quote(integration.unique_key, safe='')}"


def _credentials_json(integration: Integration) -> dict[str, Any] | None:
    mode = integration.provider.auth_mode
    if mode != "OAUTH2":
        return None
    held = {name: value.reveal() for name, value in integration.settings.values.items()}
    client = {name: held.get(name) for name in ("client_id", "client_secret", "scopes")}
    return {"type": mode, **client}


def _client(credentials: OAuthClient | None) -> dict[str, str]:
    return {} if credentials is None else credentials.settings()


def _wire_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
