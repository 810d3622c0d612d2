"""The database file: opening it, and refusing what is not ours or newer than this program.

Durability rests on WAL with `synchronous=FULL`: a commit returns after the log is on the disk.
"""

import contextlib
from pathlib import Path

import apsw

from holobase.adapters.sqlite import mails, parcels
from holobase.domain.errors import DamagedData

FILE_NAME = "holobase.db"
APPLICATION_ID = 0x484F4C4F
"""Marks the file as ours in the SQLite header ("HOLO")."""

FORMAT = 1
"""Version of the folder's layout; raised by a change that older programs cannot read."""

SYNCHRONOUS = "FULL"
"""With NORMAL a power cut takes the last answered writes, with OFF it may take the whole file."""

PAGE_CACHE_KIB = 16_384
"""Pages that each connection keeps: the upper levels of large indexes, not the data."""

BUSY_TIMEOUT_MS = 5_000
"""Only start-up and recovery ever meet a locked file; writers take turns by a file lock."""

_INTERNAL_TABLES = """
CREATE TABLE hb_events (
    position INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    schema INTEGER NOT NULL,
    data BLOB NOT NULL,
    sealed BLOB,
    actor TEXT NOT NULL,
    request_id TEXT NOT NULL,
    causation_id BLOB,
    at INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX hb_events_stream ON hb_events (stream, version);
CREATE TABLE hb_streams (
    stream TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE hb_collections (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    definition BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE hb_checkpoints (
    consumer TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE hb_person_keys (
    subject TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""

_ADDED_TABLES = """
CREATE TABLE IF NOT EXISTS hb_session_tokens (
    token TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS hb_session_tokens_session ON hb_session_tokens (session);
CREATE TABLE IF NOT EXISTS hb_session_seen (
    session TEXT PRIMARY KEY,
    seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""What came later. It is operational, so that a file which lacks it is made up to date at once."""


def connect(path: Path, *, read_only: bool = False, vfs: str | None = None) -> apsw.Connection:
    """A connection with our pragmas. `path` must exist for a read-only one."""
    flags = (
        apsw.SQLITE_OPEN_READONLY
        if read_only
        else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    )
    connection = apsw.Connection(str(path), flags=flags, vfs=vfs, statementcachesize=500)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    if not read_only:
        # Checks look single records up, whatever the values; or else every execution with other
        # ones plans the statement anew (0.7 ms for a long rule). Lists gain from it.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def disconnect(connection: apsw.Connection) -> None:
    """Closes a connection. The last one copies the write-ahead log back; where the disk refuses
    that, nothing is lost, because the next start does it."""
    with contextlib.suppress(apsw.Error):
        connection.close()


def create_or_check(connection: apsw.Connection, name: str) -> None:
    """Lays out an empty file, or makes sure that a filled one is ours and readable.

    Raises DamagedData, with a sentence for the operator, and changes nothing then.
    """
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").get == 0
    if empty and connection.pragma("application_id") == 0:
        _lay_out(connection)
    else:
        check(connection, name)
    connection.execute(_ADDED_TABLES + mails.TABLE + parcels.TABLE)


def check(connection: apsw.Connection, name: str) -> None:
    """Makes sure that a file is ours and readable. Raises as `create_or_check`."""
    application = connection.pragma("application_id")
    version = connection.pragma("user_version")
    if application != APPLICATION_ID:
        raise DamagedData(f"{name} belongs to another program. Choose another --data folder.")
    if version > FORMAT:
        raise DamagedData(
            f"{name} was written by a newer Holobase (format {version}, this one reads"
            f" {FORMAT}). Install the newer version."
        )


def _lay_out(connection: apsw.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute(_INTERNAL_TABLES)
