"""What select, relation and file share: one text or a list of texts, chosen by `max_select`."""

from typing import cast

from holobase.domain.fields.field import Cell, Field, Storage, Value, list_of
from holobase.kit import json
from holobase.kit.json import Json


class ListField(Field, frozen=True, kw_only=True):
    """A single value is a `str`, a multiple one a `list[str]` without empties or duplicates."""

    @property
    def is_multiple(self) -> bool:
        return bool(self.max_select > 1)  # type: ignore[attr-defined]  # each type has it

    @property
    def storage(self) -> Storage:  # type: ignore[override]  # it depends on max_select here
        return Storage.LIST if self.is_multiple else Storage.TEXT

    @property
    def zero(self) -> Value:
        return [] if self.is_multiple else ""

    def normalise(self, wire: Json) -> Value:
        items = list_of(wire)
        if self.is_multiple:
            return items
        last = items[-1] if items else ""
        # It may be the text of a list itself. Each one inside another is shorter.
        return last if last == wire else self.normalise(last)

    def to_cell(self, value: Value) -> Cell:
        return json.encode(value).decode() if self.is_multiple else value

    def from_cell(self, cell: Cell) -> Value:
        return json.decode_list(cast(str, cell)) if self.is_multiple else cell

    def items(self, value: Value) -> list[str]:
        """The value as a list, whether single or multiple."""
        if self.is_multiple:
            return list(value)
        return [value] if value else []

    def count(self, value: Value) -> int:
        """How many values it counts as: a single text that begins as a list counts as several."""
        return len(value) if self.is_multiple else len(list_of(value))

    def apply_modifier(self, modifier: str, stored: Value, wire: Json) -> Value | None:
        before, given = self.items(stored), list_of(wire)
        if modifier == "+":
            return self.normalise(before + given)
        if modifier == "+<":
            return self.normalise(given + before)
        if modifier == "-":
            return self.normalise([item for item in before if item not in given])
        return None
