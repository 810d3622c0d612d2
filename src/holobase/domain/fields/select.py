from typing import ClassVar

from holobase.domain.fields.listing import ListField


class SelectField(ListField, frozen=True, kw_only=True, tag="select"):
    kind: ClassVar[str] = "select"

    help: str = ""
    values: tuple[str, ...] = ()
    max_select: int = 0
    required: bool = False
