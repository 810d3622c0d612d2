"""The queue of mails, as commands: putting in, taking out to send, and what came of it.

A row is taken by putting off when it is due: whoever looks meanwhile passes it over, and whoever
looks after that finds that the one who took it has died. What was sent stays for as long as the
same is not to be sent again; what was given up makes way at once.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from holobase.domain.fields import Storage
from holobase.domain.principal import OTPS
from holobase.engine.sealing import Sealer
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.ports import command
from holobase.ports.command import Command, DropMail, KeepMail
from holobase.ports.mailer import Mail
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules.cell_types import stored_type

TAKEN_MAX = 10
"""Mails that one process sends at the same time; each is a connection of its own."""

LEASE_SECONDS = 60
"""How long a mail is left to the process that took it: four times what sending may take."""

RESEND_SECONDS = 120
"""How long after a mail the same is not sent again to the same account, as in the reference."""

RETRY_SECONDS = 5
"""Pause after the first failure; it doubles with each."""

RETRY_SECONDS_MAX = 1_800
"""Longest pause between two attempts."""

SEALED_AS = "mail.queued"
_TABLE = sa.table(
    "hb_mails",
    *(sa.column(name, stored_type(Storage.TEXT)) for name in ("id", "about")),
    *(sa.column(name, stored_type(Storage.NUMBER)) for name in ("at", "due", "attempts")),
    sa.column("box"),
)


class Letter(msgspec.Struct, frozen=True):
    """A mail with what the queue has to know: it is of no use after `until` (Unix milliseconds).

    `otp` is the one-time code that it brings; `keeps_guard`: that it was asked for counts, even
    where it could not be sent. A decoy is never sent: it takes the place of a mail to nobody.
    """

    mail: Mail
    until: int
    otp: str = ""
    keeps_guard: bool = False
    is_decoy: bool = False

    def as_decoy(self) -> "Letter":
        """What is queued instead where there is nobody to send it to."""
        return msgspec.structs.replace(self, is_decoy=True)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that this process is to send now."""

    id: str
    about: str
    at: int
    attempts: int
    letter: Letter


class Queue:
    """The commands, with their statements for one store."""

    def __init__(self, store: Store) -> None:
        c = _TABLE.c
        self._next = store.statement(sa.select(sa.func.min(c.due)))
        self._due = store.statement(
            sa.select(c.id, c.about, c.at, c.attempts, c.box)
            .where(c.due <= sa.bindparam("now"))
            .order_by(c.due)
            .limit(sa.literal_column(str(TAKEN_MAX)))
        )
        self._about = store.statement(sa.select(c.id, c.at).where(c.about == sa.bindparam("about")))
        self._attempts = store.statement(
            sa.select(c.attempts).where(c.id == sa.bindparam("id"), c.box.is_not(None))
        )
        self._store = store

    async def next_due(self) -> int | None:
        """When there is something to do next."""
        rows = await self._store.fetch(self._next, self._next.bind())
        due: int | None = rows[0][0]
        return due

    def put(self, unit: Unit, letter: Letter, about: str = "") -> Command[None]:
        """Puts a mail in, due at once."""
        identifier = ids.record_id()
        box = _sealed(unit.sealer, identifier, letter)
        yield KeepMail(identifier, about, unit.now, unit.now, 0, box)

    def is_guarded(self, unit: Unit, about: str) -> Command[bool]:
        """Whether the same mail was sent, or is to be sent, so lately that once is enough."""
        rows = yield from _select(self._about, about=about)
        return any(at > unit.now - RESEND_SECONDS * 1000 for _, at in rows)

    def lift(self, about: str) -> Command[None]:
        """Forgets mails about something: it may be asked for again at once."""
        for identifier, _ in (yield from _select(self._about, about=about)):
            yield DropMail(identifier)

    def take(self, unit: Unit) -> Command[tuple[list[Taken], bool]]:
        """The mails to send now, and whether there may be more to do."""
        rows = yield from _select(self._due, now=unit.now)
        taken: list[Taken] = []
        for identifier, about, at, attempts, box in rows:
            letter = _opened(unit.sealer, identifier, box)
            if letter is None or letter.is_decoy:
                yield DropMail(identifier)
                continue
            due = unit.now + LEASE_SECONDS * 1000
            yield KeepMail(identifier, about, at, due, attempts + 1, box)
            taken.append(Taken(identifier, about, at, attempts + 1, letter))
        return taken, len(rows) == TAKEN_MAX

    def sent(self, unit: Unit, mail: Taken) -> Command[None]:
        """Notes that a mail was sent: its code now stands for the address it went to."""
        if (yield from self._is_mine(mail)):
            yield from self._settle(unit, mail, keeps_guard=True)
        if mail.letter.otp:
            yield from unit.update(OTPS, mail.letter.otp, {"sentTo": mail.letter.mail.to})

    def failed(self, unit: Unit, mail: Taken, *, is_final: bool) -> Command[bool]:
        """Puts off a mail that was not sent; whether it is given up instead, with its code."""
        if not (yield from self._is_mine(mail)):
            return False
        pause = min(RETRY_SECONDS * 2 ** (mail.attempts - 1), RETRY_SECONDS_MAX)
        due = unit.now + pause * 1000
        if not is_final and due < mail.letter.until:
            box = _sealed(unit.sealer, mail.id, mail.letter)
            yield KeepMail(mail.id, mail.about, mail.at, due, mail.attempts, box)
            return False
        yield from self._settle(unit, mail, keeps_guard=mail.letter.keeps_guard)
        if mail.letter.otp:
            yield from unit.delete(OTPS, mail.letter.otp)
        return True

    def _is_mine(self, mail: Taken) -> Command[bool]:
        """Whether nobody has taken the mail since: sending it may have lasted longer than that."""
        rows = yield from _select(self._attempts, id=mail.id)
        return rows == [(mail.attempts,)]

    def _settle(self, unit: Unit, mail: Taken, *, keeps_guard: bool) -> Command[None]:
        end = mail.at + RESEND_SECONDS * 1000
        if mail.about and keeps_guard and end > unit.now:
            yield KeepMail(mail.id, mail.about, mail.at, end, mail.attempts, None)
        else:
            yield DropMail(mail.id)


def _select(statement: Statement, **given: str | int) -> Command[list[tuple[Any, ...]]]:
    return (yield from command.select(statement, statement.bind(given=given)))


def _sealed(sealer: Sealer, identifier: str, letter: Letter) -> bytes:
    return sealer.seal({"letter": letter}, identifier, SEALED_AS, None)


def _opened(sealer: Sealer, identifier: str, box: bytes | None) -> Letter | None:
    if box is None:
        return None
    opened = sealer.open(bytes(box), identifier, SEALED_AS, None) or {}
    return msgspec.json.decode(opened["letter"], type=Letter)
