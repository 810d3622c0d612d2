"""What the parser makes: a tree of conditions whose leaves are comparisons of operands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import msgspec

Leaf = TypeVar("Leaf")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Branch(Generic[Leaf]):
    """Conditions of which all (`&&`) or at least one (`||`) must hold; never fewer than two."""

    is_all: bool
    items: "tuple[Branch[Leaf] | Leaf, ...]"


class Identifier(msgspec.Struct, frozen=True):
    """A name with its dots, colon and modifier, as written."""

    name: str
    position: int


class Number(msgspec.Struct, frozen=True):
    """A number; the language knows no other than floats."""

    value: float
    position: int


class Text(msgspec.Struct, frozen=True):
    """A quoted text after unescaping."""

    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; an argument is never a call, as no function accepts one."""

    name: str
    arguments: "tuple[Identifier | Number | Text, ...]"
    position: int


Written: TypeAlias = Identifier | Number | Text | Call
"""An operand as written, before its names mean anything."""


class Comparison(msgspec.Struct, frozen=True):
    """One comparison as written; `operator` includes the `?` of any-variants."""

    left: Written
    operator: str
    right: Written


Tree: TypeAlias = Branch[Leaf] | Leaf


def branch(is_all: bool, items: "list[Branch[Leaf] | Leaf]") -> "Branch[Leaf] | Leaf":
    """The items joined, or the item itself where there is one."""
    return items[0] if len(items) == 1 else Branch(is_all, tuple(items))


def map_leaves(
    tree: "Branch[Leaf] | Leaf", change: Callable[[Leaf], Other]
) -> "Branch[Other] | Other":
    """The same tree with every leaf changed, from left to right."""
    if isinstance(tree, Branch):
        return Branch(tree.is_all, tuple(map_leaves(item, change) for item in tree.items))
    return change(tree)
