from typing import ClassVar

from holobase.domain.fields.field import Field, Storage, Value


class NumberField(Field, frozen=True, kw_only=True, tag="number"):
    kind: ClassVar[str] = "number"
    storage: ClassVar[Storage] = Storage.NUMBER

    help: str = ""
    min: float | None = None
    max: float | None = None
    only_int: bool = False
    required: bool = False

    @property
    def zero(self) -> Value:
        return 0
