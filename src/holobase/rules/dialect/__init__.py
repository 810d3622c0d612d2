"""Everything one SQL dialect spells differently: constructs, and how each dialect spells them.

No other part of the compiler knows a dialect. SQLite finds out what a value is when it has it;
PostgreSQL has to be told before, so what every clause holds is known (`cell_types`). Its spelling
(`postgres`, `computing_postgres`) is loaded by who talks to it.
"""

from holobase.rules.dialect import computing_sqlite, sqlite
from holobase.rules.dialect.constructs import (
    Against,
    AnyJoined,
    Bracketed,
    Containing,
    FirstJoined,
    GeoDistance,
    HasItem,
    InsertionOrder,
    ItemCount,
    Items,
    Joins,
    JsonValue,
    Like,
    Lookup,
    LooseJsonValue,
    Lower,
    NotLike,
    Numeric,
    RandomOrder,
    Strftime,
)

__all__ = [
    "Against",
    "AnyJoined",
    "Bracketed",
    "Containing",
    "FirstJoined",
    "GeoDistance",
    "HasItem",
    "InsertionOrder",
    "ItemCount",
    "Items",
    "Joins",
    "JsonValue",
    "Like",
    "Lookup",
    "LooseJsonValue",
    "Lower",
    "NotLike",
    "Numeric",
    "RandomOrder",
    "Strftime",
    "computing_sqlite",
    "sqlite",
]
