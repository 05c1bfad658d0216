"""The vault's tables: wrapped data keys, and the canary that tells the right master key from a wrong one."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, func, text
from sqlalchemy.orm import Mapped, mapped_column

from counterfoil.db import Base


class VaultKeyRow(Base):
    """A data key, wrapped by the master key, and how many times it may have sealed something."""

    __tablename__ = "vault_keys"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    wrapped_key: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seals: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    retired_at: Mapped[datetime | None]


class VaultCanaryRow(Base):
    """One known text, sealed with the master key."""

    __tablename__ = "vault_canary"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    sealed: Mapped[bytes]
