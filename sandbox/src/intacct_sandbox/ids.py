"""All randomness of the sandbox, from one seed: equal seeds and equal requests give equal answers.

Nothing here is fit to protect anything real; a sandbox's secrets are play money.
"""

import random
import uuid
from typing import Any, Final

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class SeededIds:
    """A source of identifiers that repeats itself for equal seeds."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._random = random.Random(seed)  # noqa: S311 - determinism is the point, secrecy is not
        self._pages = random.Random(f"{seed} pages")  # noqa: S311 - the same

    def reset(self) -> None:
        """Start the sequence again."""
        self._random.seed(self.seed)

    def continue_as(self, opening: int) -> None:
        """Go on with a sequence that no other opening of the same state has used, until the next reset.

        Args:
            opening: Counts from 1; the first one uses the sequence of the seed itself.
        """
        self._random.seed(self.seed if opening == 1 else f"{self.seed} opening {opening}")
        self._pages.seed(f"{self.seed} pages opening {opening}")

    def place(self) -> tuple[Any, ...]:
        """Where the sequence stands; `go_to` goes back there."""
        return self._random.getstate()

    def go_to(self, place: tuple[Any, ...]) -> None:
        """Continue from a place that `place` gave."""
        self._random.setstate(place)

    def page_token(self) -> str:
        """Text for a browser's session, from a sequence of its own that no reset and no restore starts again:
        otherwise one browser would be handed another's session.
        """
        return "".join(self._pages.choices(_ALPHABET, k=43))

    def hex(self, digits: int) -> str:
        """`digits` lower-case hexadecimal digits."""
        return f"{self._random.getrandbits(digits * 4):0{digits}x}"

    def uuid(self) -> str:
        """A UUID of version 4 shape."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def token(self, length: int = 32) -> str:
        """Letters, digits, `-` and `_`, as Sage's opaque session IDs look."""
        return "".join(self._random.choices(_ALPHABET, k=length))
