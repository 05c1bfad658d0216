"""A text that must not be shown: the API key and connect session tokens while they are on their way."""

from typing import Final

_HIDDEN: Final = "Secret(…)"


class Secret:
    """Prints as `Secret(…)`, also in tracebacks that show local variables."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text; to be called where it leaves the process."""
        return self._text

    def __repr__(self) -> str:
        return _HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))
