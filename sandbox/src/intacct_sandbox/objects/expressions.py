"""The query service's `filterExpression`: `and`, `or`, or numbered filters such as `(1 and 2) or 3`.

`and` binds stronger than `or`. Filters themselves are in `filters`.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from intacct_sandbox.objects.errors import BadExpression

LONGEST: Final = 2000
DEEPEST: Final = 50

_TOKEN: Final = re.compile(r"\s*(\(|\)|[0-9]{1,6}|[A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Joined:
    """Expressions joined by one word."""

    word: Literal["and", "or"]
    parts: tuple["Expression", ...]


# A filter by its number, from 1; or expressions joined.
Expression: TypeAlias = int | Joined


def parse(text: str, filters: int) -> Expression | None:
    """Read an expression over that many filters; None where there is nothing to hold.

    Raises:
        BadExpression: It cannot be read, or names a filter that is not there.
    """
    word = text.strip().lower()
    if word in {"and", "or"} and filters:
        return Joined("and" if word == "and" else "or", tuple(range(1, filters + 1)))
    if word in {"and", "or", ""} and not filters:
        return None
    return _Parser(_tokens(text), filters).whole()


def _tokens(text: str) -> list[str]:
    if len(text) > LONGEST:
        raise BadExpression(f"it is longer than {LONGEST} characters")
    tokens = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadExpression(f"{text[at:].strip()[:20]!r} is not expected")
        tokens.append(match[1].lower())
        at = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[str], filters: int) -> None:
        self._tokens = tokens
        self._filters = filters
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._either()
        if self._next() is not None:
            raise BadExpression(f"{self._next()!r} is not expected")
        return expression

    def _next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._next() == "or":
            self._at += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _both(self) -> Expression:
        parts = [self._one()]
        while self._next() == "and":
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _one(self) -> Expression:
        word = self._next()
        self._at += 1
        if word == "(":
            return self._nested()
        if word is None or not word.isdigit():
            raise BadExpression("a filter number is expected" + (f" in place of {word!r}" if word else ""))
        number = int(word)
        if not 1 <= number <= self._filters:
            raise BadExpression(f"there is no filter {number}")
        return number

    def _nested(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadExpression(f"it nests deeper than {DEEPEST} parentheses")
        expression = self._either()
        if self._next() != ")":
            raise BadExpression("a closing parenthesis is missing")
        self._at += 1
        self._depth -= 1
        return expression
