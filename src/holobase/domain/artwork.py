"""Which fields of a collection hold what is derived from a picture of the same record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured:
    """The fields of `collection` by what they hold. `source` names the picture; `made_of` is kept
    beside what was derived, so that everybody knows what it was derived from."""

    collection: str
    source: str
    made_of: str
    width: str
    height: str
    palette: str
    blurhash: str
    foil_mask: str
    normal_map: str
