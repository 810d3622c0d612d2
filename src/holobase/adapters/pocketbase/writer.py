"""Writing a folder as PocketBase 0.40 lays its own out.

Columns have the types that PocketBase gives them, in its order, and every change of layout that
it knows is marked as made: it opens the folder as one of its own.
"""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from holobase.domain.collection import Collection
from holobase.domain.errors import DamagedData
from holobase.domain.fields import Cell, Field, Storage
from holobase.kit import dates, json

_KEY: Final = "TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL"
_MOMENT: Final = "TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL"
_RULES: Final = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")

_DATA: Final = f"""
CREATE TABLE _migrations (file VARCHAR(255) PRIMARY KEY NOT NULL, applied INTEGER NOT NULL);
CREATE TABLE _params (id {_KEY}, value JSON DEFAULT NULL, created {_MOMENT}, updated {_MOMENT});
CREATE TABLE _collections (
    id {_KEY}, system BOOLEAN DEFAULT FALSE NOT NULL, type TEXT DEFAULT 'base' NOT NULL,
    name TEXT UNIQUE NOT NULL, fields JSON DEFAULT '[]' NOT NULL,
    indexes JSON DEFAULT '[]' NOT NULL, {", ".join(f"{rule} TEXT DEFAULT NULL" for rule in _RULES)},
    options JSON DEFAULT '{{}}' NOT NULL, created {_MOMENT}, updated {_MOMENT}
);
CREATE INDEX idx__collections_type ON _collections (type);
"""
_LOGS: Final = f"""
CREATE TABLE _logs (
    id {_KEY}, level INTEGER DEFAULT 0 NOT NULL, message TEXT DEFAULT '' NOT NULL,
    data JSON DEFAULT '{{}}' NOT NULL, created {_MOMENT}
);
CREATE INDEX idx_logs_level ON _logs (level);
CREATE INDEX idx_logs_message ON _logs (message);
CREATE INDEX idx_logs_created_hour ON _logs (strftime('%Y-%m-%d %H:00:00', created));
"""
_MIGRATIONS: Final = (
    "1640988000_aux_init.go",
    "1640988000_init.go",
    "1717233556_v0.23_migrate.go",
    "1717233557_v0.23_migrate2.go",
    "1717233558_v0.23_migrate3.go",
    "1717233559_v0.23_migrate4.go",
    "1763020353_update_default_auth_alert_templates.go",
    "1778828400_normalize_indexes.go",
)
_COLUMN: Final = {
    Storage.TEXT: "TEXT DEFAULT '' NOT NULL",
    Storage.NUMBER: "NUMERIC DEFAULT 0 NOT NULL",
    Storage.BOOL: "BOOLEAN DEFAULT FALSE NOT NULL",
    Storage.LIST: "JSON DEFAULT '[]' NOT NULL",
    Storage.JSON: "JSON DEFAULT NULL",
    Storage.GEO: """JSON DEFAULT '{"lon":0,"lat":0}' NOT NULL""",
}


class PocketBaseWriter:
    """Keeps `ports.foreign_writer.ForeignWriter`. Raises DamagedData for a folder with content."""

    def __init__(self, folder: Path) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise DamagedData(f"{folder} is not empty. Choose another folder.")
        self._folder = folder
        self.draft = folder.with_name(f"{folder.name}.exporting")
        shutil.rmtree(self.draft, ignore_errors=True)  # what an earlier run was ended in
        self.draft.mkdir(mode=0o700, parents=True)
        logs = apsw.Connection(str(self.draft / "auxiliary.db"))
        logs.execute(_LOGS)
        logs.close()
        self._connection = apsw.Connection(str(self.draft / "data.db"))
        self._connection.execute("BEGIN")
        self._connection.execute(_DATA)
        now = time.time_ns() // 1_000
        applied = [(name, now) for name in _MIGRATIONS]
        self._connection.executemany("INSERT INTO _migrations VALUES (?, ?)", applied)

    def define(self, collection: Collection) -> list[str]:
        """Adds a definition with its table; see `ports.foreign_writer`."""
        plain = msgspec.to_builtins(collection)
        told = {
            **{name: plain[name] for name in ("id", "system", "type", "name", *_RULES)},
            "fields": _text([json.sorted_wire(each) for each in plain["fields"]]),
            "indexes": _text(plain["indexes"]),
            "options": _text(_options(collection)),
            "created": collection.created,
            "updated": collection.updated,
        }
        self._insert("_collections", told)
        table = _quoted(collection.name)
        if collection.type == "view":
            query = collection.view_query.strip().rstrip(";")
            self._connection.execute(f"CREATE VIEW {table} AS SELECT * FROM ({query})")
            return []
        fields = sorted(collection.fields, key=lambda each: each.name)
        columns = ", ".join(f"{_quoted(field.name)} {_column(field)}" for field in fields)
        self._connection.execute(f"CREATE TABLE {table} ({columns})")
        return [index for index in collection.indexes if not self._is_made(index)]

    def _is_made(self, index: str) -> bool:
        try:
            self._connection.execute(index)
        except apsw.SQLError:
            return False
        return True

    def records(self, collection: Collection, rows: Sequence[Sequence[Cell]]) -> None:
        """Adds records; see `ports.foreign_writer`."""
        names = ", ".join(_quoted(name) for name in collection.field_names)
        marks = ", ".join("?" * len(collection.fields))
        query = f"INSERT INTO {_quoted(collection.name)} ({names}) VALUES ({marks})"
        self._connection.executemany(query, rows)

    def settings(self, stored: bytes) -> None:
        """Keeps the settings: JSON as bytes, what is encrypted as text."""
        value: Cell = stored if stored[:1] == b"{" else stored.decode()
        moment = dates.from_milliseconds(time.time_ns() // 1_000_000)
        told = {"id": "settings", "value": value, "created": moment, "updated": moment}
        self._insert("_params", told)

    def put_in_place(self) -> None:
        """Takes the place of the folder."""
        self._connection.execute("COMMIT")
        self._connection.close()
        if self._folder.exists():
            self._folder.rmdir()
        self.draft.rename(self._folder)

    def close(self) -> None:
        """Lets go, and leaves nothing of what is not in its place."""
        self._connection.close()
        shutil.rmtree(self.draft, ignore_errors=True)

    def _insert(self, table: str, cells: dict[str, Any]) -> None:
        names, marks = ", ".join(cells), ", ".join("?" * len(cells))
        query = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        self._connection.execute(query, tuple(cells.values()))


def _options(collection: Collection) -> dict[str, Any]:
    """What is kept beside the fields and rules: a view's query, or the options of accounts with
    their secrets."""
    if collection.type == "view":
        return {"viewQuery": collection.view_query}
    if collection.auth is None:
        return {}
    options: dict[str, Any] = msgspec.to_builtins(collection.auth)
    for provider in options["oauth2"]["providers"]:
        provider["extra"] = msgspec.json.decode(provider["extra"])
    return options


def _column(field: Field) -> str:
    return _KEY if field.name == "id" else _COLUMN[field.storage]


def _text(value: Any) -> str:
    return json.encode(value).decode()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
