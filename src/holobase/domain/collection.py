"""A collection: its fields, rules and options, as they are stored, shown and compared.

Names and defaults are the wire's. What only our own collections have (derived fields, who may set
a field, what is personal) is in `declaration.py` and never leaves the server.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from holobase.domain.auth_options import AuthOptions, PasswordAuth, Rule, TokenOptions
from holobase.domain.fields import AnyField, Cell, Field, RelationField, Storage, Value

__all__ = [
    "AuthOptions",
    "Collection",
    "Kind",
    "PasswordAuth",
    "Rule",
    "Schema",
    "Source",
    "TokenOptions",
]

Kind: TypeAlias = Literal["base", "auth", "view"]


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a view reads of one collection: its id and name, and the storages of the columns.

    Of another view also its query and what that reads, so that a view can be compiled by itself.
    """

    id: str
    name: str
    columns: tuple[tuple[str, Storage], ...]
    query: str = ""
    reads: tuple["Source", ...] = ()

    @property
    def ids(self) -> Iterator[str]:
        """Its id, and those of what it reads."""
        yield self.id
        for source in self.reads:
            yield from source.ids


class Collection(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", dict=True, cache_hash=True
):
    """One definition. `indexes` are SQL texts; `auth` is set for auth collections alone.

    `view_query` and `reads` are a view's: its SQL, and what the names in there mean.
    `declared` holds, for our own collections, each rule as it was last declared in code: a rule
    that a superuser has changed stays until its declaration changes.
    """

    id: str
    name: str
    type: Kind = "base"
    system: bool = False
    list_rule: Rule = None
    view_rule: Rule = None
    create_rule: Rule = None
    update_rule: Rule = None
    delete_rule: Rule = None
    fields: tuple[AnyField, ...] = ()
    indexes: tuple[str, ...] = ()
    created: str = ""
    updated: str = ""
    view_query: str = ""
    auth: AuthOptions | None = None
    declared: tuple[tuple[str, Rule], ...] = ()
    reads: tuple[Source, ...] | msgspec.UnsetType = msgspec.UNSET

    @cached_property
    def source_ids(self) -> frozenset[str]:
        """Ids of the collections that a view reads, directly or through other views."""
        return frozenset(identifier for source in self.sources for identifier in source.ids)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What a view reads; nothing for others."""
        return self.reads if isinstance(self.reads, tuple) else ()

    @property
    def is_view(self) -> bool:
        """Whether its records are those of others."""
        return self.type == "view"

    @cached_property
    def field_by_name(self) -> dict[str, Field]:
        """The fields by exact name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """The names of the fields, in order."""
        return tuple(field.name for field in self.fields)

    def cells(self, values: Mapping[str, Value]) -> list[Cell]:
        """The values as columns hold them, in order."""
        cells = [values[name] for name in self.field_names]
        for position, field in self._written:
            cells[position] = field.to_cell(cells[position])
        return cells

    @cached_property
    def _written(self) -> tuple[tuple[int, Field], ...]:
        plain = (Storage.TEXT, Storage.NUMBER)
        return tuple((i, f) for i, f in enumerate(self.fields) if f.storage not in plain)

    @cached_property
    def converted(self) -> tuple[Field, ...]:
        """The fields whose cells are not their values, but for numbers."""
        plain = (Storage.TEXT, Storage.NUMBER)
        return tuple(field for field in self.fields if field.storage not in plain)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Names of the fields that hold numbers: their cells are their values, most of the time."""
        return tuple(field.name for field in self.fields if field.storage is Storage.NUMBER)

    @cached_property
    def relations(self) -> tuple[RelationField, ...]:
        """The relation fields, in order."""
        return tuple(field for field in self.fields if isinstance(field, RelationField))

    @property
    def is_auth(self) -> bool:
        """Whether its records can log in."""
        return self.type == "auth"


class Schema:
    """All collections in force at one moment: an immutable snapshot that rules resolve against."""

    def __init__(self, collections: tuple[Collection, ...]) -> None:
        self.collections = collections
        self._by_id = {collection.id: collection for collection in collections}
        self._by_name = {collection.name.lower(): collection for collection in collections}

    def find(self, id_or_name: str) -> Collection | None:
        """By exact id, else by name without regard to case."""
        return self._by_id.get(id_or_name) or self._by_name.get(id_or_name.lower())

    def referring(self, target: Collection) -> list[tuple[Collection, RelationField]]:
        """Every relation field that points to `target`, by collection name."""
        return self._referring.get(target.id, [])

    @cached_property
    def _referring(self) -> dict[str, list[tuple[Collection, RelationField]]]:
        found: dict[str, list[tuple[Collection, RelationField]]] = {}
        for collection in sorted(self.collections, key=lambda c: c.name):
            for relation in () if collection.is_view else collection.relations:
                found.setdefault(relation.collection_id, []).append((collection, relation))
        return found
