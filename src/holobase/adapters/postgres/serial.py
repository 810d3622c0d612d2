"""Commands one at a time, each in a savepoint and every write at once: for what cannot be done in
sets, and to find out what exactly an index refuses."""

from typing import Any

import asyncpg

from holobase.adapters.postgres import mails, parcels, sessions
from holobase.adapters.postgres.connect import Connection
from holobase.adapters.postgres.definitions import apply_definition
from holobase.adapters.postgres.facts import Facts, Key, select
from holobase.adapters.postgres.failures import is_outage
from holobase.adapters.postgres.flush import flush, violation
from holobase.adapters.postgres.job import Job
from holobase.adapters.postgres.overlay import Asked, Overlay
from holobase.adapters.postgres.view import View
from holobase.adapters.slow_statements import SlowStatements
from holobase.domain.collection import Collection
from holobase.domain.errors import BadRequest, UniqueViolation
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


class Serial:
    """Runs commands in an open transaction and collects what they appended, and which of the facts
    that were `asked` for may have changed."""

    def __init__(
        self, connection: Connection, channel: str, slow: SlowStatements, asked: Asked
    ) -> None:
        self._connection = connection
        self._slow = slow
        self._channel = channel
        self._asked = asked
        self.events: list[Event] = []
        self.applied: list[Applied] = []
        self.written: set[Key] = set()

    async def run(self, job: Job[Any]) -> None:
        """Sets result or error of the job; a command that fails leaves nothing behind.

        Raises only what `failures.is_outage` tells: the transaction is gone then.
        """
        before = len(self.events)
        job.result = job.error = None
        await self._connection.execute("SAVEPOINT command")
        try:
            job.result = await self._drive(job)
        except Exception as error:
            if is_outage(error):
                raise
            job.error = error
            del self.events[before:], self.applied[before:]
            await self._connection.execute("ROLLBACK TO command")
        await self._connection.execute("RELEASE command")

    async def _drive(self, job: Job[Any]) -> Any:
        command = job.command()
        try:
            question = next(command)
            while True:
                try:
                    answer = await self._guarded(question)
                except Exception as error:
                    if is_outage(error):
                        raise  # no command may go on as if this had not happened
                    question = command.throw(error)
                else:
                    question = command.send(answer)
        except StopIteration as end:
            return end.value

    async def _guarded(self, question: Question) -> Any:
        """The answer; after an error the transaction is as it was before the question."""
        await self._connection.execute("SAVEPOINT question")
        try:
            answer = await self._answer(question)
        except Exception as error:
            if not is_outage(error):
                await self._connection.execute("ROLLBACK TO question; RELEASE question")
            raise
        await self._connection.execute("RELEASE question")
        return answer

    async def _answer(self, question: Question) -> Any:
        if isinstance(question, Select):
            return await self._select(question)
        if isinstance(question, NoteSeen | ForgetTokens):
            return await sessions.apply(self._connection, question)
        if isinstance(question, KeepMail | DropMail):
            return await mails.apply(self._connection, question)
        if isinstance(question, KeepParcel | DropParcel):
            return await parcels.apply(self._connection, question)
        facts = Facts(self._connection, self._slow)
        view = View(facts, Overlay(), {}, trusts=False)
        await facts.learn(view.needs(question))
        answer = view.answer(question)
        self.written |= view.own.written(self._asked)
        if isinstance(question, Append):
            await self._append(question, view, facts)
        else:
            await flush(self._connection, view.own, facts, self._channel, is_alone=True)
        return answer

    async def _select(self, question: Select) -> list[tuple[Any, ...]]:
        try:
            return await select(
                self._connection, self._slow, question.statement.sql, question.values
            )
        except asyncpg.NumericValueOutOfRangeError as error:
            raise BadRequest("bad_query") from error  # the sum of a view that a rule asks

    async def _append(self, question: Append, view: View, facts: Facts) -> None:
        change = question.change
        try:
            if isinstance(change, DefinitionChange):
                [appended] = view.own.appended
                await apply_definition(self._connection, change, appended.version)
            self.events += await flush(
                self._connection, view.own, facts, self._channel, is_alone=True
            )
        except asyncpg.UniqueViolationError as error:
            collection = _collection(change)
            raise (violation(error, collection) if collection else error) from error
        except asyncpg.PostgresError as error:
            if is_outage(error) or not isinstance(change, RowChange):
                raise
            # Too long for an index, or the expression of one cannot be computed for this row.
            raise UniqueViolation(change.collection.name, ()) from error
        self.applied.append(Applied(question.event, change))


def _collection(change: RowChange | DefinitionChange | None) -> Collection | None:
    if isinstance(change, RowChange):
        return change.collection
    return change.after or change.before if change else None
