"""`get_list` of API 2.1, read: object, `start` and `maxitems`, `filter`, `sorts`.

Its answer's shape is seen in recorded answers for classes, GL accounts, vendors and attachments; `fields` is
taken and every element is answered all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from intacct_sandbox.gateway.conditions import OPERATORS, Comparison, Group, Tree
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.refusals import Refused

LARGEST_LIST: Final = 1000
DEFAULT_LIST: Final = 100
_SIGNS: Final = {"=": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for.

    Attributes:
        start: Of the first record, from 0.
        tree: The conditions, by the list's own names.
        sorts: Names and whether they go down.
    """

    name: str
    start: int
    size: int
    tree: Tree | None
    sorts: tuple[tuple[str, bool], ...]


def read_list(arguments: Node) -> Asked:
    """The request of a list.

    Raises:
        Refused: It is not what the function takes.
    """
    given = dict(arguments.attributes)
    found = arguments.child("filter")
    sorts = arguments.child("sorts") or Node("sorts")
    return Asked(
        name=given.get("object", "").lower(),
        start=_number(given.get("start", ""), 0),
        size=min(_number(given.get("maxitems", ""), DEFAULT_LIST), LARGEST_LIST) or DEFAULT_LIST,
        tree=_tree(found.children[0]) if found is not None and found.children else None,
        sorts=tuple(
            (one.text, dict(one.attributes).get("order", "asc").lower() == "desc")
            for one in sorts.all("sortfield")
        ),
    )


def renamed(tree: Tree, name_of: Callable[[str], str]) -> Tree:
    """The same conditions by other names."""
    if isinstance(tree, Group):
        return Group(tree.word, tuple(renamed(part, name_of) for part in tree.parts))
    return Comparison(name_of(tree.field), tree.operator, tree.values)


def _tree(node: Node) -> Tree:
    if node.name == "logical":
        word = dict(node.attributes).get("logical_operator", "and").lower()
        parts = tuple(_tree(child) for child in node.children)
        if word not in {"and", "or"} or not parts:
            raise Refused(f"The logical operator '{word}' cannot be read.")
        return Group("or" if word == "or" else "and", parts)
    if node.name != "expression":
        raise Refused(f"A filter holds expression or logical, not {node.name}.")
    field, sign, value = (node.value(name) for name in ("field", "operator", "value"))
    operator = _SIGNS.get(sign, sign.lower())
    if operator not in OPERATORS or not field:
        raise Refused(f"The operator '{sign}' cannot be read.")
    if operator.startswith("is "):
        return Comparison(field, operator)
    values = tuple(one.strip() for one in value.split(",")) if operator in {"in", "not in"} else (value,)
    return Comparison(field, operator, values)


def _number(text: str, default: int) -> int:
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise Refused(f"The value '{text}' is not a whole number.")
