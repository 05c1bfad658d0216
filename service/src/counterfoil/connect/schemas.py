"""What the connect endpoints take and give, in the wire protocol's names.

The rules of tags, end users and organizations are the protocol's; the words of our own code begin in
`service`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from counterfoil.connect.tags import MOST_TAGS
from counterfoil.web import Strict

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_TAG_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_\-./]*")
_LONGEST_TAG_KEY: Final = 64
TELEMETRY_CLOCK_SKEW_SECONDS: Final = 2 * 60 * 60

IntegrationKey = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9~:.@ _-]{1,255}$")]
ConnectionId = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9,.;:=+~\[\]|@${}\"'\\/_ -]{1,255}$")]
TagValue = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Short = Annotated[str, StringConstraints(max_length=255)]


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("This is not an e-mail address.")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("This is not a web address: begin with https://")
    return text


def _web_address_or_empty(text: str) -> str:
    return _web_address(text) if text else text


def _tag_keys(tags: dict[str, str]) -> dict[str, str]:
    for key in tags:
        if len(key) > _LONGEST_TAG_KEY or not _TAG_KEY.fullmatch(key):
            raise ValueError(
                f"{key!r} can't name a tag: up to {_LONGEST_TAG_KEY} letters, digits and _ - . / "
                "after a letter."
            )
    lowered = {key.lower(): value for key, value in tags.items()}
    if len(lowered) != len(tags):
        raise ValueError("Two tags differ in letter case only; keys are stored in lower case.")
    return lowered


def _session_tags(tags: dict[str, str]) -> dict[str, str]:
    lowered = _tag_keys(tags)
    if len(lowered) > MOST_TAGS:
        raise ValueError(f"There may be at most {MOST_TAGS} tags.")
    if "end_user_email" in lowered:
        _email(lowered["end_user_email"])
    return lowered


Email = Annotated[str, StringConstraints(min_length=5, max_length=255), AfterValidator(_email)]
WebAddress = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_web_address)]
WebhookAddress = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_web_address_or_empty)]
Tags = Annotated[dict[str, TagValue], AfterValidator(_session_tags)]
OwnTags = Annotated[dict[str, Short], AfterValidator(_tag_keys)]


class EndUser(Strict):
    """On whose behalf the connection is made."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    email: Email | None = None
    display_name: Short | None = None
    tags: OwnTags | None = None


class Organization(Strict):
    """What the end user belongs to."""

    id: Short
    display_name: Short | None = None


class ConfigDefaults(Strict):
    """Prefilled settings of one integration."""

    user_scopes: str | None = None
    authorization_params: dict[str, str] | None = None
    connection_config: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _scopes_are_text(self) -> "ConfigDefaults":
        scopes = (self.connection_config or {}).get("oauth_scopes_override", "")
        if not isinstance(scopes, str):
            raise ValueError("connection_config.oauth_scopes_override must be a text.")
        return self

    @model_validator(mode="after")
    def _hook_is_an_address(self) -> "ConfigDefaults":
        # Older callers put the webhook's address here; it follows the rules of `webhook_url_override`.
        hook = (self.connection_config or {}).get("webhook_url", "")
        if not isinstance(hook, str):
            raise ValueError("connection_config.webhook_url must be a text.")
        _web_address_or_empty(hook)
        return self


class Overrides(Strict):
    """Links of the page that differ for one integration."""

    docs_connect: WebAddress | Literal[""] | None = None


class SessionRequest(Strict):
    """What both kinds of session request have in common."""

    end_user: EndUser | None = None
    organization: Organization | None = None
    integrations_config_defaults: dict[str, ConfigDefaults] | None = None
    overrides: dict[str, Overrides] | None = None
    webhook_url_override: WebhookAddress | None = None
    tags: Tags | None = None


class CreateSession(SessionRequest):
    """POST /connect/sessions."""

    allowed_integrations: list[str] | None = None

    @model_validator(mode="after")
    def _somebody(self) -> "CreateSession":
        if self.end_user is None and self.tags is None:
            raise ValueError("Send end_user, or tags when there is no end user.")
        return self


class ReconnectSession(SessionRequest):
    """POST /connect/sessions/reconnect."""

    connection_id: ConnectionId
    integration_id: IntegrationKey


class Telemetry(Strict):
    """POST /connect/telemetry: what the published page tells of its use."""

    token: str
    event: Literal[
        "open", "view:list", "view:integration", "view:unknown_error", "view:credentials_error",
        "view:success",
        "click:integration", "click:doc", "click:doc_section", "click:connect", "click:close", "click:finish",
        "click:outside", "popup:blocked_by_browser", "popup:closed_early",
    ]  # fmt: skip
    timestamp: datetime
    dimensions: "TelemetryDimensions | None" = None


class TelemetryDimensions(Strict):
    """Which integration the event is about."""

    integration: str | None = None


class AuthorizationQuery(Strict):
    """The query of a browser's authorization request, whatever the mode."""

    connect_session_token: str | None = None
    connection_id: str | None = None
    params: dict[str, str] = Field(default_factory=dict)
    user_scope: str | None = None


class PopupQuery(AuthorizationQuery):
    """The query of GET /oauth/connect/{key}: the window in which a person signs in at the provider.

    `credentials` is a client of the connection's own; `authorization_params` are further ones of the
    authorization request, with the text `undefined` for one that is to be left out; `ws_client_id` is who
    waits for the outcome.
    """

    credentials: dict[Literal["oauth_client_id_override", "oauth_client_secret_override"], str] = Field(
        default_factory=dict, repr=False
    )
    authorization_params: dict[str, str] = Field(default_factory=dict)
    ws_client_id: str | None = None


class RedirectionBody(Strict):
    """POST /connect/redirection: a person is to be sent to the provider, with what was filled in before."""

    integration: IntegrationKey
    values: dict[
        Annotated[str, StringConstraints(max_length=255)], Annotated[str, StringConstraints(max_length=65536)]
    ] = Field(default_factory=dict)


class RedirectionWatch(Strict):
    """POST /connect/redirection/outcome: `watch` is what the answer to POST /connect/redirection named."""

    watch: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ApiKeyBody(Strict):
    """POST /api-auth/api-key/{key}."""

    api_key: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(
        alias="apiKey", repr=False
    )


class BasicBody(Strict):
    """POST /api-auth/basic/{key}: both must be there, either may be empty."""

    username: Annotated[str, StringConstraints(max_length=1024)] = Field(repr=False)
    password: Annotated[str, StringConstraints(max_length=1024)] = Field(repr=False)


class ClientBody(Strict):
    """POST /oauth2/auth/{key}: a client; what the integration holds may be left out."""

    client_id: str | None = None
    client_secret: str | None = Field(default=None, repr=False)


class NothingBody(Strict):
    """POST /auth/unauthenticated/{key}: no body, or one without any field."""


class UsernameReading(Strict):
    """POST /connect/username-reading: a text that is being typed into a field of an integration's form."""

    integration: IntegrationKey
    field: Annotated[str, StringConstraints(max_length=255)]
    text: Annotated[str, StringConstraints(max_length=1024)]


class Submission(Strict):
    """POST /connect/submission: a filled-in form.

    `attempt` is 32 hexadecimal digits of the page's choice, the same when one form is sent again; forms sent
    again renew the connection that the first try may have made.
    """

    integration: IntegrationKey
    attempt: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    values: dict[
        Annotated[str, StringConstraints(max_length=255)], Annotated[str, StringConstraints(max_length=65536)]
    ]


class Free(BaseModel):
    """POST /auth/two-step/{key}: fields as the auth mode lists them; the mode reads and checks them."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    def fields(self) -> Mapping[str, object]:
        """What was sent, by name."""
        return self.model_extra or {}
