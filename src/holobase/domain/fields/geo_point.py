"""Geo point: a place on earth in decimal degrees."""

from typing import ClassVar, cast

import msgspec

from holobase.domain.errors import FieldError
from holobase.domain.fields.field import Cell, Field, Storage, Value
from holobase.kit import json
from holobase.kit.json import Json

LATITUDE_MAX = 90
LONGITUDE_MAX = 180


class GeoPointField(Field, frozen=True, kw_only=True, tag="geoPoint"):
    """A `dict` of `lon` (-180..180) and `lat` (-90..90), numbers; 0, 0 counts as empty."""

    kind: ClassVar[str] = "geoPoint"
    storage: ClassVar[Storage] = Storage.GEO

    help: str = ""
    required: bool = False

    @property
    def zero(self) -> Value:
        return {"lon": 0, "lat": 0}

    def normalise(self, wire: Json) -> Value:
        if isinstance(wire, str):
            wire = _parsed(wire)
        if not isinstance(wire, dict):
            return self.zero
        members = {name: _member(wire, name) for name in ("lon", "lat")}
        # One member that is no number makes the whole point nothing: half a place is none.
        if any(isinstance(m, bool) or not isinstance(m, int | float) for m in members.values()):
            return self.zero
        return {name: json.number(member) for name, member in members.items()}

    def check(self, value: Value) -> FieldError | None:
        if not -LATITUDE_MAX <= value["lat"] <= LATITUDE_MAX:
            return FieldError("validation_invalid_latitude")
        if not -LONGITUDE_MAX <= value["lon"] <= LONGITUDE_MAX:
            return FieldError("validation_invalid_longitude")
        return None

    def to_cell(self, value: Value) -> Cell:
        return json.encode(self.to_wire(value)).decode()

    def from_cell(self, cell: Cell) -> Value:
        return self.normalise(cast(str, cell))

    def to_wire(self, value: Value) -> Json:
        return {name: json.wire_number(value[name]) for name in ("lon", "lat")}

    def from_event(self, raw: msgspec.Raw | bytes) -> Value:
        return self.normalise(bytes(raw).decode())


def _member(wire: dict[str, Json], name: str) -> Json:
    member = wire.get(name)
    return 0 if member is None else member


def _parsed(text: str) -> Json:
    try:
        return json.decode_whole(text)
    except json.MalformedJson:
        return None
