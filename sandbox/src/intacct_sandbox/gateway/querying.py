"""The `query` function's XML, read: `select`, `filter`, `orderby`, `options`, `pagesize`, `offset`.

Aggregates are the query service's of `objects`: fields beside them are its groups, and rows are ordered by
those. What an aggregate's element is called is a quirk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from intacct_sandbox.gateway.conditions import Comparison, Group, Tree, compile_tree
from intacct_sandbox.gateway.documents import FORMATS, Format
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject, paths
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.notation import Notation
from intacct_sandbox.gateway.refusals import Refused
from intacct_sandbox.gateway.values import cell, shown
from intacct_sandbox.objects import Order, Query

LARGEST_PAGE: Final = 2000
DEFAULT_PAGE: Final = 100
AGGREGATES: Final = ("count", "avg", "min", "max", "sum")

_OPERATORS: Final = {
    "equalto": "=",
    "notequalto": "<>",
    "lessthan": "<",
    "lessthanorequalto": "<=",
    "greaterthan": ">",
    "greaterthanorequalto": ">=",
    "like": "like",
    "notlike": "not like",
    "in": "in",
    "notin": "not in",
    "between": "between",
    "isnull": "is null",
    "isnotnull": "is not null",
}


@dataclass(frozen=True, slots=True)
class Selected:
    """A field of an answer, or what is made of one.

    Attributes:
        function: One of `AGGREGATES`; None for the field itself.
    """

    field: LegacyField
    function: str | None = None

    @property
    def path(self) -> str:
        """What `objects` selects."""
        return self.field.path if self.function is None else f"{self.function}:{self.field.path}"

    def cell(self, row: Mapping[str, object], notation: Notation) -> str:
        """Its text in a row."""
        if self.function is None:
            return cell(self.field, row, notation)
        value = row.get(self.path)
        # A count has nothing of the field's kind, and an average is no word of its.
        if self.function in {"count", "avg"}:
            return "" if value is None else str(value)
        return shown(self.field, value, notation)

    def name(self, naming: str) -> str:
        """Its element's name; `naming` is a value of the quirk `gateway-aggregate-names`."""
        is_prefixed = self.function == "count" or (self.function is not None and naming == "prefixed")
        return (
            f"{self.function.upper()}.{self.field.name}" if self.function and is_prefixed else self.field.name
        )


def read_query(
    legacy: LegacyObject, arguments: Node, notation: Notation
) -> tuple[tuple[Selected, ...], Query]:
    """What is selected, and the query for it.

    Raises:
        Refused: The request is not what the function takes.
    """
    selected = _selected(legacy, arguments)
    options = arguments.child("options") or Node("options")
    conditions = compile_tree(legacy, _filter(arguments), notation)
    query = Query(
        fields=_paths(selected),
        filters=conditions.filters,
        expression=conditions.expression,
        order_by=_order(legacy, arguments),
        start=number(arguments, "offset", default=0, least=0, most=999_999_999) + 1,
        size=number(arguments, "pagesize", default=DEFAULT_PAGE, least=1, most=LARGEST_PAGE),
        case_sensitive=options.value("caseinsensitive").lower() != "true",
        include_private=options.value("showprivate").lower() == "true",
    )
    return selected, query


def number(arguments: Node, name: str, *, default: int, least: int, most: int) -> int:
    """A whole number given as an element's text.

    Raises:
        Refused: It is none, or out of its bounds.
    """
    text = arguments.value(name)
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
        return int(text)
    raise Refused(f"The value '{text}' of {name} is not a whole number from {least} to {most}.")


def format_of(arguments: Node) -> Format:
    """The format that a query asks its answer in.

    Raises:
        Refused: There is none of that name.
    """
    options = arguments.child("options") or Node("options")
    asked = options.value("returnformat").lower() or "xml"
    for form in FORMATS:
        if asked == form:
            return form
    raise Refused(f"A query is answered as {', '.join(FORMATS)}, and not as '{asked}'.")


def refuse_format(name: str) -> None:
    """Refuse an answer in another format than XML.

    Raises:
        Refused: It is another one.
    """
    if name.lower() not in {"", "xml"}:
        raise Refused(f"The sandbox answers in XML; ask for it in place of '{name}'.")


def _selected(legacy: LegacyObject, arguments: Node) -> tuple[Selected, ...]:
    select = arguments.child("select")
    if select is None or not select.children:
        raise Refused("The select element needs at least one field.")
    is_grouped = any(one.name.lower() != "field" for one in select.children)
    return tuple(_one_selected(legacy, one, is_grouped=is_grouped) for one in select.children)


def _one_selected(legacy: LegacyObject, one: Node, *, is_grouped: bool) -> Selected:
    name = one.name.lower()
    if not is_grouped:
        return Selected(legacy.field(one.text))
    if name not in {"field", *AGGREGATES}:
        raise Refused(f"The select element takes field, {', '.join(AGGREGATES)}, and not '{one.name}'.")
    field = legacy.comparable(one.text)
    if field.only is not None:
        raise Refused(f"The sandbox does not group by {field.name} and computes nothing of it.")
    return Selected(field, None if name == "field" else name)


def _paths(selected: tuple[Selected, ...]) -> tuple[str, ...]:
    if any(one.function for one in selected):
        # Without the key, which would make every record a group.
        return tuple(dict.fromkeys(one.path for one in selected))
    return paths(tuple(one.field for one in selected))


def _filter(arguments: Node) -> Tree | None:
    filter_ = arguments.child("filter")
    if filter_ is None or not filter_.children:
        return None
    if len(filter_.children) > 1:
        raise Refused("The filter element takes one condition; join several with and, or.")
    return _tree(filter_.children[0])


def _tree(node: Node) -> Tree:
    name = node.name.lower()
    if name in {"and", "or"}:
        if not node.children:
            raise Refused(f"The filter {name} joins at least one condition.")
        word: Literal["and", "or"] = "and" if name == "and" else "or"
        return Group(word, tuple(_tree(child) for child in node.children))
    operator = _OPERATORS.get(name)
    if operator is None:
        raise Refused(f"There is no filter '{node.name}'.")
    values = tuple(child.text for child in node.all("value"))
    least, most = {"is null": (0, 0), "is not null": (0, 0), "between": (2, 2)}.get(operator, (1, 1))
    if operator in {"in", "not in"}:
        most = len(values)
    if not node.value("field") or not least <= len(values) <= most:
        raise Refused(f"The filter {name} does not have the field and the values it needs.")
    return Comparison(node.value("field"), operator, values)


def _order(legacy: LegacyObject, arguments: Node) -> tuple[Order, ...]:
    order_by = arguments.child("orderby")
    if order_by is None:
        return ()
    return tuple(
        Order(legacy.comparable(one.value("field")).path, descending=one.child("descending") is not None)
        for one in order_by.all("order")
    )
