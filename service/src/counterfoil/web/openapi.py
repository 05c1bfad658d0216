"""Completes the OpenAPI document with what FastAPI can't see: queries that are read as one strict model, the
scopes that API keys must have, and what is answered to a request that can't be understood.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from counterfoil.web.authentication import SCOPE
from counterfoil.web.queries import QueryModel

# The operation's extension that names the scope which an API key needs.
REQUIRED_SCOPE: Final = "x-required-scope"
_REFERENCES: Final = "#/components/schemas/{model}"
# What the framework would answer, and describes; `handlers` answers otherwise.
_NOT_ANSWERED: Final = "422"
_NOT_USED: Final = ("HTTPValidationError", "ValidationError")
_REFUSAL: Final = "Refusal"
_REFUSAL_SCHEMA: Final[dict[str, Any]] = {
    "title": _REFUSAL,
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "A stable word."},
                "message": {"type": "string", "description": "A sentence."},
                "errors": {
                    "type": "array",
                    "description": "What is wrong, where single values are at fault.",
                    "items": {
                        "type": "object",
                        "required": ["code", "message", "path"],
                        "properties": {
                            "code": {"type": "string"},
                            "message": {"type": "string"},
                            "path": {
                                "type": "array",
                                "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                            },
                        },
                    },
                },
            },
        }
    },
}


def describe_queries(document: dict[str, Any], routes: Iterable[APIRoute]) -> None:
    """Add the parameters of `query(Model)` dependencies to the operations of the document, in place."""
    for route in routes:
        operations = document["paths"].get(route.path_format, {})
        for method in route.methods or ():
            operation = operations.get(method.lower())
            if operation is not None:
                for model in _query_models(route.dependant):
                    _add_parameters(document, operation, model.model)


def describe_scopes(document: dict[str, Any], routes: Iterable[APIRoute]) -> None:
    """Add the scope that an API key needs to the operations of the document, in place (`REQUIRED_SCOPE`)."""
    for route in routes:
        operations = document["paths"].get(route.path_format, {})
        calls = (one.call for one in _dependants(route.dependant))
        scope = next((getattr(call, SCOPE) for call in calls if hasattr(call, SCOPE)), None)
        for method in route.methods or ():
            if scope is not None and method.lower() in operations:
                operations[method.lower()][REQUIRED_SCOPE] = scope


def describe_refusals(document: dict[str, Any]) -> None:
    """Say of every operation that takes something what is answered if it can't be understood: 400; in place.

    Call it after `describe_queries`: a query is something that is taken.
    """
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _NOT_USED:
        schemas.pop(name, None)
    schemas[_REFUSAL] = _REFUSAL_SCHEMA
    content = {"application/json": {"schema": {"$ref": _REFERENCES.format(model=_REFUSAL)}}}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop(_NOT_ANSWERED, None)
            if operation.get("parameters") or "requestBody" in operation:
                refusal = {"description": "The request can't be understood.", "content": content}
                operation["responses"].setdefault("400", refusal)


def _add_parameters(document: dict[str, Any], operation: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template=_REFERENCES)
    document.setdefault("components", {}).setdefault("schemas", {}).update(schema.pop("$defs", {}))
    required = set(schema.get("required", ()))
    parameters = operation.setdefault("parameters", [])
    for name, part in schema.get("properties", {}).items():
        parameters.append(_parameter(name, part, is_required=name in required))


def _parameter(name: str, schema: Mapping[str, Any], *, is_required: bool) -> dict[str, Any]:
    parameter: dict[str, Any] = {"name": name, "in": "query", "required": is_required, "schema": dict(schema)}
    if _is_map(schema):
        parameter |= {"style": "deepObject", "explode": True}
    return parameter


def _is_map(schema: Mapping[str, Any]) -> bool:
    options = [schema, *schema.get("anyOf", ())]
    return any(option.get("type") == "object" for option in options)


def _query_models(dependant: Dependant) -> Iterator[QueryModel[Any]]:
    for one in _dependants(dependant):
        if isinstance(one.call, QueryModel):
            yield one.call


def _dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for child in dependant.dependencies:
        yield from _dependants(child)
