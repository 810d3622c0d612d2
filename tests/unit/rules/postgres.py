"""The world in PostgreSQL: asked as SQLite is, so that both can be held to the same answers."""

import asyncio
import os
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import sqlalchemy as sa

from holobase.adapters.postgres.compile import statement
from holobase.adapters.postgres.names import identifier
from holobase.domain.collection import Collection
from holobase.domain.fields.field import Storage
from holobase.domain.principal import Request
from tests.postgres import NoPostgres, database_url, fresh_url

T = TypeVar("T")

_COLUMNS = {
    Storage.TEXT: """text COLLATE "C" NOT NULL DEFAULT ''""",
    Storage.NUMBER: "double precision NOT NULL DEFAULT 0",
    Storage.BOOL: "smallint NOT NULL DEFAULT 0",
    Storage.LIST: """text COLLATE "C" NOT NULL DEFAULT '[]'""",
    Storage.JSON: 'text COLLATE "C"',
    Storage.GEO: """text COLLATE "C" NOT NULL DEFAULT '{"lon":0,"lat":0}'""",
}


class Postgres:
    """One connection to a schema of its own, used without an event loop."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        schema = parse_qs(urlsplit(url).query)["schema"][0]
        self._connection = self._do(asyncpg.connect(database_url()))
        self.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}")
        functions = resources.files("holobase.adapters.postgres") / "functions.sql"
        self.execute(functions.read_text("utf-8"))

    def create(self, collection: Collection, rows: Sequence[Sequence[Any]]) -> None:
        """Makes the table of a collection and fills it."""
        columns = ", ".join(
            f'"{identifier(field.name)}" {_COLUMNS[field.storage]}' for field in collection.fields
        )
        self.execute(
            f'CREATE TABLE "{identifier(collection.name)}" ({columns}, PRIMARY KEY ("id"),'
            " hb_order bigint GENERATED ALWAYS AS IDENTITY)"
        )
        self.insert(collection, rows)

    def insert(self, collection: Collection, rows: Sequence[Sequence[Any]]) -> None:
        """Adds rows to the table of a collection."""
        names = ", ".join(f'"{identifier(field.name)}"' for field in collection.fields)
        marks = ", ".join(f"${number}" for number, _ in enumerate(collection.fields, 1))
        insert = f'INSERT INTO "{identifier(collection.name)}" ({names}) VALUES ({marks})'
        self._do(self._connection.executemany(insert, rows))

    def execute(self, sql: str) -> None:
        """Runs statements without parameters."""
        self._do(self._connection.execute(sql))

    def run(self, query: sa.Select[Any], asked: Request) -> list[Any]:
        """The first column of the query's rows."""
        compiled = statement(query)
        rows = self._do(self._connection.fetch(compiled.sql, *compiled.bind(asked)))
        return [row[0] for row in rows]

    def values(self, sql: str, *parameters: Any) -> list[Any]:
        """The first column of the rows of a statement."""
        return [row[0] for row in self._do(self._connection.fetch(sql, *parameters))]

    def plan(self, query: sa.Select[Any], asked: Request) -> str:
        """PostgreSQL's plan of the query."""
        compiled = statement(query)
        values = compiled.bind(asked)
        return "\n".join(self.values(f"EXPLAIN (COSTS OFF) {compiled.sql}", *values))

    def close(self) -> None:
        """Closes the connection."""
        self._do(self._connection.close())
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


@contextmanager
def fresh() -> Iterator[Postgres]:
    """An empty schema; without a server the test is skipped, under CI it fails."""
    try:
        with fresh_url() as url:
            database = Postgres(url)
            try:
                yield database
            finally:
                database.close()
    except NoPostgres as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
