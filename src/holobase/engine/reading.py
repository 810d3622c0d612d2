"""Lists and single records for somebody: rules and filters in one statement, bodies as they lie.

Most callers see what a guest sees, and get the stored bodies as they are. Who sees more, and who
asks for `expand` or for single keys, goes the longer way through the columns; both give equal
bytes.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from holobase.domain.errors import BadRequest, Forbidden, NotFound
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import RECORD_ID, Rules, is_waived
from holobase.engine.catalogue import Definition
from holobase.engine.counts import Counts
from holobase.engine.expand import Expander, ExpandTree
from holobase.engine.render import members_for, wire_members
from holobase.kit import json
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules import Access, Expression, RuleError, insertion_order
from holobase.rules.tables import BODY, REVISION, record_columns, record_table

PER_PAGE_MAX = 1_000
"""Records on one page; what the official SDK asks for when it fetches everything."""

FORBIDDEN_IN_FILTERS = ("@collection.", "@request.")
FILTER_BYTES_MAX = 3_500
"""Longest filter over a collection made at run time, as in PocketBase."""

FILTER_LENGTH_ASIDE = 1_000
"""Longer filters are compiled aside; up to here it takes some ten milliseconds at most."""

OWN_FILTER_BYTES_MAX = 64 * 1024
"""Longest filter over one of our own collections: frontends send chains of hundreds of terms."""


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What a list request asks for."""

    page: int = 1
    per_page: int = 30
    sort: str = ""
    filter: str = ""
    expand: ExpandTree | None = None
    skip_total: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of records as JSON; totals are -1 where they were not asked for."""

    items: list[bytes]
    page: int
    per_page: int
    total_items: int

    @property
    def total_pages(self) -> int:
        """Pages that all items fill."""
        return -1 if self.total_items < 0 else -(-self.total_items // self.per_page)


@dataclass(frozen=True, slots=True)
class PageStatements:
    """The compiled statements of one kind of page, and the collections they read."""

    page: Statement
    count: Statement
    reads: frozenset[str]
    expressions: tuple[Expression, ...]


class Reading:
    """The read side of records."""

    def __init__(self, store: Store, rules: Rules, counts: Counts, expander: Expander) -> None:
        self._store = store
        self._rules = rules
        self._counts = counts
        self._expander = expander

    async def page(self, definition: Definition, query: PageQuery, request: Request) -> Page:
        """One page. A rule that does not hold gives an empty one.

        Raises Forbidden (null rule, or a filter only superusers may use) and BadRequest.
        """
        rule = definition.collection.list_rule
        if rule is None and not request.is_superuser:
            raise Forbidden("superusers_only")
        _check_texts(definition, query, request)
        page, per_page = max(query.page, 1), query.per_page
        per_page = min(per_page, PER_PAGE_MAX) if per_page > 0 else 30
        rich = query.expand is not None or sees_more(definition, request)
        text = "" if is_waived(rule, request) else rule or ""
        statements = await self._page_statements(definition, text, query, request, rich)
        if any(expression.decide(request) is False for expression in statements.expressions):
            return Page([], page, per_page, -1 if query.skip_total else 0)
        offset = (page - 1) * per_page
        values = statements.page.bind(request, {"limit": per_page, "offset": min(offset, 2**62)})
        rows = await self._store.fetch(statements.page, values)
        items = await self._show(definition, rows, rich, query, request)
        if query.skip_total:
            total = -1
        elif len(rows) < per_page and (rows or page == 1):
            total = offset + len(rows)
        else:
            total = await self._counts.count(statements.count, statements.reads, request)
        return Page(items, page, per_page, total)

    async def view(
        self,
        definition: Definition,
        record_id: str,
        request: Request,
        expand: ExpandTree | None = None,
    ) -> bytes:
        """One record. Raises Forbidden (null rule) and NotFound (also the rule)."""
        rule = definition.collection.view_rule
        if rule is None and not request.is_superuser:
            raise Forbidden("superusers_only")
        rich = expand is not None or sees_more(definition, request)
        text = "" if is_waived(rule, request) else rule or ""
        auth = self._rules.auth_collection(request)
        statement, expression = self._rules.cached(
            ("view", definition.key, text, auth and auth.id, rich),
            lambda: self._view_statement(definition, text, request, rich),
        )
        if expression is not None and expression.decide(request) is False:
            raise NotFound("not_found")
        values = statement.bind(request, {RECORD_ID: record_id})
        rows = await self._store.fetch(statement, values)
        if not rows:
            raise NotFound("not_found")
        query = PageQuery(expand=expand)
        return (await self._show(definition, rows, rich, query, request))[0]

    async def show(
        self,
        definition: Definition,
        record: Record,
        request: Request,
        expand: ExpandTree | None = None,
    ) -> dict[str, Any]:
        """A record that the caller has just written or logged in as, without asking a rule."""
        if record.values.keys() != definition.collection.field_by_name.keys():
            record = await self._load(definition, record.id)  # defined anew since it was written
        manages = {record.id} if await self._manages(definition, record, request) else set()
        if expand is None:
            return members_for(definition, record, request, manages)
        return (await self._expander.show_all(definition, [record], expand, request, manages))[0]

    async def _manages(self, definition: Definition, record: Record, request: Request) -> bool:
        auth = definition.collection.auth
        if not (auth and auth.manage_rule and request.auth):
            return False
        check = self._rules.record_check(definition, auth.manage_rule, request)
        return await self._rules.passes(check, request, record.id)

    async def _page_statements(
        self, definition: Definition, rule: str, query: PageQuery, request: Request, rich: bool
    ) -> PageStatements:
        auth = self._rules.auth_collection(request)
        key = (
            "page",
            definition.key,
            rule,
            query.filter,
            query.sort,
            rich,
            request.is_superuser,
            auth and auth.id,
        )

        def make() -> PageStatements:
            return self._compile_page(definition, rule, query, request, rich)

        if len(query.filter) > FILTER_LENGTH_ASIDE:
            return await self._rules.cached_aside(key, make)
        return self._rules.cached(key, make)

    def _compile_page(
        self, definition: Definition, rule: str, query: PageQuery, request: Request, rich: bool
    ) -> PageStatements:
        table = record_table(definition.collection)
        access = Access.RULE if request.is_superuser else Access.CLIENT
        try:
            texts = [(rule, Access.RULE), (query.filter, access)]
            expressions = tuple(
                self._rules.expression(definition, text, request, kind)
                for text, kind in texts
                if text
            )
            sort = self._rules.sort(definition, query.sort, request, access) if query.sort else None
        except RuleError as error:
            raise BadRequest("bad_query") from error
        if sort is not None and sort.restriction is not None:
            expressions = (*expressions, sort.restriction)
        conditions = [expression.where(table) for expression in expressions]
        columns = self._columns(definition, request, table, rich)
        collection = definition.collection
        page = (
            sa.select(*columns)
            .select_from(table)
            .where(*conditions)
            .order_by(*(sort.order_by(table) if sort else insertion_order(collection, table)))
            .limit(sa.bindparam("limit", type_=sa.Integer()))
            .offset(sa.bindparam("offset", type_=sa.Integer()))
        )
        reads = frozenset({definition.collection.id}).union(*(e.collections for e in expressions))
        return PageStatements(
            self._store.statement(page),
            self._count(definition, table, conditions),
            reads,
            expressions,
        )

    def _count(
        self,
        definition: Definition,
        table: sa.TableClause,
        conditions: list[sa.ColumnElement[bool]],
    ) -> Statement:
        if not conditions:
            return self._store.total(definition.collection)
        query = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return self._store.statement(query)

    def _view_statement(
        self, definition: Definition, rule: str, request: Request, rich: bool
    ) -> tuple[Statement, Expression | None]:
        table = record_table(definition.collection)
        columns = self._columns(definition, request, table, rich)
        query = sa.select(*columns).where(table.c.id == sa.bindparam(RECORD_ID))
        expression = None
        if rule:
            try:
                expression = self._rules.expression(definition, rule, request, Access.RULE)
            except RuleError as error:
                raise NotFound("not_found") from error
            query = query.where(expression.where(table))
        return self._store.statement(query), expression

    def _columns(
        self, definition: Definition, request: Request, table: sa.TableClause, rich: bool
    ) -> list[sa.ColumnElement[Any]]:
        if not rich:
            return [table.c[BODY], table.c[REVISION], table.c.id]
        manage: sa.ColumnElement[Any] = sa.literal_column("0")
        auth = definition.collection.auth
        if auth and auth.manage_rule and request.auth and not request.is_superuser:
            try:
                rule = self._rules.expression(definition, auth.manage_rule, request, Access.RULE)
                manage = sa.case((rule.where(table), 1), else_=0)
            except RuleError:
                pass
        return [manage, *record_columns(table, definition.collection)]

    async def _show(
        self,
        definition: Definition,
        rows: list[tuple[Any, ...]],
        rich: bool,
        query: PageQuery,
        request: Request,
    ) -> list[bytes]:
        if not rich:
            revision = definition.revision
            return [
                body if body is not None and of == revision else await self._render(definition, id_)
                for body, of, id_ in rows
            ]
        records = [Record.from_cells(definition.collection, row[1:]) for row in rows]
        manages = {record.id for record, row in zip(records, rows, strict=True) if row[0]}
        if query.expand is not None:
            shown = await self._expander.show_all(
                definition, records, query.expand, request, manages
            )
        else:
            shown = [members_for(definition, record, request, manages) for record in records]
        return [json.encode(members) for members in shown]

    async def _render(self, definition: Definition, record_id: str) -> bytes:
        """The public body of a record that has none with its row."""
        record = await self._load(definition, record_id)
        return json.encode(wire_members(definition, record.values))

    async def _load(self, definition: Definition, record_id: str) -> Record:
        statement = self._rules.cached(
            ("render", definition.key),
            lambda: self._view_statement(definition, "", Request(), rich=True)[0],
        )
        rows = await self._store.fetch(statement, statement.bind(given={RECORD_ID: record_id}))
        if not rows:
            raise NotFound("not_found")
        return Record.from_cells(definition.collection, rows[0][1:])


def sees_more(definition: Definition, request: Request) -> bool:
    """Whether the caller may see more of some record here than a guest does."""
    if request.is_superuser:
        return definition.has_hidden or definition.collection.is_auth
    auth = definition.collection.auth
    if auth is None or request.auth is None:
        return False
    return bool(auth.manage_rule) or request.auth.collection_id == definition.collection.id


def _check_texts(definition: Definition, query: PageQuery, request: Request) -> None:
    bytes_max = OWN_FILTER_BYTES_MAX if definition.declaration else FILTER_BYTES_MAX
    for text in (query.filter, query.sort):
        if not request.is_superuser and any(word in text for word in FORBIDDEN_IN_FILTERS):
            raise Forbidden("superusers_filter")
        if "\x00" in text or len(text.encode()) > bytes_max:
            raise BadRequest("bad_query")
