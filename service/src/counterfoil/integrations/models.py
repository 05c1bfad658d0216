"""The table of integrations. What an operator set as client is sealed; its fields' names are readable."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, func, text, true
from sqlalchemy.orm import Mapped, mapped_column

from counterfoil.db import Base


class IntegrationRow(Base):
    """An operator's configured use of a provider in an environment."""

    __tablename__ = "integrations"
    __table_args__ = (
        Index(
            "uq_integrations_environment_id_unique_key",
            "environment_id",
            "unique_key",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"))
    unique_key: Mapped[str]
    provider: Mapped[str]
    display_name: Mapped[str | None]
    sealed_settings: Mapped[bytes | None]
    settings_fields: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    forward_webhooks: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
