"""Attachments and their folders, which the XML API has by its older functions only: `create_supdoc` and its
like, and `get_list` of `supdoc` and `supdocfolder`.

A file's name and its type are two elements here and one name in the REST API. Which elements a list answers
with is seen for `supdoc` and guessed for folders. Files are told apart by name; that an update replaces a
file of one name and keeps the others is a guess.
"""

from collections.abc import Mapping
from typing import Any, Final

from intacct_sandbox import objects
from intacct_sandbox.gateway.conditions import Comparison, Filters, Group
from intacct_sandbox.gateway.listing import Asked
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.gateway.writing import Writer
from intacct_sandbox.objects import Definition, Filter

ATTACHMENT: Final = "company-config/attachment"
FOLDER: Final = "company-config/folder"
# Which object, and what is done with it, for every function here.
FUNCTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "create_supdoc": (ATTACHMENT, "create"),
    "update_supdoc": (ATTACHMENT, "update"),
    "delete_supdoc": (ATTACHMENT, "delete"),
    "create_supdocfolder": (FOLDER, "create"),
    "update_supdocfolder": (FOLDER, "update"),
    "delete_supdocfolder": (FOLDER, "delete"),
}
LISTS: Final[Mapping[str, str]] = {"supdoc": ATTACHMENT, "supdocfolder": FOLDER}

_TAKES: Final[Mapping[str, Mapping[str, str]]] = {
    ATTACHMENT: {"supdocname": "name", "supdocdescription": "description"},
    FOLDER: {"supdocfolderdescription": "description"},
}
_NAMED_BY: Final = {ATTACHMENT: "supdocid", FOLDER: "supdocfoldername"}
# The names of a list's elements, and what they show.
_SHOWS: Final[Mapping[str, Mapping[str, str]]] = {
    ATTACHMENT: {
        "recordno": "key",
        "supdocid": "id",
        "supdocname": "name",
        "folder": "folder.id",
        "description": "description",
        "creationdate": "audit.createdDate",
        "createdby": "audit.createdBy",
    },
    FOLDER: {"recordno": "key", "name": "id", "description": "description", "parentfolder": "parent.id"},
}


def carry_out(name: str, arguments: Node, writer: Writer) -> str:
    """Do one of `FUNCTIONS`, and tell the key.

    Raises:
        Refused: No such record, or an element that the function does not take.
        ObjectsError: The record is refused.
    """
    of, does = FUNCTIONS[name]
    definition = objects.ALL[of]
    if does == "delete":
        key = dict(arguments.attributes).get("key", "")
        return writer.delete_json(definition, _key(writer, definition, key))
    own = arguments.value(_NAMED_BY[of])
    if not own:
        raise Refused(f"The function {name} needs {_NAMED_BY[of]}.", BUSINESS)
    body = _body(of, arguments)
    if does == "create":
        return writer.create_json(definition, {"id": own, **body})
    key = _key(writer, definition, own)
    if "files" in body:
        body["files"] = _merged(writer.json_of(definition, key).get("files") or [], body["files"])
    return writer.update_json(definition, key, body)


def fields_of(name: str) -> Mapping[str, str]:
    """The names of a list's elements, and the paths behind them."""
    return _SHOWS[LISTS[name]]


def conditions(asked: Asked) -> Filters:
    """The filters of a list: equality of its own names, joined by one word.

    Raises:
        Refused: Another condition.
    """
    if asked.tree is None:
        return Filters()
    parts = asked.tree.parts if isinstance(asked.tree, Group) else (asked.tree,)
    filters = []
    for one in parts:
        path = fields_of(asked.name).get(one.field.lower()) if isinstance(one, Comparison) else None
        if not isinstance(one, Comparison) or path is None or one.operator != "=":
            raise Refused(f"The sandbox lists {asked.name} by = and the names of its elements only.")
        filters.append(Filter("$eq", path, one.values[0]))
    return Filters(tuple(filters), asked.tree.word if isinstance(asked.tree, Group) else "and")


def listed(name: str, row: Mapping[str, Any], writer: Writer) -> Node:
    """A record as `get_list` shows it; attachments with their files."""
    of = LISTS[name]
    children = [Node(one, _text(row.get(path), writer)) for one, path in _SHOWS[of].items()]
    if of == ATTACHMENT:
        files = writer.json_of(objects.ALL[of], str(row["key"])).get("files") or []
        children.append(Node("attachments", children=tuple(_file(one) for one in files)))
    return Node(name, children=tuple(children))


def _body(of: str, arguments: Node) -> dict[str, Any]:
    takes = _TAKES[of]
    body: dict[str, Any] = {}
    for child in arguments.children:
        if child.name in takes:
            body[takes[child.name]] = child.text
        elif child.name == "attachments" and of == ATTACHMENT:
            body["files"] = [_taken(one) for one in child.all("attachment")]
        elif child.name == "supdocfoldername" and of == ATTACHMENT:
            body["folder"] = {"id": child.text}
        elif child.name == "supdocparentfoldername" and of == FOLDER:
            body["parent"] = {"id": child.text or None}
        elif child.name != _NAMED_BY[of]:
            raise Refused(f"The function {arguments.name} takes no element {child.name}.", BUSINESS)
    return body


def _taken(one: Node) -> dict[str, str]:
    name, kind = one.value("attachmentname"), one.value("attachmenttype")
    if not name:
        raise Refused("An attachment needs attachmentname.", BUSINESS)
    return {"name": f"{name}.{kind}" if kind else name, "data": "".join(one.value("attachmentdata").split())}


def _merged(kept: list[dict[str, Any]], given: list[dict[str, str]]) -> list[dict[str, str]]:
    """What the REST API is sent: files with a key are changed by it, files without are sent whole."""
    names = {one["name"] for one in given}
    keys = {str(one["name"]): str(one["key"]) for one in kept if one.get("key") is not None}
    if len(keys) == len(kept):
        return [{**one, "key": keys[one["name"]]} if one["name"] in keys else one for one in given]
    return [
        *({"name": one["name"], "data": one["data"]} for one in kept if one["name"] not in names),
        *given,
    ]


def _file(one: Mapping[str, Any]) -> Node:
    name, dot, kind = str(one.get("name") or "").rpartition(".")
    return Node(
        "attachment",
        children=(
            Node("attachmentname", name if dot else kind),
            Node("attachmenttype", kind if dot else ""),
            Node("attachmentdata", str(one.get("data") or "")),
        ),
    )


def _key(writer: Writer, definition: Definition, own: str) -> str:
    key = writer.find(definition, Filter("$eq", "id", own))
    if key is None:
        raise Refused(f"There is no {definition.name.partition('/')[2]} '{own}'.", BUSINESS)
    return key


def _text(value: object, writer: Writer) -> str:
    text = "" if value is None else str(value)
    # A moment of the audit block, as a date.
    return writer.notation.day(text) if text.endswith("Z") and text[10:11] == "T" else text
