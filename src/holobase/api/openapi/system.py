"""Every route that is not told of collection by collection: what it does, what its path takes and
whom it lets in, read off the route itself, so that no route is left out.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from holobase.api.guards import Guard
from holobase.api.openapi.schemas import TEXT, Members
from holobase.api.router import Route

GUARD: Final = "x-guard"
"""Key of an operation that tells who may call it."""

_PART: Final = re.compile(r"{(\w+)}")
_VERB: Final = re.compile(r"^[A-Z]+: ")
_WORDS: Final = re.compile(r"[^a-z0-9]+")
_SENTENCES: Final = {
    "open": "For everybody.",
    "account": "For whoever is logged in.",
    "same collection": "For accounts of this collection.",
    "superuser": "For superusers.",
}


def paths(routes: Iterable[Route], told: Iterable[str]) -> Members:
    """The operations of all routes but those whose paths are told already, by path."""
    found: Members = {}
    known = frozenset(told)
    for route in routes:
        if route.path in known:
            continue
        item = found.setdefault(route.path, _item(route.path))
        item[route.method.lower()] = _operation(route)
    return found


def guarded(guard: Guard) -> Members:
    """The member of an operation that tells who may call it."""
    return {GUARD: guard.permission or guard.kind}


def _item(path: str) -> Members:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in _PART.findall(path)
    ]
    return {"parameters": parameters} if parameters else {}


def _operation(route: Route) -> Members:
    guard = route.guard
    sentence = f"For superusers and whoever may `{guard.permission}`."
    operation: Members = {
        "operationId": _name(route),
        "summary": _summary(route),
        "description": _SENTENCES.get(guard.kind, sentence),
        "responses": dict(_responses(guard)),
        **guarded(guard),
    }
    if guard.kind == "open":
        return operation
    return {**operation, "security": [{"token": []}]}


def _summary(route: Route) -> str:
    text = _VERB.sub("", (route.handler.__doc__ or "").strip().partition("\n")[0])
    return text[:1].upper() + text[1:].rstrip(".")


def _name(route: Route) -> str:
    words = _WORDS.sub("_", route.path.lower()).strip("_") or route.handler.__name__
    return f"{route.method.lower()}_{words}"


def _responses(guard: Guard) -> Iterator[tuple[str, Any]]:
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    yield "2XX", {"description": "Done."}
    if guard.kind != "open":
        yield "401", {"description": "A token is needed.", "content": refusal}
    yield "default", {"description": "Why not.", "content": refusal}
