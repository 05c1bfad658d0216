"""Whether what an operator sets on an integration can be used: texts, patterns, addresses. Pure.

An address is checked here so that a mistake is told where it is made; what is connected to is judged again at
the socket, by `outbound`.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from yarl import URL

from counterfoil.auth_modes import Field
from counterfoil.errors import FieldError
from counterfoil.outbound import AddressPolicy, AddressRefused, read_target

MAX_SETTING_CHARACTERS: Final = 8_192

_ADDRESS: Final = re.compile(r"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")


def setting_error(asked: Field, value: str, policy: AddressPolicy) -> FieldError | None:
    """What is wrong with the value of one setting; None where it can be used, as an empty one always can."""
    path = ("integration_config", asked.name)
    value = value.strip()
    if len(value) > MAX_SETTING_CHARACTERS:
        message = f"{asked.label} is longer than {MAX_SETTING_CHARACTERS} characters."
        return FieldError(path, "too_big", message)
    if not value.isprintable():
        return FieldError(path, "invalid_format", f"{asked.label} holds a character that can't be printed.")
    if not value:
        return None
    if asked.web_address:
        wrong = address_problem(value, policy)
        return None if wrong is None else FieldError(path, "invalid_format", f"{asked.label}: {wrong}")
    if asked.pattern is not None and not re.fullmatch(asked.pattern, value):
        return FieldError(path, "invalid_format", f"{asked.label} can't be that. {asked.description}")
    return None


def missing_settings(asked: tuple[Field, ...], values: Mapping[str, str]) -> list[FieldError]:
    """The errors of required settings that have no value."""
    return [
        FieldError(("integration_config", one.name), "required", f"{one.label} is missing.")
        for one in asked
        if one.required and not values.get(one.name)
    ]


def address_problem(url: str, policy: AddressPolicy) -> str | None:
    """Why a URL can't be the address of an API, as a sentence; None where it can.

    It is https; http only where the operator lets the host through: an address of `policy.allowed`, or, if
    there are such, a name without a dot, which no public host has.
    """
    try:
        target = read_target(url)
    except AddressRefused as refused:
        return refused.message
    if target.raw_query_string or url.endswith("?"):
        return "It must end before the question mark."
    host = target.raw_host or ""
    if _ADDRESS.fullmatch(host):
        why = policy.refusal(host)
        if why is not None:
            return f"The service does not call this address ({why}); its operator can allow it."
    if target.scheme == "https" or _is_let_through(target, policy):
        return None
    return "It must begin with https://; what is sent there is secret."


def _is_let_through(target: URL, policy: AddressPolicy) -> bool:
    host = target.raw_host or ""
    if _ADDRESS.fullmatch(host):
        return any(ip_address(host) in network for network in policy.allowed)
    return bool(policy.allowed) and "." not in host
