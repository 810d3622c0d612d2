"""A small world to ask questions about: six collections and their records, in either database.

Records are written as the wire's JSON would be, so that every back end can load the same ones.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import apsw
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holobase.domain.collection import Collection, Schema
from holobase.domain.fields import (
    BoolField,
    DateField,
    EmailField,
    GeoPointField,
    JsonField,
    NumberField,
    RelationField,
    SelectField,
    TextField,
)
from holobase.domain.fields.field import Storage
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.rules import Access, compile_expression, compile_sort, parameter
from holobase.rules.tables import record_table
from tests.unit.rules.postgres import Postgres


def _text(name: str, **options: Any) -> TextField:
    return TextField(id=f"text_{name}", name=name, **options)


def _relation(name: str, to: str, max_select: int = 1) -> RelationField:
    return RelationField(
        id=f"relation_{name}", name=name, collection_id=f"c_{to}", max_select=max_select
    )


def _collection(name: str, *fields: Any, **options: Any) -> Collection:
    return Collection(
        id=f"c_{name}", name=name, fields=(_text("id", system=True), *fields), **options
    )


TEAMS = _collection("teams", _text("name"), _relation("owner", "users"), list_rule="")
ROLES = _collection(
    "roles",
    _text("name"),
    SelectField(
        id="select_permissions",
        name="permissions",
        max_select=3,
        values=("read", "write", "reports.review"),
    ),
)
USERS = _collection(
    "users",
    EmailField(id="email", name="email", system=True),
    BoolField(id="email_visibility", name="emailVisibility", system=True),
    BoolField(id="verified", name="verified", system=True),
    _text("tokenKey", system=True, hidden=True),
    _text("name"),
    NumberField(id="age", name="age"),
    BoolField(id="admin", name="admin"),
    _relation("team", "teams"),
    _relation("roles", "roles", 9),
    JsonField(id="settings", name="settings"),
    _text("secret", hidden=True),
    type="auth",
    list_rule="name != 'ghost'",
)
POSTS = _collection(
    "posts",
    _text("title"),
    _relation("author", "users"),
    _relation("editors", "users", 9),
    SelectField(id="tags", name="tags", max_select=3, values=("a", "b", "c")),
    SelectField(id="kind", name="kind", max_select=1, values=("news", "blog")),
    NumberField(id="score", name="score"),
    BoolField(id="active", name="active"),
    DateField(id="due", name="due"),
    JsonField(id="meta", name="meta"),
    GeoPointField(id="place", name="place"),
    _text("note", hidden=True),
    list_rule="",
)
COMMENTS = _collection(
    "comments",
    _text("text"),
    NumberField(id="likes", name="likes"),
    _relation("post", "posts"),
    _relation("author", "users"),
    list_rule="",
)
PROFILES = _collection(
    "profiles",
    _text("bio"),
    _relation("user", "users"),
    list_rule="",
    indexes=("CREATE UNIQUE INDEX `idx_profiles_user` ON `profiles` (`user`)",),
)
SCHEMA = Schema((TEAMS, ROLES, USERS, POSTS, COMMENTS, PROFILES))

RECORDS: Mapping[str, list[dict[str, Any]]] = {
    "teams": [
        {"id": "t1", "name": "red", "owner": "u1"},
        {"id": "t2", "name": "blue", "owner": "u2"},
        {"id": "t3", "name": "", "owner": ""},
    ],
    "roles": [
        {"id": "r1", "name": "reader", "permissions": ["read"]},
        {"id": "r2", "name": "chief", "permissions": ["write", "reports.review"]},
        {"id": "r3", "name": "none", "permissions": []},
    ],
    "users": [
        {
            "id": "u1",
            "email": "ann@x.io",
            "emailVisibility": True,
            "verified": True,
            "name": "Ann",
            "age": 30,
            "admin": True,
            "team": "t1",
            "roles": ["r1", "r2"],
            "settings": {"theme": "dark", "level": 5, "tags": ["x", "y"]},
            "secret": "s1",
        },
        {
            "id": "u2",
            "email": "bob@x.io",
            "emailVisibility": False,
            "verified": False,
            "name": "bob",
            "age": 0,
            "admin": False,
            "team": "t2",
            "roles": ["r1"],
            "settings": None,
            "secret": "",
        },
        {
            "id": "u3",
            "email": "cyd@x.io",
            "emailVisibility": True,
            "name": "ghost",
            "age": 40,
            "team": "",
            "roles": [],
            "settings": "plain",
            "secret": "s3",
        },
    ],
    "posts": [
        {
            "id": "p1",
            "title": "Hello",
            "author": "u1",
            "editors": ["u1", "u2"],
            "tags": ["a", "b"],
            "kind": "news",
            "score": 5,
            "active": True,
            "due": "2024-01-01 10:00:00.000Z",
            "meta": {"a": 1, "b": {"c": "x"}, "list": [1, {"k": "v"}], "t": True, "n": None},
            "place": {"lon": 13.4, "lat": 52.5},
            "note": "n1",
        },
        {
            "id": "p2",
            "title": "hello world",
            "author": "u2",
            "editors": ["u2"],
            "tags": ["a"],
            "kind": "blog",
            "score": 0,
            "active": False,
            "due": "2024-06-15 00:00:00.000Z",
            "meta": "x",
            "place": {"lon": 0, "lat": 0},
            "note": "",
        },
        {
            "id": "p3",
            "title": "",
            "author": "",
            "editors": [],
            "tags": [],
            "kind": "",
            "score": -1.5,
            "active": True,
            "due": "",
            "meta": None,
            "place": {"lon": 2.35, "lat": 48.85},
            "note": "n3",
        },
        {
            "id": "p4",
            "title": "100%_a\\b",
            "author": "u3",
            "editors": ["u3", "u1"],
            "tags": ["c"],
            "kind": "news",
            "score": 10,
            "active": False,
            "due": "2025-12-31 23:59:59.999Z",
            "meta": [1, 2, 3],
            "place": {"lon": 0, "lat": 0},
            "note": "n4",
        },
        {
            "id": "p5",
            "title": "5",
            "author": "u1",
            "editors": ["u1"],
            "tags": ["a", "b", "c"],
            "kind": "blog",
            "score": 100,
            "active": True,
            "due": "2024-01-01 00:00:00.000Z",
            "meta": {"a": "", "b": {}},
            "place": {"lon": 0, "lat": 0},
            "note": "",
        },
    ],
    "comments": [
        {"id": "k1", "text": "one", "likes": 1, "post": "p1", "author": "u1"},
        {"id": "k2", "text": "two", "likes": 2, "post": "p1", "author": "u2"},
        {"id": "k3", "text": "one", "likes": 5, "post": "p2", "author": "u1"},
        {"id": "k4", "text": "", "likes": 0, "post": "p4", "author": ""},
        {"id": "k5", "text": "Ann", "likes": 9, "post": "", "author": "u3"},
    ],
    "profiles": [
        {"id": "f1", "bio": "painter", "user": "u1"},
        {"id": "f2", "bio": "", "user": "u2"},
    ],
}

QUERY = {"q": "one", "n": "5", "score": "5", "like": "a%", "empty": ""}
HEADERS = {"x_token": "abc"}
NOW = 1_717_243_200_000  # 2024-06-01 12:00:00 UTC, a Saturday


def request(user: str | None = None, **values: Any) -> Request:
    """The request of a user (or guest) with the world's query and headers."""
    auth = None
    if user:
        raw = next(record for record in RECORDS["users"] if record["id"] == user)
        fields = {field.name: _value(field, raw.get(field.name)) for field in USERS.fields}
        auth = Record("c_users", "users", user, 1, fields)
    return Request(**{"auth": auth, "query": QUERY, "headers": HEADERS, "now": NOW, **values})


def _value(field: Any, wire: Any) -> Any:
    if field.storage is Storage.JSON:
        return None if wire is None else json.dumps(wire, separators=(",", ":"))
    if wire is None:
        return {Storage.NUMBER: 0, Storage.BOOL: False, Storage.LIST: []}.get(field.storage, "")
    return wire


def _cell(field: Any, wire: Any) -> Any:
    value = _value(field, wire)
    if isinstance(value, bool):
        return int(value)
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list | dict) else value


Database: TypeAlias = apsw.Connection | Postgres

_AFFINITY = {Storage.NUMBER: "NUMERIC", Storage.BOOL: "BOOLEAN", Storage.JSON: "TEXT"}
_DIALECT = sqlite.dialect()


def create(
    connection: apsw.Connection, collection: Collection, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Makes the table of a collection and fills it."""
    columns = ", ".join(
        f'"{field.name}" {_AFFINITY.get(field.storage, "TEXT")}' for field in collection.fields
    )
    connection.execute(f'CREATE TABLE "{collection.name}" ({columns}, PRIMARY KEY ("id"))')
    marks = ", ".join("?" for _ in collection.fields)
    connection.executemany(f'INSERT INTO "{collection.name}" VALUES ({marks})', rows)


def database() -> apsw.Connection:
    """The world in a new database in memory."""
    connection = apsw.Connection(":memory:")
    for collection in SCHEMA.collections:
        create(connection, collection, _rows(collection))
    return connection


def fill(database: Postgres) -> None:
    """Puts the world into an empty schema."""
    for collection in SCHEMA.collections:
        database.create(collection, _rows(collection))


def _rows(collection: Collection) -> list[tuple[Any, ...]]:
    return [
        tuple(_cell(field, record.get(field.name)) for field in collection.fields)
        for record in RECORDS[collection.name]
    ]


def run(connection: Database, query: Any, asked: Request) -> list[Any]:
    """The first column of the query's rows, all its values bound."""
    if isinstance(connection, Postgres):
        return connection.run(query, asked)
    compiled = query.compile(dialect=_DIALECT)
    values = [
        parameter(key, asked) if key.startswith("@") else compiled.params[key]
        for key in compiled.positiontup
    ]
    return [row[0] for row in connection.execute(str(compiled), values)]


def plan(connection: apsw.Connection, query: Any) -> str:
    """SQLite's plan of the query."""
    compiled = query.compile(dialect=_DIALECT)
    values = [None for _ in compiled.positiontup]
    steps = connection.execute(f"EXPLAIN QUERY PLAN {compiled}", values)
    return "\n".join(step[3] for step in steps)


def matching(
    connection: Database,
    collection: Collection,
    text: str,
    asked: Request,
    access: Access = Access.RULE,
) -> list[str]:
    """The ids of the records that satisfy the text, in order."""
    expression = compile_expression(text, collection, SCHEMA, access, USERS if asked.auth else None)
    table = record_table(collection)
    query = sa.select(table.c.id).where(expression.where(table)).order_by(table.c.id)
    return run(connection, query, asked)


def sorted_ids(
    connection: Database, collection: Collection, text: str, access: Access = Access.RULE
) -> list[str]:
    """The ids of all records in the order that the text asks for."""
    sort = compile_sort(text, collection, SCHEMA, access, None)
    table = record_table(collection)
    return run(connection, sa.select(table.c.id).order_by(*sort.order_by(table)), request())
