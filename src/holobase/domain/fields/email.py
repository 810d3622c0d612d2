from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class EmailField(Field, frozen=True, kw_only=True, tag="email"):
    kind: ClassVar[str] = "email"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    except_domains: tuple[str, ...] = ()
    only_domains: tuple[str, ...] = ()
    required: bool = False
