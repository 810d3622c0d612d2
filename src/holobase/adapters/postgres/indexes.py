"""Indexes: definitions tell them in SQLite's SQL; here they are put into PostgreSQL's.

The order of nulls is said explicitly, as in every sort, so that an index can serve one.
What may fail for some value (a cast, a division) is refused here: SQLite's never does.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import exp

from holobase.adapters.postgres.names import identifier
from holobase.domain.collection import Collection
from holobase.domain.fields import Storage


@dataclass(frozen=True, slots=True)
class Index:
    """`name` and `columns` as the definition has them; no `columns` for expressions.

    `created` is the statement for PostgreSQL.
    """

    name: str
    columns: tuple[str, ...]
    is_unique: bool
    created: str


_HARMLESS: Final = (
    *(exp.Identifier, exp.Column, exp.Table, exp.Ordered, exp.Collate, exp.Paren, exp.Tuple),
    *(exp.Literal, exp.Boolean, exp.Null, exp.Var, exp.Neg),
    *(exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between),
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
    *(exp.Lower, exp.Upper, exp.Length, exp.Coalesce, exp.DPipe),
    *(exp.Create, exp.Index, exp.IndexParameters, exp.Where),
)
"""What has a value for every record, and SQLite's."""


class BadIndex(ValueError):
    """An index that cannot be put into PostgreSQL's words."""


@lru_cache(maxsize=1_000)
def indexes(collection: Collection) -> tuple[Index, ...]:
    """All indexes of a collection. Raises BadIndex."""
    return tuple(index_of(collection, text) for text in collection.indexes)


def index_of(collection: Collection, text: str) -> Index:
    """One index of a collection, from SQLite's text. Raises BadIndex."""
    try:
        [tree] = sqlglot.parse(text, read="sqlite")
    except (sqlglot.errors.SqlglotError, ValueError) as error:
        raise BadIndex(f"not an index: {text}") from error
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Index):
        raise BadIndex(f"not an index: {text}")
    index = tree.this
    for node in tree.walk():
        if not isinstance(node, _HARMLESS):
            raise BadIndex(f"{node.sql('sqlite')} cannot be indexed here")
    if index.args["table"].name.lower() != collection.name.lower():
        raise BadIndex(f"an index on something else than {collection.name}: {text}")
    listed = index.args["params"].args.get("columns") or []
    columns = [_plain_column(each.this, collection) for each in listed]
    is_unique = bool(tree.args.get("unique"))
    name = index.name
    translated = tree.transform(lambda node: _named(node, collection)).transform(_translated)
    for each in translated.find_all(exp.Ordered):
        if _is_never_null(each.this, collection):
            # As queries order such columns: with words about NULLs they could not walk the index.
            each.set("nulls_first", bool(each.args.get("desc")))
    translated.this.set("this", exp.to_identifier(identifier(name), quoted=True))
    return Index(
        name,
        tuple(c for c in columns if c) if all(columns) else (),
        is_unique,
        translated.sql("postgres"),
    )


def _is_never_null(node: exp.Expression, collection: Collection) -> bool:
    nullable = {identifier(f.name) for f in collection.fields if f.storage is Storage.JSON}
    return isinstance(node, exp.Column) and node.name not in nullable


def _plain_column(node: exp.Expression, collection: Collection) -> str:
    node = node.this if isinstance(node, exp.Collate) else node
    return _known_name(node.name, collection) if isinstance(node, exp.Column) else ""


def _named(node: exp.Expression, collection: Collection) -> exp.Expression:
    if not isinstance(node, exp.Identifier):
        return node
    return exp.to_identifier(identifier(_known_name(node.name, collection)), quoted=True)


def _translated(node: exp.Expression) -> exp.Expression:
    match node:
        case exp.Collate():
            return _collated(node)
        case exp.Boolean():
            return exp.Literal.number(int(node.this))
        case exp.Ordered():
            if isinstance(node.this, exp.Column | exp.Collate):
                return node
            node.set("this", exp.Paren(this=node.this))
            return node
    return node


def _collated(node: exp.Collate) -> exp.Expression:
    """SQLite's collations: columns are compared by their bytes already."""
    match node.expression.name.upper():
        case "NOCASE":
            return exp.Paren(this=exp.Lower(this=node.this))
        case "BINARY":
            inner: exp.Expression = node.this
            return inner
    raise BadIndex(f"the collation {node.expression.name} is not known")


def _known_name(name: str, collection: Collection) -> str:
    """The name as the definition has it: SQLite does not regard the case of columns and tables."""
    known = {each.lower(): each for each in (*collection.field_names, collection.name)}
    return known.get(name.lower(), name)
