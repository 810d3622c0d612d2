"""Record tables follow their definitions: DDL, and the conversion of what is stored.

Column affinities are the reference's, because filters feel them; only JSON columns are TEXT here,
because NUMERIC affinity would rewrite the numbers in them.
"""

from collections.abc import Sequence

import apsw
import msgspec

from holobase.adapters.sqlite.tables import quoted, read_definitions
from holobase.domain import lookups
from holobase.domain.collection import Collection
from holobase.domain.errors import IndexRefused
from holobase.domain.fields import Field, Storage
from holobase.ports.command import DefinitionChange
from holobase.rules.tables import BODY, EDITED, REVISION, VERSION

_COLUMN: dict[Storage, str] = {
    Storage.TEXT: "TEXT DEFAULT '' NOT NULL",
    Storage.NUMBER: "NUMERIC DEFAULT 0 NOT NULL",
    Storage.BOOL: "BOOLEAN DEFAULT FALSE NOT NULL",
    Storage.LIST: "TEXT DEFAULT '[]' NOT NULL",
    Storage.JSON: "TEXT DEFAULT NULL",
    Storage.GEO: """TEXT DEFAULT '{"lon":0,"lat":0}' NOT NULL""",
}

_TO_LIST = "CASE WHEN {0} = '' THEN '[]' ELSE json_array({0}) END"
_TO_SINGLE = "coalesce(json_extract({0}, '$[#-1]'), '')"

IN_PLACE_MAX = 20
"""Columns that are renamed or added one by one, which reads no row; each change takes longer the
more columns there are, so that beyond these the table is copied once."""

_MOVING = "hb_moving"
"""What a table or column is called between two names: SQLite takes `a` and `A` for the same."""


def apply_definition(connection: apsw.Connection, change: DefinitionChange, revision: int) -> None:
    """Makes the tables follow a definition, and remembers it. Raises IndexRefused."""
    before, after = change.before, change.after
    told = after or before
    if after is not None:
        connection.execute(
            "INSERT INTO hb_collections VALUES (?1, ?2, ?3)"
            " ON CONFLICT (id) DO UPDATE SET revision = ?2, definition = ?3",
            (after.id, revision, msgspec.json.encode(after)),
        )
    elif before is not None:
        connection.execute("DELETE FROM hb_collections WHERE id = ?", (before.id,))
    if told is not None and told.is_view:
        return  # it has no rows of its own
    if before is None and after is not None:
        _create(connection, after)
    elif before is not None and after is None:
        connection.execute(f"DROP TABLE {quoted(before.name)}")
    elif before is not None and after is not None:
        _alter(connection, before, after)


def _create(connection: apsw.Connection, collection: Collection) -> None:
    _create_table(connection, collection.name, collection)
    create_indexes(connection, collection)


def _create_table(connection: apsw.Connection, name: str, collection: Collection) -> None:
    columns = [_column(field) for field in collection.fields]
    connection.execute(
        f"CREATE TABLE {quoted(name)} ({', '.join(columns)},"
        f" {VERSION} INTEGER NOT NULL DEFAULT 0, {EDITED} INTEGER NOT NULL DEFAULT 0,"
        f" {REVISION} INTEGER NOT NULL DEFAULT 0, {BODY} BLOB)"
    )


def _column(field: Field) -> str:
    if field.name == "id":
        return f"{quoted('id')} TEXT PRIMARY KEY NOT NULL"
    return f"{quoted(field.name)} {_COLUMN[field.storage]}"


def create_indexes(connection: apsw.Connection, collection: Collection) -> None:
    """Makes the indexes that a definition names, and our own. Raises IndexRefused."""
    for position, index in enumerate(collection.indexes):
        try:
            connection.execute(index)
        except (apsw.SQLError, apsw.ConstraintError) as error:
            raise IndexRefused(position, str(error)) from error
    index_relations(connection, collection)


def index_relations(connection: apsw.Connection, collection: Collection) -> None:
    """Makes the indexes of our own that are not there yet."""
    for relation in lookups.unindexed(collection):
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS {quoted(lookups.index_name(collection, relation))}"
            f" ON {quoted(collection.name)} ({quoted(relation.name)})"
        )


def index_all_relations(connection: apsw.Connection) -> None:
    """As `index_relations`, in a file that was filled before relations had indexes."""
    for _, collection in read_definitions(connection):
        if not collection.is_view:
            index_relations(connection, collection)


def _alter(connection: apsw.Connection, before: Collection, after: Collection) -> None:
    has_same_columns = (before.name, before.fields) == (after.name, after.fields)
    if has_same_columns and before.indexes == after.indexes:
        return
    drop_indexes(connection, before)
    if before.name != after.name:
        connection.execute(f"ALTER TABLE {quoted(before.name)} RENAME TO {_MOVING}")
        connection.execute(f"ALTER TABLE {_MOVING} RENAME TO {quoted(after.name)}")
    if not has_same_columns:
        _alter_columns(connection, before, after)
    create_indexes(connection, after)


def drop_indexes(connection: apsw.Connection, collection: Collection) -> None:
    """Takes away every index but the primary key's."""
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
        (collection.name,),
    ).fetchall():
        connection.execute(f"DROP INDEX {quoted(str(name))}")


def _alter_columns(connection: apsw.Connection, before: Collection, after: Collection) -> None:
    old = {field.id: field for field in before.fields}
    kept = [(old.pop(field.id), field) for field in after.fields if field.id in old]
    renamed = [(known, field) for known, field in kept if known.name != field.name]
    known_ids = {field.id for _, field in kept}
    added = [field for field in after.fields if field.id not in known_ids]
    is_converted = any(known.storage is not field.storage for known, field in kept)
    if old or is_converted or len(renamed) + len(added) > IN_PLACE_MAX:
        _rebuild(connection, after, kept)
        return
    table = f"ALTER TABLE {quoted(after.name)}"  # two may swap their names
    for number, (known, _) in enumerate(renamed):
        connection.execute(f"{table} RENAME COLUMN {quoted(known.name)} TO {_MOVING}{number}")
    for number, (_, field) in enumerate(renamed):
        connection.execute(f"{table} RENAME COLUMN {_MOVING}{number} TO {quoted(field.name)}")
    for field in added:
        connection.execute(f"{table} ADD COLUMN {_column(field)}")


def _rebuild(
    connection: apsw.Connection, after: Collection, kept: Sequence[tuple[Field, Field]]
) -> None:
    """Copies the table once into the shape it shall have, whatever the number of changes."""
    _create_table(connection, _MOVING, after)
    to = ["_rowid_", VERSION, EDITED, REVISION, BODY, *(quoted(field.name) for _, field in kept)]
    values = ["_rowid_", VERSION, EDITED, REVISION, BODY, *(_converted(*pair) for pair in kept)]
    connection.execute(
        f"INSERT INTO {_MOVING} ({', '.join(to)})"
        f" SELECT {', '.join(values)} FROM {quoted(after.name)}"
    )
    connection.execute(f"DROP TABLE {quoted(after.name)}")
    connection.execute(f"ALTER TABLE {_MOVING} RENAME TO {quoted(after.name)}")


def _converted(known: Field, field: Field) -> str:
    column = quoted(known.name)
    if known.storage is field.storage:
        return column
    return (_TO_LIST if field.is_multiple else _TO_SINGLE).format(column)
