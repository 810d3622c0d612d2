"""Record tables follow their definitions: DDL, and the conversion of what is stored."""

from typing import Final

import asyncpg
import msgspec

from holobase.adapters.postgres.connect import Connection
from holobase.adapters.postgres.failures import is_outage
from holobase.adapters.postgres.indexes import BadIndex, index_of, indexes
from holobase.adapters.postgres.names import identifier
from holobase.adapters.postgres.tables import DEFINITIONS_READ, quoted
from holobase.domain import lookups
from holobase.domain.collection import Collection
from holobase.domain.errors import IndexRefused
from holobase.domain.fields import Field, Storage
from holobase.ports.command import DefinitionChange
from holobase.rules.tables import BODY, EDITED, REVISION, VERSION

ORDER: Final = "hb_order"
"""Column: counts insertions, as SQLite's row ids do; what ties are ordered by."""

DDL_SECONDS_MAX: Final = 3_600.0
"""What changing a table may take: building an index reads all of it."""

_COLUMN: Final[dict[Storage, str]] = {
    Storage.TEXT: """text COLLATE "C" NOT NULL DEFAULT ''""",
    Storage.NUMBER: "double precision NOT NULL DEFAULT 0",
    Storage.BOOL: "smallint NOT NULL DEFAULT 0",
    Storage.LIST: """text COLLATE "C" NOT NULL DEFAULT '[]'""",
    Storage.JSON: 'text COLLATE "C"',
    Storage.GEO: """text COLLATE "C" NOT NULL DEFAULT '{"lon":0,"lat":0}'""",
}

_TO_LIST: Final = "CASE WHEN {0} = '' THEN '[]' ELSE json_build_array({0})::text END"
_TO_SINGLE: Final = "coalesce({0}::json ->> -1, '')"

_HAS_INDEX: Final = (
    "SELECT EXISTS (SELECT FROM pg_indexes WHERE schemaname = current_schema() AND indexname = $1)"
)

_MOVING: Final = "hb_moving"
"""What a column is called between two names: two fields may swap theirs."""


def primary_key(collection: Collection) -> str:
    """The name of a table's primary key; it stays when the collection is renamed."""
    return f"hb_id_{collection.id}"


async def apply_definition(connection: Connection, change: DefinitionChange, revision: int) -> None:
    """Makes the tables follow a definition, and remembers it. Raises IndexRefused."""
    before, after = change.before, change.after
    told = after or before
    if after is not None:
        await connection.execute(
            "INSERT INTO hb_collections VALUES ($1, $2, $3) ON CONFLICT (id)"
            " DO UPDATE SET revision = excluded.revision, definition = excluded.definition",
            after.id,
            revision,
            msgspec.json.encode(after),
        )
    elif before is not None:
        await connection.execute("DELETE FROM hb_collections WHERE id = $1", before.id)
    if told is not None and told.is_view:
        return  # it has no rows of its own
    if before is None and after is not None:
        await _create(connection, after)
    elif before is not None and after is None:
        await _run(connection, f"DROP TABLE {quoted(before.name)}")
        await connection.execute("DELETE FROM hb_totals WHERE collection = $1", before.id)
    elif before is not None and after is not None:
        await _alter(connection, before, after)


async def _run(connection: Connection, *statements: str) -> None:
    if statements:
        await connection.execute("; ".join(statements), timeout=DDL_SECONDS_MAX)


async def _create(connection: Connection, collection: Collection) -> None:
    table = quoted(collection.name)
    columns = ", ".join(_column(field) for field in collection.fields)
    await _run(
        connection,
        f"CREATE TABLE {table} ({columns}, {VERSION} bigint NOT NULL DEFAULT 0,"
        f" {EDITED} bigint NOT NULL DEFAULT 0, {REVISION} bigint NOT NULL DEFAULT 0, {BODY} bytea,"
        f" {ORDER} bigint NOT NULL GENERATED ALWAYS AS IDENTITY,"
        f" CONSTRAINT {quoted(primary_key(collection))} PRIMARY KEY (id))",
        f"CREATE INDEX {quoted(f'{ORDER}_{collection.id}')} ON {table} ({ORDER})",
    )
    await connection.execute("INSERT INTO hb_totals VALUES ($1, 0)", collection.id)
    await create_indexes(connection, collection)


def _column(field: Field) -> str:
    column = 'text COLLATE "C" NOT NULL' if field.name == "id" else _COLUMN[field.storage]
    return f"{quoted(field.name)} {column}"


async def create_indexes(connection: Connection, collection: Collection) -> None:
    """Makes the indexes that a definition names, and our own. Raises IndexRefused."""
    for position, text in enumerate(collection.indexes):
        try:
            await _run(connection, index_of(collection, text).created)
        except (BadIndex, asyncpg.PostgresError) as error:
            if is_outage(error):
                raise
            raise IndexRefused(position, str(error)) from error
    await index_relations(connection, collection)


async def index_relations(connection: Connection, collection: Collection) -> None:
    """Makes the indexes of our own that are not there yet. To be told by `IF NOT EXISTS` alone that
    one is there would lock its table, into which others may be writing."""
    for relation in lookups.unindexed(collection):
        name = identifier(lookups.index_name(collection, relation))
        if not await connection.fetchval(_HAS_INDEX, name):
            where = f"{quoted(collection.name)} ({quoted(relation.name)})"
            await _run(connection, f"CREATE INDEX IF NOT EXISTS {quoted(name)} ON {where}")


async def index_all_relations(connection: Connection) -> None:
    """As `index_relations`, in a schema that was filled before relations had indexes."""
    for row in await connection.fetch(DEFINITIONS_READ):
        collection = msgspec.json.decode(row[1], type=Collection)
        if not collection.is_view:
            await index_relations(connection, collection)


async def drop_indexes(connection: Connection, collection: Collection) -> None:
    """Takes the indexes away that a definition names, and our own of relations."""
    own = (lookups.index_name(collection, each) for each in lookups.unindexed(collection))
    await _run(connection, *(f"DROP INDEX {quoted(index.name)}" for index in indexes(collection)))
    await _run(connection, *(f"DROP INDEX IF EXISTS {quoted(name)}" for name in own))


async def analyze(connection: Connection) -> None:
    """Has the planner know what the tables of the schema hold. After a bulk load it would take them
    for empty, and scan them, until the database looks by itself a minute later."""
    tables = await connection.fetch(
        "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"
    )
    await _run(connection, *(f"ANALYZE {name}" for (name,) in tables))


async def _alter(connection: Connection, before: Collection, after: Collection) -> None:
    has_same_columns = (before.name, before.fields) == (after.name, after.fields)
    if has_same_columns and before.indexes == after.indexes:
        return
    await drop_indexes(connection, before)
    if before.name != after.name:
        rename = f"RENAME TO {quoted(after.name)}"
        await _run(connection, f"ALTER TABLE {quoted(before.name)} {rename}")
    if not has_same_columns:
        await _run(connection, *_columns_altered(before, after))
    await create_indexes(connection, after)


def _columns_altered(before: Collection, after: Collection) -> list[str]:
    """What goes makes room first, then names change (two may swap theirs), then new ones come."""
    table = f"ALTER TABLE {quoted(after.name)}"
    old = {field.id: field for field in before.fields}
    kept = [(old.pop(field.id), field) for field in after.fields if field.id in old]
    renamed = [(known, field) for known, field in kept if known.name != field.name]
    known_ids = {field.id for _, field in kept}
    return [
        *(f"{table} DROP COLUMN {quoted(gone.name)}" for gone in old.values()),
        *(
            f"{table} RENAME COLUMN {quoted(known.name)} TO {_MOVING}{number}"
            for number, (known, _) in enumerate(renamed)
        ),
        *(
            f"{table} RENAME COLUMN {_MOVING}{number} TO {quoted(field.name)}"
            for number, (_, field) in enumerate(renamed)
        ),
        *(
            f"{table} ADD COLUMN {_column(field)}"
            for field in after.fields
            if field.id not in known_ids
        ),
        *(_converted(after, field) for known, field in kept if known.storage is not field.storage),
    ]


def _converted(collection: Collection, field: Field) -> str:
    column = quoted(field.name)
    converted = (_TO_LIST if field.is_multiple else _TO_SINGLE).format(column)
    default = "'[]'" if field.is_multiple else "''"
    table = quoted(collection.name)
    return (
        f"UPDATE {table} SET {column} = {converted};"
        f" ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}"
    )
