"""Names as written to operands: literals, macros, `@request.*`, `@collection.*`, fields."""

import re

from holobase.domain.collection import Collection, Schema
from holobase.domain.fields import (
    FileField,
    GeoPointField,
    JsonField,
    NumberField,
    RelationField,
    SelectField,
)
from holobase.rules.errors import RuleError
from holobase.rules.macros import MACROS
from holobase.rules.operands import Changed, Column, Constant, Fill, Operand, Parameter
from holobase.rules.parameters import DECODED, ISSET, ITEMS, LENGTH, NUMBER, TEXT
from holobase.rules.resolve import MODIFIERS, Access, Paths, UnknownNameError
from holobase.rules.rows import Body, Caller, Hop, Items, Whole, plural_rows

_WORDS = {"null": None, "true": 1, "false": 0}
_PLAIN_AUTH = {"collectionId", "collectionName"}
_NULL = Constant(content=None, fill=Fill.EMPTY)
_ALIAS = re.compile(r"[A-Za-z0-9_]+")


class Names:
    """Resolves the names of one expression."""

    def __init__(
        self, collection: Collection, schema: Schema, access: Access, auth: Collection | None
    ) -> None:
        self.paths = Paths(collection, schema, access)
        self._fields = collection.field_by_name
        self._collection = collection
        self._schema = schema
        self._auth = auth

    def operand(self, name: str, position: int) -> Operand:
        """What the name stands for. Raises RuleError."""
        if name in MACROS:
            return Parameter(key=name, fill=Fill.FILLED)
        if name.startswith("@collection."):
            return self._collection_operand(name, position)
        path, modifier = _split(name, position)
        if path.startswith("@request."):
            return self._request_operand(path, modifier, position)
        if path.lower() in _WORDS and not modifier and path not in self._fields:
            return constant(_WORDS[path.lower()])
        return self.paths.follow(self.paths.base, path, modifier, position)

    def _collection_operand(self, name: str, position: int) -> Operand:
        head, _, rest = name.removeprefix("@collection.").partition(".")
        wanted, colon, alias = head.partition(":")
        path, modifier = _split(rest, position)
        if not path or (colon and not _ALIAS.fullmatch(alias)):
            raise RuleError(
                "It reads @collection.NAME.field or @collection.NAME:alias.field.", position
            )
        found = self._schema.find(wanted)
        if found is None:
            raise RuleError("There is no such collection.", position)
        row = self.paths.enter(Whole(f"@{found.id}:{alias}", found), position)
        return self.paths.follow(row, path, modifier, position)

    def _request_operand(self, path: str, modifier: str, position: int) -> Operand:
        family, _, rest = path.removeprefix("@request.").partition(".")
        if family in ("context", "method"):
            if rest or modifier:
                raise RuleError("There is no such part of the request.", position)
            return _request_value(path, modifier, Fill.FILLED, position)
        if family not in ("query", "headers", "body", "auth") or not all(rest.split(".")):
            raise RuleError("There is no such part of the request.", position)
        if family == "auth":
            return self._auth_operand(rest, modifier, position)
        if family == "body":
            return self._body_operand(rest, modifier, position)
        key = path + NUMBER if self._is_number(rest) else path
        return _request_value(key, modifier, Fill.REQUEST, position)

    def _is_number(self, name: str) -> bool:
        return isinstance(self._fields.get(name), NumberField)

    def _auth_operand(self, path: str, modifier: str, position: int) -> Operand:
        if self._auth is None:
            return _NULL
        if path in _PLAIN_AUTH:
            return _request_value(f"@request.auth.{path}", modifier, Fill.FILLED, position)
        row = Caller("@request.auth", self._auth)
        try:
            return self.paths.follow(row, path, modifier, position)
        except UnknownNameError:
            return _NULL

    def _body_operand(self, path: str, modifier: str, position: int) -> Operand:
        name, _, rest = path.partition(".")
        field = self._fields.get(name)
        if rest and isinstance(field, RelationField):
            return self._submitted(field, rest, modifier, position)
        key = f"@request.body.{path}"
        if modifier == "changed":
            if field is None or rest:
                raise RuleError("Only a field can be :changed.", position)
            return Changed(name=name, is_strict=True)
        if modifier in ("each", "length"):
            if rest or not isinstance(field, SelectField | RelationField | FileField):
                raise RuleError(f"Nothing of this kind has :{modifier}.", position)
            if modifier == "length":
                return Parameter(key=key + LENGTH, fill=Fill.FILLED)
            return self._submitted_items(name)
        if field is not None and not rest and modifier == "lower":
            key += TEXT
        elif self._is_number(path):
            key += NUMBER
        elif rest and isinstance(field, JsonField | GeoPointField):
            key += DECODED
        return _request_value(key, modifier, Fill.REQUEST, position)

    def _submitted(self, field: RelationField, path: str, modifier: str, position: int) -> Operand:
        body = Body("@request.body", self._collection)
        target = self.paths.target(field, position)
        key = f"@request.body.{field.name}"
        if field.is_multiple:
            items = Items(f"{key}[]", self._collection, body, field.name + ITEMS)
            row = Hop(key, target, items, "value")
        else:
            row = Hop(key, target, body, field.name)
        return self.paths.follow(self.paths.enter(row, position), path, modifier, position)

    def _submitted_items(self, name: str) -> Operand:
        body = Body("@request.body", self._collection)
        items = Items(f"@request.body.{name}[]", self._collection, body, name + ITEMS)
        return Column(
            row=items, name="value", rows=plural_rows(items), is_many=True, fill=Fill.FILLED
        )


def constant(value: str | float | None) -> Operand:
    """A literal as an operand."""
    return Constant(content=value, fill=Fill.EMPTY if value in (None, "") else Fill.FILLED)


def _split(name: str, position: int) -> tuple[str, str]:
    path, _, modifier = name.partition(":")
    if modifier not in MODIFIERS or (not modifier and ":" in name):
        raise RuleError("There is no such modifier.", position)
    return path, modifier


def _request_value(key: str, modifier: str, fill: Fill, position: int) -> Operand:
    if modifier == "isset":
        return Parameter(key=key + ISSET, fill=Fill.FILLED)
    if modifier not in ("", "lower"):
        raise RuleError(f"Nothing of this kind has :{modifier}.", position)
    return Parameter(key=key, fill=fill, is_lower=modifier == "lower")
