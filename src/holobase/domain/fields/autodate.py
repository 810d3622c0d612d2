from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class AutodateField(Field, frozen=True, kw_only=True, tag="autodate"):
    kind: ClassVar[str] = "autodate"
    storage: ClassVar[Storage] = Storage.TEXT

    on_create: bool = False
    on_update: bool = False
