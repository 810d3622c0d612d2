"""Parcels: what operation keeps of files that are on their way, until a record names them."""

import apsw

from holobase.ports.command import DropParcel, KeepParcel

TABLE = """
CREATE TABLE IF NOT EXISTS hb_parcels (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    expires INTEGER NOT NULL,
    size INTEGER NOT NULL,
    received INTEGER NOT NULL,
    box BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS hb_parcels_owner ON hb_parcels (owner);
CREATE INDEX IF NOT EXISTS hb_parcels_expires ON hb_parcels (expires);
"""

_KEEP = "INSERT OR REPLACE INTO hb_parcels VALUES (?, ?, ?, ?, ?, ?)"


def answer(connection: apsw.Connection, question: KeepParcel | DropParcel) -> None:
    """What `ports.command` promises."""
    match question:
        case KeepParcel(identifier, owner, expires, size, received, box):
            connection.execute(_KEEP, (identifier, owner, expires, size, received, box))
        case DropParcel(identifier):
            connection.execute("DELETE FROM hb_parcels WHERE id = ?", (identifier,))
