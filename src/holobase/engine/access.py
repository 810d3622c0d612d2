"""Rules and filters, compiled once: what a caller may reach, as SQL, in memory or decided on the
spot.
"""

import asyncio
import threading
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from holobase.domain.collection import Collection
from holobase.domain.errors import BadRequest, TooSlow, Unavailable
from holobase.domain.fields import Cell, Value
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine import metrics
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.kept import Kept
from holobase.ports.command import Command, find, load, select
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules import (
    COMPARISONS_MAX,
    Access,
    ById,
    Cells,
    Expression,
    Found,
    Predicate,
    RuleError,
    Sort,
    Wanted,
    compile_expression,
    compile_sort,
)
from holobase.rules.cell_types import virtual_type
from holobase.rules.tables import has_clock, record_table

T = TypeVar("T")

COMPILED_MAX = 2_000
"""Compiled rules, filters and statements kept; compiling costs some forty times executing."""

COMPILED_LENGTH_MAX = 2_000_000
"""Characters of all texts that they were compiled from: 1,000 for each of them, and room for
some thirty of the longest filters. A chain of comparisons takes up to 25 times as much memory."""

ASIDE_MAX = 32
"""Long filters waiting for the compiler's thread; the longest take more than a second each."""

RECORD_ID = "record id"
"""Key of the parameter for the record that a check is about."""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule about one record: decided in memory or by the request where possible, else by a
    statement. `is_virtual`: the record is about to be created."""

    expression: Expression
    predicate: Predicate | None
    statement: Statement
    is_virtual: bool

    def bind(self, request: Request, cells: Cells) -> tuple[Cell, ...]:
        """The parameters of the statement for a record with these cells."""
        if self.is_virtual:
            given = {f"value {name}": cell for name, cell in cells.items()}
        else:
            given = {RECORD_ID: cells["id"]}
        return self.statement.bind(request, given)

    def outcome(
        self, request: Request, cells: Cells
    ) -> Generator[Wanted, Found | None, bool | None]:
        """Whether the rule holds for a record with these cells; None where only the statement can
        tell. Asks for rows as `Predicate.holds`."""
        if self.predicate is not None:
            decided = yield from self.predicate.holds(request, cells)
            if decided is not None:
                metrics.DECIDED_IN_MEMORY.inc()
                return decided
        return self.decided(request)

    def decided(self, request: Request) -> bool | None:
        """Whether the rule holds for any record; None where only the statement can tell."""
        decided = self.expression.decide(request)
        (metrics.DECIDED_BY_SQL if decided is None else metrics.DECIDED_BY_REQUEST).inc()
        return decided


class Rules:
    """Compiles on first use and keeps what it compiled until the definitions change."""

    def __init__(self, catalogue: Catalogue, store: Store, comparisons_max: int) -> None:
        self._catalogue = catalogue
        self._store = store
        self._comparisons_max = comparisons_max
        self._kept = Kept[Any](COMPILED_MAX, COMPILED_LENGTH_MAX)
        self._kept_for = catalogue.schema
        self._lock = threading.Lock()
        self._compiler = ThreadPoolExecutor(1, thread_name_prefix="compiler")
        self._aside = 0

    def cached(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once per key while the definitions stay as they are."""
        with self._lock:
            schema = self._catalogue.schema
            if schema is not self._kept_for:  # what was made for others would never be asked for
                self._kept_for = schema
                self._kept.clear()
            if key in self._kept:
                return cast(T, self._kept[key])
        made = make()
        with self._lock:
            if schema is self._kept_for:
                self._kept[key] = made
        return made

    async def cached_aside(self, key: Hashable, make: Callable[[], T]) -> T:
        """As `cached`, made in a thread of its own: for what takes so long that nobody else should
        have to wait for it. Raises Unavailable where too much is being made already."""
        if self._aside >= ASIDE_MAX:
            raise Unavailable("too many long filters are being compiled")
        self._aside += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._compiler, self.cached, key, make)
        finally:
            self._aside -= 1

    def expression(
        self, definition: Definition, text: str, request: Request, access: Access
    ) -> Expression:
        """A rule or filter over records of a collection. Raises RuleError."""
        auth = self.auth_collection(request)
        return self.cached(
            ("expression", definition.key, text, access, auth and auth.id),
            lambda: compile_expression(
                text,
                definition.collection,
                self._catalogue.schema,
                access,
                auth,
                comparisons_max=(
                    self._comparisons_max if definition.declaration else COMPARISONS_MAX
                ),
            ),
        )

    def managed(
        self,
        definition: Definition,
        request: Request,
        table: sa.FromClause,
        names: Iterator[str],
    ) -> sa.ColumnElement[Any]:
        """A column that is 1 for accounts which the caller manages, else 0, inside a statement
        that takes its alias names from `names`."""
        auth = definition.collection.auth
        if auth and auth.manage_rule and request.auth and not request.is_superuser:
            try:
                rule = self.expression(definition, auth.manage_rule, request, Access.RULE)
            except RuleError:
                return sa.literal_column("0")
            return sa.case((rule.condition(table, names), 1), else_=0)
        return sa.literal_column("0")

    def reads(self, ids: frozenset[str]) -> tuple[frozenset[str], bool]:
        """The ids of collections with those that views among them read, and whether none of the
        views asks what time it is."""
        found = [self._catalogue.by_id(identifier) for identifier in ids]
        views = [each.collection for each in found if each and each.collection.is_view]
        return ids.union(*(view.source_ids for view in views)), not any(map(has_clock, views))

    def sort(self, definition: Definition, text: str, request: Request, access: Access) -> Sort:
        """The order that a sort text asks for. Raises RuleError."""
        auth = self.auth_collection(request)
        return compile_sort(text, definition.collection, self._catalogue.schema, access, auth)

    def auth_collection(self, request: Request) -> Collection | None:
        """The collection of the caller's account."""
        if request.auth is None:
            return None
        found = self._catalogue.find(request.auth.collection_id)
        return found.collection if found else None

    def record_check(
        self, definition: Definition, rule: str, request: Request, access: Access = Access.RULE
    ) -> Check | None:
        """The check of a stored record; None for a rule that no longer resolves: it never holds."""
        auth = self.auth_collection(request)
        key = ("check", definition.key, rule, access, auth and auth.id)
        return self.cached(key, lambda: self._record_check(definition, rule, request, access))

    async def passes(self, check: Check | None, request: Request, record_id: str) -> bool:
        """Whether the rule holds for a stored record, outside of a command."""
        if check is None:
            return False
        decided = check.decided(request)
        if decided is None:
            values = check.statement.bind(request, {RECORD_ID: record_id})
            return bool(await self._store.fetch(check.statement, values))
        return decided

    async def passes_now(
        self, definition: Definition, check: Check | None, request: Request, record: Record
    ) -> bool:
        """As `passes`, for a record as it is stored now: in memory where the record will do."""
        if check is None:
            return False
        cells = stored_cells(definition.collection, record.values)
        asking = check.outcome(request, cells)
        try:
            while True:
                asking.send(None)  # it is shown no other rows
        except StopIteration as end:
            decided: bool | None = end.value
        if decided is None:
            return bool(await self._store.fetch(check.statement, check.bind(request, cells)))
        return decided

    def _record_check(
        self, definition: Definition, rule: str, request: Request, access: Access
    ) -> Check | None:
        table = record_table(definition.collection)
        return self._check(
            definition,
            rule,
            request,
            lambda expression: (
                sa.select(sa.literal_column("1"))
                .select_from(table)
                .where(table.c.id == sa.bindparam(RECORD_ID), expression.where(table))
            ),
            access,
            is_virtual=False,
        )

    def virtual_check(self, definition: Definition, rule: str, request: Request) -> Check | None:
        """The check of a record that is about to be created."""
        auth = self.auth_collection(request)
        key = ("virtual", definition.key, rule, auth and auth.id)
        return self.cached(key, lambda: self._virtual_check(definition, rule, request))

    def _virtual_check(self, definition: Definition, rule: str, request: Request) -> Check | None:
        columns = [
            sa.bindparam(f"value {field.name}", None, type_=virtual_type(field.storage)).label(
                field.name
            )
            for field in definition.collection.fields
        ]
        row = sa.select(*columns).subquery(definition.name)
        check = self._check(
            definition,
            rule,
            request,
            lambda expression: (
                sa.select(sa.literal_column("1")).select_from(row).where(expression.where(row))
            ),
            Access.RULE,
            is_virtual=True,
        )
        return None if check and check.expression.looks_back else check

    def _check(
        self,
        definition: Definition,
        rule: str,
        request: Request,
        query: Callable[[Expression], sa.Select[Any]],
        access: Access,
        *,
        is_virtual: bool,
    ) -> Check | None:
        try:
            expression = self.expression(definition, rule, request, access)
        except RuleError:
            return None
        predicate = expression.virtual_predicate if is_virtual else expression.predicate
        return Check(expression, predicate, self._store.statement(query(expression)), is_virtual)


def stored_cells(collection: Collection, values: Mapping[str, Value]) -> dict[str, Cell]:
    """The cells of a record as its row holds them."""
    return dict(zip(collection.field_names, collection.cells(values), strict=True))


def virtual_cells(collection: Collection, values: Mapping[str, Value]) -> dict[str, Cell]:
    """The cells of a record that does not exist yet; an account is not verified before it does."""
    cells = stored_cells(collection, values)
    if collection.is_auth:
        cells["verified"] = 0
    return cells


def holds(check: Check | None, request: Request, cells: Cells) -> Command[bool]:
    """Whether the rule holds for a record with these cells, inside a command. Raises BadRequest
    where telling takes longer than all other writes can wait."""
    if check is None:
        return False
    asking = check.outcome(request, cells)
    try:
        wanted = next(asking)
        while True:
            wanted = asking.send((yield from _rows(wanted)))
    except StopIteration as end:
        decided: bool | None = end.value
    if decided is not None:
        return decided
    try:
        rows = yield from select(check.statement, check.bind(request, cells))
    except TooSlow as slow:
        raise BadRequest("rule_too_slow") from slow
    return bool(rows)


def _rows(wanted: Wanted) -> Command[Found | None]:
    """The rows a rule wants to see; None where there may be any number of them: a statement looks
    for one that fits instead of loading all followers of somebody."""
    collection = wanted.collection
    if isinstance(wanted, ById):
        record = yield from load(collection, wanted.id)
        return [stored_cells(collection, record.values)] if record else []
    if not wanted.is_single:
        return None
    records = yield from find(collection, wanted.field, wanted.id)
    return [stored_cells(collection, record.values) for record in records]


def is_waived(rule: str | None, request: Request) -> bool:
    """Whether nothing has to be checked: an empty rule, or somebody above all rules."""
    return rule == "" or request.is_superuser
