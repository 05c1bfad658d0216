"""Values in their three forms: as Python callers give them, as SQLite keeps them, as JSON shows them.

Money is kept as whole cents and other decimals as whole hundred-millionths, so that sums and comparisons
are exact; dates and times are kept as the wire writes them, which sorts as time does. Objects and SQL are
not known here.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from intacct_sandbox.objects.definitions import Kind

Stored: TypeAlias = str | int | float | None
Native: TypeAlias = (
    str | int | float | bool | Decimal | date | datetime | list[Any] | tuple[str, ...] | dict[str, Any] | None
)
Show: TypeAlias = Callable[[Any], object]

COLUMN_TYPE: Final = {
    Kind.TEXT: "TEXT",
    Kind.TEXTS: "TEXT",
    Kind.BOOLEAN: "INTEGER",
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "REAL",
    Kind.MONEY: "INTEGER",
    Kind.DECIMAL: "INTEGER",
    Kind.DATE: "TEXT",
    Kind.DATETIME: "TEXT",
    Kind.KEY: "INTEGER",
    Kind.JSON: "TEXT",
}

_PLACES: Final = {Kind.INTEGER: 0, Kind.KEY: 0, Kind.MONEY: 2, Kind.DECIMAL: 8}
_LARGEST: Final = 2**63 - 1
# Keys are positive, so this stands for a key that no record has.
_NO_KEY: Final = -1
_NOT_A_DATE: Final = "must be a date such as 2026-01-31"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_WIDE = Context(prec=100)


def stored(kind: Kind, value: Native) -> Stored:
    """What SQLite keeps for a value.

    Raises:
        ValueError: A decimal has more places than its kind keeps.
    """
    if value is None:
        return None
    if kind in {Kind.MONEY, Kind.DECIMAL}:
        scaled = _scaled(Decimal(str(value)), _PLACES[kind])
        if not isinstance(scaled, int):
            raise ValueError(f"{value} has too many digits for {kind}")
        return scaled
    if kind is Kind.JSON or isinstance(value, dict):
        return json.dumps(value)
    if kind is Kind.TEXTS:
        return json.dumps(list(value)) if isinstance(value, (list, tuple)) else str(value)
    if kind is Kind.NUMBER and isinstance(value, (int, float, Decimal)):
        return float(value)
    if isinstance(value, datetime):
        return _wire_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, (int, float)) else str(value)


def shown(kind: Kind) -> Show | None:
    """The function from a stored value (never None) to its JSON form; None where they are the same."""
    return _SHOWN.get(kind)


def operand(kind: Kind, value: object) -> Stored:
    """A filter's JSON value in the form that compares with stored ones.

    A number with more places than its kind keeps becomes a float, so that it still sorts where it belongs.

    Raises:
        ValueError: The value does not fit; the text ends the sentence "The value …".
    """
    return _OPERAND[kind](kind, value)


def _wire_time(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _scaled(number: Decimal, places: int) -> int | float:
    if not number.is_finite():
        raise ValueError("is not a finite number")
    # The exponent comes from the caller: turning 1e999999999 into an integer would take all memory.
    if number.adjusted() > 20:
        return float("-inf") if number.is_signed() else float("inf")
    scaled = number.scaleb(places, context=_WIDE)
    if scaled == scaled.to_integral_value() and abs(scaled) <= _LARGEST:
        return int(scaled)
    return float(scaled)


def _text_operand(_kind: Kind, value: object) -> Stored:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    raise ValueError("must be a string")


def _boolean_operand(_kind: Kind, value: object) -> Stored:
    if value is True or value == "true":
        return 1
    if value is False or value == "false":
        return 0
    raise ValueError("must be true or false")


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)) or len(str(value)) > 64:
        raise ValueError("must be a number")
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError("must be a number") from None


def _scaled_operand(kind: Kind, value: object) -> Stored:
    return _scaled(_decimal(value), _PLACES[kind])


def _number_operand(_kind: Kind, value: object) -> Stored:
    number = _decimal(value)
    if not number.is_finite():
        raise ValueError("is not a finite number")
    return float(number)


def _key_operand(_kind: Kind, value: object) -> Stored:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or len(text) > 18:
        return _NO_KEY
    return int(text)


def _date_operand(_kind: Kind, value: object) -> Stored:
    if isinstance(value, str) and _DATE.fullmatch(value):
        return _day(value)
    return _moment(value).date().isoformat()


def _datetime_operand(_kind: Kind, value: object) -> Stored:
    if isinstance(value, str) and _DATE.fullmatch(value):
        return f"{_day(value)}T00:00:00Z"
    moment = _moment(value)
    # Stored times are whole seconds; the suffix makes a fraction sort behind its second, before the next.
    return _wire_time(moment) + ("." if moment.microsecond else "")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(_NOT_A_DATE) from None


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError(_NOT_A_DATE)
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(_NOT_A_DATE) from None


def _list_operand(_kind: Kind, _value: object) -> Stored:
    raise ValueError("cannot be compared with a list; use $has")


def _show_money(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02}"


def _show_decimal(value: int) -> str:
    text = format(Decimal(value).scaleb(-_PLACES[Kind.DECIMAL], context=_WIDE), "f")
    return text.rstrip("0").rstrip(".")


def _show_number(value: float) -> float:
    return int(value) if value.is_integer() else value


_SHOWN: Final[dict[Kind, Show]] = {
    Kind.BOOLEAN: bool,
    Kind.NUMBER: _show_number,
    Kind.MONEY: _show_money,
    Kind.DECIMAL: _show_decimal,
    Kind.TEXTS: json.loads,
    Kind.JSON: json.loads,
    Kind.KEY: str,
}

_OPERAND: Final[dict[Kind, Callable[[Kind, object], Stored]]] = {
    Kind.TEXT: _text_operand,
    Kind.TEXTS: _list_operand,
    Kind.JSON: _list_operand,
    Kind.BOOLEAN: _boolean_operand,
    Kind.INTEGER: _scaled_operand,
    Kind.NUMBER: _number_operand,
    Kind.MONEY: _scaled_operand,
    Kind.DECIMAL: _scaled_operand,
    Kind.DATE: _date_operand,
    Kind.DATETIME: _datetime_operand,
    Kind.KEY: _key_operand,
}
