from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class UrlField(Field, frozen=True, kw_only=True, tag="url"):
    kind: ClassVar[str] = "url"
    storage: ClassVar[Storage] = Storage.TEXT

    help: str = ""
    except_domains: tuple[str, ...] = ()
    only_domains: tuple[str, ...] = ()
    required: bool = False
