"""Carries out the functions of API 2.1: by the writes of today's functions, and by workflows.

They answer with the record's key beside the status, without data. A document's key is its type and number, as
in `Sales Invoice-SI-1`; a document without a number is given its own key as number, which is a guess.
"""

from typing import Final

from intacct_sandbox.gateway import legacy, older
from intacct_sandbox.gateway.legacy import LegacyObject
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.older import OlderFunction
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.gateway.values import iso_date
from intacct_sandbox.gateway.writing import Writer

RIGHTS: Final = {"create": "add", "update": "edit", "delete": "delete", "reverse": "reverse"}
_EXTERNAL: Final = "externalkey"


def carry_out(function: OlderFunction, arguments: Node, writer: Writer) -> str:
    """Do it, and tell the record's key.

    Raises:
        Refused: No such record, or an element that the function does not take.
        ObjectsError: The record is refused.
    """
    if function.does == "create":
        return _create(function, arguments, writer)
    key = _key(function, arguments, writer)
    answered = _shown_key(function.found, key, writer)
    if function.does == "update":
        _update(function, arguments, key, writer)
    elif function.does == "delete":
        writer.delete(function.found, key)
    else:
        _reverse(function, arguments, key, writer)
    return answered


def _create(function: OlderFunction, arguments: Node, writer: Writer) -> str:
    record, _ = older.record_of(function, arguments, writer.notation, writer.names)
    written = writer.create(function.found, record)
    key = str(written.key)
    if _is_document(function.found) and not record.value("DOCNO"):
        number = Node(function.found.name, children=(Node("DOCNO", key),))
        writer.change(function.found, key, number, replacing=False)
    return _shown_key(function.found, key, writer)


def _update(function: OlderFunction, arguments: Node, key: str, writer: Writer) -> None:
    record, numbers = older.record_of(function, arguments, writer.notation, writer.names)
    lines = function.found.lines
    if lines is not None and any(numbers):
        record = _with_line_keys(record, numbers, key, function.found, writer)
    writer.change(function.found, key, record, replacing=False)


def _with_line_keys(
    record: Node, numbers: tuple[int, ...], key: str, found: LegacyObject, writer: Writer
) -> Node:
    keys = writer.line_keys(found, key)
    *own, around = record.children
    lines = []
    for number, line in zip(numbers, around.children, strict=True):
        if number > len(keys):
            raise Refused(f"There is no line {number}.", BUSINESS)
        named = (Node("RECORDNO", keys[number - 1]),) if number else ()
        lines.append(Node(line.name, children=(*named, *line.children)))
    return Node(record.name, children=(*own, Node(around.name, children=tuple(lines))))


def _reverse(function: OlderFunction, arguments: Node, key: str, writer: Writer) -> None:
    day = older.date_of(arguments.child("datereversed"), writer.notation)
    if not day:
        raise Refused(f"The function {function.name} needs datereversed.", BUSINESS)
    text = arguments.value("description") or arguments.value("memo")
    body = {
        "key": key,
        function.date: iso_date(day, writer.notation),
        **({function.text: text} if text else {}),
    }
    writer.act(function.found, "reverse", body)


def _key(function: OlderFunction, arguments: Node, writer: Writer) -> str:
    given = dict(arguments.attributes)
    name = given.get(function.attribute, "") or arguments.value(function.attribute)
    if given.get(_EXTERNAL, "").lower() == "true":
        raise Refused("The sandbox keeps no external keys.", BUSINESS)
    if not name:
        raise Refused(f"The function {function.name} needs {function.attribute}.", BUSINESS)
    if _is_document(function.found) and not name.isdigit():
        return _key_of_document(function.found, name, writer)
    if function.is_named and not (function.attribute == "key" and name.isdigit()):
        return writer.key_of(function.found, name, function.found.named_by)
    return name


def _key_of_document(found: LegacyObject, name: str, writer: Writer) -> str:
    for at, sign in enumerate(name):
        if sign == "-":
            key = writer.document(found, name[:at], name[at + 1 :])
            if key is not None:
                return key
    raise Refused(f"There is no {found.name} with the key {name}.", BUSINESS)


def _shown_key(found: LegacyObject, key: str, writer: Writer) -> str:
    if not _is_document(found):
        return key
    kind, number = writer.document_name(found, key)
    return f"{kind}-{number}"


def _is_document(found: LegacyObject) -> bool:
    return bool(legacy.ALL[found.name].definition.typed_methods)
