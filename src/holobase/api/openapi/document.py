"""The document: every route for every collection that the reader may know of."""

from collections.abc import Iterable, Iterator
from typing import Final

from holobase import __version__
from holobase.api.guards import OPEN
from holobase.api.openapi import system
from holobase.api.openapi.accounts import ACCOUNTS, account_paths
from holobase.api.openapi.operations import JSON, SHAPE, operation, parameter, ref
from holobase.api.openapi.schemas import (
    ERROR,
    TEXT,
    Members,
    input_schema,
    list_schema,
    record_schema,
)
from holobase.api.router import Route
from holobase.engine.catalogue import Definition

OPENAPI: Final = "3.1.0"

_RECORDS: Final = "/api/collections/{collection}/records"
TOLD: Final = (
    "/api/health",
    _RECORDS,
    f"{_RECORDS}/{{id}}",
    *(f"/api/collections/{{collection}}/{name}" for name in ACCOUNTS),
)
"""Paths of routes whose operations stand here, with the schemas of each collection."""
_FILTER: Final = "A condition in the rule language: `is_public = true && likes > 10`."
_CURSOR: Final = (
    "Instead of `page`: empty for the first records, then the `nextCursor` of the answer before."
)
_SKIP_TOTAL: Final = (
    "Leave out the totals, which is quicker. With `cursor` they are left out unless this is false."
)
_SORT: Final = "Fields to sort by, `-` for descending: `-created,title`."


def document(
    definitions: Iterable[Definition], routes: Iterable[Route], *, is_superuser: bool
) -> Members:
    """The OpenAPI document. Guests and users get the collections that are open to somebody,
    without hidden fields; superusers get everything."""
    shown = [
        definition
        for definition in sorted(definitions, key=lambda each: each.name)
        if is_superuser or _is_open(definition)
    ]
    schemas: Members = {"Error": ERROR}
    paths: Members = {"/api/health": {"get": _health()}, **system.paths(routes, TOLD)}
    for definition in shown:
        name = definition.name
        schemas[name] = record_schema(definition, with_hidden=is_superuser)
        if not definition.collection.is_view:
            schemas[f"{name}.input"] = input_schema(definition, with_hidden=is_superuser)
        paths.update(_paths(definition))
    return {
        "openapi": OPENAPI,
        "info": {"title": "Holobase", "version": __version__, "description": _INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": definition.name} for definition in shown],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"}
            },
        },
        "security": [{}, {"token": []}],
    }


_INTRODUCTION: Final = (
    "Records over PocketBase's web API. Log in with `auth-with-password` and send the token in"
    " the `Authorization` header."
)


def _is_open(definition: Definition) -> bool:
    collection = definition.collection
    rules = (
        collection.list_rule,
        collection.view_rule,
        collection.create_rule,
        collection.update_rule,
        collection.delete_rule,
    )
    return any(rule is not None for rule in rules)


def _paths(definition: Definition) -> Iterator[tuple[str, Members]]:
    name = definition.name
    record, sent = ref(name), _body(f"{name}.input")
    records = f"/api/collections/{name}/records"
    many: Members = {
        "get": operation(name, "list", list_schema(record), [*_LIST, *SHAPE], refused=(400, 403))
    }
    one: Members = {
        "parameters": [parameter("id", TEXT, "The record's id.", place="path")],
        "get": operation(name, "view", record, SHAPE, refused=(400, 403, 404)),
    }
    if definition.collection.is_view:
        del one["get"]["responses"]["200"]["headers"]
    else:
        refused = (400, 403, 404, 413, 503)
        many["post"] = operation(name, "create", record, SHAPE, refused=refused, body=sent)
        one["patch"] = operation(
            name, "update", record, [*SHAPE, _IF_MATCH], refused=(*refused, 412), body=sent
        )
        one["delete"] = operation(
            name, "delete", None, [_IF_MATCH], refused=(400, 403, 404, 412, 503)
        )
    yield records, many
    yield f"{records}/{{id}}", one
    if definition.collection.is_auth:
        yield from account_paths(definition)


def _health() -> Members:
    answer: Members = {"type": "object", "properties": {"code": {"type": "integer"}}}
    return {
        "operationId": "health",
        "summary": "Whether the API answers",
        **system.guarded(OPEN),
        "responses": {"200": {"description": "It does.", "content": {JSON: {"schema": answer}}}},
    }


def _body(schema: str) -> Members:
    content = {"schema": ref(schema)}
    return {"required": True, "content": {JSON: content, "multipart/form-data": content}}


_IF_MATCH: Final = parameter(
    "If-Match", TEXT, 'Only if the record still has one of these ETags: `"3"`.', place="header"
)
_LIST: Final = [
    parameter("page", {"type": "integer", "default": 1}, "Page, from 1."),
    parameter("perPage", {"type": "integer", "default": 30}, "Records a page, 1,000 at most."),
    parameter("sort", TEXT, _SORT),
    parameter("filter", TEXT, _FILTER),
    parameter("cursor", TEXT, _CURSOR),
    parameter("skipTotal", {"type": "boolean"}, _SKIP_TOTAL),
]
