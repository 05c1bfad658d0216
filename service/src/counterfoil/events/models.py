"""The table of events: append-only, written in the transaction of what happened."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from counterfoil.db import Base


class EventRow(Base):
    """One thing that happened in an environment."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_environment_id_id", "environment_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("environments.id"))
    type: Mapped[str]
    subject: Mapped[str]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
