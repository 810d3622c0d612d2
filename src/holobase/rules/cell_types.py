"""What a clause may hold and how SQLite would compare it: the static types of cells.

SQLite decides by the value it finds and by the affinity of columns; a dialect that has to know
before gets both from here.
"""

from enum import Enum
from typing import Any, Final

import sqlalchemy as sa

from holobase.domain.fields.field import Storage


class Kind(Enum):
    """What a clause holds, NULL aside."""

    TEXT = "text"
    NUMBER = "number"
    ANY = "any"  # either, and only the value tells


class CellType(sa.types.UserDefinedType[Any]):
    """The type of a clause.

    `has_affinity`: comparisons convert the other side to `kind`, as they do for a column.
    `is_nullable`: a stored cell may be NULL. `is_json`: a stored cell, so certainly valid JSON.
    `is_flag`: a stored cell that is 1 or 0. `is_real`: never an integer, even where it is whole.
    """

    cache_ok = True

    def __init__(
        self,
        kind: Kind,
        *,
        has_affinity: bool = False,
        is_nullable: bool = True,
        is_json: bool = False,
        is_flag: bool = False,
        is_real: bool = False,
    ) -> None:
        self.kind = kind
        self.has_affinity = has_affinity
        self.is_nullable = is_nullable
        self.is_json = is_json
        self.is_flag = is_flag
        self.is_real = is_real

    def as_nullable(self) -> "CellType":
        """The same where there may be no such cell."""
        return CellType(
            self.kind,
            has_affinity=self.has_affinity,
            is_json=self.is_json,
            is_flag=self.is_flag,
            is_real=self.is_real,
        )


TEXT_CELL: Final = CellType(Kind.TEXT, has_affinity=True, is_nullable=False)
NUMBER_CELL: Final = CellType(Kind.NUMBER, has_affinity=True, is_nullable=False)
FLAG_CELL: Final = CellType(Kind.NUMBER, has_affinity=True, is_nullable=False, is_flag=True)
TEXT_VALUE: Final = CellType(Kind.TEXT)
NUMBER_VALUE: Final = CellType(Kind.NUMBER)
REAL_VALUE: Final = CellType(Kind.NUMBER, is_real=True)
ANY_VALUE: Final = CellType(Kind.ANY)

_JSON_CELL = CellType(Kind.TEXT, has_affinity=True, is_json=True)
_FILLED_JSON_CELL = CellType(Kind.TEXT, has_affinity=True, is_nullable=False, is_json=True)
_STORED = {
    Storage.TEXT: TEXT_CELL,
    Storage.NUMBER: NUMBER_CELL,
    Storage.BOOL: FLAG_CELL,
    Storage.LIST: _FILLED_JSON_CELL,
    Storage.JSON: _JSON_CELL,
    Storage.GEO: _FILLED_JSON_CELL,
}


def stored_type(storage: Storage) -> CellType:
    """The type of a column of a record table."""
    return _STORED[storage]


def virtual_type(storage: Storage) -> CellType:
    """The type of a cell that is in no table yet: it has no affinity, and nobody checked it."""
    return NUMBER_VALUE if _STORED[storage].kind is Kind.NUMBER else TEXT_VALUE
