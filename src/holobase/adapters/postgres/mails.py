"""The queue of mails: what operation keeps of them until they are sent."""

from typing import Final

from holobase.adapters.postgres.connect import Connection
from holobase.ports.command import DropMail, KeepMail

NAME: Final = "hb_mails"

TABLE: Final = """
CREATE TABLE IF NOT EXISTS hb_mails (
    id text COLLATE "C" PRIMARY KEY,
    about text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    due bigint NOT NULL,
    attempts bigint NOT NULL,
    box bytea
);
CREATE INDEX IF NOT EXISTS hb_mails_due ON hb_mails (due);
CREATE INDEX IF NOT EXISTS hb_mails_about ON hb_mails (about);
"""

_KEEP: Final = """
INSERT INTO hb_mails VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET
    about = excluded.about, at = excluded.at, due = excluded.due,
    attempts = excluded.attempts, box = excluded.box
"""


async def apply(connection: Connection, question: KeepMail | DropMail) -> None:
    """What `ports.command` promises."""
    if isinstance(question, DropMail):
        await connection.execute("DELETE FROM hb_mails WHERE id = $1", question.id)
        return
    mail = question
    values = (mail.id, mail.about, mail.at, mail.due, mail.attempts, mail.box)
    await connection.execute(_KEEP, *values)
