from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class PasswordField(Field, frozen=True, kw_only=True, tag="password"):
    kind: ClassVar[str] = "password"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    min: int = 0
    max: int = 0
    pattern: str = ""
    cost: int = 0
    required: bool = False
