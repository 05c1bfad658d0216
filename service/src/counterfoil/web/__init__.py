"""The HTTP kit: what every router and page of the service shares. It knows no feature.

    router(...)             an APIRouter whose routes read bodies and queries strictly (`Route`)
    query(Model)            a dependency: the query string as a strict pydantic model, nested maps included
    Strict                  the base of strict models: unknown fields are refused
    api_key_caller(...)     dependencies that say who is calling
    any_caller(...)
    session_caller(...)
    install(app)            error rendering: every failure is `{"error": {"code", "message", …}}`
    Kit                     pure ASGI middleware: request id, security headers, CORS, last-resort errors
    Metered                 pure ASGI middleware: rates are counted, and told in headers
    templates(directory)    Jinja environment with autoescape
    Static                  files with hashed names that browsers keep for a year
    server                  uvicorn behind our own limits

Errors are rendered here and nowhere else. Nothing here reads settings or the database.
"""

from counterfoil.web.authentication import any_caller, api_key_caller, session_caller
from counterfoil.web.bodies import MAX_BODY_BYTES, Strict, parse_json
from counterfoil.web.errors import (
    InvalidContentType,
    InvalidJson,
    InvalidQuery,
    InvalidUri,
    PayloadTooLarge,
    error_body,
    error_response,
)
from counterfoil.web.handlers import install
from counterfoil.web.metering import Metered
from counterfoil.web.middleware import Kit, request_id
from counterfoil.web.openapi import REQUIRED_SCOPE, describe_queries, describe_refusals, describe_scopes
from counterfoil.web.pages import templates
from counterfoil.web.queries import QueryBool, parse_query, query
from counterfoil.web.responses import OrjsonResponse
from counterfoil.web.routing import Route, router
from counterfoil.web.static import Static

__all__ = [
    "MAX_BODY_BYTES",
    "REQUIRED_SCOPE",
    "InvalidContentType",
    "InvalidJson",
    "InvalidQuery",
    "InvalidUri",
    "Kit",
    "Metered",
    "OrjsonResponse",
    "PayloadTooLarge",
    "QueryBool",
    "Route",
    "Static",
    "Strict",
    "any_caller",
    "api_key_caller",
    "describe_queries",
    "describe_refusals",
    "describe_scopes",
    "error_body",
    "error_response",
    "install",
    "parse_json",
    "parse_query",
    "query",
    "request_id",
    "router",
    "session_caller",
    "templates",
]
