"""Index statements: understood by a parser of SQL, never by hand.

The text of a statement that names its own table is kept as it was sent; any other is spelled anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlglot import exp

NAME_LENGTH_MAX: Final = 64
"""Where the names of the indexes that an auth collection always has are cut, as in PocketBase."""

STATEMENT_BYTES_MAX: Final = 4_096
"""Longest statement: dozens of columns fit."""

PARSED_MAX: Final = 2_000
"""Statements kept parsed: all indexes of some hundred collections."""


class NoIndex(ValueError):
    """The text is no statement that makes an index."""


@dataclass(frozen=True, slots=True)
class Index:
    """A statement taken apart. `keys` are the indexed columns and expressions as SQL, `columns`
    their names where they are plain columns, else empty; `reads` are all columns it names."""

    name: str
    table: str
    is_unique: bool
    if_not_exists: bool
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    where: str
    reads: frozenset[str]

    @property
    def definition(self) -> tuple[object, ...]:
        """What two indexes that do the same have in common."""
        return self.is_unique, tuple(key.lower() for key in self.keys), self.where

    def on(self, table: str) -> str:
        """The statement for a table of this name."""
        unique = "UNIQUE " if self.is_unique else ""
        exists = "IF NOT EXISTS " if self.if_not_exists else ""
        keys = self.keys[0] if len(self.keys) == 1 else "\n  " + ",\n  ".join(self.keys) + "\n"
        where = f" WHERE {self.where}" if self.where else ""
        return (
            f"CREATE {unique}INDEX {exists}{_quoted(self.name)} ON {_quoted(table)} ({keys}){where}"
        )


@lru_cache(maxsize=PARSED_MAX)
def parsed(text: str) -> Index:
    """The parts of a statement. Raises NoIndex."""
    # Not at the top: the parser takes a tenth of a second to load, and a start needs no index.
    import sqlglot  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415

    if len(text.encode()) > STATEMENT_BYTES_MAX:
        raise NoIndex(f"A statement has at most {STATEMENT_BYTES_MAX} bytes.")
    try:
        trees = sqlglot.parse(text, read="sqlite")
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError) as error:
        raise NoIndex("It is not SQL.") from error
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Index):
        raise NoIndex("It is not one statement that makes an index.")
    index, params = tree.this, tree.this.args.get("params")
    table = index.args.get("table")
    listed = (params.args.get("columns") if params else None) or []
    foreign = [key for key, value in (params.args if params else {}).items() if value]
    if not (index.name and table and listed) or set(foreign) - {"columns", "where"}:
        raise NoIndex("It names no index, no table or no columns, or is not SQLite's.")
    if any(node.comments for node in tree.walk()):
        raise NoIndex("A comment has no place in it.")
    where = params.args.get("where") if params else None
    written, condition = _written(text)
    return Index(
        name=index.name,
        table=table.name,
        is_unique=bool(tree.args.get("unique")),
        if_not_exists=bool(tree.args.get("exists")),
        keys=tuple(_key(node, key) for node, key in zip(listed, written, strict=True)),
        columns=tuple(_column(node) for node in listed),
        where=condition,
        reads=frozenset(
            column.name
            for node in [*listed, *([where] if where else [])]
            for column in node.find_all(exp.Column)
        ),
    )


def _written(text: str) -> tuple[list[str], str]:
    """The keys of a statement and its condition, each as it was written."""
    import sqlglot  # noqa: PLC0415

    deeper = {sqlglot.TokenType.L_PAREN: 1, sqlglot.TokenType.R_PAREN: -1}
    keys: list[str] = []
    depth = begin = 0
    for token in sqlglot.tokenize(text, read="sqlite"):
        depth += deeper.get(token.token_type, 0)
        if depth == 1 and token.token_type is sqlglot.TokenType.L_PAREN and not keys and not begin:
            begin = token.end + 1
        elif (depth == 1 and token.token_type is sqlglot.TokenType.COMMA) or (
            not depth and token.token_type is sqlglot.TokenType.R_PAREN and begin
        ):
            keys.append(text[begin : token.start].strip())
            begin = token.end + 1 if depth else 0
        elif not depth and token.token_type is sqlglot.TokenType.WHERE:
            return keys, text[token.end + 1 :].strip(" \t\r\n;")
    return keys, ""


def _key(node: "exp.Expression", written: str) -> str:
    from sqlglot import exp  # noqa: PLC0415

    copy = node.copy()
    for identifier in copy.find_all(exp.Identifier):
        identifier.set("quoted", False)
    name = _column(node)
    text = copy.sql("sqlite")
    return _quoted(name) + text[len(name) :] if name and text.startswith(name) else written


def _column(node: "exp.Expression") -> str:
    from sqlglot import exp  # noqa: PLC0415

    inner = node.this if isinstance(node, exp.Ordered) else node
    inner = inner.this if isinstance(inner, exp.Collate) else inner
    return str(inner.name) if isinstance(inner, exp.Column) else ""


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def rebuilt(texts: Iterable[str], table: str) -> tuple[str, ...]:
    """The statements for a table: those that name another one are spelled anew for it, and what
    is no index is left for the checks to see."""
    return tuple(_for_table(text.strip(), table) for text in texts)


def _for_table(text: str, table: str) -> str:
    try:
        index = parsed(text)
    except NoIndex:
        return text
    return text if index.table.lower() == table.lower() else index.on(table)


def with_auth_indexes(texts: tuple[str, ...], collection_id: str, table: str) -> tuple[str, ...]:
    """The statements with the unique indexes that every auth collection has."""
    unique = unique_columns(texts)
    wanted = {"tokenKey": "", "email": " WHERE `email` != ''"}
    return (
        *texts,
        *(
            f"CREATE UNIQUE INDEX `{f'idx_{column}_{collection_id}'[:NAME_LENGTH_MAX]}`"
            f" ON `{table}` (`{column}`){where}"
            for column, where in wanted.items()
            if column not in unique
        ),
    )


def unique_columns(texts: Iterable[str]) -> frozenset[str]:
    """The columns that have a unique index of their own."""
    found: set[str] = set()
    for text in texts:
        try:
            index = parsed(text)
        except NoIndex:
            continue
        if index.is_unique and len(index.columns) == 1 and index.columns[0]:
            found.add(index.columns[0])
    return frozenset(found)
