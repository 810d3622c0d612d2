"""Relation: the ids of records of one collection, one or many, in the order given."""

from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Value
from holobase.domain.fields.listing import ListField


class RelationField(ListField, frozen=True, kw_only=True, tag="relation"):
    """Points to records of `collection_id`; whether they exist is checked by the store."""

    kind: ClassVar[str] = "relation"

    help: str = ""
    collection_id: str = ""
    cascade_delete: bool = False
    min_select: int = 0
    max_select: int = 0
    required: bool = False

    def check(self, value: Value) -> FieldError | None:
        count = self.count(value)
        if count < self.min_select:
            return FieldError("validation_not_enough_values", {"minSelect": self.min_select})
        if count > max(self.max_select, 1):
            return FieldError("validation_too_many_values", {"maxSelect": max(self.max_select, 1)})
        return None

    def check_options(self) -> ErrorTree:
        return definition.found(
            collection_id=None if self.collection_id else FieldError("validation_required"),
            min_select=definition.between(self.min_select, 0),
            max_select=self._check_max_select(),
        )

    def _check_max_select(self) -> FieldError | None:
        if self.min_select > 0 and not self.max_select:
            return FieldError("validation_required")
        return definition.optional_between(self.max_select, max(self.min_select, 0))
