"""A neutral picture for Sage Intacct's providers: a ledger. Not the vendor's trademark."""

from typing import Final

LOGO_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="Sage Intacct">'
    '<rect width="48" height="48" rx="10" fill="#00643c"/>'
    '<path d="M14 12h20v24H14z" fill="none" stroke="#fff" stroke-width="2.5" stroke-linejoin="round"/>'
    '<path d="M20 12v24M24 19h6M24 24h6M24 29h6" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/>'
    "</svg>"
)
