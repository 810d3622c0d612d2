"""What a clause holds, and as what two of them are compared: SQLite's rules, without the values."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import elements
from sqlalchemy.sql.functions import coalesce

from holobase.domain.fields import Cell
from holobase.rules.cell_types import ANY_VALUE, NUMBER_VALUE, TEXT_VALUE, CellType, Kind
from holobase.rules.dialect.constructs import Clause, FirstJoined


def holds(clause: Clause) -> CellType:
    """What a clause holds, and whether a comparison converts the other side to that."""
    clause = bare(clause)
    if isinstance(clause, sa.BindParameter):
        return _held_by_constant(clause.value) if not clause.required else ANY_VALUE
    if isinstance(clause, FirstJoined):
        return holds(clause.value)
    if isinstance(clause, coalesce | sa.Case):
        # SQLite gives neither the affinity of what is inside.
        inside = [*clause.clauses] if isinstance(clause, coalesce) else _results(clause)
        kinds = {holds(each).kind for each in inside}
        return {Kind.TEXT: TEXT_VALUE, Kind.NUMBER: NUMBER_VALUE}.get(
            kinds.pop() if len(kinds) == 1 else Kind.ANY, ANY_VALUE
        )
    held = getattr(clause, "holds", clause.type)
    return held if isinstance(held, CellType) else ANY_VALUE


def _results(clause: sa.Case[Any]) -> list[Clause]:
    otherwise = [] if clause.else_ is None else [clause.else_]
    return [*(then for _, then in clause.whens), *otherwise]


def _held_by_constant(value: Cell) -> CellType:
    if isinstance(value, str):
        return TEXT_VALUE
    return ANY_VALUE if value is None else NUMBER_VALUE


def compared_as(left: CellType, right: CellType) -> tuple[Kind, bool]:
    """As what two sides are compared, and whether that is the affinity of one of them."""
    kinds = [held.kind for held in (left, right) if held.has_affinity]
    if kinds:
        return (Kind.NUMBER if Kind.NUMBER in kinds else Kind.TEXT), True
    return (left.kind if left.kind is right.kind else Kind.ANY), False


def is_flag(clause: Clause) -> bool:
    """Whether a clause is a stored flag, or a constant that one can be compared with."""
    clause = bare(clause)
    if isinstance(clause, sa.BindParameter):
        return not clause.required and clause.value in (0, 1)
    # A function of a flag has its type in SQLAlchemy's eyes, but may be something else.
    return (
        isinstance(clause, sa.ColumnClause)
        and isinstance(clause.type, CellType)
        and clause.type.is_flag
    )


def bare(clause: Any) -> Any:
    """The clause without its brackets and name."""
    while isinstance(clause, elements.Grouping | elements.Label | sa.ScalarSelect):
        clause = clause.element
    return clause
