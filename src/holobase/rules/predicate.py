"""The second back end: an expression evaluated in memory for one record, with SQLite's answers.

Comparisons alone can be unknown (NULL); what joins them only asks whether something is true, so
unknown is as good as no, except where a comparison must not be broken by any value.

Not in memory are whole collections (`@collection.*`), `strftime`, whose formats and modifiers are
SQLite's own, and what reads a view, whose columns have the affinities of its query.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeAlias

from holobase.domain.collection import Collection
from holobase.domain.fields import Cell
from holobase.domain.principal import Request
from holobase.rules.operands import Column, Function, Operand
from holobase.rules.place import NO_RULES, ListRules
from holobase.rules.predicate_cells import Undecided
from holobase.rules.predicate_compare import Compare, comparing
from holobase.rules.predicate_frame import (
    Cells,
    Found,
    Frame,
    Holds,
    Known,
    Reader,
    Unknown,
    Wanted,
)
from holobase.rules.predicate_operands import NotInMemory, Reading, Readings
from holobase.rules.rows import BackMany, BackOne, Hop, Row
from holobase.rules.syntax import Branch
from holobase.rules.tree import (
    Leaf,
    Restriction,
    Test,
    Tree,
    behind,
    groups,
    needed,
    one_value,
    shared,
)

Walk: TypeAlias = Callable[[Frame], Iterator[Frame]]
"""Puts one combination of plural rows after the other into the slots of a frame."""

Members: TypeAlias = Callable[[Frame], Found]
"""What a plural row goes through."""

_EMPTY_SET = (None,)
"""What an empty set counts as: one row without values."""


class Predicate:
    """A compiled rule in memory. Immutable; holds nothing of any request or record."""

    def __init__(self, holds: Holds, slots: int) -> None:
        self._holds = holds
        self._slots = slots

    def holds(self, request: Request, cells: Cells) -> Generator[Wanted, Found | None, bool | None]:
        """Whether the rule holds for a record, by its cells.

        Asks for the rows it needs besides, none of them twice, and is sent their cells, or None
        where they are not to be had. None where memory cannot tell: a statement has to, then.
        """
        known = Known()
        while True:
            try:
                return bool(self._holds(Frame(request, cells, self._slots, known)))
            except Unknown as unknown:
                wanted = unknown.wanted
            except Undecided:
                return None
            found = (yield wanted) if known.may_ask() else None
            if found is None:
                return None
            known.tell(wanted, found)


def compile_predicate(
    tree: Tree,
    collection: Collection,
    list_rules: ListRules = NO_RULES,
    *,
    is_virtual: bool = False,
) -> Predicate | None:
    """The tree over records of `collection` in memory; None where only a statement can tell.

    `list_rules` are honoured as in `Place`. `is_virtual`: for a record that is about to be created,
    whose cells no column converts.
    """
    try:
        compiler = _Compiler(collection, list_rules, is_virtual=is_virtual)
        holds = compiler.tree(tree, frozenset())
    except NotInMemory:
        return None
    return Predicate(holds, compiler.slots)


class _Compiler:
    """Makes functions of the parts of one expression."""

    def __init__(self, collection: Collection, list_rules: ListRules, *, is_virtual: bool) -> None:
        self._list_rules = list_rules
        self._readings = Readings(collection, is_virtual=is_virtual)

    @property
    def slots(self) -> int:
        return self._readings.slots

    def tree(self, tree: Tree, joined: frozenset[Row]) -> Holds:
        """The tree, where the given plural rows are in their slots."""
        if isinstance(tree, Branch):
            if not tree.items:
                return _always if tree.is_all else _never
            if not tree.is_all:
                return _some([self.tree(item, joined) for item in _cheapest_first(tree.items)])
            together = groups(_cheapest_first(tree.items), joined.__contains__)
            return _every([self._together(group, joined) for group in together])
        rows = needed(tree, joined.__contains__)
        return self._for_some(rows, self._leaf(tree))

    def _together(self, items: list[Tree], joined: frozenset[Row]) -> Holds:
        rows = shared(items, joined.__contains__)
        inside = joined.union(rows)
        every = _every([self.tree(item, inside) for item in _cheapest_first(items)])
        return self._for_some(rows, every)

    def _for_some(self, rows: list[Row], inside: Holds) -> Holds:
        if not rows:
            return inside
        walk = self._walk(rows)
        return lambda frame: any(inside(each) for each in walk(frame))

    def _walk(self, rows: Iterable[Row]) -> Walk:
        walk: Walk = _stay
        for row in reversed(tuple(rows)):
            walk = _step(self._readings.slot(row), self._members(row), walk)
        return walk

    def _members(self, row: Row) -> Members:
        members, rule = self._readings.members(row), self._list_rules.get(row)
        if rule is None:
            return members
        holds = _for_a_record(Restriction(row, rule))
        return lambda frame: [cells for cells in members(frame) if holds(frame, cells)]

    def _leaf(self, leaf: Leaf) -> Holds:
        if isinstance(leaf, Restriction):
            return self._restriction(leaf)
        left, right = self._sides(leaf)
        compare = comparing(leaf.operator, leaf.left, left.affinity, leaf.right, right.affinity)
        parts = [_comparison(compare, left.read, right.read)]
        if not leaf.operator.startswith("?") and (leaf.left.is_many or leaf.right.is_many):
            parts.append(self._no_violation(leaf, left, right))
        rows = [operand.email_row for operand in (leaf.left, leaf.right) if operand.email_row]
        return _every([*parts, *(_is_one(self._readings.shown(row)) for row in rows)])

    def _sides(self, test: Test) -> tuple[Reading, Reading]:
        left = self._readings.value(test.left)
        if "~" in test.operator:
            return left, Reading(self._readings.pattern(test.right))
        return left, self._readings.value(test.right)

    def _no_violation(self, test: Test, left: Reading, right: Reading) -> Holds:
        """That no value (or pair of values) of the plural operands breaks the comparison."""
        compare = comparing(
            test.operator,
            one_value(test.left),
            left.affinity,
            one_value(test.right),
            right.affinity,
        )
        lefts, rights = self._values(test.left, left.read), self._values(test.right, right.read)

        def no_violation(frame: Frame) -> bool:
            ours, theirs = lefts(frame), rights(frame)
            frame.known.spend(len(ours) * len(theirs))
            return not any(compare(a, b) is False for a in ours for b in theirs)

        return no_violation

    def _values(self, operand: Operand, read: Reader) -> Callable[[Frame], list[Cell]]:
        if not operand.is_many:
            return lambda frame: [read(frame)]
        walk = self._walk(operand.rows)
        behind_it = [self._restriction(each) for each in behind(operand, self._list_rules)]
        seen = _every(behind_it) if behind_it else _always
        return lambda frame: [read(each) for each in walk(frame.fresh()) if seen(each)]

    def _restriction(self, restriction: Restriction) -> Holds:
        record, holds = self._readings.record(restriction.row), _for_a_record(restriction)

        def restricted(frame: Frame) -> bool | None:
            cells = record(frame)
            return cells is None or holds(frame, cells)

        return restricted


def _for_a_record(restriction: Restriction) -> Callable[[Frame, Cells], bool | None]:
    """Whether the rule holds for a record that was met in a frame."""
    inner = _Compiler(restriction.row.collection, NO_RULES, is_virtual=False)
    holds = inner.tree(restriction.rule.tree, frozenset())
    slots = inner.slots
    return lambda frame, cells: holds(Frame(frame.request, cells, slots, frame.known))


def _stay(frame: Frame) -> Iterator[Frame]:
    yield frame


def _step(slot: int, members: Members, onwards: Walk) -> Walk:
    def step(frame: Frame) -> Iterator[Frame]:
        found = members(frame) or _EMPTY_SET
        frame.known.spend(len(found))
        for one in found:
            frame.rows[slot] = one
            yield from onwards(frame)

    return step


def _always(_: Frame) -> bool:
    return True


def _never(_: Frame) -> bool:
    return False


def _comparison(compare: Compare, left: Reader, right: Reader) -> Holds:
    return lambda frame: compare(left(frame), right(frame))


def _is_one(read: Reader) -> Holds:
    return lambda frame: read(frame) == 1


def _every(conditions: list[Holds]) -> Holds:
    # In halves: two calls are quicker than a loop, and chains of a thousand stay shallow.
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    first, second = _every(conditions[:middle]), _every(conditions[middle:])
    return lambda frame: first(frame) and second(frame)


def _some(conditions: list[Holds]) -> Holds:
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    first, second = _some(conditions[:middle]), _some(conditions[middle:])
    return lambda frame: first(frame) or second(frame)


def _cheapest_first(items: Iterable[Tree]) -> list[Tree]:
    """Those first that ask for no rows: often they settle it."""
    return sorted(items, key=_questions)


def _questions(tree: Tree) -> int:
    """About how many rows of records have to be asked for."""
    if isinstance(tree, Branch):
        return sum(_questions(item) for item in tree.items)
    if isinstance(tree, Restriction):
        return _way(tree.row) + _questions(tree.rule.tree)
    return _questions_of(tree.left) + _questions_of(tree.right)


def _questions_of(operand: Operand) -> int:
    if isinstance(operand, Function):
        return sum(_questions_of(argument) for argument in operand.arguments)
    return _way(operand.row) if isinstance(operand, Column) else 0


def _way(row: Row | None) -> int:
    if row is None:
        return 0
    return _way(row.parent) + isinstance(row, Hop | BackOne | BackMany)
