from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class EditorField(Field, frozen=True, kw_only=True, tag="editor"):
    kind: ClassVar[str] = "editor"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    max_size: int = 0
    convert_urls: bool = msgspec.field(default=False, name="convertURLs")
    required: bool = False
