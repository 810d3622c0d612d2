"""Compiled expressions: the last stage, where a tree of tests becomes one SQL condition.

A plural row is joined in one EXISTS around the smallest part that holds all its uses: conditions
on one path must hold for one and the same record. EXISTS may be pulled into an OR, and into those
parts of an AND that share no plural row.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property

import sqlalchemy as sa

from holobase.domain.collection import Collection, Schema
from holobase.domain.principal import Request
from holobase.kit import dates
from holobase.rules.compare import Condition, condition, outcome
from holobase.rules.dialect import AnyJoined, Bracketed, Joins
from holobase.rules.fold import folded, settled
from holobase.rules.functions import argument, call_operand
from holobase.rules.names import Names
from holobase.rules.operands import Constant, Operand, Parameter
from holobase.rules.parser import COMPARISONS_MAX, parse
from holobase.rules.place import ListRules, Place, alias_names
from holobase.rules.predicate import Predicate, compile_predicate
from holobase.rules.resolve import Access, Paths
from holobase.rules.rows import BackMany, BackOne, Base, is_plural
from holobase.rules.syntax import Branch, Call, Comparison, Written, branch, map_leaves
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

CHAIN_MAX = 100
"""Conditions joined without brackets in between."""

_FULL_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?\s?(?:Z|UTC|[+-]\d{2}:?\d{2})?"
    r"| \d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?\s?(?:Z|UTC|[+-]\d{2}:?\d{2}))",
    re.ASCII,
)


class Expression:
    """A compiled rule or filter. Immutable; holds nothing of any request."""

    def __init__(
        self,
        tree: Tree,
        collection: Collection,
        collections: frozenset[str],
        looks_back: bool,
        list_rules: ListRules,
    ) -> None:
        self.tree = tree
        """What was compiled, for the back ends."""
        self._collection = collection
        self._list_rules = list_rules
        self._asks_request = _asks_request(tree)
        self.collections = collections
        """Ids of all collections it reads besides its own row."""
        self.looks_back = looks_back
        """Whether it asks who refers to its own row: no create rule that does is ever met."""

    def where(self, base: sa.FromClause) -> Condition:
        """The condition over a row of `base`, which has the columns of the record's table.

        The statement has to select from `base`: the condition does not bring it along.
        """
        return self.condition(base, alias_names())

    def condition(self, base: sa.FromClause, names: Iterator[str]) -> Condition:
        """As `where`, inside a statement that takes its alias names from `names`."""
        return _sql(self.tree, Place(base, names, self._list_rules))

    @cached_property
    def predicate(self) -> Predicate | None:
        """The same in memory, for a stored record; None where only a statement can tell."""
        return compile_predicate(self.tree, self._collection, self._list_rules)

    @cached_property
    def virtual_predicate(self) -> Predicate | None:
        """As `predicate`, for a record that is about to be created."""
        return compile_predicate(self.tree, self._collection, self._list_rules, is_virtual=True)

    def decide(self, request: Request) -> bool | None:
        """The outcome where the request alone decides it; None where a statement is needed."""
        return _decide(self.tree, request) if self._asks_request else None


def compile_expression(
    text: str,
    collection: Collection,
    schema: Schema,
    access: Access,
    auth: Collection | None,
    *,
    comparisons_max: int = COMPARISONS_MAX,
) -> Expression:
    """Compile a rule or filter over records of `collection`. Raises RuleError.

    `auth` is the caller's collection, None for a guest. The result may be kept for as long as the
    schema is in force.
    """
    written = parse(text, comparisons_max)
    names = Names(collection, schema, access, auth)
    tests: Tree = map_leaves(written, lambda comparison: _test(comparison, names))
    list_rules = list_rules_of(names.paths, schema, auth)
    return _expression([tests, *_restrictions(list_rules)], names.paths, list_rules)


def restriction_of(paths: Paths, list_rules: ListRules) -> Expression | None:
    """What a client's paths ask of a record besides, as one expression."""
    restricted = _restrictions(list_rules)
    return _expression([*restricted], paths, list_rules) if restricted else None


def list_rules_of(paths: Paths, schema: Schema, auth: Collection | None) -> ListRules:
    """The list rules that a client's paths have to honour; none for a rule's own paths."""
    if paths.access is Access.RULE:
        return {}
    return {
        row: compile_expression(entered.list_rule, entered, schema, Access.RULE, auth)
        for row, entered in paths.entered.items()
        if entered.list_rule
    }


def _fold(tree: Tree) -> Tree:
    if isinstance(tree, Branch):
        return folded(tree.is_all, [_fold(item) for item in tree.items])
    if isinstance(tree, Test):
        outcome = settled(tree.left, tree.operator, tree.right)
        if outcome is not None:
            return Branch(outcome, ())
    return tree


def _asks_request(tree: Tree) -> bool:
    """Whether some comparison is decided by the request alone, or all of them are settled."""
    if isinstance(tree, Branch):
        return not tree.items or any(_asks_request(item) for item in tree.items)
    sides = (tree.left, tree.right) if isinstance(tree, Test) else ()
    return bool(sides) and all(isinstance(side, Constant | Parameter) for side in sides)


def _expression(trees: list[Tree], paths: Paths, list_rules: ListRules) -> Expression:
    inside = [rule.collections for rule in list_rules.values()]
    entered = frozenset(entered.id for entered in paths.entered.values())
    looks_back = any(
        isinstance(row, BackOne | BackMany) and isinstance(row.parent, Base)
        for row in paths.entered
    )
    tree = _fold(branch(True, trees))
    return Expression(tree, paths.collection, entered.union(*inside), looks_back, list_rules)


def _restrictions(list_rules: ListRules) -> list[Restriction]:
    """Of single rows: plural ones are joined with nothing else (`Place`)."""
    return [Restriction(row, rule) for row, rule in list_rules.items() if not is_plural(row)]


def _test(comparison: Comparison, names: Names) -> Test:
    left, right = _operand(comparison.left, names), _operand(comparison.right, names)
    if "~" not in comparison.operator:
        left, right = _as_date(left, right), _as_date(right, left)
    return Test(left, comparison.operator, right)


def _operand(written: Written, names: Names) -> Operand:
    return call_operand(written, names) if isinstance(written, Call) else argument(written, names)


def _as_date(operand: Operand, other: Operand) -> Operand:
    # Dates are compared as texts, and clients write them as ISO 8601 does.
    if other.is_date and isinstance(operand, Constant):
        content = operand.content
        if isinstance(content, str) and _FULL_ISO.fullmatch(content):
            return replace(operand, content=dates.normalise(content) or content)
    return operand


def _decide(tree: Tree, request: Request) -> bool | None:
    if isinstance(tree, Test):
        return outcome(tree.operator, tree.left, tree.right, request)
    if isinstance(tree, Restriction):
        return None
    open_items = False
    for item in tree.items:
        decided = _decide(item, request)
        if decided is (not tree.is_all):
            return decided
        open_items = open_items or decided is None
    return None if open_items else tree.is_all


def _sql(tree: Tree, place: Place) -> Condition:
    if isinstance(tree, Branch):
        if not tree.items:
            return sa.true() if tree.is_all else sa.false()
        if tree.is_all:
            return _chain(sa.and_, [_together(g, place) for g in groups(tree.items, place.joins)])
        return _chain(sa.or_, [_sql(item, place) for item in tree.items])
    to_join = needed(tree, place.joins)
    if not to_join:
        return _leaf(tree, place)
    joins, inside = place.joined(to_join)
    return AnyJoined(joins, _leaf(tree, inside))


def _together(items: list[Tree], place: Place) -> Condition:
    """The conjunction of items, with the plural rows that several of them read joined once."""
    rows = shared(items, place.joins)
    if not rows:
        return _chain(sa.and_, [_sql(item, place) for item in items])
    joins, inside = place.joined(rows)
    return AnyJoined(joins, _chain(sa.and_, [_sql(item, inside) for item in items]))


def _chain(join: Callable[..., Condition], conditions: list[Condition]) -> Condition:
    """The conditions joined; long chains in halves, as SQLite reads a chain as one nested inside
    the other and goes a thousand deep at most."""
    if len(conditions) <= CHAIN_MAX:
        return join(*conditions)
    middle = len(conditions) // 2
    halves = conditions[:middle], conditions[middle:]
    return join(*(Bracketed(_chain(join, half)) for half in halves))


def _leaf(leaf: Leaf, place: Place) -> Condition:
    if isinstance(leaf, Restriction):
        return _restricted(leaf, place)
    left, right, operator = leaf.left, leaf.right, leaf.operator
    parts = [condition(operator, left, place, right, place)]
    if not operator.startswith("?") and (left.is_many or right.is_many):
        parts.append(_no_violation(leaf, place))
    for operand in (left, right):
        if operand.email_row:
            shown = place.cell(operand.email_row, "emailVisibility")
            parts.append(shown == sa.literal(1))
    return sa.and_(*parts)


def _no_violation(test: Test, place: Place) -> Condition:
    """That no value (or pair of values) of the plural operands breaks the comparison."""
    left_joins: Joins = ()
    right_joins: Joins = ()
    left_place = right_place = place
    if test.left.is_many:
        left_joins, left_place = place.fresh().joined(test.left.rows)
    if test.right.is_many:
        right_joins, right_place = place.fresh().joined(test.right.rows)
    left, right = one_value(test.left), one_value(test.right)
    holds = condition(test.operator, left, left_place, right, right_place)
    sides = ((test.left, left_place), (test.right, right_place))
    seen = [each for side, at in sides if side.is_many for each in shown(side, at)]
    return sa.not_(AnyJoined((*left_joins, *right_joins), sa.and_(sa.not_(holds), *seen)))


def shown(operand: Operand, place: Place) -> list[Condition]:
    """That a client may see the single records on the way to a plural operand."""
    return [_restricted(each, place) for each in behind(operand, place.list_rules)]


def _restricted(restriction: Restriction, place: Place) -> Condition:
    row, rule = restriction.row, restriction.rule
    table = place.new_table(row)
    seen = sa.or_(table.c.id.is_(None), rule.condition(table, place.names))
    return AnyJoined(((table, place.link(row, table)),), seen)
