"""Bool: yes or no, where anything that does not clearly say yes is a no."""

from typing import ClassVar

from holobase.domain.fields.field import Cell, Field, Storage, Value
from holobase.kit.json import Json

TRUE_TEXTS = frozenset({"1", "t", "T", "true", "TRUE", "True"})


class BoolField(Field, frozen=True, kw_only=True, tag="bool"):
    """A `bool`; cells hold 0 and 1. `required` demands true."""

    kind: ClassVar[str] = "bool"
    storage: ClassVar[Storage] = Storage.BOOL

    help: str = ""
    required: bool = False

    @property
    def zero(self) -> Value:
        return False

    def normalise(self, wire: Json) -> Value:
        if isinstance(wire, str):
            return wire in TRUE_TEXTS
        return isinstance(wire, int | float) and wire != 0

    def to_cell(self, value: Value) -> Cell:
        return int(value)

    def from_cell(self, cell: Cell) -> Value:
        return bool(cell)
