"""What an operator can set: environment variables that begin with `COUNTERFOIL_`, each with its sentence.

Only the command line and the composition root read them. Nothing here connects to anything.
"""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from counterfoil.errors import CounterfoilError
from counterfoil.outbound import AddressPolicy

PREFIX = "COUNTERFOIL_"


class InvalidSettings(CounterfoilError):
    """A setting can't be used; the message names the variables."""

    code = "invalid_settings"


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("write a scheme and a host, such as https://api.intacct.com")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("write a scheme and a host, nothing more")
    _check_port(parts)
    return text.rstrip("/")


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a web address, such as https://connect.example.com")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("write a web address without user, query and fragment")
    _check_port(parts)
    return text.rstrip("/")


def _check_port(parts: SplitResult) -> None:
    try:
        _port = parts.port
    except ValueError:
        raise ValueError("a port is a number from 0 to 65535") from None


def _cidrs(text: str) -> str:
    try:
        AddressPolicy.from_cidrs(ranges(text))
    except ValueError as error:
        raise ValueError(f"write address ranges separated by commas, such as 127.0.0.1/32: {error}") from None
    return text


def ranges(text: str) -> list[str]:
    """The address ranges of a comma-separated text."""
    return [part.strip() for part in text.split(",") if part.strip()]


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The address ranges of a comma-separated text, parsed."""
    return AddressPolicy.from_cidrs(ranges(text)).allowed


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    data_dir: Path = Field(
        default=Path("counterfoil-data"),
        description="Where the embedded PostgreSQL and the development key are kept. Not used with a "
        "database and a key of your own.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Your own PostgreSQL, as `postgresql://user:password@host:5432/name`. Without it an "
        "embedded one keeps its files in the data directory.",
    )
    master_key_file: Path | None = Field(
        default=None,
        description="The file with the master key that wraps all others; make it with `counterfoil vault "
        "create-key`. Must be named with a database of your own.",
    )
    public_url: Annotated[str, AfterValidator(_address)] | None = Field(
        default=None,
        description="The address under which browsers reach the service, `https://connect.example.com`; a "
        "path is allowed. Without it the address the service listens on.",
    )
    sage_intacct_url: Annotated[str, AfterValidator(_origin)] = Field(
        default="https://api.intacct.com",
        description="Scheme and host of Sage Intacct's API; a sandbox's address where one is used.",
    )
    outbound_allow: Annotated[str, AfterValidator(_cidrs)] = Field(
        default="",
        description="Address ranges, separated by commas, that may be called although they are not public, "
        "such as `127.0.0.1/32` for a sandbox on this machine.",
    )
    rate_limit: Annotated[int, Field(ge=0)] = Field(
        default=6_000,
        description="How many calls of one environment are answered a minute, proxied ones too; 0 answers "
        "all.",
    )
    failed_authentication_limit: Annotated[int, Field(ge=0)] = Field(
        default=60,
        description="How many wrong keys a minute are looked at from one address, or with one key's "
        "beginning; 0 looks at all.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_cidrs)] = Field(
        default="",
        description="Address ranges, separated by commas, of your own reverse proxies: their "
        "`X-Forwarded-For` says where a call came from. Set it wherever there is one in front.",
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], NoDecode] = Field(
        default="INFO", description="How much is written to standard error, one JSON object a line."
    )
    database_pool_size: Annotated[int, Field(ge=2, le=200)] = Field(
        default=10, description="The most connections of each of the process's two pools."
    )


def read_settings(**given: Any) -> Settings:
    """The settings of this process's environment, `given` ones over them.

    Raises:
        InvalidSettings: One or several can't be used.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = "; ".join(
            f"{PREFIX}{'_'.join(str(part) for part in one['loc']).upper()}: "
            f"{one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        )
        raise InvalidSettings(f"The settings can't be used. {problems}") from None
