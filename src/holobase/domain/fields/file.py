from typing import ClassVar

from holobase.domain.fields.listing import ListField


class FileField(ListField, frozen=True, kw_only=True, tag="file"):
    kind: ClassVar[str] = "file"

    help: str = ""
    max_size: int = 0
    max_select: int = 0
    mime_types: tuple[str, ...] = ()
    thumbs: tuple[str, ...] = ()
    protected: bool = False
    required: bool = False
