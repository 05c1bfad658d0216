"""Permissions as a form shows them: whole applications in a grid, single objects as lines of text."""

from collections.abc import Iterable
from typing import Final

from intacct_sandbox.identity.permissions import ACCESSES, ALL
from intacct_sandbox.objects import registry
from intacct_sandbox.pages.forms import Form


def applications() -> list[tuple[str, str]]:
    """The applications of the sandbox: path segment and name, by name."""
    slugs = {name.partition("/")[0] for name in registry.ALL}
    return sorted(((slug, slug.replace("-", " ").title()) for slug in slugs), key=lambda pair: pair[1])


def fields(permissions: Iterable[str]) -> dict[str, list[str]]:
    """The values of the two form fields that show the permissions."""
    in_grid: list[str] = []
    lines: list[str] = []
    for permission in permissions:
        (in_grid if permission in _GRID else lines).append(permission)
    return {"permissions": in_grid, "more_permissions": ["\n".join(lines)]}


def read(form: Form) -> tuple[str, ...]:
    """The permissions of a submitted form; what can't be one is named beside its field."""
    lines = [line.strip() for line in form.raw("more_permissions").splitlines()]
    lines = [line for line in lines if line]
    for line in lines:
        _check(form, line)
    return tuple(dict.fromkeys((*form.many("permissions"), *lines)))


def _check(form: Form, line: str) -> None:
    path, _, access = line.partition(":")
    application, _, name = path.partition("/")
    if access not in (*ACCESSES, "*"):
        form.reject("more_permissions", f"“{line}” must end in a colon and one of {', '.join(ACCESSES)}.")
    elif path not in registry.ALL and not (name == "*" and application in dict(applications())):
        form.reject(
            "more_permissions",
            f"There is no object “{path}”. Write its path, such as accounts-payable/vendor.",
        )


_GRID: Final = {ALL} | {f"{slug}/*:{access}" for slug, _ in applications() for access in ACCESSES}
