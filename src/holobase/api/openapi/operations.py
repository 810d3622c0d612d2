"""Operations of the document: what they take, answer and refuse, in the one shape all have."""

from typing import Any, Final

from holobase.api.guards import OPEN, Guard
from holobase.api.openapi import system
from holobase.api.openapi.schemas import TEXT, Members

JSON: Final = "application/json"

_SENTENCES: Final = {
    400: "The request or a value in it was refused.",
    401: "A token is needed.",
    403: "This caller may not.",
    404: "There is none, or none for this caller.",
    412: "The record has been edited since.",
    413: "The body is too large.",
    429: "There were too many; Retry-After says when to try again.",
    503: "Try again in a moment; Retry-After says when.",
}
_EXPAND: Final = "Relations to include, separated by commas: `author,comments_via_post.author`."
_FIELDS: Final = "Keys to answer with, separated by commas: `id,title,expand.author.name`."


def operation(
    name: str,
    verb: str,
    answer: Members | None,
    parameters: list[Members],
    *,
    refused: tuple[int, ...],
    body: Members | None = None,
    guard: Guard = OPEN,
) -> Members:
    """One operation on a collection; without an answer it is a 204."""
    done: Members = {"204": {"description": "Done."}}
    if answer is not None:
        shown: Members = {"description": "Done.", "content": {JSON: {"schema": answer}}}
        done = {"200": shown | ({"headers": _ETAG} if verb in _WITH_ETAG else {})}
    responses = done | {str(status): _refusal(status) for status in refused}
    made: Members = {
        "tags": [name],
        "operationId": f"{verb}_{name}",
        "summary": f"{verb.replace('_', ' ').capitalize()}: {name}",
        "parameters": parameters,
        "responses": responses,
        **system.guarded(guard),
    }
    return {**made, "requestBody": body} if body else made


def _refusal(status: int) -> Members:
    return {
        "description": _SENTENCES[status],
        "content": {JSON: {"schema": ref("Error")}},
    }


def ref(schema: str) -> Members:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{schema}"}


def parameter(name: str, schema: Any, text: str, place: str = "query") -> Members:
    """One parameter of an operation."""
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "schema": schema, "description": text, **required}


SHAPE: Final = [parameter("expand", TEXT, _EXPAND), parameter("fields", TEXT, _FIELDS)]
_WITH_ETAG: Final = ("view", "create", "update")
_ETAG: Final = {"ETag": {"schema": TEXT, "description": "Counts the edits of the record."}}
