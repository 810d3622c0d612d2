"""The queue of mails: what operation keeps of them until they are sent."""

import apsw

from holobase.ports.command import DropMail, KeepMail

TABLE = """
CREATE TABLE IF NOT EXISTS hb_mails (
    id TEXT PRIMARY KEY,
    about TEXT NOT NULL,
    at INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    box BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS hb_mails_due ON hb_mails (due);
CREATE INDEX IF NOT EXISTS hb_mails_about ON hb_mails (about);
"""

_KEEP = "INSERT OR REPLACE INTO hb_mails VALUES (?, ?, ?, ?, ?, ?)"


def answer(connection: apsw.Connection, question: KeepMail | DropMail) -> None:
    """What `ports.command` promises."""
    match question:
        case KeepMail(identifier, about, at, due, attempts, box):
            connection.execute(_KEEP, (identifier, about, at, due, attempts, box))
        case DropMail(identifier):
            connection.execute("DELETE FROM hb_mails WHERE id = ?", (identifier,))
