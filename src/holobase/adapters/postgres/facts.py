"""What is stored, asked for in sets and remembered for the length of a transaction.

Every fact has a key; its last part is what is asked about, the parts before say what for. Facts
with equal beginnings are learned with one query. The lock of the log keeps others from changing
them meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from holobase.adapters.postgres import log, sessions
from holobase.adapters.postgres.connect import Connection, tuples
from holobase.adapters.postgres.tables import find_statement, row_statements
from holobase.adapters.slow_statements import SlowStatements
from holobase.domain.collection import Collection
from holobase.domain.errors import TooSlow
from holobase.domain.event import GENESIS
from holobase.domain.fields import Cell, Field, Storage
from holobase.domain.record import Record
from holobase.kit import json
from holobase.ports.command import SELECT_SECONDS_MAX
from holobase.ports.statement import Statement

Key: TypeAlias = tuple[Any, ...]
Needs: TypeAlias = dict[Key, tuple[Collection, Field | None] | None]
"""Facts that are wanted, with the collection and field they are about."""

ROWS: Final = "rows"
REVISIONS: Final[Key] = ("revisions", None)


def row_key(collection: Collection, record_id: str) -> Key:
    """The Record with this id, or None."""
    return ("row", collection.id, record_id)


def presence_key(collection: Collection, record_id: str) -> Key:
    """Whether there is a record with this id."""
    return ("presence", collection.id, record_id)


def find_key(collection: Collection, field: Field, value: Cell) -> Key:
    """The Records whose field is, or holds, this value, by id."""
    return ("find", collection.id, field.name, value)


def head_key(stream: str) -> Key:
    """Version and hash of the newest event of a stream."""
    return ("head", stream)


def person_key(subject: str) -> Key:
    """The wrapped key of a subject, or None."""
    return ("person", subject)


def checkpoint_key(consumer: str) -> Key:
    """The position that a consumer has remembered."""
    return ("checkpoint", consumer)


def token_key(token: str) -> Key:
    """The session that a token is of, or None."""
    return ("token", token)


def rows_key(statement: Statement, values: tuple[Cell, ...]) -> Key:
    """The rows that a statement gives."""
    return (ROWS, statement.sql, values)


def items(field: Field, cell: Cell) -> Iterable[Any]:
    """The values by which a cell is found: its own, or those of the list in it."""
    if field.storage not in (Storage.LIST, Storage.JSON):
        return (cell,)
    if not isinstance(cell, str):
        return ()
    try:
        decoded = msgspec.json.decode(cell)
    except (msgspec.DecodeError, ValueError):
        return ()
    if isinstance(decoded, dict):
        decoded = list(decoded.values())
    members = decoded if isinstance(decoded, list) else [decoded]
    return [member for member in members if isinstance(member, str | int | float)]


class TooHeavy(Exception):
    """A statement took too long: whose it is must run by themselves. The transaction is gone."""

    def __init__(self, sql: str) -> None:
        super().__init__("a statement took too long")
        self.sql = sql


async def select(
    connection: Connection, slow: SlowStatements, sql: str, values: tuple[Cell, ...]
) -> list[tuple[Any, ...]]:
    """All rows of a statement of a command. Raises TooSlow past the time limit, and what the
    transaction has done since its last savepoint is lost then."""
    slow.check(sql)
    try:
        return tuples(await connection.fetch(sql, *values, timeout=SELECT_SECONDS_MAX))
    except TimeoutError as error:
        raise slow.note(sql) from error


class Facts:
    """What is known by now; `learn` adds to it."""

    def __init__(self, connection: Connection, slow: SlowStatements) -> None:
        self._connection = connection
        self._slow = slow
        self.known: dict[Key, Any] = {}

    async def learn(self, needs: Needs) -> None:
        """Asks for everything that is not known yet."""
        groups: dict[Key, list[Any]] = defaultdict(list)
        subjects: dict[Key, tuple[Collection, Field | None] | None] = {}
        for key, subject in needs.items():
            if key not in self.known:
                groups[key[:-1]].append(key[-1])
                subjects[key[:-1]] = subject
        for prefix, asked in groups.items():
            if prefix[0] == ROWS:
                answers = await self._select(prefix[1], asked)
            else:
                answers = await self._ask(prefix[0], subjects[prefix], asked)
            for value in asked:
                self.known[*prefix, value] = answers[value]

    def forget_rows(self) -> None:
        """Has statements run again: nobody can say which rows they looked at."""
        for key in [key for key in self.known if key[0] == ROWS]:
            del self.known[key]

    async def _select(self, sql: str, asked: list[Any]) -> Mapping[Any, Any]:
        try:
            return {
                values: await select(self._connection, self._slow, sql, values) for values in asked
            }
        except TooSlow as error:
            raise TooHeavy(sql) from error

    async def _ask(
        self, kind: str, subject: tuple[Collection, Field | None] | None, asked: list[Any]
    ) -> Mapping[Any, Any]:
        fetch = self._connection.fetch
        if subject is not None:
            return await self._ask_table(kind, *subject, asked)
        match kind:
            case "head":
                found = {stream: (v, digest) for stream, v, digest in await fetch(log.HEADS, asked)}
                return {stream: found.get(stream, (0, GENESIS)) for stream in asked}
            case "person":
                found = dict(await fetch(log.KEYS, asked))
                return {subject: found.get(subject) for subject in asked}
            case "checkpoint":
                found = dict(await fetch(log.CHECKPOINTS, asked))
                return {consumer: found.get(consumer, 0) for consumer in asked}
            case "token":
                found = dict(await fetch(sessions.LINKS, asked))
                return {token: found.get(token) for token in asked}
        rows = await fetch("SELECT id, revision FROM hb_collections")
        return {None: frozenset((id_, revision) for id_, revision in rows)}

    async def _ask_table(
        self, kind: str, collection: Collection, field: Field | None, asked: list[Any]
    ) -> Mapping[Any, Any]:
        statements = row_statements(collection)
        if kind == "presence":
            rows = await self._connection.fetch(statements.present, asked)
            found = {row[0] for row in rows}
            return {record_id: record_id in found for record_id in asked}
        if field is None:
            rows = await self._connection.fetch(statements.load, asked)
            records = {r.id: r for r in (Record.from_cells(collection, row) for row in rows)}
            return {record_id: records.get(record_id) for record_id in asked}
        return await self._find(collection, field, asked)

    async def _find(
        self, collection: Collection, field: Field, asked: list[Any]
    ) -> Mapping[Any, list[Record]]:
        is_list = field.storage in (Storage.LIST, Storage.JSON)
        wanted = [json.encode(value).decode() for value in asked] if is_list else asked
        rows = await self._connection.fetch(find_statement(collection, field), wanted)
        position = collection.field_names.index(field.name) + 2  # the first two are ours
        found: dict[Any, list[Record]] = {value: [] for value in asked}
        for row in rows:
            record = Record.from_cells(collection, row)
            for value in dict.fromkeys(items(field, row[position])):
                if value in found:
                    found[value].append(record)
        for records in found.values():
            records.sort(key=lambda record: record.id)
        return found
