from typing import ClassVar

import msgspec

from holobase.domain.fields.field import Field, Storage


class GeoPointField(Field, frozen=True, kw_only=True, tag="geoPoint"):
    kind: ClassVar[str] = "geoPoint"
    storage: ClassVar[Storage] = Storage.GEO

    help: str = ""
    required: bool = False
