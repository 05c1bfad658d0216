"""The API's reference page, from the OpenAPI document that the service publishes and its error classes."""

import inspect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast
from unittest.mock import MagicMock

from prometheus_client import CollectorRegistry

from counterfoil.app.api import create_api
from counterfoil.app.parts import Parts
from counterfoil.errors import CounterfoilError
from counterfoil.web import REQUIRED_SCOPE

Operation = tuple[str, str, Mapping[str, Any]]

_NOT_OFFERED: Final = "not offered"
_CREDENTIALS: Final = {"API key": "an API key", "Connect session": "a connect session's token"}
# In the order of the page; others follow.
_TITLES: Final = {
    "connect": "Connect sessions and the Connect page's calls",
    "connections": "Connections",
    "integrations": "Integrations and providers",
    "webhooks": "Webhooks out",
    "environments": "Environments and API keys",
    "operation": "Operation",
    _NOT_OFFERED: "Answered, but not offered",
}
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_BOUNDS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "from {}",
    "maximum": "up to {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "pattern `{}`",
}


def document() -> dict[str, Any]:
    """The OpenAPI document. No part of the service is asked anything for it, so none has to be there."""
    parts = cast("Parts", MagicMock())
    found: dict[str, Any] = create_api(parts, "https://connect.example.com", CollectorRegistry()).openapi()
    return found


def lines(described: Mapping[str, Any]) -> Iterator[str]:
    """The page.

    Args:
        described: An OpenAPI 3.1 document.
    """
    yield "# API"
    yield ""
    yield f"{described['info']['description']}"
    yield ""
    yield "The same as a machine reads it: `GET /openapi.json`. Bodies and answers are JSON; a field that is"
    yield "not listed is refused. Where a scope stands, the API key must have it"
    yield "([operating](../how-to/operate.md))."
    for tag, operations in _by_tag(described):
        yield ""
        yield f"## {_TITLES.get(tag, tag.capitalize())}"
        if tag == _NOT_OFFERED:
            yield from _stubs(operations)
            continue
        for method, path, operation in operations:
            yield from _operation(described, method, path, operation)
    yield from _errors()


def _stubs(operations: Iterable[Operation]) -> Iterator[str]:
    yield ""
    yield "What these would work on does not exist here; they answer so that clients which ask anyway go on."
    yield ""
    yield "| request | says |"
    yield "| --- | --- |"
    for method, path, operation in operations:
        yield f"| `{method.upper()} {path}` | {operation['summary']} |"


def _by_tag(described: Mapping[str, Any]) -> Iterator[tuple[str, list[Operation]]]:
    found: dict[str, list[Operation]] = defaultdict(list)
    for path, operations in described["paths"].items():
        for method in _METHODS:
            if method in operations:
                found[operations[method].get("tags", ["other"])[0]].append((method, path, operations[method]))
    known = [tag for tag in _TITLES if tag in found]
    for tag in (*known, *sorted(set(found) - set(known))):
        yield tag, found[tag]


def _operation(
    described: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]
) -> Iterator[str]:
    yield ""
    yield f"### `{method.upper()} {path}`"
    yield ""
    yield f"{operation['summary']}."
    said = " ".join(operation.get("description", "").split())
    if said:
        yield ""
        yield said
    yield ""
    yield f"{_caller(operation)} Answers {_answers(operation)}."
    parameters = operation.get("parameters", [])
    if parameters:
        yield ""
        yield "| parameter | in | what it is |"
        yield "| --- | --- | --- |"
        for one in parameters:
            needed = ", required" if one.get("required") and one["in"] != "path" else ""
            yield f"| `{one['name']}` | {one['in']} | {_kind(one['schema'])}{needed} |"
    yield from _body(described, operation)


def _caller(operation: Mapping[str, Any]) -> str:
    names = sorted({name for one in operation.get("security", []) for name in one})
    if not names:
        return "Needs no credential."
    scope = operation.get(REQUIRED_SCOPE)
    told = " or ".join(_CREDENTIALS[one] for one in names)
    return f"Needs {told}{f'; scope `{scope}`' if scope else ''}."


def _answers(operation: Mapping[str, Any]) -> str:
    return ", ".join(operation["responses"])


def _body(described: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    if "requestBody" not in operation:
        return
    [content] = operation["requestBody"]["content"].values()
    schema = _resolved(described, content["schema"])
    yield ""
    if not schema.get("properties"):
        yield f"Body: {_kind(schema)}."
        return
    yield "| field of the body | what it is |"
    yield "| --- | --- |"
    yield from _fields(described, schema, "", ())


def _fields(
    described: Mapping[str, Any], schema: Mapping[str, Any], prefix: str, within: tuple[str, ...]
) -> Iterator[str]:
    required = set(schema.get("required", ()))
    for name, part in schema.get("properties", {}).items():
        needed = ", required" if name in required else ""
        yield f"| `{prefix}{name}` | {_kind(part)}{needed} |"
        reference, suffix = _reference(part)
        if reference is not None and reference not in within:
            inner = _resolved(described, {"$ref": reference})
            yield from _fields(described, inner, f"{prefix}{name}{suffix}.", (*within, reference))


def _reference(schema: Mapping[str, Any]) -> tuple[str | None, str]:
    """The schema that a part is made of, and how its place is written."""
    for one in (schema, *schema.get("anyOf", ())):
        if "$ref" in one:
            return one["$ref"], ""
        for key, suffix in (("items", "[]"), ("additionalProperties", ".<name>")):
            inner = one.get(key)
            if isinstance(inner, Mapping) and "$ref" in inner:
                return inner["$ref"], suffix
    return None, ""


def _resolved(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value may be, in a few words."""
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    told = " or ".join(dict.fromkeys(_one_kind(one) for one in options))
    if len(options) < len(schema.get("anyOf", [])):
        told += " or null"
    default = schema.get("default")
    return told if default in (None, {}, []) else f"{told}; default `{default}`"


def _one_kind(schema: Mapping[str, Any]) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "$ref" in schema:
        return "object"
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    bounds = [text.format(schema[name]) for name, text in _BOUNDS.items() if name in schema]
    form = schema.get("format")
    return ", ".join((f"{kind} ({form})" if form else kind, *bounds)).replace("|", "\\|")


def _errors() -> Iterator[str]:
    yield ""
    yield "## Errors"
    yield ""
    yield 'Whatever goes wrong is answered in one shape: `{"error": {"code", "message", …}}`. Programs branch'
    yield "on status and code; the message is for people. `errors` names fields by their path; where a cause"
    yield "is known, the answer carries it with what to do and who can do it."
    yield ""
    yield "| status | code | when |"
    yield "| --- | --- | --- |"
    rows: dict[tuple[int, str], str] = {}
    for kind in sorted(_kinds(CounterfoilError), key=lambda one: (one.__module__, one.__qualname__)):
        rows.setdefault((kind.status, kind.code), _sentence(kind))
    for (status, code), sentence in sorted(rows.items()):
        yield f"| {status} | `{code}` | {sentence} |"


def _kinds(base: type[CounterfoilError]) -> Iterable[type[CounterfoilError]]:
    """The error classes that a request can be answered with, by the codes that they name."""
    for one in base.__subclasses__():
        yield from _kinds(one)
        if one.__module__.startswith("counterfoil.") and "code" in vars(one) and one.status != 500:
            yield one


def _sentence(one: type[CounterfoilError]) -> str:
    text = " ".join((inspect.getdoc(one) or "").partition("\n\n")[0].split())
    return re.sub(r"\|", "\\\\|", text)
