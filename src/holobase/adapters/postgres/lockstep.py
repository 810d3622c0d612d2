"""Many commands side by side: like questions of all are answered with one query.

Each command sees what is stored and what it writes itself. Those that finish are taken over in the
order in which they were submitted; one that has looked at something that was written by one before
it runs again, by itself, and sees that. So the end is as if all had run one after the other.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from holobase.adapters.postgres.connect import Connection
from holobase.adapters.postgres.facts import Facts, Key, Needs, head_key
from holobase.adapters.postgres.flush import flush
from holobase.adapters.postgres.overlay import Asked, Overlay
from holobase.adapters.postgres.view import OutOfOrder, View
from holobase.domain.event import Event
from holobase.ports.command import Append, Applied, Command, DefinitionChange, Question, Select

T = TypeVar("T")

COMMANDS_PER_TURN = 32
"""Commands stepped before the event loop gets its turn: a millisecond or two."""


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """A command that waits for its commit."""

    command: Callable[[], Command[T]]
    future: "asyncio.Future[T] | None" = None
    result: Any = None
    error: BaseException | None = None

    def answer(self) -> None:
        """Answers the waiter, if there still is one."""
        if self.future is None or self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


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
        if isinstance(question, Select) or _is_definition(question):
            self._leave()
            return False
        self.needs = self.view.needs(question)
        return not self.needs

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
    """Runs commands over one overlay, which `flush` writes at the end, once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._facts = Facts(connection)
        self._asked: Asked = {}
        self._written = Overlay()
        self._held: set[Key] = set()
        """What those will write that run by themselves: who looks at it must come after them."""

    @property
    def applied(self) -> list[Applied]:
        """What was appended so far, in order."""
        return [Applied(each.event, each.change) for each in self._written.appended]

    async def run(self, jobs: Sequence[Job[Any]]) -> list[Job[Any]]:
        """Sets result or error of the jobs; gives those that must run by themselves instead."""
        attempts = [self._attempt(job) for job in jobs]
        await self._finish(attempts)
        alone, again = self._take_over(attempts)
        for job in again:
            attempt = self._attempt(job)
            await self._finish([attempt])
            alone += self._take_over([attempt])[0]
        return alone

    async def flush(self, channel: str) -> list[Event]:
        """Writes everything; see `flush.flush`."""
        return await flush(self._connection, self._written, self._facts, channel)

    def _attempt(self, job: Job[Any]) -> Attempt:
        return Attempt(job, View(self._facts, self._written, self._asked))

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
            await self._facts.learn(needs)
            going = waiting
        heads = {head_key(stream): None for a in attempts for stream in a.view.assumed}
        await self._facts.learn(dict(heads))

    def _take_over(self, attempts: Sequence[Attempt]) -> tuple[list[Job[Any]], list[Job[Any]]]:
        """Keeps what finished undisturbed; the jobs that must run alone, and those to run again."""
        alone: list[Job[Any]] = []
        again: list[Job[Any]] = []
        written: set[Key] = set()
        for attempt in attempts:
            if attempt.must_be_alone or not self._held.isdisjoint(attempt.view.reads):
                alone.append(attempt.job)
                self._held |= attempt.view.own.written(self._asked)
            elif self._is_mistaken(attempt.view) or not written.isdisjoint(attempt.view.reads):
                again.append(attempt.job)
            else:
                attempt.job.result, attempt.job.error = attempt.result, attempt.error
                if attempt.error is None:
                    written |= attempt.view.own.written(self._asked)
                    self._written.absorb(attempt.view.own, attempt.job)
        return alone, again

    def _is_mistaken(self, view: View) -> bool:
        known = self._facts.known
        return any(known[head_key(s)][0] != version for s, version in view.assumed.items())


def _is_definition(question: Question) -> bool:
    return isinstance(question, Append) and isinstance(question.change, DefinitionChange)
