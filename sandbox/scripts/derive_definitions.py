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

# What the fixture `guide` is made of. Owned objects in their lists come along by themselves.
OBJECTS = (
    "accounts-payable/bill",
    "accounts-payable/bill-line",
    "accounts-payable/term",
    "accounts-payable/vendor",
    "accounts-payable/vendor-type",
    "accounts-receivable/customer",
    "accounts-receivable/customer-type",
    "accounts-receivable/invoice",
    "accounts-receivable/invoice-line",
    "accounts-receivable/term",
    "company-config/class",
    "company-config/contact",
    "company-config/department",
    "company-config/employee",
    "company-config/employee-type",
    "company-config/entity",
    "company-config/location",
    "company-config/role",
    "company-config/user",
    "general-ledger/account",
    "general-ledger/journal",
    "general-ledger/journal-entry",
    "general-ledger/journal-entry-line",
    "general-ledger/reporting-period",
    "inventory-control/item",
    "inventory-control/warehouse",
    "projects/project",
)

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
    for name in sorted(_selected(catalogue, corrections)):
        definition = _definition(catalogue[name], corrections.get(name, {}))
        applications.setdefault(name.partition("/")[0], {})[name] = definition
    for application, definitions in applications.items():
        yield PACKAGE / application.replace("-", "_") / "definitions.json", _text(definitions)


def _selected(catalogue: Mapping[str, Json], corrections: Mapping[str, Json]) -> set[str]:
    selected: set[str] = set()
    waiting = list(OBJECTS)
    while waiting:
        name = waiting.pop()
        if name in selected:
            continue
        selected.add(name)
        lists = _definition(catalogue[name], corrections.get(name, {}))["lists"]
        waiting += [
            one["object"] for one in lists.values() if one.get("owned") and one["object"] in catalogue
        ]
    return selected


def _definition(entry: Json, correction: Mapping[str, Json]) -> dict[str, Json]:
    recorded = correction.get("evidence") == "recorded"
    fields = {path: _field(path, one) for path, one in _members(entry, "fields")}
    references = {path: _reference(one) for path, one in _members(entry, "refs")}
    lists = {path: _list(one) for path, one in _members(entry, "lists")}
    if entry.get("audit"):
        fields |= AUDIT_FIELDS
        references |= AUDIT_REFERENCES
    fields = _corrected(fields, correction.get("fields", {}))
    # A weak flag only says that no example showed the field being written; a live model says more.
    if recorded:
        fields = {path: _without_weak(field) for path, field in fields.items()}
    definition = {
        "kind": entry["kind"],
        "methods": entry["methods"],
        "evidence": correction.get("evidence", "examples"),
        "scope": correction.get("scope", "shared"),
        "fields": _with_id(fields),
        "references": _corrected(references, correction.get("references", {})),
        "lists": _corrected(lists, correction.get("lists", {})),
    }
    if entry["kind"] == "owned":
        definition["owner"] = correction.get("owner") or _owner(entry, definition["references"])
    for optional in ("indexes",):
        if optional in correction:
            definition[optional] = correction[optional]
    for optional in ("workflows", "requiredOnCreate"):
        if entry.get(optional):
            definition[optional] = entry[optional]
    return definition


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
    reference: dict[str, Json] = {"object": one["object"]}
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


def _list(one: Json) -> dict[str, Json]:
    described: dict[str, Json] = {"object": one.get("object")}
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


def _owner(entry: Json, references: Mapping[str, Json]) -> str:
    owners = [path for path, one in references.items() if one["object"] in entry["ownedBy"]]
    return owners[0]


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
