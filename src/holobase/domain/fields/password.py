"""Password: a plain text on its way in, a bcrypt hash ever after, nothing on its way out."""

from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Field, Storage, Value, text_of
from holobase.domain.patterns import matches
from holobase.kit.json import Json

LENGTH_MAX = 71
BYTES_MAX = 72
"""bcrypt reads no further; a longer text is refused instead of being cut in silence."""

COST_MIN = 4
COST_MAX = 31
COST_DEFAULT = 10


class PasswordField(Field, frozen=True, kw_only=True, tag="password"):
    """`normalise` and `check` are for the plain text (`min`, `max` in code points, 0 means 71).

    The engine puts the hash (of `cost`, 0 means 10) in its place before anything is stored and
    never has a hash checked. `to_wire` is empty whatever the value; cells hold the hash.
    """

    kind: ClassVar[str] = "password"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    min: int = 0
    max: int = 0
    pattern: str = ""
    cost: int = 0
    required: bool = False

    def normalise(self, wire: Json) -> Value:
        return text_of(wire)

    def check(self, value: Value) -> FieldError | None:
        if len(value.encode()) > BYTES_MAX:
            return FieldError("validation_invalid_value")
        if len(value) < self.min:
            return FieldError("validation_min_text_constraint")
        if len(value) > (self.max or LENGTH_MAX):
            return FieldError("validation_max_text_constraint")
        if self.pattern and not matches(self.pattern, value):
            return FieldError("validation_invalid_format")
        return None

    def to_wire(self, value: Value) -> Json:  # noqa: ARG002 - never shown, whatever it is
        return ""

    def check_options(self) -> ErrorTree:
        return definition.found(
            min=definition.optional_between(self.min, 1, LENGTH_MAX),
            max=definition.between(self.max, self.min, LENGTH_MAX) if self.max else None,
            cost=definition.optional_between(self.cost, COST_MIN, COST_MAX),
            pattern=definition.pattern(self.pattern),
        )
