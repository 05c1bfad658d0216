"""Random bodies for the query service, made from the models: sensible ones, spoilt ones, and no JSON at all.

Equal seeds make equal bodies. Whether an answer does is judged in `query_fuzz`.
"""

import json
import random
from collections.abc import Sequence
from typing import Any, Final

from intacct_sandbox.objects import OPERATORS, registry
from intacct_sandbox.objects.aggregates import FUNCTIONS
from intacct_sandbox.objects.definitions import Definition, Kind
from intacct_sandbox.objects.macros import MACROS

# Those with records are asked for more often: an empty table forgives much.
FILLED: Final = (
    "accounts-payable/vendor",
    "accounts-payable/bill",
    "accounts-payable/bill-line",
    "accounts-receivable/customer",
    "accounts-receivable/invoice",
    "accounts-receivable/invoice-line",
    "general-ledger/account",
    "general-ledger/journal-entry",
    "general-ledger/journal-entry-line",
    "company-config/department",
    "company-config/location",
    "company-config/contact",
    "company-config/entity",
    "company-config/user",
    "company-config/role",
)
_EVERY: Final = tuple(registry.ALL)
_DEEPEST: Final = 6
_TEXTS: Final = (
    "", "a", "10016", "V", "%", "_", "Ü", "日本", "\x00", "'", '"', "\\", ";--", "posted", "x" * 300,
)  # fmt: skip
_GOOD_DATES: Final = ("2026-01-31", "2025-02-28", "9999-12-31", "0001-01-01", "2026-01-31T12:00:00Z")
_GOOD_NUMBERS: Final = (0, 1, 3, 17, -1, 0.1, 1.005, 10**6, "1", "1.00", "-250.5", 2**53)
_DATES: Final = (
    "2026-01-31", "2026-02-30", "2026-1-1", "20260131", "0000-00-00", "9999-12-31", "0001-01-01",
    "2026-01-31T12:00:00Z", "2026-01-31T12:00:00+14:00", "9999-12-31T23:59:59-01:00", "2026-01-31T25:00:00Z",
    "0001-01-01T00:00:00+05:00", "2026-01-31T12:00", "soon",
)  # fmt: skip
_NUMBERS: Final = (
    0, 1, -1, 0.1, 1.005, 10**6, 2**31, 2**53, 2**63, -(2**63) - 1, 1e308, -1e308, 1e-300,
    "1", "1.00", "1e5", "1e400", "-0", "NaN", "Infinity", "1,000", "٣", "9" * 30,
)  # fmt: skip
_JUNK: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1.5, 10**18, "", "x", [], {}, [[]], [None], {"": None}, {"$eq": {}},
)  # fmt: skip
_EXPRESSIONS: Final = (
    "and", "or", "AND", " or ", "1", "1 and 2", "(1 and 2) or 3", "1 or (2", "1 2", "0", "99999999", "not 1",
    "", "1 and", "((((((1))))))", "(" * 60 + "1" + ")" * 60, "1 and " * 400 + "1", "1;2", "٣", "1\n or\t2",
)  # fmt: skip
_COMPARING: Final = ("$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$notIn", "$between", "$notBetween")
_NUMERIC: Final = (Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.DECIMAL)
# What works on a kind; other operators are tried too, and refused.
_FITTING: Final = {
    **dict.fromkeys((Kind.DATE, Kind.DATETIME, Kind.BOOLEAN, *_NUMERIC), _COMPARING),
    **dict.fromkeys((Kind.TEXT, Kind.KEY), tuple(name for name in OPERATORS if name != "$has")),
}
_NO_JSON: Final = (
    b"", b" ", b"{", b"]", b"nul", b"\xff\xfe", b"\x00", b'{"object": "a"', b"'a'", b"NaN", b"[1,]",
    b'{"a": "\\ud800"}', b"[" * 2000, b'{"size": 1e999}', b'{"size": ' + b"9" * 400 + b"}", b"\xef\xbb\xbf{}",
    b"<xml/>", b"grant_type=client_credentials",
)  # fmt: skip


class Bodies:
    """A source of bodies.

    Args:
        seed: Equal seeds make equal bodies in equal order.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def next(self) -> bytes:
        """The next body."""
        chance = self._random.random()
        if chance < 0.02:
            return bytes(self._pick(_NO_JSON))
        if chance < 0.05:
            return self._cut(_bytes([self._query() for _ in range(self._random.randrange(12))]), 0.1)
        query = self._query()
        if chance < 0.25:
            query = self._spoilt(query)
        return self._cut(_bytes(query), 0.01)

    def _pick(self, choices: Sequence[Any]) -> Any:
        return self._random.choice(choices)

    def _often(self, chance: float) -> bool:
        return self._random.random() < chance

    def _cut(self, body: bytes, chance: float) -> bytes:
        return body[: self._random.randrange(len(body))] if body and self._often(chance) else body

    def _query(self) -> Any:
        name = self._pick(FILLED if self._often(0.6) else _EVERY)
        definition = registry.ALL[name]
        fields = [self._field(definition) for _ in range(self._random.randrange(1, 7))]
        filters = [self._filter(definition) for _ in range(self._pick((0, 0, 1, 1, 2, 3, 5)))]
        query: dict[str, Any] = {"object": self._name(name), "fields": fields}
        if filters or self._often(0.1):
            query["filters"] = filters
        if self._often(0.2):
            query["filterExpression"] = self._expression(len(filters))
        if self._often(0.2):
            query["filterParameters"] = self._parameters()
        if self._often(0.4):
            grouped = any(":" in path for path in fields)
            ordered = [path if grouped or self._often(0.5) else self._path(definition) for path in fields[:3]]
            query["orderBy"] = [{path: self._pick(("asc", "desc"))} for path in ordered]
        if self._often(0.3):
            query["start"] = self._pick((0, 1, 1, 2, 3, 50, 101, 10**6, self._pick((10**9, 10**10, -1))))
        if self._often(0.3):
            query["size"] = self._pick((1, 2, 5, 20, 100, 4000, 4001 if self._often(0.2) else 7))
        return query

    def _name(self, name: str) -> str:
        if self._often(0.03):
            return name.partition("/")[2]
        if self._often(0.03):
            return str(self._pick((name + "::Sales Invoice", name + "::", name.upper(), name + "s")))
        return name

    def _field(self, definition: Definition) -> str:
        if self._often(0.9):
            return self._path(definition)
        path, kind = self._known(definition)
        function = self._pick(FUNCTIONS) if kind in _NUMERIC or self._often(0.1) else "count"
        return f"{function}:{path}"

    def _path(self, definition: Definition) -> str:
        path, _ = self._known(definition)
        if self._often(0.97):
            return path
        near = (path + ".x", "." + path, path + ".", path.upper(), path[:-1], "*", "nsp::X")
        return str(self._pick((*near, *_TEXTS)))

    def _known(self, definition: Definition, depth: int = 0) -> tuple[str, Kind]:
        """A path that is there, mostly: lists and write-only fields are among them."""
        references = list(definition.references.values())
        if references and depth < _DEEPEST and self._often(0.3):
            reference = self._pick(references)
            target = registry.find(reference.target) if reference.target is not None else None
            if target is not None and self._often(0.7):
                path, kind = self._known(target, depth + 1)
                return f"{reference.path}.{path}", kind
            return f"{reference.path}.{self._pick(('key', 'id', 'href', *reference.members))}", Kind.KEY
        if definition.lists and self._often(0.02):
            return f"{self._pick(list(definition.lists))}.id", Kind.TEXT
        known = definition.fields.values()
        usable = [field for field in known if not field.deprecated and not field.write_only]
        field = self._pick(usable if self._often(0.97) else list(known))
        return field.path, field.kind

    def _filter(self, definition: Definition) -> dict[str, Any]:
        path, kind = self._known(definition)
        operator = self._pick(_FITTING.get(kind, OPERATORS) if self._often(0.9) else OPERATORS)
        if self._often(0.01):
            operator = self._pick(("$like", "eq", "$isNull", "", "$EQ"))
        return {operator: {path if self._often(0.98) else path + "?": self._operand(operator, kind)}}

    def _operand(self, operator: str, kind: Kind) -> Any:
        if self._often(0.03):
            return self._pick(_JUNK)
        if operator in {"$between", "$notBetween"}:
            return [self._value(kind) for _ in range(2 if self._often(0.97) else 3)]
        if operator in {"$in", "$notIn"}:
            return [self._value(kind) for _ in range(self._pick((0, 1, 2, 3, 5, 120)))]
        return self._value(kind)

    def _value(self, kind: Kind) -> Any:
        if self._often(0.02):
            return self._pick((*_TEXTS, *_DATES, *_NUMBERS, *MACROS, *_JUNK))
        if kind in {Kind.DATE, Kind.DATETIME}:
            return self._pick(MACROS if self._often(0.3) else _GOOD_DATES)
        if kind in {Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.DECIMAL, Kind.KEY}:
            return self._pick(_GOOD_NUMBERS)
        if kind is Kind.BOOLEAN:
            return self._pick((True, False, "true", "false", 1))
        return self._pick(_TEXTS)

    def _expression(self, filters: int) -> str:
        if not filters and self._often(0.8):
            return "and"
        if self._often(0.2) or not filters:
            return str(self._pick(_EXPRESSIONS))
        numbers = [str(number) for number in range(1, filters + 1)]
        self._random.shuffle(numbers)
        text = numbers[0]
        for number in numbers[1:]:
            joined = f"{text} {self._pick(('and', 'or'))} {number}"
            text = f"({joined})" if self._often(0.4) else joined
        return text

    def _parameters(self) -> dict[str, Any]:
        good = {
            "asOfDate": self._pick(_DATES if self._often(0.2) else _GOOD_DATES[:4]),
            "includePrivate": self._pick((True, False)),
            "caseSensitiveComparison": self._pick((True, False)),
            "includeHierarchyFields": self._pick((True, False)),
            "private": True,
        }
        known = list(good)[:4] if self._often(0.95) else list(good)
        names = self._random.sample(known, k=self._random.randrange(1, 4))
        return {name: good[name] if self._often(0.95) else self._pick(_JUNK) for name in names}

    def _spoilt(self, value: Any) -> Any:
        """The value with one thing in it replaced, removed, renamed or wrapped."""
        if isinstance(value, dict) and value and self._often(0.85):
            name = self._pick(list(value))
            kept = {key: one for key, one in value.items() if key != name}
            if self._often(0.1):
                return kept
            if self._often(0.1):
                return {**kept, name + self._pick(("s", " ", "\x00")): value[name]}
            return {**value, name: self._spoilt(value[name])}
        if isinstance(value, list) and value and self._often(0.85):
            place = self._random.randrange(len(value))
            return [*value[:place], self._spoilt(value[place]), *value[place + 1 :]]
        return self._pick((*_JUNK, [value], {"x": value}, str(value), *_NUMBERS))


def _bytes(value: Any) -> bytes:
    # As json writes it: infinite numbers and half characters go out as no JSON at all.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
