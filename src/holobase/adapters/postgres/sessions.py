"""Tokens and their sessions: what operation keeps of logins beside the log."""

from typing import Final

from holobase.adapters.postgres.connect import Connection
from holobase.ports.command import ForgetTokens, NoteSeen

LINKS: Final = "SELECT token, session FROM hb_session_tokens WHERE token = ANY($1::text[])"
LINK: Final = (
    "INSERT INTO hb_session_tokens SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])"
)
_NOTE: Final = """
INSERT INTO hb_session_seen SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (session) DO UPDATE SET seen = greatest(hb_session_seen.seen, excluded.seen)
"""
_FORGET: Final = """
DELETE FROM hb_session_seen seen
WHERE NOT EXISTS (SELECT 1 FROM hb_session_tokens t WHERE t.session = seen.session)
"""


async def apply(connection: Connection, question: NoteSeen | ForgetTokens) -> None:
    """Notes when sessions were last seen, or forgets what has expired."""
    if isinstance(question, NoteSeen):
        moments = dict(question.moments)
        await connection.execute(_NOTE, list(moments), list(moments.values()))
        return
    await connection.execute("DELETE FROM hb_session_tokens WHERE expires <= $1", question.expired)
    await connection.execute(_FORGET)
