"""What one command sees, and what it writes: the stored facts with the overlays over them."""

from collections.abc import Iterable
from typing import Any

from holobase.adapters.postgres.facts import (
    REVISIONS,
    Facts,
    Key,
    Needs,
    checkpoint_key,
    find_key,
    head_key,
    items,
    person_key,
    presence_key,
    row_key,
    rows_key,
    token_key,
)
from holobase.adapters.postgres.overlay import Appended, Asked, Overlay, Row, unique_keys
from holobase.adapters.postgres.tables import bound_cells
from holobase.domain.collection import Collection
from holobase.domain.errors import UniqueViolation, VersionConflict
from holobase.domain.fields import Cell, Field
from holobase.domain.record import Record
from holobase.ports.command import (
    Append,
    Find,
    FindKey,
    Gather,
    KeepKey,
    LinkToken,
    Load,
    Missing,
    Question,
    Remember,
    Revisions,
    RowChange,
    Select,
)

_NAMES = 2
"""Parts of a unique key that name the index; the rest are values."""


class OutOfOrder(Exception):
    """A command gives up a unique value that it has taken itself: nobody has asked the index yet
    whether that was free, so the command has to run by itself."""


class View:
    """Answers questions from `facts` and from what was written before; keeps what is written now
    in `own`, in `reads` the keys of whatever was looked at, and in `statements` the SQL of others.

    `assumed` are versions of streams that were taken on trust: they must be compared with the
    stored ones before anything is kept. A view that `trusts` nothing asks first.
    """

    def __init__(self, facts: Facts, before: Overlay, asked: Asked, *, trusts: bool = True) -> None:
        self._facts = facts
        self._before = before
        self._asked = asked
        self._trusts = trusts
        self.own = Overlay()
        self.reads: set[Key] = set()
        self.statements: set[str] = set()
        self.assumed: dict[str, int] = {}

    def is_hidden_from(self, sql: str) -> bool:
        """Whether a statement would miss what was written but is in no table yet."""
        return self.own.is_read_by(sql) or self._before.is_read_by(sql)

    def needs(self, question: Question) -> Needs:
        """The facts that must be learned before this can be answered; notes that it is asked."""
        wanted = self._wanted(question)
        self.reads.update(wanted)
        known = self._facts.known
        return {key: subject for key, subject in wanted.items() if key not in known}

    def answer(self, question: Question) -> Any:
        """The answer, from what is known. Raises what `ports.command` says, and OutOfOrder."""
        match question:
            case Load(collection, record_id):
                return self._load(collection, record_id)
            case Find(collection, field, value):
                return self._find(collection, field, value)
            case Missing(collection, ids):
                return [each for each in ids if not self._is_present(collection, each)]
            case Append():
                return self._append(question)
            case FindKey(subject):
                return self._key(subject)
            case KeepKey(subject, wrapped):
                if self._key(subject) is not None:
                    raise ValueError(f"{subject} has a key already")
                self.own.keys[subject] = wrapped
            case Remember():
                self._remember(question)
            case LinkToken():
                return self._link(question)
            case Revisions():
                return self._facts.known[REVISIONS]
            case Select(statement, values):
                return self._facts.known[rows_key(statement, values)]
            case Gather(questions):
                return [self.answer(each) for each in questions]
        return None

    def _wanted(self, question: Question) -> Needs:
        match question:
            case Load(collection, record_id):
                return {row_key(collection, record_id): (collection, None)}
            case Find(collection, field, value):
                self._asked.setdefault(collection.id, {})[field.name] = field
                return {find_key(collection, field, value): (collection, field)}
            case Missing(collection, ids):
                return {presence_key(collection, each): (collection, None) for each in ids}
            case Append():
                return self._wanted_head(question)
            case FindKey(subject) | KeepKey(subject, _):
                return {person_key(subject): None}
            case Remember(consumer):
                return {checkpoint_key(consumer): None}
            case LinkToken(token):
                return {token_key(token): None}
            case Revisions():
                return {REVISIONS: None}
            case Select(statement, values):
                self.statements.add(statement.sql)
                return {rows_key(statement, values): None}
            case Gather(questions):
                return {key: s for each in questions for key, s in self._wanted(each).items()}
        return {}

    def _wanted_head(self, question: Append) -> Needs:
        stream = question.event.stream
        key = head_key(stream)
        self.reads.add(key)
        is_known = self._written_head(stream) is not None
        if is_known or (self._trusts and _assumed_version(question) is not None):
            return {}
        return {key: None}

    def _row(self, collection: Collection, record_id: str) -> Row | None:
        return self.own.row(collection, record_id) or self._before.row(collection, record_id)

    def _load(self, collection: Collection, record_id: str) -> Record | None:
        row = self._row(collection, record_id)
        if row is not None:
            return row.record()
        record: Record | None = self._facts.known[row_key(collection, record_id)]
        return record

    def _is_present(self, collection: Collection, record_id: str) -> bool:
        row = self._row(collection, record_id)
        if row is not None:
            return row.cells is not None
        return bool(self._facts.known[presence_key(collection, record_id)])

    def _find(self, collection: Collection, field: Field, value: Cell) -> list[Record]:
        stored = self._facts.known[find_key(collection, field, value)]
        found = {r.id: r for r in stored if self._row(collection, r.id) is None}
        position = collection.field_names.index(field.name)
        for record_id in self._candidates(collection, field, value):
            row = self._row(collection, record_id)
            if row and row.cells is not None and value in items(field, row.cells[position]):
                record = row.record()
                if record is not None:
                    found[record_id] = record
        return [found[record_id] for record_id in sorted(found)]

    def _candidates(self, collection: Collection, field: Field, value: Cell) -> Iterable[str]:
        yield from self._before.candidates(collection, field, value)
        yield from self.own.candidates(collection, field, value)

    def _key(self, subject: str) -> bytes | None:
        for overlay in (self.own, self._before):
            if subject in overlay.keys:
                return overlay.keys[subject]
        wrapped: bytes | None = self._facts.known[person_key(subject)]
        return wrapped

    def _remember(self, question: Remember) -> None:
        consumer = question.consumer
        found = self._facts.known[checkpoint_key(consumer)]
        found = self._before.checkpoints.get(consumer, found)
        found = self.own.checkpoints.get(consumer, found)
        if question.expected is not None and found != question.expected:
            raise VersionConflict(f"{consumer} is at {found}, not {question.expected}")
        self.own.checkpoints[consumer] = question.position

    def _link(self, question: LinkToken) -> str:
        token = question.token
        for overlay in (self.own, self._before):
            if token in overlay.tokens:
                return overlay.tokens[token][0]
        session: str | None = self._facts.known[token_key(token)]
        if session is None:
            self.own.tokens[token] = (question.session, question.expires)
        return session or question.session

    def _written_head(self, stream: str) -> int | None:
        return self.own.heads.get(stream) or self._before.heads.get(stream)

    def _head(self, question: Append) -> int:
        stream = question.event.stream
        written = self._written_head(stream)
        if written is not None:
            return written
        fact = self._facts.known.get(head_key(stream))
        if fact is not None:
            return int(fact[0])
        assumed = _assumed_version(question) or 0
        self.assumed[stream] = assumed
        return assumed

    def _append(self, question: Append) -> int:
        event, change = question.event, question.change
        head = self._head(question)
        if question.expected is not None and question.expected != head:
            raise VersionConflict(f"{event.stream} is at {head}, not {question.expected}")
        if isinstance(change, RowChange):
            self._change(change, head + 1)
        self.own.heads[event.stream] = head + 1
        self.own.appended.append(Appended(event, head + 1, change))
        if isinstance(change, RowChange) and change.before is not None:
            self._check_order(change)
        return head + 1

    def _change(self, change: RowChange, version: int) -> None:
        collection = change.collection
        row = self._row(collection, change.id)
        is_insert = change.before is None
        if is_insert and row is not None and row.cells is not None:
            raise UniqueViolation(collection.name, ("id",))
        cells = None if change.after is None else bound_cells(collection, change.after)
        is_stored = row.is_stored if row else not is_insert
        is_removed = (row is not None and row.is_removed) or (is_stored and cells is None)
        is_new = is_insert or row is None
        if is_insert:
            self.own.forget(collection, change.id)
        self.own.put(
            Row(
                collection,
                change.id,
                version,
                change.edited or version,
                change.revision,
                change.body,
                cells,
                is_stored,
                is_removed,
                -1 if is_new or row is None else row.place,
                None if is_new or row is None else row.owner,
            )
        )

    def _check_order(self, change: RowChange) -> None:
        collection = change.collection
        claims = [
            unique_keys(collection, bound_cells(collection, values)) if values is not None else []
            for values in (change.before, change.after)
        ]
        before, after = claims
        for key in before:
            is_kept = key in after and len(key) > _NAMES
            if not is_kept and key in self.own.claims:
                raise OutOfOrder
            if not is_kept:
                self.own.released.add(key)


def _assumed_version(question: Append) -> int | None:
    """The version that a stream is at if all is as usual: as expected, or new with its record."""
    if question.expected is not None:
        return question.expected
    change = question.change
    return 0 if isinstance(change, RowChange) and change.before is None else None
