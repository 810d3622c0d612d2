"""Many commands side by side: like questions of all are answered with one query.

Each command sees what is stored and what it writes itself. Then they are gone through in the order
in which they were submitted: one that has looked at something that one before it has changed runs
again when its turn comes, and sees that. So the end is as if they had run one after the other.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from holobase.adapters.postgres import mails, parcels
from holobase.adapters.postgres.connect import Connection
from holobase.adapters.postgres.facts import Facts, Key, Needs, TooHeavy, head_key
from holobase.adapters.postgres.flush import Conflicted, flush
from holobase.adapters.postgres.job import Job
from holobase.adapters.postgres.overlay import Asked, Overlay, names
from holobase.adapters.postgres.serial import Serial
from holobase.adapters.postgres.view import OutOfOrder, View
from holobase.adapters.slow_statements import SlowStatements
from holobase.domain.event import Event
from holobase.ports.command import (
    Append,
    Applied,
    DefinitionChange,
    DropMail,
    DropParcel,
    ForgetTokens,
    KeepMail,
    KeepParcel,
    NoteSeen,
    Question,
    RowChange,
    Select,
)

COMMANDS_PER_TURN = 32
"""Commands stepped before the event loop gets its turn: a millisecond or two."""


OPERATIONS = (NoteSeen, ForgetTokens, KeepMail, DropMail, KeepParcel, DropParcel)
"""Writes to tables that no overlay stands for."""


class Attempt:
    """One run of a command, as far as it gets without asking the database."""

    def __init__(self, job: Job[Any], view: View) -> None:
        self.job = job
        self.view = view
        self.needs: Needs = {}
        self.result: Any = None
        self.error: Exception | None = None
        self.must_be_alone = False
        self._command = job.command()
        self._question: Question | None = None

    def advance(self) -> bool:
        """Goes on until facts are needed; whether they are."""
        try:
            if self._question is None:
                self._question = next(self._command)
            while self._can_go_on(self._question):
                self._question = self._next(self._question)
        except StopIteration as end:
            self.needs, self.result = {}, end.value
        except OutOfOrder:
            self._leave()
        except Exception as error:
            self.needs, self.error = {}, error
            # What it wrote was not tried yet: an index may refuse that before it gets so far.
            self.must_be_alone = bool(self.view.own.appended)
        return bool(self.needs)

    def _can_go_on(self, question: Question) -> bool:
        if self._is_for_itself(question):
            self._leave()
            return False
        self.needs = self.view.needs(question)
        return not self.needs

    def _is_for_itself(self, question: Question) -> bool:
        if isinstance(question, Select) and _is_operational(question.statement.sql):
            return True
        if isinstance(question, Select) and self.view.is_hidden_from(question.statement.sql):
            self.view.statements.add(question.statement.sql)
            return True
        return isinstance(question, OPERATIONS) or _is_definition(question)

    def _next(self, question: Question) -> Question:
        try:
            answer = self.view.answer(question)
        except OutOfOrder:
            raise
        except Exception as error:
            return self._command.throw(error)
        return self._command.send(answer)

    def _leave(self) -> None:
        self.needs = {}
        self.must_be_alone = True
        self._command.close()


class Lockstep:
    """Runs the commands of one transaction; what they wrote is written by `flush` at the latest."""

    def __init__(self, connection: Connection, channel: str, slow: SlowStatements) -> None:
        self._connection = connection
        self._slow = slow
        self._channel = channel
        self._facts = Facts(connection, slow)
        self._asked: Asked = {}
        self._unwritten = Overlay()
        self._changed: set[Key] = set()
        self._changed_tables: set[str] = set()
        self.applied: list[Applied] = []
        self.events: list[Event] = []

    async def run(self, jobs: Sequence[Job[Any]], alone: Collection[Job[Any]] = ()) -> None:
        """Sets result or error of the jobs, as if they had run in this order. Those in `alone`,
        and others that must, run by themselves when their turn comes."""
        self._changed, self._changed_tables = set(), set()
        attempts = {job: self._attempt(job) for job in jobs if job not in alone}
        await self._finish(list(attempts.values()))
        for job in jobs:
            attempt = await self._undisturbed(attempts[job]) if job in attempts else None
            if attempt is None or attempt.must_be_alone:
                await self._run_alone(job)
            else:
                self._take_over(attempt)

    async def flush(self) -> None:
        """Writes everything that was not written yet; see `flush.flush`."""
        overlay, self._unwritten = self._unwritten, Overlay()
        self.events += await flush(self._connection, overlay, self._facts, self._channel)
        self._forget(overlay.written(self._asked))

    def _attempt(self, job: Job[Any]) -> Attempt:
        return Attempt(job, View(self._facts, self._unwritten, self._asked))

    async def _undisturbed(self, attempt: Attempt) -> Attempt:
        """The attempt, or another one that has seen everything before it."""
        if attempt.must_be_alone:
            return attempt
        if self._is_disturbed(attempt):
            attempt = await self._again(attempt)
        if not attempt.view.own.released.isdisjoint(self._unwritten.claims):
            await self.flush()  # nobody has asked the index yet whether that was free to be taken
            attempt = await self._again(attempt)
        return attempt

    async def _again(self, attempt: Attempt) -> Attempt:
        if any(self._unwritten.is_read_by(sql) for sql in attempt.view.statements):
            await self.flush()
        another = self._attempt(attempt.job)
        await self._finish([another])
        return another

    async def _finish(self, attempts: Sequence[Attempt]) -> None:
        going = list(attempts)
        while going:
            needs: Needs = {}
            waiting = []
            for number, attempt in enumerate(going, 1):
                if attempt.advance():
                    needs |= attempt.needs
                    waiting.append(attempt)
                if number % COMMANDS_PER_TURN == 0:
                    await asyncio.sleep(0)
            await self._learn(needs, waiting)
            going = waiting
        heads = {head_key(stream): None for a in attempts for stream in a.view.assumed}
        await self._facts.learn(dict(heads))

    async def _learn(self, needs: Needs, waiting: Sequence[Attempt]) -> None:
        try:
            await self._facts.learn(needs)
        except TooHeavy as heavy:
            asking = {attempt.job for attempt in waiting if heavy.sql in attempt.view.statements}
            raise Conflicted(asking) from heavy

    def _is_disturbed(self, attempt: Attempt) -> bool:
        """Whether it has taken for granted what is not so, or is no longer."""
        known, view = self._facts.known, attempt.view
        if not self._changed.isdisjoint(view.reads):
            return True
        if any(names(sql, table) for sql in view.statements for table in self._changed_tables):
            return True
        return any(known[head_key(s)][0] != version for s, version in view.assumed.items())

    def _take_over(self, attempt: Attempt) -> None:
        attempt.job.result, attempt.job.error = attempt.result, attempt.error
        if attempt.error is None:
            own = attempt.view.own
            self._unwritten.absorb(own, attempt.job)
            applied = [Applied(each.event, each.change) for each in own.appended]
            self._note(own.written(self._asked), applied)

    async def _run_alone(self, job: Job[Any]) -> None:
        await self.flush()
        serial = Serial(self._connection, self._channel, self._slow, self._asked)
        await serial.run(job)
        self.events += serial.events
        self._note(serial.written, serial.applied)
        self._forget(serial.written)

    def _note(self, written: set[Key], applied: list[Applied]) -> None:
        self._changed |= written
        self.applied += applied
        changes = [each.change for each in applied]
        self._changed_tables.update(c.collection.name for c in changes if isinstance(c, RowChange))

    def _forget(self, written: set[Key]) -> None:
        """Has everything asked for again that may have changed: what statements gave, too."""
        for key in written:
            self._facts.known.pop(key, None)
        self._facts.forget_rows()


def _is_operational(sql: str) -> bool:
    """Whether a statement looks at what `OPERATIONS` write."""
    return names(sql, mails.NAME) or names(sql, parcels.NAME)


def _is_definition(question: Question) -> bool:
    return isinstance(question, Append) and isinstance(question.change, DefinitionChange)
