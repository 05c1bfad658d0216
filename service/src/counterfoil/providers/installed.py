"""Providers of installed packages: the entry points of the group `counterfoil.providers`.

    [project.entry-points."counterfoil.providers"]
    acme-books = "acme_books:provider"          # a function without arguments that gives a `Provider`

They are code that the operator chose to install, and are trusted as the service itself is. One that can't be
used stops the start: a provider that is silently missing would show as connections that nobody can explain.
"""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from counterfoil import auth_modes
from counterfoil.providers.provider import Provider

GROUP: Final = "counterfoil.providers"

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MODES: Final = frozenset(mode.name for mode in auth_modes.ALL)


class ProviderUnusable(ValueError):
    """An installed package's provider can't be used; the message names package and reason."""


def installed(points: Iterable[EntryPoint] | None = None) -> Iterator[Provider]:
    """The providers of installed packages, in order of their entry points' names.

    Args:
        points: The entry points; None for those of the environment this runs in.

    Raises:
        ProviderUnusable: One can't be imported, raises, or gives no provider.
    """
    found = entry_points(group=GROUP) if points is None else points
    for point in sorted(found, key=lambda one: (one.name, one.value)):
        yield _checked(point, _made(point))


def _made(point: EntryPoint) -> object:
    try:
        return point.load()()
    # The edge to foreign code: whatever it raises, the operator has to know whose it was.
    except Exception as error:
        raise ProviderUnusable(f"{_named(point)} failed: {type(error).__name__}: {error}") from error


def _checked(point: EntryPoint, made: object) -> Provider:
    if not isinstance(made, Provider):
        raise ProviderUnusable(f"{_named(point)} gave {type(made).__name__}, not a Provider.")
    if not _ID.fullmatch(made.id):
        raise ProviderUnusable(
            f"{_named(point)} has the id {made.id!r}; use lower-case letters, digits and hyphens."
        )
    if made.auth_mode not in _MODES:
        known = ", ".join(sorted(_MODES))
        raise ProviderUnusable(f"{_named(point)} has the auth mode {made.auth_mode!r}; there are: {known}.")
    return made


def _named(point: EntryPoint) -> str:
    package = point.dist.name if point.dist is not None else "an unnamed package"
    return f"The provider {point.name!r} ({point.value}) of {package}"
