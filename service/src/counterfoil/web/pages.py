"""The Jinja environment of our pages. Templates live beside the routes that render them."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def templates(directory: Path) -> Environment:
    """An environment over one directory: everything escaped, an unknown name an error, no empty text."""
    return Environment(
        loader=FileSystemLoader(directory),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
