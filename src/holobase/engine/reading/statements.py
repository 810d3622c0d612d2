"""The statements that lists and views run, compiled once for each kind of request.

Most callers see what a guest sees, and get the stored bodies as they are. Who sees more, and who
asks for `expand`, goes the longer way through the columns (`is_rich`).
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from holobase.domain.errors import BadRequest, NotFound
from holobase.domain.principal import Request
from holobase.engine.access import RECORD_ID, Rules
from holobase.engine.catalogue import Definition
from holobase.engine.reading.queries import PageQuery
from holobase.ports.statement import Statement
from holobase.ports.store import Store
from holobase.rules import Access, Expression, RuleError, Sort
from holobase.rules.keyset import Place, beyond, is_total, unsorted
from holobase.rules.place import alias_names
from holobase.rules.tables import BODY, EDITED, REVISION, record_columns, record_table

FILTER_LENGTH_ASIDE = 1_000
"""Longer filters are compiled aside; up to here it takes some ten milliseconds at most."""

LIMIT = "limit"
OFFSET = "offset"


class PageStatements(msgspec.Struct, frozen=True):
    """The compiled statements of one kind of page, and the collections they read.

    With a cursor, each row ends with its `keys` values: the place where it stands.
    """

    page: Statement
    count: Statement
    reads: frozenset[str]
    expressions: tuple[Expression, ...]
    keys: int = 0
    is_lasting: bool = True
    """Whether it gives the same until one of these collections changes."""

    def are_hopeless(self, request: Request) -> bool:
        """Whether the request alone decides that nothing will be found."""
        return any(expression.decide(request) is False for expression in self.expressions)


class Statements:
    """Compiles on first use; `rules` keeps what it compiled."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def page(
        self,
        definition: Definition,
        rule: str,
        query: PageQuery,
        request: Request,
        *,
        is_rich: bool,
        after: Place | None = None,
    ) -> PageStatements:
        """What gives one page; with `after`, the page after a place (the first, if it is empty).

        Raises BadRequest for a filter or sort that cannot be used.
        """
        auth = self._rules.auth_collection(request)
        key = (
            "page",
            definition.key,
            rule,
            query.filter,
            query.sort,
            is_rich,
            request.is_superuser,
            auth and auth.id,
            after if after is None else tuple(value is None for value in after),
        )

        def make() -> PageStatements:
            return self._page(definition, rule, query, request, is_rich, after)

        if len(query.filter) > FILTER_LENGTH_ASIDE:
            return await self._rules.cached_aside(key, make)
        return self._rules.cached(key, make)

    def view(
        self, definition: Definition, rule: str, request: Request, *, is_rich: bool
    ) -> tuple[Statement, Expression | None]:
        """What gives one record: the third of its row is the last edit, rich or not.

        Raises NotFound for a rule that does not resolve any more.
        """
        auth = self._rules.auth_collection(request)
        return self._rules.cached(
            ("view", definition.key, rule, auth and auth.id, is_rich),
            lambda: self._view(definition, rule, request, is_rich),
        )

    def _page(
        self,
        definition: Definition,
        rule: str,
        query: PageQuery,
        request: Request,
        is_rich: bool,
        after: Place | None,
    ) -> PageStatements:
        collection = definition.collection
        table = record_table(collection)
        expressions, sort = self._expressions(definition, rule, query, request)
        names = alias_names()
        conditions = [expression.condition(table, names) for expression in expressions]
        columns = self._columns(definition, request, table, names, is_rich)
        keys = sort.keys(table, names) if sort else unsorted(collection, table)
        page = sa.select(*columns).select_from(table).where(*conditions)
        page = page.order_by(*(key.order for key in keys))
        page = page.limit(sa.bindparam(LIMIT, type_=sa.Integer()))
        if after is None:
            page = page.offset(sa.bindparam(OFFSET, type_=sa.Integer()))
        elif not is_total(keys):
            raise BadRequest("no_cursor")
        else:
            page = page.add_columns(*(key.value for key in keys)).where(beyond(keys, after))
        named = frozenset({collection.id}).union(*(e.collections for e in expressions))
        reads, is_lasting = self._rules.reads(named)
        return PageStatements(
            self._store.statement(page),
            self._count(definition, table, conditions),
            reads,
            expressions,
            0 if after is None else len(keys),
            is_lasting,
        )

    def _expressions(
        self, definition: Definition, rule: str, query: PageQuery, request: Request
    ) -> tuple[tuple[Expression, ...], Sort | None]:
        """Everything a record must satisfy to be listed, and the order that is asked for."""
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
        return expressions, sort

    def _count(
        self,
        definition: Definition,
        table: sa.FromClause,
        conditions: list[sa.ColumnElement[bool]],
    ) -> Statement:
        if not conditions and not definition.collection.is_view:
            return self._store.total(definition.collection)
        query = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return self._store.statement(query)

    def _view(
        self, definition: Definition, rule: str, request: Request, is_rich: bool
    ) -> tuple[Statement, Expression | None]:
        table = record_table(definition.collection)
        names = alias_names()
        columns = self._columns(definition, request, table, names, is_rich)
        if not is_rich:
            columns.append(table.c[EDITED])
        query = sa.select(*columns).where(table.c.id == sa.bindparam(RECORD_ID))
        expression = None
        if rule:
            try:
                expression = self._rules.expression(definition, rule, request, Access.RULE)
            except RuleError as error:
                raise NotFound("not_found") from error
            query = query.where(expression.condition(table, names))
        return self._store.statement(query), expression

    def _columns(
        self,
        definition: Definition,
        request: Request,
        table: sa.FromClause,
        names: Iterator[str],
        is_rich: bool,
    ) -> list[sa.ColumnElement[Any]]:
        if not is_rich:
            return [table.c[BODY], table.c[REVISION]]
        managed = self._rules.managed(definition, request, table, names)
        return [managed, *record_columns(table, definition.collection)]
