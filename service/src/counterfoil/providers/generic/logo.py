"""A neutral picture for APIs that nobody has drawn one for: a plug."""

from typing import Final

LOGO_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="API">'
    '<rect width="48" height="48" rx="10" fill="#3b4a5a"/>'
    '<path d="M19 10v8M29 10v8M15 18h18v5a9 9 0 0 1-18 0zM24 32v7" fill="none" stroke="#fff" '
    'stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"/>'
    "</svg>"
)
