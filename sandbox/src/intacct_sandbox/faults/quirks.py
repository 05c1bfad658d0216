"""Quirks: behaviour of Sage Intacct for which there is no evidence, or evidence for more than one answer.

Each has a name, a default and a switch, so that a client can be tried against either. What a quirk does is in
the feature that asks for its value. Faults put on purpose into single answers are not quirks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from intacct_sandbox.errors import InvalidInput, UnknownThing

_LONGEST_LIFETIME_SECONDS: Final = 10 * 366 * 24 * 3600


def _is_lifetime(value: str) -> bool:
    # isascii and the length first: int() reads digits of every script, and has a limit of its own.
    return (
        value.isascii()
        and value.isdigit()
        and len(value) <= 10
        and 0 < int(value) <= _LONGEST_LIFETIME_SECONDS
    )


def _never(_value: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One behaviour that can be switched.

    Attributes:
        name: What it is called in the control plane.
        default: Its value until it is set.
        choices: The values there are; empty where `check` judges instead.
        meaning: What it decides.
        evidence: Why the default is what it is.
        check: Whether a value can be used, where there are no choices.
        expects: What `check` accepts, in words.
    """

    name: str
    default: str
    choices: tuple[str, ...]
    meaning: str
    evidence: str
    check: Callable[[str], bool] = _never
    expects: str = ""

    def accepts(self, value: str) -> bool:
        """Whether the quirk can have this value."""
        return value in self.choices if self.choices else self.check(value)

    def allowed(self) -> str:
        """What it can be set to, in words."""
        return f"one of {', '.join(self.choices)}" if self.choices else self.expects


_SECONDS: Final = "a whole number of seconds from 1 to ten years"

ALL: Final[tuple[Quirk, ...]] = (
    Quirk(
        name="access-token-lifetime-seconds",
        default="43200",
        choices=(),
        meaning="How long an access token lives; its exp and expires_in agree with it.",
        evidence="Every recorded token answer of 2026 says 43200.",
        check=_is_lifetime,
        expects=_SECONDS,
    ),
    Quirk(
        name="refresh-token-lifetime-seconds",
        default="15552000",
        choices=(),
        meaning="How long a refresh token lives.",
        evidence="Sage states no lifetime; 180 days is our proposal.",
        check=_is_lifetime,
        expects=_SECONDS,
    ),
    Quirk(
        name="refresh-token-rotation",
        default="none",
        choices=("none", "rotate", "strict"),
        meaning="Whether a spent refresh token stays good (none), ends (rotate), or ends its whole grant"
        " when it comes again (strict).",
        evidence="Sage does not say; one provider table marks it non-rotating, careful clients expect"
        " rotation.",
    ),
    Quirk(
        name="client-scope-check",
        default="on",
        choices=("on", "off"),
        meaning="Whether a Production client is refused in a non-production company and the reverse, with"
        " GW-0011.",
        evidence="Listed as a cause of failures by integrators; the exact answer is our proposal.",
    ),
    Quirk(
        name="invalid-grant-status",
        default="401",
        choices=("401", "400"),
        meaning="The HTTP status of an invalid_grant answer.",
        evidence="Recorded clients handle both; RFC 6749 section 5.2 says 400.",
    ),
    Quirk(
        name="expired-token-answer",
        default="GW-0040",
        choices=("GW-0040", "REST-1206", "REST-2102"),
        meaning="How an API call with an expired access token is refused: 401 GW-0040, 400 REST-1206 or 401"
        " REST-2102.",
        evidence="Sage staff say expired means 401, and yet 400 with REST-1206 was reported for expired"
        " tokens.",
    ),
    Quirk(
        name="gateway-login-users",
        default="all",
        choices=("all", "web-services-only"),
        meaning="Which users may log in at the XML gateway with user ID and password.",
        evidence="Sage's XML documentation recommends a Web Services user and does not refuse others.",
    ),
    Quirk(
        name="gateway-subscription-check",
        default="on",
        choices=("on", "off"),
        meaning="Whether the XML gateway refuses a company whose Web Services subscription is off, as if it"
        " had not authorized the sender.",
        evidence="Sage says that Web Services needs the subscription; the answer of the gateway is our"
        " proposal.",
    ),
)

_BY_NAME: Final[Mapping[str, Quirk]] = {quirk.name: quirk for quirk in ALL}


class Quirks:
    """The quirks of one sandbox, as they are set now."""

    def __init__(self) -> None:
        self._set: dict[str, str] = {}

    def value(self, name: str) -> str:
        """What a quirk is set to, or its default.

        Raises:
            UnknownThing: There is no quirk of that name.
        """
        return self._set.get(name, _find(name).default)

    def set(self, name: str, value: str) -> None:
        """Switch a quirk.

        Raises:
            UnknownThing: There is no quirk of that name.
            InvalidInput: The quirk can't have this value; the text says which it can have.
        """
        quirk = _find(name)
        if not quirk.accepts(value):
            raise InvalidInput(name, f"{name} must be {quirk.allowed()}.")
        self._set[name] = value

    def every(self) -> dict[str, str]:
        """All quirks by name, with what they are set to now."""
        return {quirk.name: self.value(quirk.name) for quirk in ALL}

    def reset(self) -> None:
        """All defaults again."""
        self._set.clear()


def _find(name: str) -> Quirk:
    quirk = _BY_NAME.get(name)
    if quirk is None:
        raise UnknownThing(f"There is no quirk {name}; there are {', '.join(_BY_NAME)}.")
    return quirk
