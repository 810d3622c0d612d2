"""Select: one or more out of a fixed list of texts."""

from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Value
from holobase.domain.fields.listing import ListField


class SelectField(ListField, frozen=True, kw_only=True, tag="select"):
    """Chosen `values`: at most `max_select` of them, in the order given."""

    kind: ClassVar[str] = "select"

    help: str = ""
    values: tuple[str, ...] = ()
    max_select: int = 0
    required: bool = False

    def check(self, value: Value) -> FieldError | None:
        if self.count(value) > max(self.max_select, 1):
            return FieldError("validation_too_many_values", {"maxSelect": max(self.max_select, 1)})
        for item in self.items(value):
            if item not in self.values:
                return FieldError("validation_invalid_value", {"value": item})
        return None

    def check_options(self) -> ErrorTree:
        if not self.values:
            return {"values": FieldError("validation_required")}
        return definition.found(max_select=definition.between(self.max_select, 0, len(self.values)))
