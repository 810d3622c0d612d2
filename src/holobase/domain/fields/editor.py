"""Editor: rich text as HTML, kept as it was sent."""

from typing import ClassVar

import msgspec

from holobase.domain.errors import ErrorTree, FieldError
from holobase.domain.fields import definition
from holobase.domain.fields.field import Field, Storage, Value, text_of
from holobase.kit.json import Json

SIZE_BYTES_MAX_DEFAULT = 5 * 1024 * 1024


class EditorField(Field, frozen=True, kw_only=True, tag="editor"):
    """A `str`. `max_size` counts UTF-8 bytes (0 means 5 MiB)."""

    kind: ClassVar[str] = "editor"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    max_size: int = 0
    convert_urls: bool = msgspec.field(default=False, name="convertURLs")
    required: bool = False

    def normalise(self, wire: Json) -> Value:
        return text_of(wire)

    def check(self, value: Value) -> FieldError | None:
        largest = self.max_size or SIZE_BYTES_MAX_DEFAULT
        if len(value.encode()) > largest:
            return FieldError("validation_content_size_limit", {"maxSize": largest})
        return None

    def check_options(self) -> ErrorTree:
        return definition.found(max_size=definition.between(self.max_size, 0))
