"""What a sandbox can be told when it starts.

Only the command line and the composition root read this. Environment variables carry the prefix
`INTACCT_SANDBOX_`; the command line's options come before them.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one sandbox.

    Attributes:
        host: The address to listen at. A sandbox protects nothing; keep it at home.
        port: The port; 0 takes a free one.
        fixture: What to start from, where there is nothing yet.
        data: Directory of the database file; None keeps everything in memory.
        seed: What all randomness comes from.
        webhook_allow: Networks that webhooks and answers of jobs may be posted to, divided by commas.
        ledger_lines: How many lines the fixture `ledger` adds to the books of the guide.
    """

    model_config = SettingsConfigDict(env_prefix="INTACCT_SANDBOX_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8089
    fixture: str = "guide"
    data: Path | None = None
    seed: int = 0
    webhook_allow: str = "127.0.0.0/8,::1/128"
    ledger_lines: Annotated[int, Field(ge=2, le=5_000_000)] = 500_000
