"""The parts of the OpenAPI document that the framework can't see by itself."""

from typing import Annotated, Any, Literal
from unittest.mock import MagicMock

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from counterfoil.access import ApiKeys
from counterfoil.web import (
    REQUIRED_SCOPE,
    QueryBool,
    Strict,
    api_key_caller,
    describe_queries,
    describe_scopes,
    query,
    router,
)


class _Range(BaseModel):
    low: int = 0


class _Filter(Strict):
    search: Annotated[str, Field(min_length=1)]
    tags: dict[str, str] = Field(default_factory=dict)
    more_tags: dict[str, str] | None = None
    kinds: list[Literal["a", "b"]] = Field(default_factory=list)
    exact: QueryBool = False
    between: _Range | None = None


def _document() -> dict[str, Any]:
    routes = router()

    @routes.get("/things/{name}")
    async def find(name: str, asked: Annotated[_Filter, query(_Filter)], limit: int = 5) -> None: ...

    @routes.get("/plain")
    async def plain(limit: int = 5) -> None: ...

    @routes.get("/hidden", include_in_schema=False)
    async def hidden(asked: Annotated[_Filter, query(_Filter)]) -> None: ...

    app = FastAPI()
    app.include_router(routes)
    document = app.openapi()
    describe_queries(document, [route for route in routes.routes if isinstance(route, APIRoute)])
    return document


def _parameters(document: dict[str, Any], path: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in document["paths"][path]["get"].get("parameters", [])}


def test_each_member_of_the_model_is_a_parameter_beside_the_others() -> None:
    parameters = _parameters(_document(), "/things/{name}")

    assert parameters["name"]["in"] == "path"
    assert {name: one["required"] for name, one in parameters.items() if one["in"] == "query"} == {
        "limit": False,
        "search": True,
        "tags": False,
        "more_tags": False,
        "kinds": False,
        "exact": False,
        "between": False,
    }
    assert parameters["search"]["schema"]["minLength"] == 1
    assert parameters["exact"]["schema"]["type"] == "boolean"


def test_maps_are_written_with_brackets_and_nothing_else_is() -> None:
    parameters = _parameters(_document(), "/things/{name}")

    for name in ("tags", "more_tags"):
        assert (parameters[name]["style"], parameters[name]["explode"]) == ("deepObject", True)
    for name in ("search", "kinds", "exact"):
        assert "style" not in parameters[name]


def test_what_a_model_refers_to_is_among_the_documents_own_schemas() -> None:
    document = _document()

    [reference, _none] = _parameters(document, "/things/{name}")["between"]["schema"]["anyOf"]
    assert reference == {"$ref": "#/components/schemas/_Range"}
    assert document["components"]["schemas"]["_Range"]["properties"]["low"]["type"] == "integer"


def test_a_route_without_such_a_query_is_left_as_it_is() -> None:
    assert set(_parameters(_document(), "/plain")) == {"limit"}


def test_a_route_that_is_not_in_the_document_stays_out_of_it() -> None:
    assert "/hidden" not in _document()["paths"]


def test_the_scope_that_a_key_needs_is_told_and_no_scope_where_none_is_needed() -> None:
    keys = MagicMock(spec=ApiKeys)
    routes = router()

    @routes.get("/guarded", dependencies=[Depends(api_key_caller(keys, "environment:things:read"))])
    async def guarded() -> None: ...

    @routes.get("/open")
    async def unguarded() -> None: ...

    app = FastAPI()
    app.include_router(routes)
    document = app.openapi()
    describe_scopes(document, [route for route in routes.routes if isinstance(route, APIRoute)])
    assert document["paths"]["/guarded"]["get"][REQUIRED_SCOPE] == "environment:things:read"
    assert REQUIRED_SCOPE not in document["paths"]["/open"]["get"]
