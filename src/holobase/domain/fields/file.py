"""File: the stored names of one or more files of a record."""

import re
from typing import ClassVar

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Value
from holobase.domain.fields.listing import ListField

_THUMB = re.compile(r"([0-9]+)x([0-9]+)([tbf]?)")
_EMPTY_THUMBS = frozenset({"0x0", "0x0t", "0x0b", "0x0f"})


class FileField(ListField, frozen=True, kw_only=True, tag="file"):
    """Names of stored files. `max_size` counts bytes (0 means 5 MiB).

    `check` is asked about values that a request gives, after the names that the record already
    holds were taken out: nobody can name a file into being, so any name left is refused.
    """

    kind: ClassVar[str] = "file"

    help: str = ""
    max_size: int = 0
    max_select: int = 0
    mime_types: tuple[str, ...] = ()
    thumbs: tuple[str, ...] = ()
    protected: bool = False
    required: bool = False

    def check(self, value: Value) -> FieldError | None:
        return FieldError("validation_invalid_file", {"invalidFiles": self.items(value)})

    def check_options(self) -> ErrorTree:
        thumbs = {
            str(index): error
            for index, thumb in enumerate(self.thumbs)
            if (error := _check_thumb(thumb))
        }
        numbers = definition.found(
            max_size=definition.between(self.max_size, 0),
            max_select=definition.between(self.max_select, 0),
        )
        return {**numbers, **({"thumbs": thumbs} if thumbs else {})}


def _check_thumb(thumb: str) -> FieldError | None:
    if thumb in _EMPTY_THUMBS:
        return FieldError("validation_not_in_invalid")
    return None if _THUMB.fullmatch(thumb) else FieldError("validation_match_invalid")
