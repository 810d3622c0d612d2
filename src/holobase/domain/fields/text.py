"""Text: a string with a length in code points, a pattern, and possibly a generated default."""

from typing import ClassVar

from holobase.domain.errors import FieldError
from holobase.domain.fields.field import Field, Value, text_of
from holobase.domain.patterns import generate, matches
from holobase.kit.json import Json

LENGTH_MAX_DEFAULT = 5000


class TextField(Field, frozen=True, kw_only=True, tag="text"):
    """`min` and `max` count code points (`max` 0 means 5000); `pattern` is an unanchored RE2."""

    kind: ClassVar[str] = "text"

    help: str = ""
    min: int = 0
    max: int = 0
    pattern: str = ""
    autogenerate_pattern: str = ""
    required: bool = False
    primary_key: bool = False

    def normalise(self, wire: Json) -> Value:
        return text_of(wire)

    def check(self, value: Value) -> FieldError | None:
        if self.min and len(value) < self.min:
            return FieldError("validation_min_text_constraint", {"min": self.min})
        longest = self.max or LENGTH_MAX_DEFAULT
        if len(value) > longest:
            return FieldError("validation_max_text_constraint", {"max": longest})
        if self.pattern and not matches(self.pattern, value):
            return FieldError("validation_invalid_format")
        return None

    def apply_modifier(self, modifier: str, stored: Value, wire: Json) -> Value | None:
        if modifier == ":autogenerate" and self.autogenerate_pattern:
            return text_of(wire) + generate(self.autogenerate_pattern)
        return None
