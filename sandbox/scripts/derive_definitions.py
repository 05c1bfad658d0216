"""Derive the sandbox's object definitions from the catalogue of Sage's public REST documentation.

    python sandbox/scripts/derive_definitions.py PATH/TO/intacct-objects.json [--check]

Writes `objects/<application>/definitions.json`, the data files that the sandbox is driven by. The catalogue
is read from examples and is often unsure; `definition_corrections.json` beside this script holds what live
answers and published schemas say instead, and always wins. `--check` writes nothing and fails when a file
would change. The sandbox itself never reads the catalogue.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Json = Any

HERE = Path(__file__).resolve().parent
CORRECTIONS = HERE / "definition_corrections.json"
PACKAGE = HERE.parent / "src" / "intacct_sandbox" / "objects"

# How the catalogue writes objects that each have a document's type in their name.
TYPED = "::{documentName}"

# Every object has these, even where no example shows them.
IDENTITY: dict[str, Json] = {name: {"type": "string", "readOnly": True} for name in ("key", "id", "href")}
IDENTITY["key"]["computed"] = "key"
IDENTITY["href"]["computed"] = "href"

# Computed from the record's key wherever they appear.
COMPUTED = {"key": "key", "href": "href", "webURL": "webURL"}
IMPLIED_MEMBERS = {"key", "id", "href"}

AUDIT_FIELDS: dict[str, Json] = {
    "audit.createdDateTime": {"type": "string", "format": "date-time", "readOnly": True},
    "audit.modifiedDateTime": {"type": "string", "format": "date-time", "readOnly": True},
    "audit.createdBy": {
        "type": "string",
        "readOnly": True,
        "deprecated": True,
        "computed": "keyOf:audit.createdByUser",
    },
    "audit.modifiedBy": {
        "type": "string",
        "readOnly": True,
        "deprecated": True,
        "computed": "keyOf:audit.modifiedByUser",
    },
}
# Attachments and their folders say it with other words (§8.2).
AUDIT_OF_FILES: dict[str, Json] = {
    "audit.createdDate": {"type": "string", "format": "date-time", "readOnly": True, "guess": True},
    "audit.modifiedDate": {"type": "string", "format": "date-time", "readOnly": True, "guess": True},
    "audit.createdBy": {"type": "string", "readOnly": True},
    "audit.modifiedBy": {"type": "string", "readOnly": True},
}
AUDIT_REFERENCES: dict[str, Json] = {
    "audit.createdByUser": {"object": "company-config/user", "readOnly": True},
    "audit.modifiedByUser": {"object": "company-config/user", "readOnly": True},
}


def main() -> int:
    """Write the files, or with `--check` say which ones are out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    entries = json.loads(arguments.catalogue.read_text())
    catalogue = {entry["object"]: entry for entry in entries if entry.get("kind") in {"root", "owned"}}
    corrections = json.loads(CORRECTIONS.read_text())
    # What the catalogue does not have and the sandbox serves all the same.
    catalogue |= {name: one["entry"] for name, one in corrections.items() if "entry" in one}
    stale = [
        path for path, text in _files(catalogue, corrections) if not _put(path, text, check=arguments.check)
    ]
    for path in stale:
        print(f"out of date: {path}", file=sys.stderr)  # noqa: T201 - a command speaks
    return 1 if stale else 0


def _put(path: Path, text: str, *, check: bool) -> bool:
    if check:
        return path.exists() and path.read_text() == text
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return True


def _files(catalogue: Mapping[str, Json], corrections: Mapping[str, Json]) -> Iterator[tuple[Path, str]]:
    applications: dict[str, dict[str, Json]] = {}
    for name in sorted(_served(catalogue)):
        definition = _definition(catalogue, name, corrections.get(name, {}))
        applications.setdefault(name.partition("/")[0], {})[name] = definition
    for application, definitions in applications.items():
        yield PACKAGE / application.replace("-", "_") / "definitions.json", _text(definitions)


def _served(catalogue: Mapping[str, Json]) -> Iterator[str]:
    """The names of all definitions: typed documents are one definition with their untyped form."""
    for name in catalogue:
        if not name.endswith(TYPED):
            yield name


def _definition(catalogue: Mapping[str, Json], name: str, correction: Mapping[str, Json]) -> dict[str, Json]:
    entry = catalogue[name]
    typed = catalogue.get(name + TYPED)
    recorded = correction.get("evidence") == "recorded"
    fields, references, lists = _shown([entry, typed] if typed is not None else [entry])
    fields = _corrected({**IDENTITY, **fields}, correction.get("fields", {}))
    references = _corrected(references, correction.get("references", {}))
    _drop_respelled(fields, references)
    # A weak flag only says that no example showed the field being written; a live model says more.
    if recorded:
        fields = {path: _without_weak(field) for path, field in fields.items()}
    definition = {
        "kind": entry["kind"],
        "methods": entry["methods"],
        "evidence": correction.get("evidence", "examples"),
        "scope": correction.get("scope") or _scope(catalogue, entry),
        "fields": _with_id(fields),
        "references": references,
        "lists": _corrected(lists, correction.get("lists", {})),
    }
    if entry["kind"] == "owned":
        definition["owner"] = correction.get("owner") or _owner(entry, definition["references"])
        if definition["owner"] not in definition["references"]:
            # No example shows the way back; there has to be one, and its name is a guess.
            owner = {"object": entry["ownedBy"][0].removesuffix(TYPED), "guess": True}
            definition["references"] = {definition["owner"]: owner, **definition["references"]}
    if typed is not None:
        definition["typedMethods"] = typed["methods"]
    if "path" in entry or correction.get("singleton"):
        definition["singleton"] = True
    for optional in ("indexes", "required", "longestId"):
        if optional in correction:
            definition[optional] = correction[optional]
    for optional in ("workflows", "requiredOnCreate"):
        if entry.get(optional):
            definition[optional] = entry[optional]
    return definition


def _shown(entries: list[Json]) -> tuple[dict[str, Json], dict[str, Json], dict[str, Json]]:
    """Fields, references and lists of an object's forms; the last, typed one tells what both have."""
    fields: dict[str, Json] = {}
    references: dict[str, Json] = {}
    lists: dict[str, Json] = {}
    for one in entries:
        fields |= {path: _field(path, field) for path, field in _members(one, "fields")}
        references |= {path: _reference(reference) for path, reference in _members(one, "refs")}
        lists |= {path: _list(elements) for path, elements in _members(one, "lists")}
    if entries[0].get("audit"):
        is_file = "auditFields" in entries[0]
        fields |= AUDIT_OF_FILES if is_file else AUDIT_FIELDS
        references |= {} if is_file else AUDIT_REFERENCES
    return fields, references, lists


def _members(node: Json, kind: str, prefix: str = "") -> Iterator[tuple[str, Json]]:
    for name, member in node.get(kind, {}).items():
        yield prefix + name, member
    for name, group in node.get("groups", {}).items():
        yield from _members(group, kind, f"{prefix}{name}.")


def _field(path: str, one: Json) -> dict[str, Json]:
    field = {
        name: one[name] for name in ("type", "format", "items") if one.get(name) not in {None, "unknown"}
    }
    if "enum" in one or "seen" in one:
        field["words"] = one.get("enum") or one["seen"]
    if one.get("readOnly"):
        field["readOnly"] = "weak" if one.get("weak") else True
    if one.get("requestOnly"):
        field["writeOnly"] = "weak"
    if one.get("guess"):
        field["guess"] = True
    name = path.rpartition(".")[2]
    if name in COMPUTED and name in {"webURL", path}:
        field["computed"] = COMPUTED[name]
    return field


def _without_weak(field: Json) -> Json:
    return {name: value for name, value in field.items() if value != "weak"}


def _with_id(fields: dict[str, Json]) -> dict[str, Json]:
    # Sage's transactions have no id of their own; theirs is the key (§8.2).
    if fields.get("id", {}).get("readOnly") is True:
        fields["id"] = {**fields["id"], "computed": "key"}
    return fields


def _reference(one: Json) -> dict[str, Json]:
    reference: dict[str, Json] = {"object": _untyped(one["object"])}
    if one.get("inferred"):
        reference["guess"] = True
    types = one.get("types", {})
    members = {
        path: _field(path, types[path]) if path in types else {}
        for path in one["fields"]
        if path not in IMPLIED_MEMBERS and "[]" not in path and path.rpartition(".")[2] != "href"
    }
    if members:
        reference["members"] = members
    return reference


def _untyped(name: str | None) -> str | None:
    return name.removesuffix(TYPED) if name is not None else None


def _list(one: Json) -> dict[str, Json]:
    described: dict[str, Json] = {"object": _untyped(one.get("object"))}
    if one.get("owned"):
        described["owned"] = True
    if one.get("readOnly"):
        described["readOnly"] = "weak" if one.get("weak") else True
    fields = one.get("fields")
    if isinstance(fields, dict):
        described["fields"] = {path: _field(path, field) for path, field in fields.items()}
    return described


def _corrected(derived: dict[str, Json], corrections: Mapping[str, Json]) -> dict[str, Json]:
    merged = {**derived, **corrections}
    return {path: value for path, value in merged.items() if value is not None}


def _scope(catalogue: Mapping[str, Json], entry: Json) -> str:
    """Transactions belong to an entity, everything else is shared.

    They are known by having no id of their own, a state and lines; an owned object goes with its owner.
    """
    if entry["kind"] == "owned":
        return _scope(catalogue, catalogue[entry["ownedBy"][0]])
    has_own_id = entry["fields"].get("id", {}).get("readOnly") is not True
    has_lines = any(one.get("owned") for one in entry.get("lists", {}).values())
    return "entity" if has_lines and not has_own_id and "state" in entry["fields"] else "shared"


def _owner(entry: Json, references: Mapping[str, Json]) -> str:
    """The reference that leads to the owner: the one named after it, where several lead to its object."""
    owners = [name.removesuffix(TYPED) for name in entry["ownedBy"]]
    named = [_camel(owner.partition("/")[2]) for owner in owners]
    found = [path for path, one in references.items() if one["object"] in owners]
    return next((path for path in found if path in named), found[0] if found else named[0])


def _camel(name: str) -> str:
    first, *more = name.split("-")
    return first + "".join(word.capitalize() for word in more)


def _drop_respelled(fields: dict[str, Json], references: dict[str, Json]) -> None:
    """Keep one spelling of paths that differ in letter case only, which are slips (§10, no. 18)."""
    spellings: dict[str, str] = {}
    for members in (fields, references):
        for path in list(members):
            if spellings.setdefault(path.lower(), path) != path:
                del members[path]


def _text(definitions: Mapping[str, Json]) -> str:
    """JSON with one member of an object a line, so that a change reads as a change."""
    blocks = []
    for name, definition in definitions.items():
        lines = [f"    {json.dumps(member)}: {_value(value)}" for member, value in definition.items()]
        blocks.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _value(value: Json) -> str:
    if not isinstance(value, dict) or not value:
        return json.dumps(value)
    lines = [f"      {json.dumps(path)}: {json.dumps(one)}" for path, one in value.items()]
    return "{\n" + ",\n".join(lines) + "\n    }"


if __name__ == "__main__":
    sys.exit(main())
