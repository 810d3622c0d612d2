"""Parcels: what operation keeps of files that are on their way, until a record names them."""

from typing import Final

from holobase.adapters.postgres.connect import Connection
from holobase.ports.command import DropParcel, KeepParcel

NAME: Final = "hb_parcels"

TABLE: Final = """
CREATE TABLE IF NOT EXISTS hb_parcels (
    id text COLLATE "C" PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,
    expires bigint NOT NULL,
    size bigint NOT NULL,
    received bigint NOT NULL,
    box bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS hb_parcels_owner ON hb_parcels (owner);
CREATE INDEX IF NOT EXISTS hb_parcels_expires ON hb_parcels (expires);
"""

_KEEP: Final = """
INSERT INTO hb_parcels VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET
    owner = excluded.owner, expires = excluded.expires, size = excluded.size,
    received = excluded.received, box = excluded.box
"""


async def apply(connection: Connection, question: KeepParcel | DropParcel) -> None:
    """What `ports.command` promises."""
    if isinstance(question, DropParcel):
        await connection.execute("DELETE FROM hb_parcels WHERE id = $1", question.id)
        return
    it = question
    values = (it.id, it.owner, it.expires, it.size, it.received, it.box)
    await connection.execute(_KEEP, *values)
