"""The page that ends a redirection, in the window that was opened for it: what came of it, in plain words.

It holds no token, no code and no state. Its script tells the page that opened the window, by exact origins,
and closes the window.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined, select_autoescape

from counterfoil.auth_modes import AuthorizationFailed, Cause
from counterfoil.connect.assets import Assets
from counterfoil.connect.texts import Texts
from counterfoil.errors import CounterfoilError

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    # The page that opened the window must keep its hold of it, and is told through it.
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page says.

    Attributes:
        integration: The integration's name; empty where it is not known.
        provider: The id of its provider; empty where it is not known.
        error: Why there is no connection; None where there is one.
        error_type: The wire's word for that.
        origins: Who may be told besides this very origin.
    """

    integration: str = ""
    provider: str = ""
    error: CounterfoilError | None = None
    error_type: str = ""
    origins: Iterable[str] = ()


class PopupPage:
    """Renders the page."""

    def __init__(self, assets: Assets, texts: Texts) -> None:
        self._assets = assets
        self._texts = texts
        self._template = Templates(
            loader=PackageLoader(__package__),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        ).get_template("popup.html")

    def document(self, shown: Shown, *, root: str, accept_language: str) -> bytes:
        """The HTML; `root` is the relative path from it to where the service is mounted."""
        language = self._texts.choose(None, accept_language)
        catalogue = self._texts.by_language[language]

        def text(identifier: str, **values: object) -> str:
            return catalogue[identifier].format(**values)

        return self._template.render(
            t=text,
            language=language,
            static_base=f"{root}static/connect/{self._assets.digest}/",
            shown=shown,
            told=_told(shown),
            said=None if shown.error is None else _said(shown.error, shown.provider, catalogue),
        ).encode()


def _told(shown: Shown) -> dict[str, Any]:
    """What the script tells, and whom."""
    origins = sorted(set(shown.origins))
    if shown.error is None:
        return {"origins": origins, "message": {"type": "nango_oauth_callback_success"}}
    payload = {"message": shown.error.message, "errorType": shown.error_type}
    return {"origins": origins, "message": {"type": "nango_oauth_callback_error", "payload": payload}}


def _said(error: CounterfoilError, provider: str, catalogue: Mapping[str, str]) -> dict[str, str]:
    """Sentence, remedy, who and code, in the page's language where it has them."""
    if not isinstance(error, AuthorizationFailed):
        sentence = catalogue.get(f"error.{error.code}.sentence", error.message)
        return {"sentence": sentence, "remedy": "", "who": "", "code": error.code}
    cause = error.cause
    return {
        "sentence": _of_cause(catalogue, provider, cause, "sentence", cause.sentence),
        "remedy": _of_cause(catalogue, provider, cause, "remedy", cause.remedy),
        "who": catalogue[f"who.{cause.who}"],
        "code": cause.code,
    }


def _of_cause(catalogue: Mapping[str, str], provider: str, cause: Cause, part: str, otherwise: str) -> str:
    """As the page's script does it: a provider's own words, those that many have, what the API says."""
    for name in (f"cause.{provider}.{cause.code}.{part}", f"cause.{cause.code}.{part}"):
        try:
            return catalogue[name].format(**cause.details)
        except KeyError:
            continue
    return otherwise
