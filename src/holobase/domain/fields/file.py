"""File: the stored names of one or more files of a record."""

import re
from collections.abc import Container, Mapping
from typing import ClassVar

from holobase.domain.content_types import essence
from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Value
from holobase.domain.fields.listing import ListField
from holobase.domain.upload import Upload

BYTES_DEFAULT = 5 * 1024 * 1024
"""Largest file where a field does not say."""

_THUMB = re.compile(r"([0-9]+)x([0-9]+)([tbf]?)")
_EMPTY_THUMBS = frozenset({"0x0", "0x0t", "0x0b", "0x0f"})


class FileField(ListField, frozen=True, kw_only=True, tag="file"):
    """Names of stored files. `max_size` counts bytes (0 means 5 MiB).

    `check` knows neither what the record holds nor what was sent: `check_files` does.
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
        return self.check_files(value, (), {})

    def check_files(
        self, value: Value, stored: Container[str], uploads: Mapping[str, Upload]
    ) -> FieldError | None:
        """What is wrong with a value: nobody can name a file into being, so each name must be one
        that the record has in this field already, or that of an upload."""
        names = self.items(value)
        unknown = [name for name in names if name not in stored and name not in uploads]
        if unknown:
            return FieldError("validation_invalid_file", {"invalidFiles": unknown})
        most = max(self.max_select, 1)
        if len(names) > most:
            return FieldError("validation_too_many_files", {"maxSelect": most})
        errors = (self._check_upload(uploads[name]) for name in names if name in uploads)
        return next((error for error in errors if error), None)

    @property
    def file_bytes_max(self) -> int:
        """Largest file."""
        return self.max_size or BYTES_DEFAULT

    def _check_upload(self, upload: Upload) -> FieldError | None:
        if upload.size > self.file_bytes_max:
            params = {"file": upload.original_name, "maxSize": self.file_bytes_max}
            return FieldError("validation_file_size_limit", params)
        allowed = {essence(kind) for kind in self.mime_types}
        if allowed and essence(upload.content_type) not in allowed:
            return FieldError("validation_invalid_mime_type")
        return None

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
