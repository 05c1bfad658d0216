"""JSON schemas (2020-12) of the objects' records, from their definitions, for the sandbox's OpenAPI document.

`record` is what a read answers, `writing` what a create or change takes: read-only fields and what is
computed are not in it. A field that Sage marks weakly as read-only is written. Dotted paths become nested
objects, as on the wire. The document that refers to these schemas is put together in `openapi`.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Definition, Field, Kind, ListOf, Reference
from intacct_sandbox.objects.payloads import OPERATION

Json = dict[str, Any]

_DECIMAL: Final = r"^-?\d{1,17}(\.\d{1,17})?$"
_TYPES: Final[dict[Kind, Json]] = {
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.TEXTS: {"type": ["array", "null"], "items": {"type": "string"}},
    Kind.BOOLEAN: {"type": ["boolean", "null"]},
    Kind.INTEGER: {"type": ["integer", "null"]},
    Kind.NUMBER: {"type": ["number", "null"]},
    Kind.MONEY: {"type": ["string", "null"], "pattern": _DECIMAL},
    Kind.DECIMAL: {"type": ["string", "null"], "pattern": _DECIMAL},
    Kind.DATE: {"type": ["string", "null"], "format": "date"},
    Kind.DATETIME: {"type": ["string", "null"], "format": "date-time"},
    Kind.KEY: {"type": ["string", "null"]},
    Kind.JSON: {},
}
REFERENCE: Final[Json] = {
    "type": "object",
    "properties": {"key": {"type": "string"}, "id": {"type": "string"}, "href": {"type": "string"}},
}
_LINK: Final[Json] = {
    "type": ["object", "null"],
    "properties": {"key": {"type": "string"}, "id": {"type": ["string", "null"]}},
}


def record_name(definition: Definition) -> str:
    """The component that describes an object's record as it is read."""
    return definition.name.replace("/", ".")


def writing_name(definition: Definition) -> str:
    """The component that describes an object's record as it is written."""
    return f"{record_name(definition)}.write"


def record(definition: Definition) -> Json:
    """A record as it is read."""
    root = _object()
    for path, field in definition.fields.items():
        if not field.write_only:
            _put(root, path, _value(field))
    for path, reference in definition.references.items():
        _put(root, path, _shown(reference))
    for path, one in definition.lists.items():
        _put(root, path, {"type": "array", "items": _element(one, record_name)})
    return root


def writing(definition: Definition) -> Json:
    """A record as a create or a change takes it; a field that is not there is refused."""
    root = _object(is_closed=True)
    for path, field in definition.fields.items():
        if field.computed is None and not field.read_only:
            _put(root, path, _value(field))
    for path, reference in definition.references.items():
        if not reference.read_only and not path.startswith("audit."):
            _put(root, path, dict(_LINK))
    for path, one in definition.lists.items():
        if not one.read_only:
            _put(root, path, {"type": "array", "items": _element(one, writing_name)})
    if definition.kind == "owned":
        root["properties"][OPERATION] = {"enum": ["add", "update", "delete"]}
        root["properties"].setdefault("key", {"type": "string"})
    return root


def of_owned() -> Iterable[Definition]:
    """The objects that are elements of lists, and need a component even where nothing writes them alone."""
    names = {one.target for definition in registry.ALL.values() for one in definition.lists.values()}
    return [definition for name, definition in registry.ALL.items() if name in names]


def _object(*, is_closed: bool = False) -> Json:
    return {"type": "object", "properties": {}, **({"additionalProperties": False} if is_closed else {})}


def _value(field: Field) -> Json:
    schema = dict(_TYPES[field.kind])
    if field.enum is not None:
        schema["enum"] = [*field.enum, *([] if None in field.enum else [None])]
    if field.default is not None:
        schema["default"] = field.default
    if field.deprecated:
        schema["deprecated"] = True
    return schema


def _shown(reference: Reference) -> Json:
    root: Json = {
        "type": "object",
        "properties": {
            "key": {"type": ["string", "null"]},
            "id": {"type": ["string", "null"]},
            "href": {"type": "string"},
        },
    }
    for path in reference.members:
        _put(root, path, {})
    return root


def _element(one: ListOf, name: Callable[[Definition], str]) -> Json:
    target = registry.find(one.target) if one.target is not None else None
    if target is not None and not one.fields and one.owned:
        return {"$ref": f"#/components/schemas/{name(target)}"}
    root = _object()
    for path, field in one.fields.items():
        _put(root, path, _value(field))
    return root if one.fields else dict(_LINK)


def _put(root: Json, path: str, schema: Json) -> None:
    """A schema at a dotted path; a plain value that is in the way of a group gives way to it."""
    *groups, last = path.split(".")
    node = root
    for name in groups:
        group = node["properties"].get(name)
        if group is None or "properties" not in group:
            group = _object(is_closed="additionalProperties" in root)
            node["properties"][name] = group
        node = group
    if last in node["properties"] and "properties" in node["properties"][last]:
        return
    node["properties"][last] = schema
