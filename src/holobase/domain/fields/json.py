from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class JsonField(Field, frozen=True, kw_only=True, tag="json"):
    kind: ClassVar[str] = "json"
    storage: ClassVar[Storage] = Storage.JSON

    help: str = ""
    max_size: int = 0
    required: bool = False
