from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class DateField(Field, frozen=True, kw_only=True, tag="date"):
    kind: ClassVar[str] = "date"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    min: str = ""
    max: str = ""
    required: bool = False
