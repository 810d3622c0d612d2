from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class BoolField(Field, frozen=True, kw_only=True, tag="bool"):
    kind: ClassVar[str] = "bool"
    storage: ClassVar[Storage] = Storage.BOOL

    help: str = ""
    required: bool = False
