"""Text: a string with a length in code points, a pattern, and possibly a generated default."""

from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Field, Value, text_of
from holobase.domain.patterns import IDS, UnsupportedPattern, generate, matches
from holobase.kit.json import Json

LENGTH_MAX_DEFAULT = 5000
ID_PATTERN_DEFAULT = IDS
SAMPLES = 10
"""How often an autogenerate pattern is tried out before a definition is accepted."""

# Record ids stand in URLs, rules and file paths; the default pattern has none of these.
_FORBIDDEN_ID_CHARACTERS = "./\\|\"'`<>:?*%$\x00\t\n\r "
_RESERVED_IDS = frozenset(
    {"CON", "PRN", "AUX", "NUL"}
    | {f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)}
)


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
        if self.primary_key and self.pattern != ID_PATTERN_DEFAULT:
            return _check_id(value)
        return None

    def apply_modifier(
        self,
        modifier: str,
        stored: Value,  # noqa: ARG002 - the generated text takes its place
        wire: Json,
    ) -> Value | None:
        if modifier != ":autogenerate":
            return None
        return text_of(wire) + generate(self.autogenerate_pattern)

    def check_options(self) -> ErrorTree:
        shortest = definition.between(self.min, 0)
        errors = definition.found(
            min=shortest,
            max=definition.between(self.max, max(self.min, 0) if self.max else 0),
            pattern=definition.pattern(self.pattern),
            autogenerate_pattern=definition.pattern(self.autogenerate_pattern),
        )
        if not errors and self.autogenerate_pattern:
            errors = definition.found(autogenerate_pattern=self._check_samples())
        return {**errors, **self._check_primary_key()} if self.primary_key else errors

    def _check_samples(self) -> FieldError | None:
        try:
            samples = [generate(self.autogenerate_pattern) for _ in range(SAMPLES)]
        except UnsupportedPattern:
            return FieldError("validation_invalid_autogenerate_pattern")
        if any(self.check(sample) for sample in samples):
            return FieldError("validation_invalid_autogenerate_pattern_value")
        return None

    def _check_primary_key(self) -> ErrorTree:
        return definition.found(
            name=None if self.name == "id" else FieldError("validation_in_invalid"),
            pattern=definition.required(self.pattern) or definition.pattern(self.pattern),
            hidden=FieldError("validation_empty") if self.hidden else None,
            required=None if self.required else FieldError("validation_required"),
        )


def _check_id(value: str) -> FieldError | None:
    for character in _FORBIDDEN_ID_CHARACTERS:
        if character in value:
            return FieldError("validation_forbidden_pk_character", {"ch": character})
    if (reserved := value.upper()) in _RESERVED_IDS:
        return FieldError("validation_reserved_pk", {"reserved": reserved})
    return None
