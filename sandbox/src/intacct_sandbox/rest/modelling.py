"""The model service: one model, or a list of what there is (`sage-intacct-rest.md` §6.5).

What a model says is `objects.model`'s; here are the parameters. An unknown name is no error: the answer is
an empty list.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from intacct_sandbox.objects import custom, model
from intacct_sandbox.objects.custom import Additions
from intacct_sandbox.objects.workflows import ALL as WORKFLOWS
from intacct_sandbox.rest.answers import Answer, bad_request, models, record
from intacct_sandbox.rest.callers import Caller, Sandbox

MODEL: Final = "services/core/model"
_PARAMETERS: Final = frozenset(
    {"name", "type", "version", "schema", "description", "filter", "descriptionFilter", "tags"}
)
# What the sandbox serves itself, in the words of the model service: name -> methods.
_SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "bulk/job/create": ("POST",),
    "bulk/job/status": ("GET",),
    "company-config/dimensions/list": ("GET",),
    "company-config/document-sequence/generate-next-value": ("POST",),
    "core/allowed-operations/list": ("POST",),
    "core/async/job-status": ("GET",),
    "core/composite": ("POST",),
    "core/export": ("POST",),
    "core/model": ("GET",),
    "core/query": ("POST",),
    "core/session/id": ("GET",),
    "core/view": ("POST",),
}
_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "object": frozenset({"rootObject", "ownedObject"}),
    "rootObject": frozenset({"rootObject"}),
    "ownedObject": frozenset({"ownedObject"}),
    "service": frozenset({"service"}),
    "workflow": frozenset({"workflow"}),
}
_LONGEST_PATTERN: Final = 100

Json = dict[str, Any]


def read_model(sandbox: Sandbox, caller: Caller, parameters: list[tuple[str, str]]) -> Answer:
    """`GET /services/core/model`.

    Args:
        sandbox: The state.
        caller: Whose company's objects are told of.
        parameters: Of the address.
    """
    asked = dict(parameters)
    refusal = _refusal(asked)
    if refusal is not None:
        return bad_request(sandbox.ids, refusal)
    additions = custom.of(sandbox.store, caller.access.company.key)
    name = asked.get("name")
    if name:
        return _one(additions, name, with_schema=asked.get("schema") != "false")
    wanted = _wanted(asked.get("type"))
    keep = _filter(asked.get("filter"))
    found = [one for one in _everything(additions) if one["type"] in wanted and keep(one["apiObject"])]
    # No resource of the sandbox has a description that could be searched.
    if asked.get("descriptionFilter"):
        found = []
    if asked.get("schema") == "true":
        found = [_with_schema(additions, one) for one in found]
    return models(found)


def _refusal(asked: Mapping[str, str]) -> str | None:
    for name in asked:
        if name not in _PARAMETERS:
            return f"Unrecognized parameter {name}"
    if asked.get("version", "v1") not in {"v1", "all"}:
        return "Version is not supported."
    for name in ("schema", "description"):
        if asked.get(name, "true") not in {"true", "false"}:
            return f"{name} is true or false"
    for word in filter(None, asked.get("type", "").split(",")):
        if word.strip() not in _TYPES:
            return f"type is one of {', '.join(_TYPES)}"
    for name in ("filter", "descriptionFilter"):
        if not _is_pattern(asked.get(name, "")):
            return f"{name} is a regular expression"
    return None


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return len(text) <= _LONGEST_PATTERN


def _one(additions: Additions, name: str, *, with_schema: bool) -> Answer:
    kind, _, rest = name.partition("/")
    if kind not in {"objects", "services", "workflows"}:
        # Without its kind a name is looked for among the objects first.
        kind, rest = "objects", name
    definition = additions.find(rest) if kind == "objects" else None
    if definition is not None:
        return record(model.describe(definition) if with_schema else model.summary(definition))
    found = [one for one in _others() if one["apiObject"] in {name, f"services/{name}", f"workflows/{name}"}]
    return record(found[0]) if found else models([])


def _wanted(types: str | None) -> frozenset[str]:
    words = [word.strip() for word in (types or "").split(",") if word.strip()] or [
        "object",
        "service",
        "workflow",
    ]
    return frozenset(one for word in words for one in _TYPES[word])


def _filter(pattern: str | None) -> Callable[[str], bool]:
    if not pattern:
        return lambda _name: True
    compiled = re.compile(pattern)
    return lambda name: compiled.search(name) is not None


def _everything(additions: Additions) -> list[Json]:
    return model.apis(additions.every()) + _others()


def _others() -> list[Json]:
    services = [_resource(f"services/{name}", "service", methods) for name, methods in _SERVICES.items()]
    return services + [_resource(f"workflows/{name}", "workflow", ("POST",)) for name in WORKFLOWS]


def _resource(name: str, kind: str, methods: tuple[str, ...]) -> Json:
    return {
        "apiObject": name,
        "type": kind,
        "httpMethods": model.http_methods(methods),
        "href": f"/services/core/model?version=v1&name={name}",
    }


def _with_schema(additions: Additions, one: Json) -> Json:
    kind, _, name = one["apiObject"].partition("/")
    definition = additions.find(name) if kind == "objects" else None
    return model.describe(definition) if definition is not None else one
