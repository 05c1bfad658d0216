"""The page's texts: one JSON file a language, message id to text, in `texts/`.

A language is there when its file is; a text that a file lacks is taken from English. What the API says in
English a file may say in its own language: `field.<provider>.<name>.label` and `….description`,
`cause.<provider>.<code>.sentence` and `….remedy`, the same without a provider for those that many have, and
`misread.<problem>`; what it does not say is shown as the API says it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Self

from markupsafe import Markup, escape

FALLBACK: Final = "en"
_MOST_RANGES: Final = 20
_OWN_NAME: Final = "language.name"


@dataclass(frozen=True, slots=True)
class Texts:
    """The catalogues of all languages, each complete."""

    by_language: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls) -> Self:
        """Read what the package brings."""
        folder = files(__package__) / "texts"
        found = {
            entry.name.removesuffix(".json"): json.loads(entry.read_text("utf-8"))
            for entry in folder.iterdir()
        }
        return cls({language: {**found[FALLBACK], **catalogue} for language, catalogue in found.items()})

    def choose(self, wanted: str | None, accept_language: str) -> str:
        """The language to show: the one asked for if it is there, else the browser's best, else English."""
        for tag in [wanted or "", *_by_preference(accept_language)]:
            language = tag.partition("-")[0].strip().lower()
            if language in self.by_language:
                return language
        return FALLBACK

    def names(self) -> list[tuple[str, str]]:
        """Each language and what it calls itself, in alphabetical order of those names."""
        named = [(language, catalogue[_OWN_NAME]) for language, catalogue in self.by_language.items()]
        return sorted(named, key=lambda one: one[1])


def _by_preference(accept_language: str) -> list[str]:
    """The language tags of an `Accept-Language` header, best first, those of weight 0 left out (RFC 9110
    sections 12.4.2 and 12.5.4).
    """
    ranges = [part.partition(";") for part in accept_language.split(",")[:_MOST_RANGES]]
    weighed = [(_weight(parameters), tag) for tag, _, parameters in ranges]
    return [tag for weight, tag in sorted(weighed, key=lambda found: -found[0]) if weight > 0]


def _weight(parameters: str) -> float:
    try:
        return float(parameters.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def bold_labels(text: str) -> Markup:
    """A text of the catalogue as HTML: everything escaped, `**Label**` in bold."""
    parts = text.split("**")
    return Markup("").join(
        Markup("<b>{}</b>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )
