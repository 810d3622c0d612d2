"""Autodate: the moment of the creation or of the last change, set by the engine's clock."""

from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields.field import Field, Storage, Value, text_of
from holobase.kit import dates
from holobase.kit.json import Json


class AutodateField(Field, frozen=True, kw_only=True, tag="autodate"):
    """A `str` as `dates` spells it, empty until first set. What clients send is never used."""

    kind: ClassVar[str] = "autodate"
    storage: ClassVar[Storage] = Storage.TEXT

    on_create: bool = False
    on_update: bool = False

    def normalise(self, wire: Json) -> Value:
        return dates.normalise(text_of(wire))

    def check_options(self) -> ErrorTree:
        if self.on_create or self.on_update:
            return {}
        neither = FieldError("validation_required")
        return {"onCreate": neither, "onUpdate": neither}
