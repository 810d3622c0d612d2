"""The document: every route for every collection that the reader may know of."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from holobase import __version__
from holobase.api.guards import OPEN, SAME_COLLECTION
from holobase.api.openapi import system
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

_SENTENCES: Final = {
    400: "The request or a value in it was refused.",
    401: "A token is needed.",
    403: "This caller may not.",
    404: "There is none, or none for this caller.",
    412: "The record has been edited since.",
    413: "The body is too large.",
    503: "Try again in a moment; Retry-After says when.",
}
_JSON: Final = "application/json"
_RECORDS: Final = "/api/collections/{collection}/records"
_ACCOUNTS: Final = ("auth-with-password", "auth-refresh", "auth-methods")

TOLD: Final = (
    "/api/health",
    _RECORDS,
    f"{_RECORDS}/{{id}}",
    *(f"/api/collections/{{collection}}/{name}" for name in _ACCOUNTS),
)
"""Paths of routes whose operations stand here, with the schemas of each collection."""
_EXPAND: Final = "Relations to include, separated by commas: `author,comments_via_post.author`."
_FIELDS: Final = "Keys to answer with, separated by commas: `id,title,expand.author.name`."
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
    record, sent = _ref(name), _body(f"{name}.input")
    records = f"/api/collections/{name}/records"
    many: Members = {
        "get": _operation(name, "list", list_schema(record), [*_LIST, *_SHAPE], refused=(400, 403))
    }
    one: Members = {
        "parameters": [_parameter("id", TEXT, "The record's id.", place="path")],
        "get": _operation(name, "view", record, _SHAPE, refused=(400, 403, 404)),
    }
    if definition.collection.is_view:
        del one["get"]["responses"]["200"]["headers"]
    else:
        refused = (400, 403, 404, 413, 503)
        many["post"] = _operation(name, "create", record, _SHAPE, refused=refused, body=sent)
        one["patch"] = _operation(
            name, "update", record, [*_SHAPE, _IF_MATCH], refused=(*refused, 412), body=sent
        )
        one["delete"] = _operation(
            name, "delete", None, [_IF_MATCH], refused=(400, 403, 404, 412, 503)
        )
    yield records, many
    yield f"{records}/{{id}}", one
    if definition.collection.is_auth:
        yield from _account_paths(definition)


def _account_paths(definition: Definition) -> Iterator[tuple[str, Members]]:
    name = definition.name
    start = f"/api/collections/{name}"
    session = {
        "type": "object",
        "properties": {"token": TEXT, "record": _ref(name)},
    }
    credentials = {
        "type": "object",
        "required": ["identity", "password"],
        "properties": {"identity": TEXT, "password": TEXT},
    }
    refused = (400, 401, 403, 404, 413, 503)
    sent = {"required": True, "content": {_JSON: {"schema": credentials}}}
    logged_in = _operation(name, "log_in", session, _SHAPE, refused=refused, body=sent)
    refreshed = _operation(name, "refresh", session, _SHAPE, refused=refused)
    refreshed |= system.guarded(SAME_COLLECTION)
    methods = _operation(name, "auth_methods", {"type": "object"}, [], refused=(404,))
    yield f"{start}/auth-with-password", {"post": logged_in}
    yield f"{start}/auth-refresh", {"post": refreshed}
    yield f"{start}/auth-methods", {"get": methods}


def _operation(
    name: str,
    verb: str,
    answer: Members | None,
    parameters: list[Members],
    *,
    refused: tuple[int, ...],
    body: Members | None = None,
) -> Members:
    done: Members = {"204": {"description": "Done."}}
    if answer is not None:
        shown: Members = {"description": "Done.", "content": {_JSON: {"schema": answer}}}
        done = {"200": shown | ({"headers": _ETAG} if verb in _WITH_ETAG else {})}
    responses = done | {str(status): _refusal(status) for status in refused}
    operation: Members = {
        "tags": [name],
        "operationId": f"{verb}_{name}",
        "summary": f"{verb.replace('_', ' ').capitalize()}: {name}",
        "parameters": parameters,
        "responses": responses,
        **system.guarded(OPEN),
    }
    return {**operation, "requestBody": body} if body else operation


def _refusal(status: int) -> Members:
    return {
        "description": _SENTENCES[status],
        "content": {_JSON: {"schema": _ref("Error")}},
    }


def _health() -> Members:
    answer: Members = {"type": "object", "properties": {"code": {"type": "integer"}}}
    return {
        "operationId": "health",
        "summary": "Whether the API answers",
        **system.guarded(OPEN),
        "responses": {"200": {"description": "It does.", "content": {_JSON: {"schema": answer}}}},
    }


def _body(schema: str) -> Members:
    content = {"schema": _ref(schema)}
    return {"required": True, "content": {_JSON: content, "multipart/form-data": content}}


def _ref(schema: str) -> Members:
    return {"$ref": f"#/components/schemas/{schema}"}


def _parameter(name: str, schema: Any, text: str, place: str = "query") -> Members:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "schema": schema, "description": text, **required}


_SHAPE: Final = [_parameter("expand", TEXT, _EXPAND), _parameter("fields", TEXT, _FIELDS)]
_WITH_ETAG: Final = ("view", "create", "update")
_ETAG: Final = {"ETag": {"schema": TEXT, "description": "Counts the edits of the record."}}
_IF_MATCH: Final = _parameter(
    "If-Match", TEXT, 'Only if the record still has one of these ETags: `"3"`.', place="header"
)
_LIST: Final = [
    _parameter("page", {"type": "integer", "default": 1}, "Page, from 1."),
    _parameter("perPage", {"type": "integer", "default": 30}, "Records a page, 1,000 at most."),
    _parameter("sort", TEXT, _SORT),
    _parameter("filter", TEXT, _FILTER),
    _parameter("cursor", TEXT, _CURSOR),
    _parameter("skipTotal", {"type": "boolean"}, _SKIP_TOTAL),
]
