"""Tokens and their sessions: what operation keeps of logins beside the log."""

import apsw

from holobase.ports.command import ForgetTokens, LinkToken, NoteSeen

_LINK = "INSERT INTO hb_session_tokens VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_NOTE = """
INSERT INTO hb_session_seen VALUES (?, ?)
ON CONFLICT (session) DO UPDATE SET seen = max(seen, excluded.seen)
"""
_FORGET = """
DELETE FROM hb_session_seen
WHERE NOT EXISTS (SELECT 1 FROM hb_session_tokens t WHERE t.session = hb_session_seen.session)
"""


def answer(
    connection: apsw.Connection, question: LinkToken | NoteSeen | ForgetTokens
) -> str | None:
    """What `ports.command` promises."""
    match question:
        case LinkToken(token, session, expires):
            connection.execute(_LINK, (token, session, expires))
            return _session(connection, token)
        case NoteSeen(moments):
            connection.executemany(_NOTE, moments)
        case ForgetTokens(expired):
            connection.execute("DELETE FROM hb_session_tokens WHERE expires <= ?", (expired,))
            connection.execute(_FORGET)
    return None


def _session(connection: apsw.Connection, token: str) -> str:
    query = "SELECT session FROM hb_session_tokens WHERE token = ?"
    found: str = connection.execute(query, (token,)).get
    return found
