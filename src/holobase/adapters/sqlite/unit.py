"""One group's transaction: answers the questions of its commands, one command at a time.

Each command gets a savepoint at its first write, so that one that fails leaves nothing behind
and takes nobody with it.
"""

import contextlib
import re
import time
from typing import Any, TypeAlias, TypeVar

import apsw

from holobase.adapters.slow_statements import SlowStatements
from holobase.adapters.sqlite import definitions, log, mails, parcels, sessions, tables
from holobase.adapters.sqlite.failures import STORAGE
from holobase.adapters.sqlite.reader import STEPS_BETWEEN_LOOKS
from holobase.domain.errors import DefinitionRefused, UniqueViolation, VersionConflict
from holobase.domain.event import Event
from holobase.domain.fields import Cell
from holobase.domain.record import Record
from holobase.ports.command import (
    SELECT_SECONDS_MAX,
    Append,
    Applied,
    Command,
    DefinitionChange,
    DropMail,
    DropParcel,
    Find,
    FindKey,
    ForgetTokens,
    Gather,
    KeepKey,
    KeepMail,
    KeepParcel,
    LinkToken,
    Load,
    Missing,
    NoteSeen,
    Question,
    Remember,
    Revisions,
    RowChange,
    Select,
)

T = TypeVar("T")

Operation: TypeAlias = (
    LinkToken | NoteSeen | ForgetTokens | KeepMail | DropMail | KeepParcel | DropParcel
)

_UNIQUE = re.compile(r"UNIQUE constraint failed: (.*)")


class Unit:
    """Runs commands on an open transaction and collects what they appended."""

    def __init__(
        self, connection: apsw.Connection, known: tables.KnownRevisions, slow: SlowStatements
    ) -> None:
        self._connection = connection
        self._known = known
        self._slow = slow
        self._redefined = False
        self._wrote = False
        self._revisions: frozenset[tuple[str, int]] | None = None
        self.events: list[Event] = []
        self.applied: list[Applied] = []

    def run(self, command: Command[T]) -> T:
        """The command's result. Whatever it raises is raised here, its writes undone.

        A failure of the file (`failures.STORAGE`) leaves the transaction in pieces: the caller
        must give it up.
        """
        self._wrote = False
        events, applied = len(self.events), len(self.applied)
        try:
            result = self._drive(command)
        except STORAGE:
            raise
        except BaseException:
            del self.events[events:], self.applied[applied:]
            self._revisions = None
            if self._wrote:
                self._connection.execute("ROLLBACK TO command")
                self._connection.execute("RELEASE command")
            raise
        if self._wrote:
            self._connection.execute("RELEASE command")
        return result

    def _drive(self, command: Command[T]) -> T:
        try:
            question = next(command)
            while True:
                try:
                    answer = self._answer(question)
                except STORAGE:
                    raise  # no command may go on as if this had not happened
                except Exception as error:
                    question = command.throw(error)
                else:
                    question = command.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def _answer(self, question: Question) -> Any:
        match question:
            case Append():
                return self._append(question)
            case Load(collection, identifier):
                return tables.load(self._connection, collection, identifier)
            case Find(collection, field, value):
                return tables.find(self._connection, collection, field, value)
            case Missing(collection, identifiers):
                return tables.missing(self._connection, collection, identifiers)
            case Select(statement, values):
                return self._select(statement.sql, values)
            case Gather(questions):
                return self._gather(questions)
            case FindKey(subject):
                return find_key(self._connection, subject)
            case KeepKey(subject, wrapped):
                return self._write("INSERT INTO hb_person_keys VALUES (?, ?)", subject, wrapped)
            case Remember():
                return self._remember(question)
            case Revisions():
                return self._in_force()
            case _:
                return self._operate(question)

    def _gather(self, questions: tuple[Load | Find | Missing | FindKey, ...]) -> list[Any]:
        """The answers in order. Like questions are asked together: without an index each would
        scan the table."""
        alike: dict[tuple[str, str], list[Find]] = {}
        for each in questions:
            if isinstance(each, Find) and tables.is_found_together(each.field):
                alike.setdefault((each.collection.id, each.field.name), []).append(each)
        found: dict[tuple[str, str], dict[Any, list[Record]]] = {
            key: tables.find_each(
                self._connection, some[0].collection, some[0].field, [each.value for each in some]
            )
            for key, some in alike.items()
            if len(some) > 1
        }
        return [
            found[key][each.value]
            if isinstance(each, Find) and (key := (each.collection.id, each.field.name)) in found
            else self._answer(each)
            for each in questions
        ]

    def _select(self, sql: str, values: tuple[Cell, ...]) -> list[tuple[Any, ...]]:
        self._slow.check(sql)
        deadline = time.monotonic() + SELECT_SECONDS_MAX
        self._connection.set_progress_handler(
            lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS
        )
        try:
            return self._connection.execute(sql, values).fetchall()
        except apsw.InterruptError as error:
            raise self._slow.note(sql) from error
        finally:
            self._connection.set_progress_handler(None)

    def _operate(self, question: Operation) -> str | None:
        """What operation keeps beside the log."""
        self._begin()
        if isinstance(question, KeepMail | DropMail):
            mails.answer(self._connection, question)
            return None
        if isinstance(question, KeepParcel | DropParcel):
            parcels.answer(self._connection, question)
            return None
        return sessions.answer(self._connection, question)

    def _in_force(self) -> frozenset[tuple[str, int]]:
        if self._revisions is None:
            self._revisions = (
                tables.read_revisions(self._connection) if self._redefined else self._known.read()
            )
        return self._revisions

    def _begin(self) -> None:
        if not self._wrote:
            self._connection.execute("SAVEPOINT command")
            self._wrote = True

    def _write(self, sql: str, *values: str | int | bytes) -> None:
        self._begin()
        self._connection.execute(sql, values)

    def _remember(self, question: Remember) -> None:
        found = log.checkpoint(self._connection, question.consumer)
        if question.expected is not None and found != question.expected:
            raise VersionConflict(f"{question.consumer} is at {found}, not {question.expected}")
        if not question.position:
            return self._write("DELETE FROM hb_checkpoints WHERE consumer = ?", question.consumer)
        return self._write(
            "INSERT INTO hb_checkpoints VALUES (?1, ?2)"
            " ON CONFLICT (consumer) DO UPDATE SET position = ?2",
            question.consumer,
            question.position,
        )

    def _append(self, question: Append) -> int:
        """Appends all or nothing: a command may go on after a refusal.

        What a record's event may be refused for is one statement, which undoes itself, and stands
        before all others. A definition changes more.
        """
        self._begin()
        if not isinstance(question.change, DefinitionChange):
            return self._append_whole(question)
        self._connection.execute("SAVEPOINT append")
        try:
            return self._append_whole(question)
        except STORAGE:
            raise
        except Exception:
            self._connection.execute("ROLLBACK TO append")
            raise
        finally:
            with contextlib.suppress(apsw.Error):  # gone with the transaction
                self._connection.execute("RELEASE append")

    def _append_whole(self, question: Append) -> int:
        before = log.expected_head(self._connection, question.event.stream, question.expected)
        version, change = before[0] + 1, question.change
        try:
            if isinstance(change, RowChange):
                tables.apply_row(self._connection, change, version)
            elif isinstance(change, DefinitionChange):
                self._revisions, self._redefined = None, True
                self._known.forget()
                definitions.apply_definition(self._connection, change, version)
        except apsw.ConstraintError as error:
            raise _unique_violation(error) from error
        except apsw.SQLError as error:
            if not isinstance(change, RowChange):
                raise DefinitionRefused(str(error)) from error
            # The expression of an index cannot be computed for this row.
            raise UniqueViolation(change.collection.name, ()) from error
        self.events.append(log.append(self._connection, question.event, before))
        self.applied.append(Applied(question.event, change))
        return version


def find_key(connection: apsw.Connection, subject: str) -> bytes | None:
    """The wrapped key of a subject, or None."""
    wrapped: bytes | None = connection.execute(
        "SELECT wrapped FROM hb_person_keys WHERE subject = ?", (subject,)
    ).get
    return wrapped


def _unique_violation(error: apsw.ConstraintError) -> Exception:
    match = _UNIQUE.search(str(error))
    if match is None:
        return error
    columns = [column.strip().partition(".") for column in match[1].split(",")]
    if any(not name for _, _, name in columns):
        return UniqueViolation("", ())
    return UniqueViolation(columns[0][0], tuple(name for _, _, name in columns))
