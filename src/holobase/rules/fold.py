"""Folding: comparisons that no record can change are settled before any SQL is made.

For a guest everything about the caller is NULL, and whoever is logged in has an id. What is left
of a rule is shorter, and its conditions are plain enough for an index.
"""

from typing import Final, TypeVar

from holobase.domain.principal import Request
from holobase.rules.compare import outcome
from holobase.rules.operands import Constant, Fill, Operand, Parameter
from holobase.rules.syntax import Branch

Leaf = TypeVar("Leaf")

CALLER_ID: Final = "@request.auth.id"
_NOBODY: Final = Request()


def settled(left: Operand, operator: str, right: Operand) -> bool | None:
    """What the comparison comes to for every record and request, None where that differs."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        return outcome(operator, left, right, _NOBODY)
    for one, other in ((left, right), (right, left)):
        is_id = isinstance(one, Parameter) and one.key == CALLER_ID
        is_empty = isinstance(other, Constant) and other.fill is Fill.EMPTY
        if is_id and is_empty and operator.removeprefix("?") in ("=", "!="):
            return operator.endswith("!=")
    return None


def folded(is_all: bool, items: list[Branch[Leaf] | Leaf]) -> Branch[Leaf] | Leaf:
    """The items joined, without those that are settled.

    A settled one is a branch of nothing: all of nothing holds, one of nothing does not.
    """
    left: list[Branch[Leaf] | Leaf] = []
    for item in items:
        if isinstance(item, Branch) and not item.items:
            if item.is_all is not is_all:
                return item
        else:
            left.append(item)
    return left[0] if len(left) == 1 else Branch(is_all, tuple(left))
