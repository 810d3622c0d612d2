"""Finds the settings, and the fixed bounds: constants that limit a size, a number or a wait.

A bound is named for what it limits, with its unit last, and the string below it says why.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SOURCES = Path(__file__).parent.parent / "src" / "holobase"
FLOORS = ("kit", "rules", "engine", "adapters", "api", "runtime")
"""Where bounds protect the program; limits of `domain` and `community` are the product's."""

BOUND = re.compile(r"^(?!_).*_(MAX|SECONDS|MS|THREADS|KIB)$")
SMALL = re.compile(r"^(DAY|HOUR|MINUTE)_(MS|SECONDS)$")


@dataclass(frozen=True)
class Bound:
    """One of either: the module it is in, its name, its value as written, and its reason."""

    module: str
    name: str
    value: str
    reason: str


def find() -> list[Bound]:
    """Every bound, by module and place."""
    paths = [path for floor in FLOORS for path in sorted((SOURCES / floor).rglob("*.py"))]
    return [bound for path in paths for bound in _of_file(path)]


def settings() -> list[Bound]:
    """Every setting, in the order of their table."""
    path = SOURCES / "runtime" / "settings.py"
    table = next(
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    return [
        Bound("runtime/settings", name, ast.unparse(value), _text(following))
        for node, following in pairwise(table.body)
        for name, value in [_assigned(node)]
        if value is not None
    ]


def _of_file(path: Path) -> Iterator[Bound]:
    body = ast.parse(path.read_text()).body
    module = path.relative_to(SOURCES).with_suffix("").as_posix()
    for node, following in zip(body, [*body[1:], None], strict=True):
        name, value = _assigned(node)
        if value is not None and BOUND.match(name) and not SMALL.match(name):
            yield Bound(module, name, ast.unparse(value), _text(following))


def _assigned(node: ast.stmt) -> tuple[str, ast.expr | None]:
    target: ast.expr | None = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    return (target.id if isinstance(target, ast.Name) else ""), value


def _text(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split())
    return ""
