"""`webhooks`: where an environment's webhooks go, which are sent, their signing keys, the log, and replay."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
import typer
from rich.table import Table
from rich.text import Text

from counterfoil.access import Environment
from counterfoil.app import Parts
from counterfoil.cli.running import ERR, OUT, fail, told, with_parts
from counterfoil.webhooks import (
    Delivery,
    DeliveryDetails,
    DeliveryFilter,
    ReplayRange,
    SettingsChange,
    SigningKeys,
    WebhookSettings,
    standard_secret,
)
from counterfoil.webhooks.flags import DEFAULTS
from counterfoil.webhooks.signing import checked_key

commands = typer.Typer(no_args_is_help=True, help="Outgoing webhooks.")

Name = Annotated[str, typer.Option("--environment", "-e", help="The environment's name.")]
Number = Annotated[int, typer.Argument(help="The delivery's number, as `webhooks deliveries` shows it.")]
Flags = Annotated[
    list[str] | None, typer.Option(help="A flag, as `webhooks show` lists them; several may be given.")
]
Moment = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])]


@commands.command()
@told
def show(environment: Name) -> None:
    """Show the settings, and how the endpoints are doing. Keys are shown by `webhooks keys`."""

    async def read(parts: Parts) -> WebhookSettings:
        return await parts.webhooks.configuration.read(await _id(parts, environment))

    _tell(with_parts(read))


@commands.command("set")
@told
def change(
    environment: Name,
    primary: Annotated[str | None, typer.Option(help="The first URL; an empty text takes it away.")] = None,
    secondary: Annotated[
        str | None, typer.Option(help="The second URL; an empty text takes it away.")
    ] = None,
    on: Flags = None,
    off: Flags = None,
) -> None:
    """Change the settings; what is not named stays as it is."""
    flags = {**dict.fromkeys(on or (), True), **dict.fromkeys(off or (), False)}
    unknown = sorted(set(flags) - set(DEFAULTS))
    if unknown:
        fail(f"There is no flag {', '.join(unknown)}. There are: {', '.join(DEFAULTS)}.")
    wanted = SettingsChange(primary_url=primary, secondary_url=secondary, flags=flags)

    async def set_them(parts: Parts) -> WebhookSettings:
        return await parts.webhooks.configuration.change(await _id(parts, environment), wanted)

    _tell(with_parts(set_them))


@commands.command()
@told
def activate(
    environment: Name,
    endpoint: Annotated[int, typer.Argument(help="Its number, as `webhooks show` shows it.")],
) -> None:
    """Send to a deactivated endpoint again. What it missed is sent by `webhooks replay`."""

    async def make_active(parts: Parts) -> WebhookSettings:
        return await parts.webhooks.configuration.activate(await _id(parts, environment), endpoint)

    _tell(with_parts(make_active))


@commands.command()
@told
def keys(environment: Name) -> None:
    """Print the signing keys as JSON, each as text and as Standard Webhooks libraries take it."""

    async def read(parts: Parts) -> SigningKeys:
        return await parts.webhooks.configuration.keys(await _id(parts, environment))

    _print_keys(with_parts(read))


@commands.command("rotate-key")
@told
def rotate_key(
    environment: Name,
    key: Annotated[
        str | None, typer.Option(envvar="COUNTERFOIL_WEBHOOK_KEY", help="Your own key instead of a new one.")
    ] = None,
    overlap_hours: Annotated[
        float, typer.Option(min=0, max=720, help="How long both keys sign; 0 ends the present one at once.")
    ] = 24,
) -> None:
    """Begin to sign with a second key, and print both."""

    async def rotate(parts: Parts) -> SigningKeys:
        return await parts.webhooks.configuration.rotate(
            await _id(parts, environment),
            key=None if key is None else checked_key(key),
            overlap=timedelta(hours=overlap_hours),
        )

    _print_keys(with_parts(rotate))


@commands.command("finish-rotation")
@told
def finish_rotation(environment: Name) -> None:
    """Let the second key take over now: every receiver knows it."""

    async def finish(parts: Parts) -> SigningKeys:
        return await parts.webhooks.configuration.finish_rotation(await _id(parts, environment))

    with_parts(finish)
    ERR.print("The new key signs alone.")


@commands.command()
@told
def deliveries(
    environment: Name,
    status: Annotated[str | None, typer.Option(help="pending, delivered or failed.")] = None,
    connection: Annotated[str | None, typer.Option(help="About this connection.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
) -> None:
    """List deliveries, newest first."""
    wanted = DeliveryFilter(status=status, connection_id=connection, limit=limit)

    async def read(parts: Parts) -> list[Delivery]:
        return await parts.webhooks.deliveries.list(await _id(parts, environment), wanted)

    table = Table("Number", "Event", "Connection", "To", "Status", "Outcome", "Attempts", "Made")
    for one in with_parts(read):
        table.add_row(
            str(one.id),
            one.event_type,
            Text(one.connection_id or ""),
            Text(one.url),
            one.status,
            one.outcome or "",
            str(one.attempts),
            _shown(one.created_at),
        )
    OUT.print(table)


@commands.command()
@told
def attempts(environment: Name, number: Number) -> None:
    """Show a delivery's attempts and the beginnings of the answers."""

    async def read(parts: Parts) -> DeliveryDetails:
        return await parts.webhooks.deliveries.get(await _id(parts, environment), number)

    table = Table("Attempt", "At", "Outcome", "Status", "Took", "Answer")
    for one in with_parts(read).attempts:
        status = "" if one.status_code is None else str(one.status_code)
        table.add_row(
            str(one.number),
            _shown(one.at),
            one.outcome,
            status,
            f"{one.duration_ms} ms",
            Text(one.answer[:120]),
        )
    OUT.print(table)


@commands.command()
@told
def replay(
    environment: Name,
    number: Annotated[int | None, typer.Argument(help="One delivery; without it a range.")] = None,
    since: Moment = None,
    until: Moment = None,
    everything: Annotated[bool, typer.Option("--all", help="Delivered ones too, not only failed.")] = False,
) -> None:
    """Send again: one delivery, or all that failed in a range of time (UTC)."""
    if (number is None) == (since is None):
        fail("Name one delivery, or a range with --since.")

    async def send_again(parts: Parts) -> int:
        environment_id = await _id(parts, environment)
        if number is not None:
            await parts.webhooks.deliveries.replay(environment_id, number)
            return 1
        wanted = ReplayRange(
            since=_utc(since),
            until=None if until is None else _utc(until),
            only_failed=not everything,
        )
        return await parts.webhooks.deliveries.replay_range(environment_id, wanted)

    ERR.print(f"{with_parts(send_again)} will be sent again.")


async def _id(parts: Parts, name: str) -> int:
    found: Environment = await parts.environments.get(name)
    return found.id


def _tell(settings: WebhookSettings) -> None:
    table = Table("Number", "Slot", "URL", "Status", "Failures", "Paused until")
    for one in settings.endpoints:
        paused = "" if one.paused_until is None else _shown(one.paused_until)
        status = one.status if one.reason is None else f"{one.status} ({one.reason})"
        table.add_row(str(one.id), one.slot, Text(one.url), status, str(one.failures), paused)
    OUT.print(table)
    for name, value in settings.flags.items():
        OUT.print(f"{name}: {'on' if value else 'off'}", markup=False)
    if settings.rotation_ends_at is not None:
        OUT.print(f"Two keys sign until {_shown(settings.rotation_ends_at)} UTC.")


def _print_keys(found: SigningKeys) -> None:
    named = {"signing_key": found.current, "next_signing_key": found.following}
    shown = {
        name: {"key": key.reveal(), "standard_webhooks": standard_secret(key).reveal()}
        for name, key in named.items()
        if key is not None
    }
    print(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - the command's output


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _utc(moment: datetime | None) -> datetime:
    assert moment is not None  # noqa: S101 - a type checker's question, asked above
    return moment.replace(tzinfo=UTC)
