"""The compiled tree: tests of operands, and which of them must hold for one and the same row.

Every back end joins a plural row once, around the smallest part that holds all its uses.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from holobase.rules.operands import Column, Fill, Operand
from holobase.rules.place import ListRules
from holobase.rules.rows import Row, is_plural, plural_rows
from holobase.rules.syntax import Branch

if TYPE_CHECKING:
    from holobase.rules.expression import Expression


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison of two operands."""

    left: Operand
    operator: str
    right: Operand

    @property
    def rows(self) -> tuple[Row, ...]:
        """The plural rows it reads."""
        return tuple(dict.fromkeys((*self.left.rows, *self.right.rows)))


@dataclass(frozen=True, slots=True)
class Restriction:
    """The list rule of a collection that a client's path enters: no such record, or it holds."""

    row: Row
    rule: "Expression"

    @property
    def rows(self) -> tuple[Row, ...]:
        """The plural rows it reads."""
        return plural_rows(self.row)


Leaf: TypeAlias = Test | Restriction
Tree: TypeAlias = Branch[Leaf] | Leaf
Joins: TypeAlias = Callable[[Row], bool]
"""Whether a plural row is joined already."""


def groups(items: Sequence[Tree], joins: Joins) -> list[list[Tree]]:
    """The items, those together that share a plural row, directly or through others."""
    found: list[tuple[set[Row], list[Tree]]] = []
    for item in items:
        rows, members = set(needed(item, joins)), [item]
        apart = []
        for other_rows, others in found:
            if rows.isdisjoint(other_rows):
                apart.append((other_rows, others))
            else:
                rows, members = rows | other_rows, others + members
        found = [*apart, (rows, members)]
    return [members for _, members in found]


def shared(items: Iterable[Tree], joins: Joins) -> list[Row]:
    """The plural rows that several of the items read, outermost first."""
    uses = Counter(row for item in items for row in needed(item, joins))
    return [row for row, count in uses.items() if count > 1]


def needed(tree: Tree, joins: Joins) -> list[Row]:
    """The plural rows read below that are not joined yet, outermost first."""
    if isinstance(tree, Branch):
        return list(dict.fromkeys(row for item in tree.items for row in needed(item, joins)))
    return [row for row in tree.rows if not joins(row)]


def behind(operand: Operand, list_rules: ListRules) -> list[Restriction]:
    """What a client must be shown on the way to a plural operand besides the plural rows, which
    are the shown ones anyway: a value behind a record that is not shown counts for nothing."""
    singles = [row for row in operand.path if plural_rows(row) and not is_plural(row)]
    return [Restriction(row, list_rules[row]) for row in singles if row in list_rules]


def one_value(operand: Operand) -> Operand:
    """The operand where a comparison must hold for each of its values: there NULL must break an
    equality, not leave it open, so no column counts as never empty."""
    return replace(operand, fill=Fill.UNKNOWN) if isinstance(operand, Column) else operand
