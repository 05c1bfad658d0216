"""What the model service says of an object: fields, groups, references and lists, in Sage's shape.

The shape is that of recorded models (`sage-intacct-rest.md` §6.5): `required` is always false, `lists` is an
empty array where there are none, groups nest as paths do. Which objects are asked for, and how, is `rest`'s
affair.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from intacct_sandbox.objects import registry
from intacct_sandbox.objects.definitions import Definition, Field, ListOf, Member, Reference

Json = dict[str, Any]

# The order of recorded models.
_METHODS: Final = ("OPTIONS", "GET", "POST", "DELETE", "PATCH")
_IMPLIED: Final = ("key", "id", "href")


def http_methods(methods: tuple[str, ...]) -> str:
    """The methods of a resource as the model service writes them, `OPTIONS,GET,POST,DELETE,PATCH`."""
    return ",".join(method for method in _METHODS if method == "OPTIONS" or method in methods)


def summary(definition: Definition) -> Json:
    """What the list of models says of an object."""
    name = f"objects/{definition.name}"
    return {
        "apiObject": name,
        "type": "rootObject" if definition.kind == "root" else "ownedObject",
        "httpMethods": http_methods(definition.methods),
        "href": f"/services/core/model?version=v1&name={name}",
    }


@lru_cache(maxsize=1024)
def describe(definition: Definition) -> Json:
    """The model of an object."""
    root: Json = {"fields": {}}
    for path, field in definition.fields.items():
        group, last = _group(root, path)
        group.setdefault("fields", {})[last] = _field(field, path in definition.required_on_create)
    for path, reference in definition.references.items():
        group, last = _group(root, path)
        group.setdefault("refs", {})[last] = _reference(definition, reference)
    for path, one in definition.lists.items():
        group, last = _group(root, path)
        group.setdefault("lists", {})[last] = _list(one)
    return {
        "fields": root["fields"],
        "groups": root.get("groups", {}),
        "refs": root.get("refs", {}),
        # PHP's empty array, as recorded.
        "lists": root.get("lists") or [],
        "idempotenceSupported": True,
        **summary(definition),
    }


def _group(root: Json, path: str) -> tuple[Json, str]:
    *groups, last = path.split(".")
    node = root
    for name in groups:
        node = node.setdefault("groups", {}).setdefault(name, {})
    return node, last


def _field(field: Field, is_required: bool) -> Json:
    described: Json = {"type": field.type}
    if field.format is not None:
        described["format"] = field.format
    if field.enum is not None:
        described["enum"] = list(field.enum)
    if field.default is not None:
        described["default"] = field.default
    if field.deprecated:
        described["deprecated"] = True
    never_null = is_required or field.default is not None
    return described | {
        "readOnly": field.read_only,
        "writeOnly": field.write_only,
        "required": False,
        "nullable": None in field.enum if field.enum is not None else not never_null,
        "mutable": not (field.read_only or field.immutable),
    }


def _reference(definition: Definition, reference: Reference) -> Json:
    described: Json = {}
    if reference.target is not None:
        described["apiObject"] = reference.target
    fields: Json = {
        name: _link(is_read_only=reference.read_only or name == "href")
        for name in _IMPLIED
        if name != "href" or reference.target is not None
    }
    node: Json = {"fields": fields}
    target = registry.beside(definition, reference.target)
    for path, member in reference.members.items():
        group, last = _group(node, path)
        group.setdefault("fields", {})[last] = _member(member, target)
    if reference.path == definition.owner:
        described["isOwner"] = True
    return described | node


def _link(*, is_read_only: bool) -> Json:
    return {
        "type": "string",
        "readOnly": is_read_only,
        "writeOnly": False,
        "required": False,
        "nullable": True,
        "mutable": not is_read_only,
    }


def _member(member: Member, target: Definition | None) -> Json:
    """A member of a reference is the target's, so it cannot be written here."""
    field = member.field or (target.fields.get(member.of) if target is not None else None)
    if field is None:
        return _link(is_read_only=True)
    return _field(field, is_required=False) | {"readOnly": True, "nullable": True, "mutable": False}


def _list(one: ListOf) -> Json:
    described: Json = {}
    if one.target is not None:
        described["apiObject"] = one.target
    if one.fields:
        node: Json = {"fields": {}}
        for path, field in one.fields.items():
            group, last = _group(node, path)
            group.setdefault("fields", {})[last] = _field(field, is_required=False)
        return described | node
    if not one.owned:
        described["fields"] = {name: {"type": "string"} for name in ("id", "key")}
    return described


def apis(definitions: Mapping[str, Definition]) -> list[Json]:
    """The summaries of objects, in the order of their names."""
    return [summary(definitions[name]) for name in sorted(definitions)]
