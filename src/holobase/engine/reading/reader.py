"""Lists and single records for somebody: rules and filters in one statement, bodies as they lie.

Stored bodies and columns give equal bytes, whichever way a request goes.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from holobase.domain.errors import BadRequest, Forbidden, NotFound
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import RECORD_ID, Rules, is_waived
from holobase.engine.catalogue import Definition
from holobase.engine.counts import Counts
from holobase.engine.expand import Expander, ExpandTree
from holobase.engine.reading.bodies import Bodies
from holobase.engine.reading.cursors import Cursors
from holobase.engine.reading.queries import Page, PageQuery, Stretch, check_texts
from holobase.engine.reading.statements import LIMIT, OFFSET, PageStatements, Statements
from holobase.engine.render import members_for, wire_members
from holobase.kit import json
from holobase.ports.store import Store
from holobase.rules.keyset import key_name


class Reading:
    """The read side of records."""

    def __init__(
        self, store: Store, rules: Rules, counts: Counts, expander: Expander, cursors: Cursors
    ) -> None:
        self._store = store
        self._rules = rules
        self._counts = counts
        self._expander = expander
        self._cursors = cursors
        self._statements = Statements(store, rules)
        self._bodies = Bodies(store.log)

    async def page(self, definition: Definition, query: PageQuery, request: Request) -> Page:
        """One page. A rule that does not hold gives an empty one.

        Raises Forbidden (null rule, or a filter only superusers may use) and BadRequest.
        """
        rule = _list_rule(definition, query, request)
        page, per_page = max(query.page, 1), query.limit
        is_rich = query.expand is not None or sees_more(definition, request)
        statements = await self._statements.page(definition, rule, query, request, is_rich=is_rich)
        if statements.are_hopeless(request):
            return Page([], page, per_page, -1 if query.skip_total else 0)
        offset = (page - 1) * per_page
        given = {LIMIT: per_page, OFFSET: min(offset, 2**62)}
        rows = await self._store.fetch(statements.page, statements.page.bind(request, given))
        items = await self._show(definition, rows, is_rich, query.expand, request)
        if query.skip_total:
            total = -1
        elif len(rows) < per_page and (rows or page == 1):
            total = offset + len(rows)
        else:
            total = await self._count(statements, request)
        return Page(items, page, per_page, total)

    async def stretch(self, definition: Definition, query: PageQuery, request: Request) -> Stretch:
        """What comes after the cursor of the query, from the start where it is empty.

        Raises what `page` does; BadRequest also for a cursor that was not made for this collection,
        sort, filter and caller, and for an order in which no place can be found again.
        """
        rule = _list_rule(definition, query, request)
        place = self._cursors.read(definition, query, request) if query.cursor else ()
        is_rich = query.expand is not None or sees_more(definition, request)
        statements = await self._statements.page(
            definition, rule, query, request, is_rich=is_rich, after=place
        )
        if statements.are_hopeless(request):
            return Stretch([], query.limit, "", -1 if query.skip_total else 0)
        given = {LIMIT: query.limit + 1} | {key_name(n): value for n, value in enumerate(place)}
        rows = await self._store.fetch(statements.page, statements.page.bind(request, given))
        shown, cursor = rows[: query.limit], ""
        if len(rows) > query.limit:
            last = shown[-1][-statements.keys :]
            cursor = self._cursors.write(last, definition, query, request)
        shown = [row[: -statements.keys] for row in shown]
        items = await self._show(definition, shown, is_rich, query.expand, request)
        total = await self._total(statements, query, request)
        return Stretch(items, query.limit, cursor, total)

    async def _count(self, statements: PageStatements, request: Request) -> int:
        reads = statements.reads if statements.is_lasting else None
        return await self._counts.count(statements.count, reads, request)

    async def _total(self, statements: PageStatements, query: PageQuery, request: Request) -> int:
        if query.skip_total:
            return -1
        return await self._count(statements, request)

    async def view(
        self,
        definition: Definition,
        record_id: str,
        request: Request,
        expand: ExpandTree | None = None,
    ) -> tuple[bytes, int]:
        """One record as JSON, and its last edit.

        Raises Forbidden (null rule) and NotFound (also the rule).
        """
        rule = definition.collection.view_rule
        if rule is None and not request.is_superuser:
            raise Forbidden("superusers_only")
        is_rich = expand is not None or sees_more(definition, request)
        text = "" if is_waived(rule, request) else rule or ""
        statement, expression = self._statements.view(definition, text, request, is_rich=is_rich)
        if expression is not None and expression.decide(request) is False:
            raise NotFound("not_found")
        values = statement.bind(request, {RECORD_ID: record_id})
        rows = await self._store.fetch(statement, values)
        if not rows:
            raise NotFound("not_found")
        edited = rows[0][2] if is_rich else rows[0][3]  # 0 in a view
        return (await self._show(definition, rows, is_rich, expand, request))[0], edited

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
        if expand is not None:
            with suppress(BadRequest):  # it is too large; what was written is written
                shown = self._expander.show_all(definition, [record], expand, request, manages)
                return (await shown)[0]
        return members_for(definition, record, request, manages)

    async def _manages(self, definition: Definition, record: Record, request: Request) -> bool:
        auth = definition.collection.auth
        if not (auth and auth.manage_rule and request.auth):
            return False
        check = self._rules.record_check(definition, auth.manage_rule, request)
        return await self._rules.passes(check, request, record.id)

    async def _show(
        self,
        definition: Definition,
        rows: Sequence[tuple[Any, ...]],
        is_rich: bool,
        expand: ExpandTree | None,
        request: Request,
    ) -> list[bytes]:
        if not is_rich:
            newest = oldest = definition.revision
            if any(row[1] != newest for row in rows):
                oldest = await self._bodies.oldest(definition)
            return [
                row[0]
                if row[0] is not None and oldest <= row[1] <= newest
                else await self._render(definition, row[2])
                for row in rows
            ]
        records = [Record.from_cells(definition.collection, row[1:]) for row in rows]
        manages = {record.id for record, row in zip(records, rows, strict=True) if row[0]}
        if expand is not None:
            shown = await self._expander.show_all(definition, records, expand, request, manages)
        else:
            shown = [members_for(definition, record, request, manages) for record in records]
        return [json.encode(members) for members in shown]

    async def _render(self, definition: Definition, record_id: str) -> bytes:
        """The public body of a record that has none with its row."""
        record = await self._load(definition, record_id)
        return json.encode(wire_members(definition, record.values))

    async def _load(self, definition: Definition, record_id: str) -> Record:
        statement, _ = self._statements.view(definition, "", Request(), is_rich=True)
        rows = await self._store.fetch(statement, statement.bind(given={RECORD_ID: record_id}))
        if not rows:
            raise NotFound("not_found")
        return Record.from_cells(definition.collection, rows[0][1:])


def sees_more(definition: Definition, request: Request) -> bool:
    """Whether the caller may see more of some record here than a guest does, or none of them is
    kept ready."""
    if definition.collection.is_view:
        return True
    if request.is_superuser:
        return definition.has_hidden or definition.collection.is_auth
    auth = definition.collection.auth
    if auth is None or request.auth is None:
        return False
    return bool(auth.manage_rule) or request.auth.collection_id == definition.collection.id


def _list_rule(definition: Definition, query: PageQuery, request: Request) -> str:
    """The rule that the records of a list must satisfy. Raises as `Reading.page`."""
    rule = definition.collection.list_rule
    if rule is None and not request.is_superuser:
        raise Forbidden("superusers_only")
    check_texts(definition, query, request)
    return "" if is_waived(rule, request) else rule or ""
