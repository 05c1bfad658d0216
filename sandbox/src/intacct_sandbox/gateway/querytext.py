"""The text of `readByQuery`, `STATUS = 'T' AND (TOTALDUE > 100 OR NAME like 'A%')`, read into a tree.

The operators are the documented ones, and NOT before a condition turns it. Which fields there are is
not known here.
"""

import re
from typing import Final

from intacct_sandbox.gateway.conditions import Comparison, Group, Tree, negated
from intacct_sandbox.gateway.refusals import Refused

LONGEST: Final = 20_000
DEEPEST: Final = 30

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign><>|!=|<=|>=|[=<>(),])"
    r"|(?P<word>[^\s'\"<>=!(),]+))",
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)|''", re.DOTALL)
_COMPARISONS: Final = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})


def parse(text: str) -> Tree | None:
    """The tree of a query's text; None where it is empty.

    Raises:
        Refused: It cannot be read.
    """
    if len(text) > LONGEST:
        raise Refused(f"The query is longer than {LONGEST} characters.")
    tokens = _tokens(text)
    return _Parser(tokens).whole() if tokens else None


def _tokens(text: str) -> list[str]:
    """Words and signs as they are; quoted texts keep their first quote as a mark."""
    tokens = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise Refused(f"The query cannot be read at '{text[at:].strip()[:20]}'.")
        quoted = match["text"]
        tokens.append(f"'{_unescaped(quoted)}" if quoted is not None else match["sign"] or match["word"])
        at = match.end()
    return tokens


def _unescaped(quoted: str) -> str:
    return _ESCAPED.sub(lambda match: match[1] or "'", quoted[1:-1])


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Tree:
        tree = self._either()
        if self._at < len(self._tokens):
            raise self._unexpected()
        return tree

    def _either(self) -> Tree:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Group("or", tuple(parts))

    def _both(self) -> Tree:
        parts = [self._one()]
        while self._accept("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def _one(self) -> Tree:
        is_negated = self._accept("not")
        if not is_negated and not self._accept("("):
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refused(f"The query nests deeper than {DEEPEST} parentheses.")
        tree = negated(self._one()) if is_negated else self._either()
        if not is_negated:
            self._expect(")")
        self._depth -= 1
        return tree

    def _comparison(self) -> Comparison:
        field = self._next()
        if field.startswith("'") or field in {"(", ")", ","} or field in _COMPARISONS:
            raise self._unexpected(back=1)
        if self._accept("is"):
            is_negated = self._accept("not")
            self._expect("null")
            return Comparison(field, "is not null" if is_negated else "is null")
        word = "not " if self._accept("not") else ""
        if self._accept("like"):
            return Comparison(field, f"{word}like", (self._value(),))
        if self._accept("in"):
            return Comparison(field, f"{word}in", self._list())
        sign = self._next()
        if word or sign not in _COMPARISONS:
            raise self._unexpected(back=1)
        return Comparison(field, "<>" if sign == "!=" else sign, (self._value(),))

    def _list(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> str:
        token = self._next()
        if token.startswith("'"):
            return token[1:]
        if token in {"(", ")", ","} or token in _COMPARISONS:
            raise self._unexpected(back=1)
        return token

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise self._unexpected()
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].lower() == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self._unexpected()

    def _unexpected(self, back: int = 0) -> Refused:
        at = self._at - back
        if at >= len(self._tokens):
            return Refused("The query ends where more is expected.")
        return Refused(f"The query cannot be read at '{self._tokens[at].removeprefix(chr(39))[:20]}'.")
