"""The sandbox's own OpenAPI document: all of Sage's paths that it serves, and the control plane.

It is generated: objects from their definitions, workflows from their table, services from the coverage list,
the control plane from the table here, which a test holds against the routes. It describes what this emulator
takes and answers; Sage publishes documents of its own about its API.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from intacct_sandbox.control import openapi_schemas as schemas
from intacct_sandbox.control.coverage import SERVICES
from intacct_sandbox.faults import ALL as QUIRKS
from intacct_sandbox.faults.planned import FaultKind
from intacct_sandbox.fixtures import NAMES as FIXTURES
from intacct_sandbox.identity.formats import CLOCKS, LOCALES
from intacct_sandbox.limits.tiers import NAMES as TIERS
from intacct_sandbox.objects import LARGEST_SIZE, OPERATORS, registry
from intacct_sandbox.objects.custom import TYPES as FIELD_TYPES
from intacct_sandbox.objects.definitions import Definition
from intacct_sandbox.objects.singletons import SETUP
from intacct_sandbox.objects.workflows import ALL as WORKFLOWS
from intacct_sandbox.objects.workflows import Action
from intacct_sandbox.triggers import EVENTS

Json = dict[str, Any]

_API: Final = "/ia/api/v1"
_TEXT: Final[Json] = {"type": "string"}
_WHOLE: Final[Json] = {"type": "integer"}
_BEARER: Final[list[Json]] = [{"bearer": []}]


@lru_cache(maxsize=1)
def document() -> Json:
    """The whole document; it does not change while the sandbox runs."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Intacct Sandbox",
            "version": "v1",
            "description": "An emulator of the Sage Intacct API for building and testing. It is not Sage's"
            " service, and this document is not Sage's.",
        },
        "paths": {**_services(), **_objects(), **_workflows(), **_control()},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "parameters": _PARAMETERS,
            "responses": _RESPONSES,
            "schemas": _components(),
        },
    }


# Sage's paths


def _objects() -> Json:
    found: Json = {}
    for definition in registry.ALL.values():
        path = f"{_API}/objects/{definition.name}"
        collection = dict(_collection(definition))
        if collection:
            found[path] = collection
        single = dict(_single(definition))
        if single:
            found[f"{path}/{{key}}"] = {"parameters": [_parameter("key")], **single}
        if definition.singleton:
            created = {"post": collection["post"]} if "post" in collection else {}
            found[f"{path}/{SETUP}"] = {**single, **created}
    return found


def _collection(definition: Definition) -> Iterator[tuple[str, Json]]:
    name, tags = definition.name, [definition.application]
    if "GET" in definition.methods:
        paging = [_parameter("start"), _parameter("size"), _parameter("entity")]
        answer = _envelope({"type": "array", "items": schemas.REFERENCE})
        yield "get", _operation(f"List {name}", tags, {"200": answer}, parameters=paging)
    if "POST" in definition.methods:
        yield (
            "post",
            _operation(
                f"Create a {name}",
                tags,
                {"201": _envelope(schemas.REFERENCE)},
                parameters=[_parameter("entity"), _parameter("idempotency")],
                body=_ref(schemas.writing_name(definition)),
            ),
        )


def _single(definition: Definition) -> Iterator[tuple[str, Json]]:
    name, tags = definition.name, [definition.application]
    if "GET" in definition.methods:
        answer = _envelope(_ref(schemas.record_name(definition)))
        yield "get", _operation(f"Get a {name}", tags, {"200": answer}, parameters=[_parameter("entity")])
    if "PATCH" in definition.methods:
        yield (
            "patch",
            _operation(
                f"Change a {name}",
                tags,
                {"200": _envelope(schemas.REFERENCE)},
                parameters=[_parameter("entity"), _parameter("idempotency")],
                body=_ref(schemas.writing_name(definition)),
            ),
        )
    if "DELETE" in definition.methods:
        deleted = {"204": {"description": "It is deleted."}}
        yield "delete", _operation(f"Delete a {name}", tags, deleted, parameters=[_parameter("entity")])


def _workflows() -> Json:
    return {
        f"{_API}/workflows/{path}": {"post": _workflow(path, action)} for path, action in WORKFLOWS.items()
    }


def _workflow(path: str, action: Action) -> Json:
    takes = {name: {**_TEXT, "format": "date"} if of == "date" else {} for name, of in action.takes.items()}
    return _operation(
        f"{path.rpartition('/')[2]} a {path.rpartition('/')[0]}",
        ["workflows"],
        {"200": _envelope({**schemas.REFERENCE})},
        parameters=[_parameter("idempotency")],
        body=_object({"key": _TEXT, **takes}, "key"),
    )


def _services() -> Json:
    """The paths of the coverage list that are no objects or workflows; what has no table entry takes any
    JSON.
    """
    found: Json = {}
    for service in SERVICES:
        if "{" in service.path:
            continue
        known = _SERVICES.get(service.path)
        operations = known if known is not None else _unknown_service(service.path)
        found[service.path] = {
            method: {"summary": service.what, **operation} for method, operation in operations.items()
        }
    return found


def _unknown_service(path: str) -> Json:
    answers = {"200": {"description": "As Sage answers."}}
    return {
        "get": _operation(path, ["services"], answers),
        "post": _operation(path, ["services"], answers, body={}),
    }


def _operation(
    summary: str,
    tags: list[str],
    answers: Json,
    *,
    parameters: list[Json] | None = None,
    body: Json | None = None,
) -> Json:
    operation: Json = {
        "summary": summary,
        "tags": tags,
        "security": _BEARER,
        "responses": {**answers, "default": {"$ref": "#/components/responses/refused"}},
    }
    if parameters:
        operation["parameters"] = parameters
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _envelope(result: Json) -> Json:
    schema = {"type": "object", "properties": {"ia::result": result, "ia::meta": {"type": "object"}}}
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _components() -> Json:
    found: Json = {}
    for definition in registry.ALL.values():
        found[schemas.record_name(definition)] = schemas.record(definition)
    writable = [one for one in registry.ALL.values() if {"POST", "PATCH"} & set(one.methods)]
    for definition in (*writable, *schemas.of_owned()):
        found[schemas.writing_name(definition)] = schemas.writing(definition)
    return found


def _object(properties: Json, *required: str) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


_PARAMETERS: Final[Json] = {
    "key": {"name": "key", "in": "path", "required": True, "schema": _TEXT, "description": "The system key."},
    "start": {"name": "start", "in": "query", "schema": {**_WHOLE, "minimum": 1}},
    "size": {"name": "size", "in": "query", "schema": {**_WHOLE, "minimum": 1, "maximum": LARGEST_SIZE}},
    "entity": {
        "name": "X-IA-API-Param-Entity",
        "in": "header",
        "schema": _TEXT,
        "description": "The entity of this call.",
    },
    "idempotency": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {**_TEXT, "maxLength": 256},
        "description": "The same answer for the same request, without a second effect.",
    },
}
_RESPONSES: Final[Json] = {
    "refused": {
        "description": "An error, in one of the shapes of the three layers that answer.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    "error": {
        "description": "What the control plane can't do, in a sentence.",
        "content": {
            "application/json": {
                "schema": _object(
                    {"error": _object({"code": _TEXT, "message": _TEXT, "field": _TEXT}, "code", "message")},
                    "error",
                )
            }
        },
    },
}


def _form(properties: Json, *required: str) -> Json:
    schema = _object(properties, *required)
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def _open(answers: Json, **more: Any) -> Json:
    """An operation that needs no token."""
    refused = {"default": {"$ref": "#/components/responses/refused"}}
    return {"tags": ["oauth2"], "security": [], "responses": {**answers, **refused}, **more}


def _query_parameter(name: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": schema}


_FILTER: Final[Json] = {
    "type": "object",
    "properties": {name: {"type": "object"} for name in OPERATORS},
    "maxProperties": 1,
    "minProperties": 1,
}
_QUERY: Final[Json] = _object(
    {
        "object": {"enum": sorted(registry.ALL)},
        "fields": {"type": "array", "items": _TEXT},
        "filters": {"type": "array", "items": _FILTER},
        "filterExpression": _TEXT,
        "filterParameters": {
            "type": "object",
            "properties": {
                "asOfDate": {**_TEXT, "format": "date"},
                "includeHierarchyFields": {"type": "boolean"},
                "caseSensitiveComparison": {"type": "boolean"},
                "includePrivate": {"type": "boolean"},
            },
        },
        "orderBy": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": {"enum": ["asc", "desc"]},
                "minProperties": 1,
                "maxProperties": 1,
            },
        },
        "start": {**_WHOLE, "minimum": 1},
        "size": {**_WHOLE, "minimum": 1, "maximum": LARGEST_SIZE},
    },
    "object",
    "fields",
)
_PLAIN_OK: Final[Json] = {"200": {"description": "Done."}}
_TOKENS: Final = {
    "grant_type": {"enum": ["client_credentials", "authorization_code", "refresh_token"]},
    "client_id": _TEXT,
    "client_secret": _TEXT,
    "username": _TEXT,
    "session_id": _TEXT,
    "code": _TEXT,
    "redirect_uri": _TEXT,
    "code_verifier": _TEXT,
    "refresh_token": _TEXT,
}
_SERVICES: Final[Mapping[str, Json]] = {
    f"{_API}/oauth2/authorize": {
        "get": _open(
            {"200": {"description": "A page for a person."}, "303": {"description": "On to another page."}},
            parameters=[
                _query_parameter(name, _TEXT)
                for name in ("response_type", "client_id", "redirect_uri", "state", "scope", "code_challenge")
            ],
        )
    },
    f"{_API}/oauth2/token": {
        "post": _open(
            {"200": {"description": "The tokens."}}, requestBody=_form(_TOKENS, "grant_type", "client_id")
        )
    },
    f"{_API}/oauth2/revoke": {
        "post": _open(
            {"200": {"description": "Revoked."}},
            requestBody=_form({"client_id": _TEXT, "client_secret": _TEXT, "token": _TEXT}, "token"),
        )
    },
    f"{_API}/services/core/query": {
        "post": _operation(
            "Query",
            ["services"],
            {"200": _envelope({"type": "array", "items": {"type": "object"}})},
            parameters=[_parameter("entity")],
            body=_QUERY,
        )
    },
    f"{_API}/services/core/model": {
        "get": _operation(
            "Model",
            ["services"],
            {"200": _envelope({"type": ["array", "object"]})},
            parameters=[
                _query_parameter("name", _TEXT),
                _query_parameter("type", _TEXT),
                _query_parameter("version", {"enum": ["v1", "all"]}),
                _query_parameter("schema", {"enum": ["true", "false"]}),
                _query_parameter("filter", _TEXT),
                _query_parameter("descriptionFilter", _TEXT),
            ],
        )
    },
    f"{_API}/services/core/session/id": {
        "get": _operation("Session ID", ["services"], {"200": _envelope({"type": "object"})})
    },
    "/ia/xml/xmlgw.phtml": {
        "post": {
            "tags": ["xml"],
            "security": [],
            "requestBody": {"required": True, "content": {"text/xml": {"schema": {"type": "string"}}}},
            "responses": {"200": {"description": "XML, also where it says failure."}},
        }
    },
}


# The control plane


def _control() -> Json:
    found: Json = {}
    for path, operations in CONTROL.items():
        found[f"/_sandbox{path}"] = {
            method: {
                "tags": ["control plane"],
                "security": [],
                "responses": {**_PLAIN_OK, "default": {"$ref": "#/components/responses/error"}},
                **operation,
            }
            for method, operation in operations.items()
        }
    return found


def _takes(summary: str, properties: Json, *required: str) -> Json:
    schema = {**_object(properties, *required), "additionalProperties": False}
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
    }


def _named_in_path(name: str, schema: Json) -> Json:
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": schema}]}


_REQUESTS: Final = [
    _query_parameter(name, schema)
    for name, schema in (
        ("path", _TEXT),
        ("company", _TEXT),
        ("method", _TEXT),
        ("status", _TEXT),
        ("since", {**_TEXT, "format": "date-time"}),
    )
]
_NAME: Final[Json] = {**_TEXT, "pattern": "^[A-Za-z0-9._-]{1,60}$"}
_QUIRK_VALUES: Final[Json] = {
    quirk.name: {"enum": list(quirk.choices)} if quirk.choices else {"type": ["string", "integer"]}
    for quirk in QUIRKS
}
_FAULT: Final[Json] = {
    "kind": {"enum": [str(kind) for kind in FaultKind]},
    "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
    "path": {**_TEXT, "pattern": "^/ia/[a-z0-9/-]{0,40}$"},
    "company": _TEXT,
    "count": {**_WHOLE, "minimum": 1},
    "for_seconds": {**_WHOLE, "minimum": 1},
    "latency_ms": {**_WHOLE, "minimum": 1, "maximum": 600_000},
    "after_bytes": {**_WHOLE, "minimum": 0},
    "status": {**_WHOLE, "minimum": 200, "maximum": 599},
    "retry_after_seconds": {**_WHOLE, "minimum": 0, "maximum": 86_400},
}
CONTROL: Final[Mapping[str, Mapping[str, Json]]] = {
    "/reset": {"post": {"summary": "The fixture loaded last again, real time, no quirks, no faults."}},
    "/fixture": {
        "post": _takes(
            "Replace the state by a fixture.",
            {"name": {"enum": list(FIXTURES)}, "lines": {**_WHOLE, "minimum": 2, "maximum": 5_000_000}},
            "name",
        )
    },
    "/snapshots": {
        "get": {"summary": "The snapshots there are."},
        "post": _takes("Keep everything but the request log.", {"name": _NAME}, "name"),
    },
    "/snapshots/{name}": {"delete": {"summary": "Forget a snapshot.", **_named_in_path("name", _NAME)}},
    "/restore": {"post": _takes("Go back to a snapshot.", {"name": _NAME}, "name")},
    "/clock": {
        "get": {"summary": "The time in the sandbox."},
        "post": _takes(
            "Advance the clock, stop it, or go back to real time; one of the three.",
            {
                "advance_seconds": {"type": "number"},
                "stop_at": {**_TEXT, "format": "date-time"},
                "reset": {"const": True},
            },
        ),
    },
    "/requests": {
        "get": {"summary": "The request log, oldest first.", "parameters": _REQUESTS},
        "delete": {"summary": "Empty the request log."},
    },
    "/requests.jsonl": {"get": {"summary": "The request log, a line of JSON each.", "parameters": _REQUESTS}},
    "/faults": {
        "get": {"summary": "The planned faults."},
        "post": _takes("Plan a fault.", _FAULT, "kind"),
        "delete": {"summary": "Clear all faults, and let go what a latency holds up."},
    },
    "/faults/{number}": {
        "delete": {"summary": "Take a fault back.", **_named_in_path("number", {**_WHOLE, "minimum": 0})}
    },
    "/quirks": {
        "get": {"summary": "Every quirk with value, default, meaning and evidence."},
        "put": _takes("Switch quirks, and set the others back.", _QUIRK_VALUES),
        "patch": _takes("Switch quirks.", _QUIRK_VALUES),
    },
    "/limits": {
        "get": {"summary": "Tier, traffic and this month's transactions of each company."},
        "patch": _takes(
            "Give a company a tier.",
            {
                "company": _TEXT,
                "tier": {"enum": list(TIERS)},
                "per_application": {**_WHOLE, "minimum": 1},
                "per_company": {**_WHOLE, "minimum": 1},
                "transactions": {**_WHOLE, "minimum": 1},
            },
            "company",
            "tier",
        ),
    },
    "/formats": {
        "get": {"summary": "How each company writes dates and times in the XML gateway."},
        "patch": _takes(
            "Give a company other formats; a locale alone brings its usual order of dates.",
            {
                "company": _TEXT,
                "locale": {"enum": list(LOCALES)},
                "date_format": {**_TEXT, "pattern": "^[-/. ](md[yY]|dm[yY]|[yY]md)$"},
                "clock": {"enum": list(CLOCKS)},
                "gmt_offset": {**_TEXT, "pattern": "^[+-](0[0-9]|1[0-4]):[0-5][0-9]$"},
            },
            "company",
        ),
    },
    "/customization": {"get": {"summary": "What companies added to Sage's objects."}},
    "/customization/fields": {
        "post": _takes(
            "Add a custom field to an object of a company.",
            {
                "company": _TEXT,
                "object": {"enum": sorted(registry.ALL)},
                "name": {**_TEXT, "pattern": "^[A-Za-z][A-Za-z0-9_]{0,39}$"},
                "type": {"enum": list(FIELD_TYPES)},
                "label": _TEXT,
                "values": {"type": "array", "items": _TEXT},
                "required": {"type": "boolean"},
            },
            "company",
            "object",
            "name",
            "type",
        )
    },
    "/customization/objects": {
        "post": _takes(
            "Add a custom object, perhaps as a dimension.",
            {
                "company": _TEXT,
                "name": {**_TEXT, "pattern": "^[A-Za-z][A-Za-z0-9_]{0,39}$"},
                "label": _TEXT,
                "dimension": {"type": "boolean"},
            },
            "company",
            "name",
        )
    },
    "/redirect-uris": {
        "post": _takes(
            "Give a client redirect URIs that the console would refuse, such as http on this machine.",
            {"client_id": _TEXT, "redirect_uris": {"type": "array", "items": _TEXT}},
            "client_id",
            "redirect_uris",
        ),
    },
    "/triggers": {
        "get": {"summary": "The triggers of all companies."},
        "post": _takes(
            "Make a trigger.",
            {
                "company": _TEXT,
                "name": _TEXT,
                "object": {"enum": sorted(registry.ALL)},
                "events": {"type": "array", "items": {"enum": list(EVENTS)}, "minItems": 1},
                "url": {**_TEXT, "format": "uri"},
                "client_id": _TEXT,
                "status": {"enum": ["active", "inactive"]},
            },
            "company",
            "object",
            "url",
            "client_id",
        ),
    },
    "/triggers/{key}": {
        "delete": {"summary": "Delete a trigger.", **_named_in_path("key", {**_WHOLE, "minimum": 0})}
    },
    "/deliveries": {
        "get": {"summary": "What triggers posted, the newest first."},
        "post": _takes(
            "Send what is due and wait until it is sent; with ahead also what waits for its next attempt.",
            {"ahead": {"type": "boolean"}},
        ),
    },
    "/openapi.json": {"get": {"summary": "This document."}},
    "/state": {"get": {"summary": "How much of what there is."}},
}
