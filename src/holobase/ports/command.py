"""Commands: what runs inside the transaction, written so that any store can run it.

A command is a generator. It asks the store *questions* (yield) and gets answers; it appends
events the same way; its return value goes to whoever submitted it. SQLite answers at once, a
store that works on sets may run many commands side by side and answer alike questions together.
A command does no I/O of its own and touches nothing slow: hashing, files and user patterns are
prepared before it is submitted.
"""

from collections.abc import Generator, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

from holobase.domain.collection import Collection
from holobase.domain.event import NewEvent
from holobase.domain.fields import Cell, Field, Value
from holobase.domain.record import Record
from holobase.ports.statement import Statement

T = TypeVar("T")

SELECT_SECONDS_MAX = 2.0
"""What a statement may take inside a command: all other writes wait for it."""


class RowChange(msgspec.Struct, frozen=True):
    """What an event does to its record's row: `before` None inserts, `after` None deletes.

    `body` is the rendered public JSON to keep with the row, or None to render on every read.
    `edited` is the version of the last change that counts as an edit: 0 says that this one does.
    """

    collection: Collection
    revision: int
    id: str
    before: Mapping[str, Value] | None
    after: Mapping[str, Value] | None
    body: bytes | None = None
    edited: int = 0


class DefinitionChange(msgspec.Struct, frozen=True):
    """What a definition event does to the tables: `before` None creates, `after` None drops."""

    before: Collection | None
    after: Collection | None


class Load(msgspec.Struct, frozen=True):
    """Answer: the Record with this id, or None."""

    collection: Collection
    id: str


class Find(msgspec.Struct, frozen=True):
    """Answer: all Records whose field has this value, or holds it where the field is a list."""

    collection: Collection
    field: Field
    value: Cell


class Missing(msgspec.Struct, frozen=True):
    """Answer: those of the ids that no record of the collection has, in the order given."""

    collection: Collection
    ids: tuple[str, ...]


class Select(msgspec.Struct, frozen=True):
    """Answer: all rows of the statement, a list of tuples. Raises TooSlow past
    `SELECT_SECONDS_MAX`."""

    statement: Statement
    values: tuple[Cell, ...]


class Append(msgspec.Struct, frozen=True):
    """Appends the event and applies its change; answer: the version it got in its stream.

    Raises VersionConflict where the stream is not at `expected`, UniqueViolation where an index
    refuses the row.
    """

    event: NewEvent
    change: RowChange | DefinitionChange | None = None
    expected: int | None = None


class FindKey(msgspec.Struct, frozen=True):
    """Answer: the wrapped personal key of this subject, or None where there is (no longer) one."""

    subject: str


class KeepKey(msgspec.Struct, frozen=True):
    """Stores the wrapped personal key of a subject; never part of the log. Answer: None."""

    subject: str
    wrapped: bytes


class Remember(msgspec.Struct, frozen=True):
    """Stores a consumer's checkpoint with its effects; 0 forgets it. Answer: None.

    Raises VersionConflict where the checkpoint is not at `expected`: somebody else went on.
    """

    consumer: str
    position: int
    expected: int | None = None


class LinkToken(msgspec.Struct, frozen=True):
    """Says that a token, told by its hash, is of a session until it expires (Unix seconds).

    Answer: the session it is of, which is another one where somebody has said so before.
    """

    token: str
    session: str
    expires: int


class NoteSeen(msgspec.Struct, frozen=True):
    """Notes when sessions were last seen, as pairs of session and Unix milliseconds; earlier
    moments than the noted ones are passed over. Answer: None."""

    moments: tuple[tuple[str, int], ...]


class ForgetTokens(msgspec.Struct, frozen=True):
    """Forgets the tokens that have expired by a moment (Unix seconds), and when sessions were seen
    that have no token left. Answer: None."""

    expired: int


class KeepMail(msgspec.Struct, frozen=True):
    """Puts a mail into the queue, in the place of the one of its id there. Answer: None.

    `about` says what it is for, `at` when it came in, `due` when something is to be done with it
    next (Unix milliseconds); `box` is the mail, sealed, None once it was sent.
    """

    id: str
    about: str
    at: int
    due: int
    attempts: int
    box: bytes | None


class DropMail(msgspec.Struct, frozen=True):
    """Takes a mail out of the queue, if it is there. Answer: None."""

    id: str


class KeepParcel(msgspec.Struct, frozen=True):
    """Keeps what is known of a parcel, in the place of what was known before. Answer: None.

    `size` is how many bytes it will have, `received` how many of them are stored, `expires` Unix
    milliseconds; `box` is the rest, sealed.
    """

    id: str
    owner: str
    expires: int
    size: int
    received: int
    box: bytes


class DropParcel(msgspec.Struct, frozen=True):
    """Forgets a parcel, if it is there. Answer: None."""

    id: str


class Revisions(msgspec.Struct, frozen=True):
    """Answer: id and revision of every definition in force in this transaction, a frozenset.

    Asked by every command, so a store reads it once per group and after each change in it.
    """


class Gather(msgspec.Struct, frozen=True):
    """Answer: the answers of all, in order. A store that works on sets asks like ones together."""

    questions: tuple["Load | Find | Missing | FindKey", ...]


Question: TypeAlias = (
    Load
    | Find
    | Missing
    | Select
    | Append
    | FindKey
    | KeepKey
    | Remember
    | LinkToken
    | NoteSeen
    | ForgetTokens
    | KeepMail
    | DropMail
    | KeepParcel
    | DropParcel
    | Revisions
    | Gather
)
Command: TypeAlias = Generator[Question, Any, T]


class Applied(msgspec.Struct, frozen=True):
    """An appended event with the change that was applied; what derived fields are fed with."""

    event: NewEvent
    change: RowChange | DefinitionChange | None


def load(collection: Collection, id: str) -> Command[Record | None]:  # noqa: A002
    """Asks for a record."""
    record: Record | None = yield Load(collection, id)
    return record


def select(statement: Statement, values: tuple[Cell, ...]) -> Command[list[tuple[Any, ...]]]:
    """Asks for rows."""
    rows: list[tuple[Any, ...]] = yield Select(statement, values)
    return rows


def append(
    event: NewEvent,
    change: RowChange | DefinitionChange | None = None,
    expected: int | None = None,
) -> Command[int]:
    """Appends an event."""
    version: int = yield Append(event, change, expected)
    return version


def find(collection: Collection, field: Field, value: Cell) -> Command[list[Record]]:
    """Asks for the records with a value."""
    records: list[Record] = yield Find(collection, field, value)
    return records


def gather(questions: Iterable[Load | Find | Missing | FindKey]) -> Command[list[Any]]:
    """Asks several questions at once; their answers in order."""
    answers: list[Any] = yield Gather(tuple(questions))
    return answers


def revisions() -> Command[frozenset[tuple[str, int]]]:
    """Asks which definitions are in force."""
    found: frozenset[tuple[str, int]] = yield Revisions()
    return found


def missing(collection: Collection, ids: tuple[str, ...]) -> Command[list[str]]:
    """Asks which ids do not exist."""
    unknown: list[str] = yield Missing(collection, ids)
    return unknown


def find_key(subject: str) -> Command[bytes | None]:
    """Asks for a personal key."""
    wrapped: bytes | None = yield FindKey(subject)
    return wrapped


def link_token(token: str, session: str, expires: int) -> Command[str]:
    """Says of which session a token is; the session it is of."""
    found: str = yield LinkToken(token, session, expires)
    return found
