"""How our own collections are declared: the definition, and what the wire never shows of it."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import msgspec

from holobase.domain.collection import AuthOptions, Collection, Kind, Rule
from holobase.domain.derived import Derived, always
from holobase.domain.fields import (
    AnyField,
    AutodateField,
    BoolField,
    DateField,
    EmailField,
    FileField,
    JsonField,
    NumberField,
    PasswordField,
    RelationField,
    SelectField,
    TextField,
    UrlField,
)
from holobase.domain.fields.field import Value
from holobase.kit import ids

FIXED_IDS: Mapping[str, str] = {
    "users": "_pb_users_auth_",
    "_superusers": ids.collection_id("auth", "_superusers"),
}


def place(depth: int) -> str:
    """`file:line` of the source that is running, `depth` calls above whoever asks.

    Read from the running frame, because looking it up in the sources would take far longer.
    """
    frame = sys._getframe(depth + 1)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


class DeclaredField(msgspec.Struct, frozen=True):
    """A field and its server-side meaning.

    `derived` fields are never taken from a client. `server` names the permission that may set the
    field beside superusers (empty: nobody else). `personal` values are sealed in events.
    `default` replaces the zero value where a create sends nothing. `place` is where it is declared.
    """

    field: AnyField
    derived: Derived | None = None
    server: str | None = None
    personal: bool = False
    default: Value = None
    place: str = attribute(default="", compare=False)


class Stub(msgspec.Struct, frozen=True):
    """What stays of a deleted record that others of its collection still name in field `by`."""

    by: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Fixture:
    """A record that every instance holds from its first start.

    Its id is fixed; `values` are normalised, as the engine holds them. With `follows` a newer
    program's values reach instances that are there, where nobody has changed the record.
    """

    collection: str
    id: str
    values: Mapping[str, Value]
    follows: bool = False
    place: str = attribute(default_factory=lambda: place(2), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One collection of the product: its definition and its owner.

    `person` is the field that names whose personal values a record holds (`id` for accounts);
    `check` refuses combinations of values that no single field can judge, by field name.
    `may_act` says whether an account with these values may use its tokens. `stub` keeps a record
    that somebody deletes while others hang on it. `place` is where it is declared.
    """

    collection: Collection
    owner: str
    place: str = attribute(default="", compare=False)
    person: str = ""
    fields: Mapping[str, DeclaredField] = attribute(default_factory=dict)
    check: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None
    may_act: Callable[[Mapping[str, Any]], bool] = always
    stub: Stub | None = None

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.collection.name


def declare(
    name: str,
    *fields: DeclaredField,
    owner: str,
    type: Kind = "base",  # noqa: A002 - the wire's word
    rules: Mapping[str, Rule],
    indexes: tuple[str, ...] = (),
    person: str = "",
    auth: AuthOptions | None = None,
    system: bool = False,
    check: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None,
    may_act: Callable[[Mapping[str, Any]], bool] = always,
    stub: Stub | None = None,
) -> Declaration:
    """A collection with the given fields between the system fields and `created`, `updated`.

    `rules` has keys list, view, create, update, delete (absent: None, superusers only). An index
    is written as `UNIQUE? columns WHERE?`, e.g. `"UNIQUE user, card"`, and is called after the
    columns unless a name stands before it, as in `"by_user: user, card"`.
    """
    identifier = FIXED_IDS.get(name) or ids.collection_id(type, name)
    system_fields = _system_fields(type)
    replaced = {declared.field.name for declared in fields}
    everything = (
        *(declared for declared in system_fields if declared.field.name not in replaced),
        *fields,
        *_dates(system=system),
    )
    default_indexes = _auth_indexes(identifier, name) if type == "auth" else ()
    collection = Collection(
        id=identifier,
        name=name,
        type=type,
        system=system,
        list_rule=rules.get("list"),
        view_rule=rules.get("view"),
        create_rule=rules.get("create"),
        update_rule=rules.get("update"),
        delete_rule=rules.get("delete"),
        fields=tuple(declared.field for declared in everything),
        indexes=(*default_indexes, *(_index(name, text) for text in indexes)),
        auth=(auth or AuthOptions()) if type == "auth" else None,
    )
    return Declaration(
        collection=collection,
        owner=owner,
        place=place(1),
        person=person or ("id" if type == "auth" else ""),
        fields={declared.field.name: declared for declared in everything},
        check=check,
        may_act=may_act,
        stub=stub,
    )


def _index(table: str, text: str) -> str:
    given, _, text = text.rpartition(": ")
    unique = "UNIQUE " if text.startswith("UNIQUE ") else ""
    columns, _, condition = text.removeprefix("UNIQUE ").partition(" WHERE ")
    names = [column.strip() for column in columns.split(",")]
    listed = ", ".join(f"`{name}`" for name in names)
    suffix = f" WHERE {condition}" if condition else ""
    name = given or f"idx_{table}_{'_'.join(names)}"
    return f"CREATE {unique}INDEX `{name}` ON `{table}` ({listed}){suffix}"


def _auth_indexes(identifier: str, table: str) -> tuple[str, str]:
    return (
        f"CREATE UNIQUE INDEX `idx_tokenKey_{identifier}` ON `{table}` (`tokenKey`)",
        f"CREATE UNIQUE INDEX `idx_email_{identifier}` ON `{table}` (`email`) WHERE `email` != ''",
    )


def _system_fields(kind: Kind) -> tuple[DeclaredField, ...]:
    identifier = TextField(
        id=ids.field_id("text", "id"),
        name="id",
        system=True,
        required=True,
        primary_key=True,
        min=ids.RECORD_ID_LENGTH,
        max=ids.RECORD_ID_LENGTH,
        pattern="^[a-z0-9]+$",
        autogenerate_pattern="[a-z0-9]{15}",
    )
    if kind != "auth":
        return (DeclaredField(identifier),)
    token_key = TextField(
        id=ids.field_id("text", "tokenKey"),
        name="tokenKey",
        system=True,
        hidden=True,
        required=True,
        min=30,
        max=60,
        autogenerate_pattern="[a-zA-Z0-9]{50}",
    )
    return (
        DeclaredField(identifier),
        password("password", system=True, hidden=True, required=True, min=8),
        DeclaredField(token_key),
        email("email", system=True, required=True, personal=True),
        boolean("emailVisibility", system=True),
        boolean("verified", system=True),
    )


def _dates(*, system: bool) -> tuple[DeclaredField, ...]:
    created = AutodateField(
        id=ids.field_id("autodate", "created"), name="created", system=system, on_create=True
    )
    updated = AutodateField(
        id=ids.field_id("autodate", "updated"),
        name="updated",
        system=system,
        on_create=True,
        on_update=True,
    )
    return DeclaredField(created), DeclaredField(updated)


def _make(kind: type[Any], name: str, options: dict[str, Any]) -> DeclaredField:
    meaning = {
        key: options.pop(key)
        for key in ("derived", "server", "personal", "default")
        if key in options
    }
    made = kind(id=ids.field_id(kind.kind, name), name=name, **options)
    return DeclaredField(made, **meaning, place=place(2))


def text(name: str, **options: Any) -> DeclaredField:
    """A text field; options as `TextField` and `DeclaredField`."""
    return _make(TextField, name, options)


def number(name: str, **options: Any) -> DeclaredField:
    """A number field; options as `NumberField` and `DeclaredField`."""
    return _make(NumberField, name, options)


def integer(name: str, **options: Any) -> DeclaredField:
    """A number field that holds whole numbers only."""
    return _make(NumberField, name, {"only_int": True, **options})


def boolean(name: str, **options: Any) -> DeclaredField:
    """A bool field."""
    return _make(BoolField, name, options)


def email(name: str, **options: Any) -> DeclaredField:
    """An e-mail field."""
    return _make(EmailField, name, options)


def url(name: str, **options: Any) -> DeclaredField:
    """A URL field."""
    return _make(UrlField, name, options)


def date(name: str, **options: Any) -> DeclaredField:
    """A date field."""
    return _make(DateField, name, options)


def json(name: str, **options: Any) -> DeclaredField:
    """A JSON field; `max_size` in bytes."""
    return _make(JsonField, name, options)


def password(name: str, **options: Any) -> DeclaredField:
    """A password field: stored as a bcrypt hash, never shown."""
    return _make(PasswordField, name, options)


def file(name: str, **options: Any) -> DeclaredField:
    """A file field; `max_size` in bytes."""
    return _make(FileField, name, options)


def select(name: str, *values: str, **options: Any) -> DeclaredField:
    """One value out of `values`, or several with `max_select`."""
    return _make(SelectField, name, {"values": values, "max_select": 1, **options})


def relation(name: str, to: str, **options: Any) -> DeclaredField:
    """The id of a record of collection `to`, or several with `max_select`."""
    target = FIXED_IDS.get(to) or ids.collection_id("base", to)
    return _make(RelationField, name, {"collection_id": target, "max_select": 1, **options})
