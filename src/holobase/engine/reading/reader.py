"""Lists and single records for somebody: rules and filters in one statement, bodies as they lie.

Stored bodies and columns give equal bytes, whichever way a request goes. Where a stored body is
missing or too old, everything is asked for once more, as columns: what was found the first time may
have changed, or gone, and the rule with it.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

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
from holobase.engine.render import members_for
from holobase.kit import json
from holobase.ports.store import Store
from holobase.rules.keyset import Place, key_name

Row: TypeAlias = tuple[Any, ...]


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
        offset = (page - 1) * per_page
        given = {LIMIT: per_page, OFFSET: min(offset, 2**62)}
        statements, rows, is_rich = await self._find(definition, rule, query, request, given)
        items = await self._show(definition, rows, is_rich, query.expand, request)
        if not query.skip_total and len(rows) < per_page and (rows or page == 1):
            total = offset + len(rows)
        else:
            total = await self._total(statements, query, request)
        return Page(items, page, per_page, total)

    async def stretch(self, definition: Definition, query: PageQuery, request: Request) -> Stretch:
        """What comes after the cursor of the query, from the start where it is empty.

        Raises what `page` does; BadRequest also for a cursor that was not made for this collection,
        sort, filter and caller, and for an order in which no place can be found again.
        """
        rule = _list_rule(definition, query, request)
        place = self._cursors.read(definition, query, request) if query.cursor else ()
        given = {LIMIT: query.limit + 1} | {key_name(n): value for n, value in enumerate(place)}
        statements, rows, is_rich = await self._find(definition, rule, query, request, given, place)
        shown, cursor = rows[: query.limit], ""
        if len(rows) > query.limit:
            last = shown[-1][-statements.keys :]
            cursor = self._cursors.write(last, definition, query, request)
        shown = [row[: -statements.keys] for row in shown]
        items = await self._show(definition, shown, is_rich, query.expand, request)
        total = await self._total(statements, query, request)
        return Stretch(items, query.limit, cursor, total)

    async def _find(
        self,
        definition: Definition,
        rule: str,
        query: PageQuery,
        request: Request,
        given: Mapping[str, Any],
        after: Place | None = None,
    ) -> tuple[PageStatements, list[Row], bool]:
        """What a page is read with, its rows, and whether they are rich."""
        is_rich = query.expand is not None or sees_more(definition, request)
        while True:
            statements = await self._statements.page(
                definition, rule, query, request, is_rich=is_rich, after=after
            )
            if statements.are_hopeless(request):
                return statements, [], is_rich
            values = statements.page.bind(request, given)
            rows = await self._store.fetch(statements.page, values)
            if is_rich or await self._are_ready(definition, rows):
                return statements, rows, is_rich
            is_rich = True

    async def _are_ready(self, definition: Definition, rows: Sequence[Row]) -> bool:
        """Whether all of them have bodies that would be rendered alike now."""
        newest = oldest = definition.revision
        if any(row[1] != newest for row in rows):
            oldest = await self._bodies.oldest(definition)
        return all(row[0] is not None and oldest <= row[1] <= newest for row in rows)

    async def _total(self, statements: PageStatements, query: PageQuery, request: Request) -> int:
        if query.skip_total:
            return -1
        if statements.are_hopeless(request):
            return 0
        reads = statements.reads if statements.is_lasting else None
        return await self._counts.count(statements.count, reads, request)

    async def view(
        self,
        definition: Definition,
        record_id: str,
        request: Request,
        expand: ExpandTree | None = None,
    ) -> tuple[bytes, int]:
        """One record as JSON, and its last edit, 0 in a view.

        Raises Forbidden (null rule) and NotFound (also the rule).
        """
        rule = definition.collection.view_rule
        if rule is None and not request.is_superuser:
            raise Forbidden("superusers_only")
        is_rich = expand is not None or sees_more(definition, request)
        text = "" if is_waived(rule, request) else rule or ""
        row = await self._one(definition, text, record_id, request, is_rich=is_rich)
        if not is_rich and not await self._are_ready(definition, [row]):
            is_rich, row = True, await self._one(definition, text, record_id, request, is_rich=True)
        return (await self._show(definition, [row], is_rich, expand, request))[0], row[2]

    async def _one(
        self, definition: Definition, rule: str, record_id: str, request: Request, *, is_rich: bool
    ) -> Row:
        """The row of a record, where the rule lets it be seen. Raises NotFound."""
        statement, expression = self._statements.view(definition, rule, request, is_rich=is_rich)
        if expression is not None and expression.decide(request) is False:
            raise NotFound("not_found")
        values = statement.bind(request, {RECORD_ID: record_id})
        rows = await self._store.fetch(statement, values)
        if not rows:
            raise NotFound("not_found")
        return rows[0]

    async def show(
        self,
        definition: Definition,
        record: Record,
        request: Request,
        expand: ExpandTree | None = None,
    ) -> dict[str, Any]:
        """A record that the caller has just written or logged in as, without asking a rule."""
        if record.values.keys() != definition.collection.field_by_name.keys():
            # It was defined anew since it was written.
            row = await self._one(definition, "", record.id, Request(), is_rich=True)
            record = Record.from_cells(definition.collection, row[1:])
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
        rows: Sequence[Row],
        is_rich: bool,
        expand: ExpandTree | None,
        request: Request,
    ) -> list[bytes]:
        if not is_rich:
            return [row[0] for row in rows]
        records = [Record.from_cells(definition.collection, row[1:]) for row in rows]
        manages = {record.id for record, row in zip(records, rows, strict=True) if row[0]}
        if expand is not None:
            shown = await self._expander.show_all(definition, records, expand, request, manages)
        else:
            shown = [members_for(definition, record, request, manages) for record in records]
        return [json.encode(members) for members in shown]


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
