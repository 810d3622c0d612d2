"""The fields of a view: what its result columns are, as PocketBase infers it."""

import zlib
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec
from sqlglot import exp

from holobase.domain.collection import Collection, Schema, Source
from holobase.domain.fields import (
    AnyField,
    BoolField,
    JsonField,
    NumberField,
    PasswordField,
    RelationField,
    TextField,
)
from holobase.domain.fields.text import ID_PATTERN_DEFAULT
from holobase.kit import ids
from holobase.rules.views.errors import BadView
from holobase.rules.views.queries import Result
from holobase.rules.views.scope import Readable
from holobase.rules.views.table import compiled

Origin: TypeAlias = tuple[str, str]
"""The id of a collection and the name of a field in it."""

CLONE_LENGTH: Final = 4
"""Characters that tell the ids of cloned fields apart."""


def _number(name: str, *, only_int: bool = False) -> NumberField:
    return NumberField(id=ids.field_id("number", name), name=name, only_int=only_int)


_CASTS: Final[Mapping[exp.DType, Callable[[str], AnyField]]] = {
    exp.DType.DOUBLE: _number,
    exp.DType.DECIMAL: _number,
    exp.DType.INT: lambda name: _number(name, only_int=True),
    exp.DType.TEXT: lambda name: TextField(id=ids.field_id("text", name), name=name),
    exp.DType.BOOLEAN: lambda name: BoolField(id=ids.field_id("bool", name), name=name),
}
"""What the parser makes of the words `real`, `decimal`, `int`, `text`, `bool` and their like."""


class Columns(msgspec.Struct, frozen=True):
    """What a query gives, and what it reads for that."""

    fields: tuple[AnyField, ...]
    reads: tuple[Source, ...]


def inferred(query: str, schema: Schema) -> Columns:
    """The fields of a query over the collections of a schema. Raises BadView."""
    names = {each.name.lower(): each for each in schema.collections}

    def find(name: str) -> Readable | None:
        found = names.get(name.lower())
        return readable(found) if found else None

    view = compiled("hb_view", query, find)
    taken: set[str] = set()
    fields: list[AnyField] = []
    for result in view.results:
        field = _field(result, schema)
        field = msgspec.structs.replace(field, id=_free(field.id, taken))
        taken.add(field.id)
        fields.append(field)
    return Columns(tuple(fields), view.reads)


def readable(collection: Collection) -> Readable:
    """What of a collection a query may name: everything but secrets."""
    hidden = frozenset(field.name for field in collection.fields if field.hidden)
    source = Source(
        id=collection.id,
        name=collection.name,
        columns=tuple(
            (field.name, field.storage)
            for field in collection.fields
            if not isinstance(field, PasswordField)
            and not (collection.is_auth and field.name == "tokenKey")
        ),
        query=collection.view_query if collection.is_view else "",
        reads=collection.sources,
    )
    return Readable(source, hidden)


def _field(result: Result, schema: Schema) -> AnyField:
    field = _kind_of(result, schema)
    return msgspec.structs.replace(field, hidden=True) if result.is_hidden else field


def _kind_of(result: Result, schema: Schema) -> AnyField:
    name, node = result.name, result.node
    if name == "id":
        return TextField(
            id=ids.field_id("text", "id"),
            name="id",
            system=True,
            required=True,
            primary_key=True,
            pattern=ID_PATTERN_DEFAULT,
        )
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "count":
        return _number(name, only_int=True)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "total":
        return _number(name)
    if isinstance(node, exp.Cast) and not node.to.expressions and node.to.this in _CASTS:
        return _CASTS[node.to.this](name)
    if result.origin is not None:
        return _clone(name, result.origin, schema)
    return JsonField(id=ids.field_id("json", name), name=name, max_size=1)


def _clone(name: str, origin: Origin, schema: Schema) -> AnyField:
    collection = schema.find(origin[0])
    if collection is None:
        raise BadView("What it reads is gone.")
    if origin[1] == "id":
        return RelationField(
            id=ids.field_id("relation", name),
            name=name,
            max_select=1,
            collection_id=collection.id,
        )
    field: AnyField = collection.field_by_name[origin[1]]  # type: ignore[assignment]
    told = f"{collection.id}/{field.id}/{name}".encode()
    return msgspec.structs.replace(field, id=f"_clone_{_letters(zlib.crc32(told))}", name=name)


def _letters(number: int) -> str:
    alphabet, letters = ids.LOWER_ALPHANUMERIC, ""
    for _ in range(CLONE_LENGTH):
        number, place = divmod(number, len(alphabet))
        letters += alphabet[place]
    return letters


def _free(identifier: str, taken: set[str]) -> str:
    found, suffix = identifier, 2
    while found in taken:
        found, suffix = f"{identifier}{suffix}", suffix + 1
    return found
