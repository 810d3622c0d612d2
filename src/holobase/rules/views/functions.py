"""The functions that a query may call: SQLite's, where PostgreSQL can give the same answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlglot import exp, jsonpath
from sqlglot.errors import SqlglotError

from holobase.domain.fields import Cell
from holobase.rules.cell_types import (
    NUMBER_VALUE,
    REAL_VALUE,
    TEXT_VALUE,
    CellType,
    Kind,
)
from holobase.rules.dialect import JsonValue, LooseJsonValue, Lower, Strftime
from holobase.rules.dialect.computing import (
    FLAG,
    INTEGER,
    NUMERIC,
    REAL,
    TEXT,
    Bare,
    Call,
    Cast,
    CastType,
    Held,
    IsTrue,
)
from holobase.rules.dialect.constructs import Clause
from holobase.rules.dialect.held import bare, holds
from holobase.rules.views.errors import BadView

ARGUMENTS_MAX: Final = 20
"""Arguments of one call."""

AGGREGATES: Final = frozenset({"count", "sum", "total", "avg", "min", "max", "group_concat"})
WINDOWED: Final = frozenset(
    {"row_number", "rank", "dense_rank", "count", "sum", "avg", "min", "max"}
)
CLOCKS: Final = frozenset({"date", "time", "datetime", "julianday", "unixepoch", "strftime"})
"""Functions that may ask what time it is."""

CASTS: Final[Mapping[str, CastType]] = {
    **dict.fromkeys(("INT", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT"), INTEGER),
    **dict.fromkeys(("TEXT", "VARCHAR", "CHAR", "NVARCHAR", "NCHAR"), TEXT),
    **dict.fromkeys(("FLOAT", "DOUBLE", "REAL"), REAL),
    **dict.fromkeys(("DECIMAL",), NUMERIC),
    **dict.fromkeys(("BOOLEAN",), FLAG),
}
"""The types of casts, by the parser's name."""

_SHAPES: Final = {"date": "%Y-%m-%d", "time": "%H:%M:%S", "datetime": "%Y-%m-%d %H:%M:%S"}


@dataclass(frozen=True, slots=True)
class Function:
    """How a function is built of its arguments, and how many it takes."""

    make: Callable[..., Clause]
    least: int
    most: int


def call(name: str, arguments: list[Clause]) -> Clause:
    """A call of a function that is no aggregate. Raises BadView."""
    function = _FUNCTIONS.get(name)
    if function is None:
        raise BadView(f"The function {name} is not known here.")
    if not function.least <= len(arguments) <= function.most:
        raise BadView(f"{name} does not take {len(arguments)} arguments.")
    return function.make(*arguments)


def aggregated(name: str, arguments: list[Clause]) -> CellType:
    """What an aggregate of these arguments holds. Raises BadView."""
    takes = (0, 0) if name in ("row_number", "rank", "dense_rank") else (1, 1)
    takes = {"count": (0, 1), "group_concat": (1, 2)}.get(name, takes)
    if not takes[0] <= len(arguments) <= takes[1]:
        raise BadView(f"{name} does not take {len(arguments)} arguments here.")
    if name in ("min", "max"):
        return holds(arguments[0]).as_nullable()
    if name == "group_concat":
        return TEXT_VALUE
    if name in ("total", "avg") or (name == "sum" and holds(arguments[0]).is_real):
        return REAL_VALUE
    return NUMBER_VALUE


def is_aggregate(node: exp.Expr) -> bool:
    """Whether a node is an aggregate: `min` and `max` of several values are none."""
    if not isinstance(node, exp.Anonymous):
        return False
    name = str(node.this).lower()
    return name in AGGREGATES and not (name in ("min", "max") and len(node.expressions) > 1)


def literal(value: Cell) -> Clause:
    """A value of the query's own."""
    return sa.literal(value, sa.types.NullType())


def json_at(cell: Clause, path: exp.Expr) -> Clause:
    """The value at a JSON path. Raises BadView."""
    steps = tuple(step.this for step in path.expressions if not isinstance(step, exp.JSONPathRoot))
    if not all(_is_step(step) for step in steps):
        raise BadView("A JSON path is made of names without quotes, and of places.")
    extract = JsonValue if holds(cell).is_json else LooseJsonValue
    value = extract(cell, steps)
    return Held(value.holds, value)


def _is_step(step: object) -> bool:
    if isinstance(step, str):
        return bool(step) and '"' not in step and "\\" not in step
    return isinstance(step, int) and step >= 0


def _json_extract(cell: Clause, path: Clause) -> Clause:
    written = bare(path)
    if not isinstance(written, sa.BindParameter) or not isinstance(written.value, str):
        raise BadView("A JSON path is a text in the query itself.")
    try:
        return json_at(cell, jsonpath.parse(written.value))
    except SqlglotError as error:
        raise BadView("The JSON path is malformed.") from error


def _json_array_length(cell: Clause) -> Clause:
    if not holds(cell).is_json:
        raise BadView("json_array_length takes a field that holds JSON.")
    return Call("json_array_length", (Kind.TEXT,), "hb_json_length({})", NUMBER_VALUE, cell)


def _plain(
    name: str, takes: tuple[Kind, ...], postgres: str, held: CellType
) -> Callable[..., Call]:
    return lambda *arguments: Call(name, takes, postgres, held, *arguments)


def _moment(shape: str) -> Callable[..., Clause]:
    return lambda *arguments: Strftime(literal(shape), *(arguments or (literal("now"),)))


def _julian_day(*arguments: Clause) -> Clause:
    return Cast(_moment("%J")(*arguments), REAL)


def _unix_epoch(*arguments: Clause) -> Clause:
    return Cast(_moment("%s")(*arguments), INTEGER)


def _either(*arguments: Clause) -> Clause:
    made = sa.func.coalesce(*arguments)
    return Held(holds(made), made)


def _null_if(left: Clause, right: Clause) -> Clause:
    return choice([(Bare(left) == Bare(right), literal(None))], left)


def _if(condition: Clause, then: Clause, otherwise: Clause | None = None) -> Clause:
    return choice([(IsTrue(condition), then)], otherwise)


def choice(whens: list[tuple[Clause, Clause]], otherwise: Clause | None) -> Clause:
    """The value behind the first condition that holds."""
    made = sa.case(*whens, else_=literal(None) if otherwise is None else otherwise)
    kinds = [holds(then) for _, then in whens if not _is_null(then)]
    kinds += [] if otherwise is None or _is_null(otherwise) else [holds(otherwise)]
    held = CellType(kinds[0].kind if len({k.kind for k in kinds}) == 1 else Kind.ANY)
    return Held(held, made)


def _is_null(clause: Clause) -> bool:
    inner = bare(clause)
    return isinstance(inner, sa.BindParameter) and inner.value is None


_TEXTS = (Kind.TEXT,)
_CUT = (Kind.TEXT, Kind.NUMBER)
_FUNCTIONS: Final[Mapping[str, Function]] = {
    "abs": Function(_plain("abs", (Kind.NUMBER,), "abs({})", NUMBER_VALUE), 1, 1),
    "coalesce": Function(_either, 2, ARGUMENTS_MAX),
    "date": Function(_moment(_SHAPES["date"]), 0, ARGUMENTS_MAX),
    "datetime": Function(_moment(_SHAPES["datetime"]), 0, ARGUMENTS_MAX),
    "ifnull": Function(_either, 2, 2),
    "iif": Function(_if, 2, 3),
    "instr": Function(_plain("instr", _TEXTS, "strpos({})", NUMBER_VALUE), 2, 2),
    "json_array_length": Function(_json_array_length, 1, 1),
    "json_extract": Function(_json_extract, 2, 2),
    "julianday": Function(_julian_day, 0, ARGUMENTS_MAX),
    "length": Function(_plain("length", _TEXTS, "length({})", NUMBER_VALUE), 1, 1),
    "lower": Function(Lower, 1, 1),
    "ltrim": Function(_plain("ltrim", _TEXTS, "ltrim({})", TEXT_VALUE), 1, 2),
    "nullif": Function(_null_if, 2, 2),
    "replace": Function(_plain("replace", _TEXTS, "replace({})", TEXT_VALUE), 3, 3),
    "round": Function(_plain("round", (Kind.NUMBER,), "hb_round({})", REAL_VALUE), 1, 2),
    "rtrim": Function(_plain("rtrim", _TEXTS, "rtrim({})", TEXT_VALUE), 1, 2),
    "strftime": Function(Strftime, 1, ARGUMENTS_MAX),
    "substr": Function(_plain("substr", _CUT, "hb_substr({})", TEXT_VALUE), 2, 3),
    "substring": Function(_plain("substr", _CUT, "hb_substr({})", TEXT_VALUE), 2, 3),
    "time": Function(_moment(_SHAPES["time"]), 0, ARGUMENTS_MAX),
    "trim": Function(_plain("trim", _TEXTS, "btrim({})", TEXT_VALUE), 1, 2),
    "unixepoch": Function(_unix_epoch, 0, ARGUMENTS_MAX),
    "upper": Function(_plain("upper", _TEXTS, 'upper(({}) COLLATE "C")', TEXT_VALUE), 1, 1),
}
