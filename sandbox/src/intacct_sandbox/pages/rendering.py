"""Templates to answers: one Jinja environment for each feature, the headers that every page has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from intacct_sandbox.pages.assets import ASSETS
from intacct_sandbox.pages.reaching import reaches_elsewhere

_SHARED: Final = Path(__file__).parent / "templates"

# Pico draws its arrows and ticks from data URLs in the style sheet.
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def environment(directory: Path) -> Environment:
    """An environment over a feature's templates and the shared ones.

    Everything is escaped, and an unknown name is an error, never an empty text.
    """
    made = Environment(
        loader=FileSystemLoader([directory, _SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = ASSETS.url
    made.globals["reaches_elsewhere"] = reaches_elsewhere
    return made


def page(templates: Environment, name: str, status: int, context: Mapping[str, Any]) -> HTMLResponse:
    """A rendered page with the headers of all pages."""
    return HTMLResponse(templates.get_template(name).render(context), status, HEADERS)
