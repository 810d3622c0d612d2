"""The router: from a method and the parts of a path to what answers."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from holobase.api.guards import OPEN, Guard

Handler: TypeAlias = Callable[..., Awaitable[None]]
"""Answers an exchange; takes the variable parts of the path beside it."""


class Route(msgspec.Struct, frozen=True):
    """One endpoint. `{name}` in its path stands for one part that is not empty; `handler` says in
    its first line what it does, which the OpenAPI document repeats."""

    method: str
    path: str
    handler: Handler
    guard: Guard = OPEN


@dataclass(slots=True)
class _Node:
    """What may follow on a beginning of a path."""

    children: "dict[str, _Node]" = field(default_factory=dict)
    variable: "_Node | None" = None
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """Finds the one route of a request. A part that is spelled out goes before a variable one."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._root = _Node()
        for route in self.routes:
            self._add(route)

    def find(self, method: str, parts: Sequence[str]) -> tuple[Route, list[str]] | None:
        """The route with the variable parts of the path; a HEAD is asked as a GET."""
        names: list[str] = []
        wanted = "GET" if method == "HEAD" else method
        route = _find(self._root, wanted, parts, 1, names)
        return (route, names) if route else None

    def _add(self, route: Route) -> None:
        node = self._root
        for part in route.path.split("/")[1:]:
            if part.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.children.setdefault(part, _Node())
        if route.method in node.routes:
            raise ValueError(f"{route.method} {route.path} is there twice")
        node.routes[route.method] = route


def _find(
    node: _Node, method: str, parts: Sequence[str], at: int, names: list[str]
) -> Route | None:
    if at == len(parts):
        return node.routes.get(method)
    part = parts[at]
    child = node.children.get(part)
    if child is not None:
        found = _find(child, method, parts, at + 1, names)
        if found is not None:
            return found
    if node.variable is not None and part:
        names.append(part)
        found = _find(node.variable, method, parts, at + 1, names)
        if found is not None:
            return found
        names.pop()
    return None
