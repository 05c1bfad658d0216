"""Views: queries that are kept, a user's own or the system's, and run by their key (§6.7).

A system view is not kept: every object has "all" and, where it knows when its records changed, "recently
modified", under the keys that Sage's examples show. Which fields they have is ours.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from intacct_sandbox import objects
from intacct_sandbox.objects import Definition
from intacct_sandbox.rest import reading
from intacct_sandbox.rest.answers import (
    Answer,
    Detail,
    models,
    payload_errors,
    payload_malformed,
    payload_missing,
    record,
)
from intacct_sandbox.rest.callers import Caller, Sandbox, definition_of, refuse_reading

VIEW: Final = "services/core/view"
USER_VIEW: Final = "core/user-view"
SYSTEM_VIEW: Final = "core/system-view"
_MEMBERS: Final = frozenset({"key", "viewType", "start", "size", "filterParameters"})
_QUERY_MEMBERS: Final = ("object", "fields", "filters", "filterExpression", "orderBy")
_MODIFIED: Final = "audit.modifiedDateTime"
_MOST_FIELDS: Final = 10

Json = dict[str, Any]


def run(sandbox: Sandbox, caller: Caller, body: bytes) -> Answer:
    """`POST /services/core/view`: the rows of the view's query."""
    if not body.strip():
        return payload_missing(sandbox.ids, "POST")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return payload_malformed(sandbox.ids)
    problem = _problem(asked)
    if problem is not None:
        return payload_errors(sandbox.ids, problem)
    if asked["viewType"] == "system":
        query = _of_system(sandbox, caller, asked["key"])
    else:
        query = _of_user(sandbox, caller, asked["key"])
    if query is None:
        return reading.no_such_key(
            sandbox, f"core/{asked['viewType']}-view", asked["key"], method="POST", resource=VIEW
        )
    more = {name: asked[name] for name in ("start", "size", "filterParameters") if name in asked}
    return reading.query(sandbox, caller, orjson.dumps({**query, **more}))


def system_views(sandbox: Sandbox, caller: Caller, name: str) -> Answer:
    """`GET /objects/core/system-view?name=…`: one view by its key, or all of an object."""
    plain, _, view_id = name.partition("::system")
    definition = definition_of(sandbox, caller, plain)
    if definition is None:
        return models([])
    refusal = refuse_reading(sandbox, caller, definition, method="GET", resource=f"objects/{SYSTEM_VIEW}")
    if refusal is not None:
        return refusal
    found = [one for one in _views(definition) if not view_id or one["key"] == name]
    return record(found[0]) if view_id and found else models(found)


def _problem(asked: object) -> Detail | None:
    if not isinstance(asked, dict):
        return Detail("A view is asked for by a JSON object", target="/")
    for name in asked:
        if name not in _MEMBERS:
            return Detail(f"/{name} is not a valid field", target=f"/{name}")
    if not isinstance(asked.get("key"), str):
        return Detail("/key is required", target="/key")
    if asked.get("viewType") not in {"user", "system"}:
        return Detail("/viewType must be one of user, system", target="/viewType")
    return None


def _of_user(sandbox: Sandbox, caller: Caller, key: str) -> Json | None:
    today = sandbox.clock.now().date()
    kept = objects.get(sandbox.store, objects.ALL[USER_VIEW], key, caller.scope, today=today)
    if kept is None:
        return None
    query: Mapping[str, Any] = kept["query"]
    return {name: query[name] for name in _QUERY_MEMBERS if query.get(name) is not None}


def _of_system(sandbox: Sandbox, caller: Caller, key: str) -> Json | None:
    definition = definition_of(sandbox, caller, key.partition("::system")[0])
    if definition is None:
        return None
    return next((one["query"] for one in _views(definition) if one["key"] == key), None)


def _views(definition: Definition) -> Iterator[Json]:
    fields = [
        path
        for path, field in definition.fields.items()
        if "." not in path and path not in {"key", "href"} and not (field.write_only or field.deprecated)
    ][:_MOST_FIELDS]
    yield _view(definition, "systemfw1", "IA.ALL", fields, {"id": "asc"})
    if _MODIFIED in definition.fields:
        yield _view(
            definition,
            "systemfw2",
            "IA.RECENTLY_MODIFIED",
            [*fields, _MODIFIED],
            {_MODIFIED: "desc"},
        )


def _view(
    definition: Definition, view_id: str, name: str, fields: list[str], order: Mapping[str, str]
) -> Json:
    key = f"{definition.name}::{view_id}"
    return {
        "contexts": ["__default"],
        "description": name,
        "id": view_id,
        "key": key,
        "name": name,
        "object": definition.name,
        "query": {"fields": fields, "object": definition.name, "orderBy": [order]},
        "href": f"/objects/{SYSTEM_VIEW}?name={key}",
    }
