"""The `sort` parameter: a list of paths with directions, as ORDER BY terms."""

from collections.abc import Iterator
from typing import Final

import msgspec
import sqlalchemy as sa

from holobase.domain.collection import Collection, Schema
from holobase.rules import dialect
from holobase.rules.errors import RuleError
from holobase.rules.expression import Expression, list_rules_of, restriction_of, shown
from holobase.rules.lexer import Kind, tokens
from holobase.rules.names import Names
from holobase.rules.operands import Column, Operand
from holobase.rules.place import Cells, ListRules, Place, alias_names
from holobase.rules.resolve import Access

TERMS_MAX: Final = 8
"""Terms of one sort."""

TERM_BYTES_MAX: Final = 255
"""Length of the name in one term."""

BLANKS: Final = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""White space that may stand around a term."""

RANDOM: Final = "@random"
ROW_ID: Final = "@rowid"


class Term(msgspec.Struct, frozen=True):
    """One term; `by` is an operand, `RANDOM` or `ROW_ID`."""

    by: Operand | str
    is_descending: bool


class Key(msgspec.Struct, frozen=True):
    """One value by which records are ordered."""

    value: Cells
    is_descending: bool

    @property
    def order(self) -> Cells:
        """The ORDER BY term."""
        return self.value.desc() if self.is_descending else self.value.asc()


class Sort:
    """A compiled sort. Immutable.

    `restriction` is what a record must satisfy besides, or None: the list rules of the
    collections that a client's sort enters.
    """

    def __init__(
        self,
        collection: Collection,
        terms: tuple[Term, ...],
        restriction: Expression | None,
        list_rules: ListRules,
    ) -> None:
        self._collection = collection
        self._terms = terms
        self._list_rules = list_rules
        self.restriction = restriction

    def keys(self, base: sa.FromClause, names: Iterator[str] | None = None) -> list[Key]:
        """What rows of `base` are ordered by, in a statement that takes its alias names from
        `names`; it leaves no order open unless that is random.

        Ties are in the order of insertion (in views, of ids), in the direction of the last term: so
        the walk through an index that serves the last term serves them too.
        """
        place = Place(base, names or alias_names(), self._list_rules)
        keys = [Key(_value(term, place), term.is_descending) for term in self._terms]
        if any(term.by in (RANDOM, ROW_ID) for term in self._terms):
            return keys
        return [*keys, Key(last_tie(self._collection, base), self._terms[-1].is_descending)]

    def order_by(self, base: sa.FromClause) -> list[Cells]:
        """The ORDER BY terms."""
        return [key.order for key in self.keys(base)]


def last_tie(collection: Collection, base: sa.FromClause) -> Cells:
    """What decides the order of records where nothing else does: no two have the same."""
    return base.c.id if collection.is_view else dialect.InsertionOrder(base.c.id)


def compile_sort(
    text: str, collection: Collection, schema: Schema, access: Access, auth: Collection | None
) -> Sort:
    """Compile a sort over records of `collection`. Raises RuleError."""
    written = text.split(",")
    if len(written) > TERMS_MAX:
        raise RuleError("There are too many sort terms.")
    names = Names(collection, schema, access, auth)
    terms = tuple(_term(one.strip(BLANKS), names) for one in written)
    list_rules = list_rules_of(names.paths, schema, auth)
    return Sort(collection, terms, restriction_of(names.paths, list_rules), list_rules)


def _term(text: str, names: Names) -> Term:
    name = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if len(name) > TERM_BYTES_MAX:
        raise RuleError("The name of a sort term is too long.")
    is_descending = text.startswith("-")
    if name == RANDOM or (name == ROW_ID and not names.paths.collection.is_view):
        return Term(name, is_descending)
    found = tokens(name)
    if found[0].kind is not Kind.IDENTIFIER or found[0].value != name:
        raise RuleError("A sort term is the name of a field.")
    operand = names.operand(name, 0)
    if not isinstance(operand, Column):
        raise RuleError("A sort term is the name of a field.")
    return Term(operand, is_descending)


def _value(term: Term, place: Place) -> Cells:
    if term.by == RANDOM:
        return dialect.RandomOrder()
    if isinstance(term.by, str):
        return dialect.InsertionOrder(place.base.c.id)
    if not term.by.rows:
        return term.by.sql(place)
    joins, inside = place.joined(term.by.rows)
    value, seen = term.by.sql(inside), shown(term.by, inside)
    return dialect.FirstJoined(joins, sa.case((sa.and_(*seen), value)) if seen else value)
