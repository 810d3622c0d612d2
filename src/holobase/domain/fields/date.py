"""Date: a moment in UTC to the millisecond, in the one spelling of `kit.dates`."""

from typing import ClassVar

import msgspec

from holobase.domain.errors import FieldError
from holobase.domain.fields.field import Field, Storage, Value, text_of
from holobase.kit import dates
from holobase.kit.json import Json


class DateField(Field, frozen=True, kw_only=True, tag="date"):
    """A `str` like `2024-01-31 12:00:00.000Z` or empty. `min` and `max` are inclusive."""

    kind: ClassVar[str] = "date"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    min: str = ""
    max: str = ""
    required: bool = False

    def __post_init__(self) -> None:
        # A limit that is no date is no limit; the wire shows it as it is in force.
        msgspec.structs.force_setattr(self, "min", dates.normalise(self.min))
        msgspec.structs.force_setattr(self, "max", dates.normalise(self.max))

    def normalise(self, wire: Json) -> Value:
        return dates.normalise(text_of(wire))

    def check(self, value: Value) -> FieldError | None:
        if self.min and value < self.min:
            threshold = {"threshold": dates.rfc3339(self.min)}
            return FieldError("validation_min_greater_equal_than_required", threshold)
        if self.max and value > self.max:
            threshold = {"threshold": dates.rfc3339(self.max)}
            return FieldError("validation_max_less_equal_than_required", threshold)
        return None
