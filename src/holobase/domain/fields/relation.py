"""Relation: the ids of records of one collection, one or many, in the order given."""

from typing import ClassVar

from holobase.domain.errors import FieldError
from holobase.domain.fields.field import Value
from holobase.domain.fields.listing import ListField


class RelationField(ListField, frozen=True, kw_only=True, tag="relation"):
    """Points to records of `collection_id`; whether they exist is checked by the store."""

    kind: ClassVar[str] = "relation"

    help: str = ""
    collection_id: str
    cascade_delete: bool = False
    min_select: int = 0
    max_select: int = 0
    required: bool = False

    def check(self, value: Value) -> FieldError | None:
        count = len(value) if self.is_multiple else 1
        if count < self.min_select:
            return FieldError("validation_not_enough_values", {"minSelect": self.min_select})
        if count > max(self.max_select, 1):
            return FieldError("validation_too_many_values", {"maxSelect": self.max_select})
        return None
