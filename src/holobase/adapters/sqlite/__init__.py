"""The store on one SQLite file: log, record tables, writer thread and readers."""

from holobase.adapters.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
