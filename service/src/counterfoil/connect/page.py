"""The Connect page's document and the headers it is served with. What the page does is in `static/main.js`.

The document is the same for everybody who asks in one language and theme: it holds no token and no data. It
can't know the session, whose token stays in the fragment or comes by message; so it may be framed by every
origin that any environment has registered, and the page itself then checks the session's own.
"""

import gzip
from collections.abc import Iterable
from typing import Final, Literal

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined, select_autoescape

from counterfoil.connect.assets import Assets
from counterfoil.connect.texts import Texts, bold_labels

THEMES: Final = ("light", "dark")
GUIDES: Final = ("sage-intacct", "sage-intacct-cc")
WindowKind = Literal["opened", "refused"]

_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    # Pico CSS draws its chevrons and check marks from data: images.
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    # The form is sent by script only: were the script to fail, nothing typed may go anywhere.
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)


class ConnectPage:
    """Renders the document."""

    def __init__(self, assets: Assets, texts: Texts) -> None:
        self._assets = assets
        self._texts = texts
        self._templates = Templates(
            loader=PackageLoader(__package__),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["labels"] = bold_labels

    def document(
        self,
        *,
        root: str,
        language: str | None,
        accept_language: str,
        theme: str | None,
        window: WindowKind | None = None,
    ) -> bytes:
        """The HTML.

        Args:
            root: The relative path from the document to where the service is mounted, `./` or `../`; the
                service may live below a prefix that it doesn't know.
            language: What the address asks for, if anything.
            accept_language: The browser's `Accept-Language`.
            theme: `light` or `dark`; anything else leaves it to the browser's setting.
            window: Whether the site that opened a window for the page may talk to it; None where no site
                asks to.
        """
        chosen = self._texts.choose(language, accept_language)
        catalogue = self._texts.by_language[chosen]

        def text(identifier: str, **values: object) -> str:
            return catalogue[identifier].format(**values)

        return (
            self._templates.get_template("connect.html")
            .render(
                t=text,
                language=chosen,
                languages=self._texts.names(),
                theme=theme if theme in THEMES else None,
                window=window,
                api_base=root,
                static_base=f"{root}static/connect/{self._assets.digest}/",
                modules=self._assets.modules(),
                texts=dict(catalogue),
                guides=GUIDES,
            )
            .encode()
        )


def document_headers(origins: Iterable[str], window: WindowKind | None = None) -> dict[str, str]:
    """The headers of the document; `origins` may show it in a frame.

    There is no `X-Frame-Options`: it can't name origins, and where both are present some browsers obey it.
    Only a window that a registered site has opened for the page stays tied to that site (ADR 9); in every
    other the browser cuts the tie before a script runs.
    """
    ancestors = " ".join(sorted(set(origins))) or "'none'"
    return {
        "Content-Security-Policy": "; ".join((*_POLICY, f"frame-ancestors {ancestors}")),
        "Cross-Origin-Opener-Policy": "unsafe-none" if window == "opened" else "same-origin-allow-popups",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language, Accept-Encoding, Referer",
    }


def compressed(content: bytes) -> bytes:
    """Gzip at a level that costs well under a millisecond for a page."""
    return gzip.compress(content, 6, mtime=0)
