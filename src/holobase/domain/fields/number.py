"""Number: a float64, whole or not, possibly within limits."""

import math
import re
from typing import ClassVar, cast

import msgspec

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Cell, Field, Storage, Value
from holobase.kit import json
from holobase.kit.json import Json

INTEGER_LIMIT = 2**63
"""From here on a number is whole but no 64-bit integer, and refused by `only_int`."""

_NUMERIC = re.compile(r"[+-]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"(?i:nan|[+-]?inf(?:inity)?)")


class NumberField(Field, frozen=True, kw_only=True, tag="number"):
    """An `int` where whole and at most 2**53, else a `float`. 0 is never held against limits."""

    kind: ClassVar[str] = "number"
    storage: ClassVar[Storage] = Storage.NUMBER

    help: str = ""
    min: int | float | None = None
    max: int | float | None = None
    only_int: bool = False
    required: bool = False

    @property
    def zero(self) -> Value:
        return 0

    def normalise(self, wire: Json) -> Value:
        if isinstance(wire, str):
            wire = _parsed(wire)
        if not isinstance(wire, int | float):
            return 0
        return json.number(wire)

    def check(self, value: Value) -> FieldError | None:
        if not math.isfinite(value):
            return FieldError("validation_not_a_number")
        if self.only_int and not _is_whole(value):
            return FieldError("validation_only_int_constraint")
        if self.min is not None and value < self.min:
            return FieldError("validation_min_number_constraint", {"min": json.number(self.min)})
        if self.max is not None and value > self.max:
            return FieldError("validation_max_number_constraint", {"max": json.number(self.max)})
        return None

    def from_cell(self, cell: Cell) -> Value:
        return json.number(cast(float, cell))

    def to_wire(self, value: Value) -> Json:
        # NaN is refused by `check`; rules that look at a value before that see 0.
        return json.wire_number(value) if math.isfinite(value) else 0

    def from_event(self, raw: msgspec.Raw | bytes) -> Value:
        return json.number(float(bytes(raw)))

    def apply_modifier(self, modifier: str, stored: Value, wire: Json) -> Value | None:
        if modifier == "+":
            return json.number(float(stored) + float(self.normalise(wire)))
        if modifier == "-":
            return json.number(float(stored) - float(self.normalise(wire)))
        return None

    def check_options(self) -> ErrorTree:
        return definition.found(min=self._check_min(), max=self._check_max())

    def _check_min(self) -> FieldError | None:
        return _check_whole(self.min) if self.only_int else None

    def _check_max(self) -> FieldError | None:
        if self.only_int and (error := _check_whole(self.max)):
            return error
        if self.min is not None and self.max is not None and self.max < self.min:
            return FieldError("validation_min_number_constraint", {"min": json.number(self.min)})
        return None


def _is_whole(value: float) -> bool:
    return float(value).is_integer() and -INTEGER_LIMIT <= value < INTEGER_LIMIT


def _check_whole(limit: float | None) -> FieldError | None:
    if limit is None or _is_whole(limit):
        return None
    return FieldError("validation_only_int_constraint")


def _parsed(text: str) -> float:
    if _NOT_FINITE.fullmatch(text):
        return float(text)
    if not _NUMERIC.fullmatch(text):
        return 0
    try:
        value = float(text)
    except ValueError:  # underscores anywhere but between digits
        return 0
    return value if math.isfinite(value) else 0
