"""Allowed operations: what a caller may do to which records, before trying (§6.7).

`canView`, `canEdit` and `canDelete` are Sage's words; they follow from permissions, from the methods of the
object and from the entity the call is made in. What an operation code means is not known; it is 0.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from intacct_sandbox import objects
from intacct_sandbox.objects import Definition
from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    models,
    payload_errors,
    payload_malformed,
    payload_missing,
)
from intacct_sandbox.rest.callers import (
    Caller,
    Sandbox,
    definition_of,
    refuse_reading,
    refuse_writing,
)

ALLOWED: Final = "services/core/allowed-operations/list"
MOST_KEYS: Final = 1000
_METHODS: Final[Mapping[str, str]] = {"canView": "GET", "canEdit": "PATCH", "canDelete": "DELETE"}
_MEMBERS: Final = frozenset({"object", "keys", "operations", "options", "additionalData"})
_OPTIONS: Final = frozenset({"includePrivate", "moduleKey"})

Json = dict[str, Any]


def list_allowed(sandbox: Sandbox, caller: Caller, body: bytes) -> Answer:
    """`POST /services/core/allowed-operations/list`: the operations for each key."""
    if not body.strip():
        return payload_missing(sandbox.ids, "POST")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return payload_malformed(sandbox.ids)
    problem = _problem(asked)
    if problem is not None:
        return payload_errors(sandbox.ids, problem)
    definition = definition_of(sandbox, caller, asked["object"])
    if definition is None:
        detail = Detail(f"The {asked['object']} object does not exist", target="/object")
        return payload_errors(sandbox.ids, detail)
    permitted = _permitted(sandbox, caller, definition)
    wanted = asked.get("operations") or list(_METHODS)
    shown = []
    for key in asked["keys"]:
        allowed = _on(sandbox, caller, definition, key, permitted)
        one: Json = {"key": key, "operations": [word for word in wanted if word in allowed]}
        if "additionalData" in asked:
            one["additionalData"] = {"operationCode": 0}
        shown.append(one)
    return models(shown)


def _permitted(sandbox: Sandbox, caller: Caller, definition: Definition) -> frozenset[str]:
    """What the caller may do to the object's records at all."""
    found = set()
    for word, method in _METHODS.items():
        refuse = refuse_reading if method == "GET" else refuse_writing
        refusal = refuse(sandbox, caller, definition, method=method, resource=ALLOWED)
        if method in definition.methods and refusal is None:
            found.add(word)
    return frozenset(found)


def _on(
    sandbox: Sandbox, caller: Caller, definition: Definition, key: str, permitted: frozenset[str]
) -> frozenset[str]:
    today = sandbox.clock.now().date()
    found = objects.get(sandbox.store, definition, key, caller.scope, today=today)
    if found is None:
        return frozenset()
    is_above = caller.scope.entity_key is not None and _is_of_top_level(sandbox, caller, definition, key)
    if is_above and sandbox.quirks.value("top-level-records-in-entities") == "read-only":
        return permitted & {"canView"}
    return permitted


def _is_of_top_level(sandbox: Sandbox, caller: Caller, definition: Definition, key: str) -> bool:
    row = sandbox.store.one(
        f"SELECT entity_key FROM {definition.table} WHERE company_key = ? AND key = ?",  # noqa: S608 - own names
        (caller.scope.company_key, int(key)),
    )
    return row is not None and row[0] is None


def _problem(asked: object) -> Detail | None:
    if not isinstance(asked, dict):
        return Detail("A request for allowed operations is a JSON object", target="/")
    for name in asked:
        if name not in _MEMBERS:
            return Detail(f"/{name} is not a valid field", target=f"/{name}")
    if not isinstance(asked.get("object"), str):
        return Detail("/object is required", target="/object")
    keys = asked.get("keys")
    if not isinstance(keys, list) or not _are_texts(keys) or not 1 <= len(keys) <= MOST_KEYS:
        return Detail(f"/keys must be an array of 1 to {MOST_KEYS} keys", target="/keys")
    if "operations" in asked and not _are_texts(asked["operations"]):
        return Detail("/operations must be an array of strings", target="/operations")
    options = asked.get("options", {})
    if not isinstance(options, dict) or not options.keys() <= _OPTIONS:
        return Detail(f"/options has {', '.join(sorted(_OPTIONS))}", target="/options")
    return None


def _are_texts(value: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
